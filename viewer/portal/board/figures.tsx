/** My statistics: what a technologist and their institution are measured by, and why exams came back. reading.md §6.3. */
import { useQuery } from '@tanstack/react-query'
import { Empty, Modal } from 'antd'
import { request } from '../api/http.ts'
import { durationText } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { boardWords } from './words.ts'

interface Figured {
  readonly studies: number
  readonly checked: number
  readonly arrivals: number
  readonly arrivedInTime: number
  readonly arrivalP95: number | null
  readonly graded: number
  readonly excellent: number
  readonly returned: number
}

interface Mine {
  readonly days: number
  readonly arrivalLimitSeconds: number
  readonly own: Figured
  readonly institution: Figured
  readonly weeks: readonly (Figured & { readonly week: string })[]
  readonly reasons: readonly { readonly code: string; readonly week: string; readonly count: number }[]
}

interface Reason {
  readonly code: string
  readonly zh: string
  readonly en: string
}

/** A rate of few says little: the numbers stand beside it. */
const rate = (part: number, of: number): string => (of === 0 ? '–' : `${((100 * part) / of).toFixed(1)}% (${part}/${of})`)

function secondsText(seconds: number | null, language: 'zh' | 'en'): string {
  if (seconds === null) return '–'
  if (seconds >= 3_600) return durationText(seconds * 1_000, language)
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  return language === 'zh' ? `${minutes} 分 ${rest} 秒` : `${minutes} min ${rest} s`
}

export function Figures({ onClose }: { readonly onClose: () => void }) {
  const say = useWords(boardWords)
  const mine = useQuery({
    queryKey: ['board', 'mine'],
    queryFn: ({ signal }) => request<Mine>('GET', '/api/board/mine', { signal }),
  })
  return (
    <Modal open width={860} style={{ top: 16 }} title={say('figures')} footer={null} onCancel={onClose}>
      <Answer query={mine}>
        {(figures) => (figures.institution.studies === 0 ? <Empty description={say('noFigures')} /> : <Shown figures={figures} />)}
      </Answer>
    </Modal>
  )
}

function Shown({ figures: { days, arrivalLimitSeconds, own, institution, weeks, reasons } }: { readonly figures: Mine }) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  const inTime = (seconds: number | null) => seconds === null || seconds <= arrivalLimitSeconds
  const p95 = ({ arrivalP95 }: Figured) => (
    <span className={inTime(arrivalP95) ? 'done' : 'late'}>
      {arrivalP95 === null ? '' : inTime(arrivalP95) ? '✓ ' : '⚠ '}
      {secondsText(arrivalP95, language)}
    </span>
  )
  const rows = [
    ['studies', (one: Figured) => one.studies],
    ['excellent', (one: Figured) => rate(one.excellent, one.graded)],
    ['retakes', (one: Figured) => rate(one.returned, one.studies)],
    ['arrivalP95', p95],
    ['inTime', (one: Figured) => rate(one.arrivedInTime, one.arrivals)],
    ['checked', (one: Figured) => rate(one.checked, one.studies)],
  ] as const
  return (
    <div className="figures">
      <p className="quiet">{say('figuresText', { weeks: Math.round(days / 7) })}</p>
      <table className="number">
        <thead>
          <tr>
            <th scope="col">{say('figure')}</th>
            <th scope="col">{say('own')}</th>
            <th scope="col">{say('institution')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([key, of]) => (
            <tr key={key} data-figure={key}>
              <th scope="row">{say(key)}</th>
              <td>{of(own)}</td>
              <td>{of(institution)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="trends">
        <Trend title={say('excellent')} weeks={weeks} of={(week) => (week.graded === 0 ? null : week.excellent / week.graded)} />
        <Trend title={say('retakes')} weeks={weeks} of={(week) => (week.studies === 0 ? null : week.returned / week.studies)} />
        <Trend title={say('inTime')} weeks={weeks} of={(week) => (week.arrivals === 0 ? null : week.arrivedInTime / week.arrivals)} />
      </div>
      <h3>{say('reasons')}</h3>
      {reasons.length === 0 ? (
        <p className="quiet">✓ {say('noReasons')}</p>
      ) : (
        <Reasons reasons={reasons} weeks={weeks.map(({ week }) => week)} />
      )}
    </div>
  )
}

interface TrendProps {
  readonly title: string
  readonly weeks: Mine['weeks']
  readonly of: (week: Mine['weeks'][number]) => number | null
}

const [barWidth, barHeight] = [14, 60]

function Trend({ title, weeks, of }: TrendProps) {
  const say = useWords(boardWords)
  const values = weeks.map(of)
  const most = Math.max(0.01, ...values.map((value) => value ?? 0))
  return (
    <figure>
      <figcaption>
        {title} <small className="quiet">{say('weekly')}</small>
      </figcaption>
      <svg viewBox={`0 0 ${Math.max(1, weeks.length) * (barWidth + 4)} ${barHeight + 2}`} role="img" aria-label={title}>
        {weeks.map((week, at) => {
          const value = values[at] ?? 0
          const height = Math.max(1, (value / most) * barHeight)
          return (
            <rect key={week.week} x={at * (barWidth + 4)} y={barHeight - height} width={barWidth} height={height}>
              <title>{`${say('weekOf', { week: week.week })}: ${values[at] == null ? '–' : `${(value * 100).toFixed(1)}%`}`}</title>
            </rect>
          )
        })}
      </svg>
    </figure>
  )
}

function Reasons({ reasons, weeks }: { readonly reasons: Mine['reasons']; readonly weeks: readonly string[] }) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  const known = useQuery({
    queryKey: ['return-reasons'],
    staleTime: 3_600_000,
    queryFn: async ({ signal }) => {
      const answer = await request<readonly Reason[] | { readonly items: readonly Reason[] }>('GET', '/api/return-reasons', { signal })
      return 'items' in answer ? answer.items : answer
    },
  }).data
  const codes = [...new Set(reasons.map(({ code }) => code))]
  const totals = codes.map((code) => {
    const own = reasons.filter((reason) => reason.code === code)
    return { code, own, total: own.reduce((sum, { count }) => sum + count, 0) }
  })
  const most = Math.max(1, ...totals.map(({ total }) => total))
  return (
    <ul className="reasons">
      {totals
        .sort((a, b) => b.total - a.total)
        .map(({ code, own, total }) => (
          <li key={code}>
            <span className="clipped">{known?.find((reason) => reason.code === code)?.[language] ?? code}</span>
            <span className="reason-bar" style={{ inlineSize: `${(total / most) * 100}%` }} />
            <span className="number">{total}</span>
            <span className="reason-weeks number quiet">
              {weeks.map((week) => {
                const count = own.find((each) => each.week === week)?.count ?? 0
                return (
                  <span key={week} title={say('weekOf', { week })}>
                    {count || '·'}
                  </span>
                )
              })}
            </span>
          </li>
        ))}
    </ul>
  )
}
