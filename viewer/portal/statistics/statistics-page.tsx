/** 统计: the figures of a period, section by section, with what each means; the monthly pack. reading.md §6.5. */
import './statistics.css'
import { Button, DatePicker, Select, Space, Tabs } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useInstitutions } from '../api/institutions.ts'
import { type Asked, monthFile, sectionFile, useStatistics, useTariff } from '../api/statistics.ts'
import { type FigureDefinition, type SectionName, sectionNames } from '../api/statistics-types.ts'
import type { Account } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { centreRoles, has } from '../session/session.ts'
import { Answer } from '../shell/answer.tsx'
import { navigate, useAddressQuery } from '../shell/router.ts'
import { CaseList } from './case-list.tsx'
import { FigureTable } from './figure-table.tsx'
import { packMonth, spanNames, spans } from './periods.ts'
import { TariffDialog } from './tariff-dialog.tsx'
import { statisticsWords } from './words.ts'

const isDay = (text: string | null): text is string => text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text)

export function StatisticsPage({ account, tab }: { account: Account; tab: string }) {
  const say = useWords(statisticsWords)
  const { language } = useLanguage()
  const [address, change] = useAddressQuery()
  const ofCentre = account.institution.readingCentre && has(account, ...centreRoles)
  const shown = sectionNames.filter((name) => ofCentre || name !== 'workload')
  const section = shown.find((name) => name === tab) ?? 'overview'
  const institutions = useInstitutions()
  const usual = spans.last30(dayjs())
  const [from, to] = [address.get('from'), address.get('to')]
  const asked: Asked = {
    ...(isDay(from) && isDay(to) && from <= to ? { from, to } : usual),
    institution: ofCentre ? (address.get('institution') ?? '') : '',
    language,
  }
  const month = packMonth(asked)
  // The list behind a figure stands in the address beside the filters: the way back is the same address without it.
  const listed = address.get('cases') ?? ''
  const addressWith = (tab: string, cases: string): string => {
    const query = new URLSearchParams(address)
    query.delete('page')
    if (cases === '') query.delete('cases')
    else query.set('cases', cases)
    return `/statistics/${tab}?${query}`
  }
  const filter = (values: Readonly<Record<string, string | undefined>>) => change({ ...values, page: undefined })
  return (
    <div className="statistics">
      <div className="statistics-bar">
        <DatePicker.RangePicker
          allowClear={false}
          value={[dayjs(asked.from), dayjs(asked.to)]}
          aria-label={say('period')}
          onChange={(days) => {
            const [first, last] = days ?? []
            if (first && last) filter({ from: first.format('YYYY-MM-DD'), to: last.format('YYYY-MM-DD') })
          }}
        />
        <Space.Compact>
          {spanNames.map((name) => (
            <Button key={name} onClick={() => filter({ ...spans[name](dayjs()) })}>
              {say(name)}
            </Button>
          ))}
        </Space.Compact>
        {ofCentre && (
          <Select
            className="site"
            showSearch
            optionFilterProp="label"
            aria-label={say('site')}
            value={asked.institution}
            onChange={(institution) => filter({ institution })}
            options={[
              { value: '', label: say('allSites') },
              ...(institutions.data ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
            ]}
          />
        )}
        <span className="space" />
        <Button href={sectionFile(section, asked)} download>
          {say('exportTable')} XLSX
        </Button>
        <Space.Compact>
          <Button href={monthFile(month, asked, 'xlsx')} download>
            {say('packMonth', { month })} XLSX
          </Button>
          <Button href={monthFile(month, asked, 'pdf')} download>
            PDF
          </Button>
        </Space.Compact>
      </div>
      <Tabs
        activeKey={section}
        onChange={(key) => navigate(addressWith(key, ''))}
        destroyOnHidden
        items={shown.map((name) => ({
          key: name,
          label: say(name),
          children:
            listed === '' ? (
              <Section name={name} asked={asked} ofCentre={ofCentre} casesAddress={(query) => addressWith(name, query)} />
            ) : (
              <CaseList
                account={account}
                asked={asked}
                query={listed}
                page={Math.max(1, Number(address.get('page')) || 1)}
                onPage={(page) => change({ page: String(page) })}
                back={{ to: addressWith(name, ''), name: say(name) }}
              />
            ),
        }))}
      />
    </div>
  )
}

interface SectionProps {
  readonly name: SectionName
  readonly asked: Asked
  readonly ofCentre: boolean
  readonly casesAddress: (query: string) => string
}

function Section({ name, asked, ofCentre, casesAddress }: SectionProps) {
  const say = useWords(statisticsWords)
  const found = useStatistics(name, asked)
  return (
    <Answer query={found}>
      {({ tables, definitions, of, period }) => {
        const meaning = (key: string) => {
          const definition = definitions.find((each) => each.key === key)
          return definition === undefined ? undefined : sentenceOf(definition)
        }
        return (
          <>
            <p className="quiet">{say('of', { of, ...period })}</p>
            {ofCentre && (name === 'workload' || name === 'settlement') && <TariffBar />}
            {tables.map((table) => (
              <FigureTable key={table.key} table={table} meaning={meaning} casesAddress={casesAddress} />
            ))}
            <Definitions definitions={definitions} />
          </>
        )
      }}
    </Answer>
  )

  function sentenceOf({ numerator, denominator, clock }: FigureDefinition): string {
    return [numerator, ...(denominator === null ? [] : [say('outOf', { denominator })]), say('clock', { clock })].join('\n')
  }
}

function Definitions({ definitions }: { definitions: readonly FigureDefinition[] }) {
  const say = useWords(statisticsWords)
  if (definitions.length === 0) return null
  return (
    <section className="definitions">
      <h2>{say('definitions')}</h2>
      <dl>
        {definitions.map(({ key, name, numerator, denominator, clock }) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>
              {say('definition', { numerator })}
              {denominator !== null && <> · {say('outOf', { denominator })}</>} · {say('clock', { clock })}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function TariffBar() {
  const say = useWords(statisticsWords)
  const tariff = useTariff(true)
  const [open, setOpen] = useState(false)
  if (tariff.data === undefined) return null
  return (
    <p>
      {tariff.data.items.length === 0 && <span className="quiet">{say('noTariff')} </span>}
      {tariff.data.verbs.includes('change') && <Button onClick={() => setOpen(true)}>{say('tariff')}</Button>}
      {open && <TariffDialog items={tariff.data.items} onClose={() => setOpen(false)} />}
    </p>
  )
}
