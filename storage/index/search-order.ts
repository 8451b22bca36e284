/**
 * In what order results come, and where one stands in it: so that the next page goes on behind the last result of the one before, however many have come
 * in between (keyset). Newest study first unless asked otherwise; inside a study by SeriesNumber and InstanceNumber.
 */
import { type Bind, expressionOf } from './matching.ts'

export type SearchLevel = 'study' | 'series' | 'instance'

export interface Order {
  readonly keyword: string
  readonly descending: boolean
}

/** The place of a result: its values of what the order goes by, from the first to the last. */
export type Place = readonly (string | null)[]

interface Step {
  readonly expression: string
  readonly descending: boolean
  readonly type: 'text' | 'bigint'
  /** Values may be unknown; those come last. */
  readonly nullable: boolean
}

const always = (expression: string, descending: boolean, type: Step['type']): Step => ({ expression, descending, type, nullable: false })

const newestStudy = [always('a.study_date', true, 'text'), always('a.study_time', true, 'text'), always('a.study_pk', true, 'bigint')]
const inStudy = [always('e.series_order', false, 'bigint'), always('e.series_pk', false, 'bigint')]
const inSeries = [always('i.instance_order', false, 'bigint'), always('i.instance_pk', false, 'bigint')]

const usual: Readonly<Record<SearchLevel, readonly Step[]>> = {
  study: newestStudy,
  series: [...newestStudy, ...inStudy],
  instance: [...newestStudy, ...inStudy, ...inSeries],
}

/** Kept as numbers, never unknown. */
const numbers: Readonly<Record<string, string>> = {
  NumberOfStudyRelatedSeries: 't.series',
  NumberOfStudyRelatedInstances: 't.instances',
  SeriesNumber: 'e.series_order',
  InstanceNumber: 'i.instance_order',
}
const neverUnknown: ReadonlySet<string> = new Set(['StudyDate', 'StudyTime'])

function stepOf({ keyword, descending }: Order): Step {
  const number = numbers[keyword]
  if (number !== undefined) return always(number, descending, 'bigint')
  return { expression: expressionOf(keyword), descending, type: 'text', nullable: !neverUnknown.has(keyword) }
}

/** What is asked for, then the usual order, each once: so `StudyDate` from the newest on is served by the index of the usual one. */
export function stepsOf(level: SearchLevel, order: readonly Order[] = []): readonly Step[] {
  const steps = new Map<string, Step>()
  for (const step of [...order.map(stepOf), ...usual[level]]) if (!steps.has(step.expression)) steps.set(step.expression, step)
  return [...steps.values()]
}

const direction = ({ descending, nullable }: Step): string => `${descending ? 'desc' : 'asc'}${nullable ? ' nulls last' : ''}`

export const orderBy = (steps: readonly Step[]): string => steps.map((step) => `${step.expression} ${direction(step)}`).join(', ')

/** The values of the order go along as o1, o2 …, so that pages of several institutions can be merged. */
export const carried = (steps: readonly Step[]): string => steps.map(({ expression }, at) => `${expression} as o${at + 1}`).join(', ')
export const orderByCarried = (steps: readonly Step[]): string => steps.map((step, at) => `o${at + 1} ${direction(step)}`).join(', ')
export const placeCarried = (steps: readonly Step[]): string => `array[${steps.map((_, at) => `o${at + 1}::text`).join(', ')}]`

/** Whether it can be the place of a result in this order; one that was made up may not be. */
export function isPlace(level: SearchLevel, order: readonly Order[], place: Place): boolean {
  const steps = stepsOf(level, order)
  return (
    place.length === steps.length &&
    steps.every(({ type, nullable }, at) => {
      const value = place[at]
      return value === null ? nullable : typeof value === 'string' && (type === 'text' || /^-?\d{1,18}$/.test(value))
    })
  )
}

/** Only what comes behind the place. One direction throughout is one comparison of rows, which an index serves as it is. */
export function behind(steps: readonly Step[], place: Place, bind: Bind): string {
  const values = steps.map(({ type }, at) => `${bind(place[at])}::${type}`)
  const row = (count: number) => ({
    expressions: `(${steps
      .slice(0, count)
      .map(({ expression }) => expression)
      .join(', ')})`,
    values: `(${values.slice(0, count).join(', ')})`,
  })
  const first = steps[0]!
  const turn = steps.findIndex(({ descending, nullable }) => nullable || descending !== first.descending)
  const operator = first.descending ? '<' : '>'
  if (turn < 0) return `${row(steps.length).expressions} ${operator} ${row(steps.length).values}`
  const alternatives = steps.map((step, at) => {
    const equal = steps.slice(0, at).map(({ expression }, before) => `${expression} is not distinct from ${values[before]}`)
    return `(${[...equal, past(step, place[at] ?? null, values[at]!)].join(' and ')})`
  })
  const bound = turn === 0 ? [] : [`${row(turn).expressions} ${operator}= ${row(turn).values}`]
  return [...bound, `(${alternatives.join(' or ')})`].join(' and ')
}

function past({ expression, descending, nullable }: Step, value: string | null, bound: string): string {
  if (value === null) return 'false'
  const beyond = `${expression} ${descending ? '<' : '>'} ${bound}`
  return nullable ? `(${beyond} or ${expression} is null)` : beyond
}
