/** The register (危急值登记本): the fields of the paper one, printable, with the ten-minute figure above. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, DatePicker, Empty, Segmented } from 'antd'
import dayjs from 'dayjs'
import { Fragment, useState } from 'react'
import type { Critical, CriticalPage } from '../api/critical-types.ts'
import { useCritical, useFigures } from '../api/criticals.ts'
import { type Line, pollMs } from '../api/events.ts'
import { request } from '../api/http.ts'
import { dicomDate, exactTime } from '../clock.ts'
import { ageText, named, placeText, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { useAddressQuery } from '../shell/router.ts'
import { stopwatch } from './countdown.ts'
import { criticalStateWords, criticalVerbWords, criticalWords } from './words.ts'

const states = ['all', 'open', 'closed'] as const
const pageRows = 200

export function RegisterTab({ line }: { readonly line: Line }) {
  const say = useWords(criticalWords)
  const [address, change] = useAddressQuery()
  const state = states.find((each) => each === address.get('state')) ?? 'all'
  const from = address.get('from') ?? dayjs().startOf('month').format('YYYY-MM-DD')
  const to = address.get('to') ?? dayjs().format('YYYY-MM-DD')
  const [before, setBefore] = useState<string | null>(null)
  const span = { from: dayjs(from).startOf('day').toISOString(), to: dayjs(to).add(1, 'day').startOf('day').toISOString() }
  const page = useQuery({
    queryKey: ['critical', 'register', state, from, to, before],
    queryFn: ({ signal }) =>
      request<CriticalPage>(
        'GET',
        `/api/critical?${new URLSearchParams({ state, ...span, limit: String(pageRows), ...(before === null ? {} : { before }) })}`,
        { signal },
      ),
    placeholderData: keepPreviousData,
    refetchInterval: line === 'live' ? 60_000 : pollMs,
  })
  return (
    <>
      <div className="critical-bar no-print">
        <Segmented
          value={state}
          options={states.map((value) => ({ value, label: say(value) }))}
          onChange={(state) => {
            setBefore(null)
            change({ state })
          }}
        />
        <DatePicker
          value={dayjs(from)}
          allowClear={false}
          aria-label={say('from')}
          onChange={(day) => change({ from: day?.format('YYYY-MM-DD') })}
        />
        <DatePicker
          value={dayjs(to)}
          allowClear={false}
          aria-label={say('to')}
          onChange={(day) => change({ to: day?.format('YYYY-MM-DD') })}
        />
        <span className="space" />
        <Button onClick={() => print()}>{say('print')}</Button>
      </div>
      <Figure from={span.from} to={span.to} />
      <Answer query={page}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty description={say('empty')} />
          ) : (
            <>
              <table className="critical-register">
                <thead>
                  <tr>
                    {(
                      [
                        'patient',
                        'exam',
                        'result',
                        'reporter',
                        'contact',
                        'readBackColumn',
                        'actionColumn',
                        'minutes',
                        'stateColumn',
                      ] as const
                    ).map((column) => (
                      <th key={column} scope="col">
                        {say(column)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {items.map((critical) => (
                    <Row key={critical.id} critical={critical} />
                  ))}
                </tbody>
              </table>
              {next !== null && (
                <Button className="no-print" onClick={() => setBefore(next)}>
                  {say('more')}
                </Button>
              )}
            </>
          )
        }
      </Answer>
    </>
  )
}

function Figure({ from, to }: { readonly from: string; readonly to: string }) {
  const say = useWords(criticalWords)
  const figures = useFigures(from, to)
  const data = figures.data
  if (!data) return null
  const longest = Math.max(0, ...data.institutions.map(({ longest }) => longest ?? 0))
  return (
    <div className="critical-figure">
      <span>{say('figure', { minutes: data.withinMinutes })}</span>
      <b className="number">{data.rate === null ? say('noFigure') : `${Math.round(data.rate * 1000) / 10}%`}</b>
      {data.raised > 0 && <span className="quiet number">{say('figureOf', { within: data.within, raised: data.raised })}</span>}
      {longest > 0 && <span className="quiet number">{say('longest', { time: stopwatch(longest * 1000) })}</span>}
    </div>
  )
}

function Row({ critical }: { readonly critical: Critical }) {
  const say = useWords(criticalWords)
  const { language } = useLanguage()
  const [open, setOpen] = useState(false)
  const { patient, acknowledged, action, finding, ended } = critical
  const told = critical.notices.filter(({ channel, recipients }) => channel === 'phone' && recipients[0]?.name === acknowledged?.name)
  const phone = acknowledged?.via === 'phone' ? (told.at(-1)?.recipients[0]?.phone ?? '') : ''
  const took = acknowledged === null ? null : Date.parse(acknowledged.at) - Date.parse(critical.raisedAt)
  return (
    <tr data-critical={critical.id}>
      <td>
        <b>{patient.name}</b> {sexText(patient.sex, language)} {ageText(patient.age, language)}
        <br />
        <span className="number">{patient.PatientID}</span>
        <br />
        {critical.institution.name} {placeText(critical, language)}
      </td>
      <td>
        <span className="modality">{critical.modality}</span> {critical.StudyDescription}
        <br />
        <span className="number">
          {dicomDate(critical.StudyDate)} {critical.AccessionNumber}
        </span>
      </td>
      <td>
        {critical.suspected && `${say('suspected')} `}
        <b>{finding ? (language === 'zh' ? finding.zh : finding.en) : ''}</b> {critical.text}
      </td>
      <td>
        {critical.raisedBy.displayName}
        <br />
        <span className="number">{exactTime(critical.raisedAt)}</span>
      </td>
      <td>
        {acknowledged && (
          <>
            {acknowledged.name} · {say(acknowledged.via === 'phone' ? 'viaPhone' : 'viaPortal')} <span className="number">{phone}</span>
            <br />
            <span className="number">{exactTime(acknowledged.at)}</span>
          </>
        )}
      </td>
      <td>
        {acknowledged?.readBack}
        {acknowledged && <small className="quiet"> {say(acknowledged.confirmed === null ? 'unconfirmed' : 'confirmed')}</small>}
      </td>
      <td>
        {action?.text}
        {action && (
          <>
            <br />
            {action.by.displayName} <span className="number">{exactTime(action.at)}</span>
          </>
        )}
      </td>
      <td className={took !== null && took > critical.withinMinutes * 60_000 ? 'number late' : 'number'}>
        {took !== null && (
          <>
            {stopwatch(took)}
            <br />
            {say(took > critical.withinMinutes * 60_000 ? 'beyond' : 'within', { n: critical.withinMinutes })}
          </>
        )}
      </td>
      <td>
        <span className={`critical-state-${critical.state}`}>{named(criticalStateWords, critical.state, language)}</span>
        {ended?.reason && <div className="quiet">{ended.reason}</div>}
        <div className="no-print">
          <Button size="small" type="link" onClick={() => setOpen((open) => !open)}>
            {say('history')}
          </Button>
          {open && <History id={critical.id} />}
        </div>
      </td>
    </tr>
  )
}

function History({ id }: { readonly id: string }) {
  const say = useWords(criticalWords)
  const { language } = useLanguage()
  const query = useCritical(id)
  return (
    <Answer query={query}>
      {({ events, chain }) => (
        <>
          {!chain.whole && <b role="alert">{say('chainBroken')}</b>}
          <ol className="critical-history">
            {events.map((event, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a log is only added to
              <Fragment key={index}>
                <li>
                  <span className="number">{exactTime(event.at)}</span> {named(criticalVerbWords, event.verb, language)} {event.actor ?? ''}{' '}
                  {[event.detail.name, event.detail.phone, event.detail.readBack, event.detail.text].filter(Boolean).join(' · ')}
                </li>
              </Fragment>
            ))}
          </ol>
        </>
      )}
    </Answer>
  )
}
