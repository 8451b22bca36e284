/** Working hours of an institution: a week, holidays, days with hours of their own; typed as people write them. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Input, Select } from 'antd'
import { useState } from 'react'
import { request, sentenceOf } from '../api/http.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { dateFrom, type Hours, hoursFrom, hoursText, linesOf } from './hours-text.ts'
import { turnaroundWords } from './turnaround-words.ts'

interface Calendar {
  readonly weekly: readonly (readonly Hours[])[]
  readonly holidays: readonly string[]
  readonly extraDays: readonly { readonly date: string; readonly hours: readonly Hours[] }[]
}
interface InstitutionCalendar {
  readonly institution: { readonly id: number; readonly name: string }
  readonly calendar: Calendar | null
  readonly mayChange: boolean
}
interface Calendars {
  readonly items: readonly InstitutionCalendar[]
  readonly default: Calendar
}

const queryKey = ['settings', 'calendars'] as const
const days = [0, 1, 2, 3, 4, 5, 6] as const

export function CalendarEditor() {
  const say = useWords(turnaroundWords)
  const query = useQuery({ queryKey, queryFn: ({ signal }) => request<Calendars>('GET', '/api/settings/calendars', { signal }) })
  const [chosen, setChosen] = useState<number | null>(null)
  return (
    <section>
      <h2>{say('calendars')}</h2>
      <p className="quiet">{say('calendarsText')}</p>
      <Answer query={query}>
        {({ items, default: preset }) => {
          const shown = items.find(({ institution }) => institution.id === chosen) ?? items[0]
          return (
            <>
              <Select
                className="institution"
                aria-label={say('institution')}
                showSearch={{ optionFilterProp: 'label' }}
                value={shown?.institution.id ?? null}
                onChange={setChosen}
                options={items.map(({ institution: { id, name }, calendar }) => ({
                  value: id,
                  label: `${name} · ${say(calendar === null ? 'inherits' : 'own')}`,
                }))}
              />
              {shown !== undefined && (
                <Editor key={`${shown.institution.id} ${JSON.stringify(shown.calendar)}`} preset={preset} {...shown} />
              )}
            </>
          )
        }}
      </Answer>
    </section>
  )
}

function Editor({ institution, calendar, mayChange, preset }: InstitutionCalendar & { readonly preset: Calendar }) {
  const say = useWords(turnaroundWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const queries = useQueryClient()
  const { weekly, holidays, extraDays } = calendar ?? preset
  const [week, setWeek] = useState(days.map((day) => hoursText(weekly[day] ?? [])))
  const [closed, setClosed] = useState(holidays.join('\n'))
  const [extra, setExtra] = useState(extraDays.map(({ date, hours }) => `${date} ${hoursText(hours)}`).join('\n'))
  const [busy, setBusy] = useState(false)
  const wrong = [
    ...week.filter((text) => hoursFrom(text) === undefined).map((text) => say('notHours', { text })),
    ...linesOf(closed)
      .filter((text) => dateFrom(text) === undefined)
      .map((text) => say('notDate', { text })),
    ...linesOf(extra)
      .filter((text) => dayFrom(text) === undefined)
      .map((text) => say('notHours', { text })),
  ]
  const put = async (next: Calendar | null) => {
    setBusy(true)
    try {
      queries.setQueryData(
        queryKey,
        await request<Calendars>('PUT', '/api/settings/calendars', { body: { institution: institution.id, calendar: next } }),
      )
      message.success(say('saved'))
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  const save = () =>
    put({
      weekly: week.map((text) => hoursFrom(text) ?? []),
      holidays: linesOf(closed).flatMap((text) => dateFrom(text) ?? []),
      extraDays: linesOf(extra).flatMap((text) => dayFrom(text) ?? []),
    })
  const inherit = () =>
    modal.confirm({ title: say('inheritAsk', { name: institution.name }), okText: say('inherit'), onOk: () => put(null) })
  return (
    <>
      <div className="calendar" data-inherits={calendar === null}>
        <div className="week">
          {days.map((day) => (
            <label key={day} htmlFor={`day-${day}`}>
              <span>{say(`day${day}`)}</span>
              <Input
                id={`day-${day}`}
                value={week[day]}
                disabled={!mayChange}
                placeholder={say('hoursHint')}
                status={hoursFrom(week[day] ?? '') === undefined ? 'error' : ''}
                onChange={({ target }) => setWeek(week.map((text, at) => (at === day ? target.value : text)))}
              />
            </label>
          ))}
        </div>
        <label htmlFor="holidays">
          <span>{say('holidays')}</span>
          <Input.TextArea
            id="holidays"
            rows={8}
            value={closed}
            disabled={!mayChange}
            placeholder="2026-10-01"
            onChange={({ target }) => setClosed(target.value)}
          />
        </label>
        <label htmlFor="extra-days">
          <span>{say('extraDays')}</span>
          <Input.TextArea
            id="extra-days"
            rows={8}
            value={extra}
            disabled={!mayChange}
            placeholder="2026-10-10 08:00-12:00"
            onChange={({ target }) => setExtra(target.value)}
          />
        </label>
      </div>
      {wrong.length > 0 && (
        <p className="late" role="alert">
          {wrong.join(' · ')}
        </p>
      )}
      {mayChange && (
        <div className="deeds">
          <Button type="primary" disabled={wrong.length > 0} loading={busy} onClick={() => void save()}>
            {say('save')}
          </Button>
          {calendar !== null && <Button onClick={inherit}>{say('inherit')}</Button>}
        </div>
      )}
    </>
  )
}

/** A line of the days with hours of their own; undefined: not understood. */
function dayFrom(line: string): Calendar['extraDays'][number] | undefined {
  const [day = '', ...rest] = line.split(/\s+/)
  const [date, hours] = [dateFrom(day), hoursFrom(rest.join(' '))]
  return date === undefined || hours === undefined ? undefined : { date, hours }
}
