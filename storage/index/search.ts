/**
 * Search: studies, series and instances by their attributes, inside a scope. PS3.4 §C.2.2.2 says what matches.
 *
 * Every search is driven from `study_access`: the scope is one comparison there, and its index gives an institution's studies newest first, so a
 * search without a selective key stops as soon as the page is full. With one (a UID, name keys, a number, a pattern of three letters and more) the
 * planner starts from that index instead. First the keys of the page are found, then the rows are read.
 */
import type pg from 'pg'
import { type Bind, expressionOf, matching } from './matching.ts'
import { named } from './query.ts'
import type { Scope } from './records.ts'

/**
 * `wildcard`: `*` and `?`, case-insensitive · `range`: dates and times, ends included · `name`: `keys` are looked up for PatientName, every other name
 * is compared as a pattern · `empty`: the attribute has no value.
 */
export type Match =
  | { readonly kind: 'single'; readonly value: string }
  | { readonly kind: 'wildcard'; readonly value: string }
  | { readonly kind: 'list'; readonly values: readonly string[] }
  | { readonly kind: 'range'; readonly from?: string; readonly to?: string }
  | { readonly kind: 'name'; readonly value: string; readonly keys: readonly string[]; readonly fuzzy: boolean }
  | { readonly kind: 'empty' }

export interface Search {
  readonly scope: Scope
  /** Only studies of this person. */
  readonly person?: number
  readonly StudyInstanceUID?: string
  readonly SeriesInstanceUID?: string
  /** All must match. Keywords of attributes.ts that have a column, ModalitiesInStudy, SOPClassesInStudy. */
  readonly matches: readonly { readonly keyword: string; readonly match: Match }[]
  readonly limit: number
  readonly offset: number
  /** Newest study first where empty, then SeriesNumber, then InstanceNumber. */
  readonly order?: readonly { readonly keyword: string; readonly descending: boolean }[]
  /** Decides on PatientName (`A=I=P`) whether a hit of the keys is one; counts and pages then mean those that are. */
  readonly recheck?: (patientName: string) => boolean
  /** 3 s where absent; then IndexTimeout. */
  readonly timeoutMs?: number
}

export interface SearchRow {
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID?: string
  readonly SOPInstanceUID?: string
  /** The institution that owns the study. */
  readonly institution: number
  readonly PatientName: string | null
  /** DICOM JSON objects as text, of the level searched and those above. */
  readonly json: { readonly study: string; readonly series?: string; readonly instance?: string }
  readonly computed: {
    readonly ModalitiesInStudy: readonly string[]
    readonly SOPClassesInStudy: readonly string[]
    readonly NumberOfStudyRelatedSeries: number
    readonly NumberOfStudyRelatedInstances: number
    readonly NumberOfSeriesRelatedInstances?: number
  }
}

type Level = 'study' | 'series' | 'instance'

/** @throws IndexTimeout: a key that an index serves must be added. */
export const searchStudies = (pool: pg.Pool, search: Search) => searchLevel(pool, 'study', search)
export const searchSeries = (pool: pg.Pool, search: Search) => searchLevel(pool, 'series', search)
export const searchInstances = (pool: pg.Pool, search: Search) => searchLevel(pool, 'instance', search)

/** How many there are, whatever `limit` and `offset` say. Sums the counters when only keys of the levels above are given. */
export const countStudies = (pool: pg.Pool, search: Search) => countLevel(pool, 'study', search)
export const countSeries = (pool: pg.Pool, search: Search) => countLevel(pool, 'series', search)
export const countInstances = (pool: pg.Pool, search: Search) => countLevel(pool, 'instance', search)

const defaultTimeoutMs = 3_000
/** A recheck drops few hits of the keys; after so many pages of nothing else the caller is told that there may be more. */
const maxRecheckedPages = 20

async function searchLevel(pool: pg.Pool, level: Level, search: Search): Promise<{ rows: SearchRow[]; more: boolean }> {
  const { scope, limit, offset, recheck } = search
  if (scope.length === 0 || limit <= 0) return { rows: [], more: false }
  if (recheck === undefined) {
    const rows = await run<Row>(pool, pageStatement(level, search, limit + 1, offset), search.timeoutMs)
    return { rows: rows.slice(0, limit).map(rowOf), more: rows.length > limit }
  }
  // Pages are counted in hits that stand the recheck, so those before the page are looked at too.
  const hits: SearchRow[] = []
  const size = offset + limit + 1
  for (let page = 0; page < maxRecheckedPages; page += 1) {
    const rows = await run<Row>(pool, pageStatement(level, search, size, page * size), search.timeoutMs)
    hits.push(...rows.filter(({ PatientName }) => recheck(PatientName ?? '')).map(rowOf))
    if (hits.length >= size || rows.length < size) return { rows: hits.slice(offset, offset + limit), more: hits.length >= size }
  }
  return { rows: hits.slice(offset, offset + limit), more: true }
}

interface Row extends pg.QueryResultRow {
  studyPk: number
  StudyInstanceUID: string
  SeriesInstanceUID: string | null
  SOPInstanceUID: string | null
  institution: number
  PatientName: string | null
  studyJSON: string
  seriesJSON: string | null
  instanceJSON: string | null
  modalities: string[]
  sopClasses: string[]
  series: number
  instances: number
  seriesInstances: number | null
}

function rowOf(row: Row): SearchRow {
  return {
    studyPk: row.studyPk,
    StudyInstanceUID: row.StudyInstanceUID,
    ...(row.SeriesInstanceUID === null ? {} : { SeriesInstanceUID: row.SeriesInstanceUID }),
    ...(row.SOPInstanceUID === null ? {} : { SOPInstanceUID: row.SOPInstanceUID }),
    institution: row.institution,
    PatientName: row.PatientName,
    json: {
      study: row.studyJSON,
      ...(row.seriesJSON === null ? {} : { series: row.seriesJSON }),
      ...(row.instanceJSON === null ? {} : { instance: row.instanceJSON }),
    },
    computed: {
      ModalitiesInStudy: row.modalities,
      SOPClassesInStudy: row.sopClasses,
      NumberOfStudyRelatedSeries: row.series,
      NumberOfStudyRelatedInstances: row.instances,
      ...(row.seriesInstances === null ? {} : { NumberOfSeriesRelatedInstances: row.seriesInstances }),
    },
  }
}

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

class Values {
  readonly list: unknown[] = []
  bind = (value: unknown): string => `$${this.list.push(value)}`
}

/** What a level reads besides the study, and how its rows follow each other inside one. */
const levels: Readonly<Record<Level, { joins: string; keys: readonly string[]; order: readonly string[] }>> = {
  study: { joins: '', keys: ['a.study_pk'], order: [] },
  series: {
    joins: 'join series e on e.study_pk = a.study_pk',
    keys: ['a.study_pk', 'e.series_pk'],
    order: ['e.series_order', 'e.series_pk'],
  },
  instance: {
    joins: 'join series e on e.study_pk = a.study_pk join instance i on i.study_pk = a.study_pk and i.series_pk = e.series_pk',
    keys: ['a.study_pk', 'e.series_pk', 'i.instance_pk'],
    order: ['e.series_order', 'e.series_pk', 'i.instance_order', 'i.instance_pk'],
  },
}

function conditionsOf(level: Level, search: Search, bind: Bind): { joins: string; conditions: string[] } {
  const { person, StudyInstanceUID, SeriesInstanceUID } = search
  const conditions = [
    ...(person === undefined ? [] : [`p.person_pk = ${bind(person)}`]),
    ...(StudyInstanceUID === undefined ? [] : [`s.study_instance_uid = ${bind(StudyInstanceUID)}`]),
    ...(SeriesInstanceUID === undefined || level === 'study' ? [] : [`e.series_instance_uid = ${bind(SeriesInstanceUID)}`]),
    ...matching(search.matches, bind),
  ]
  const needsTotals = conditions.some((condition) => condition.includes('t.'))
  const joins = [
    'join study s on s.study_pk = a.study_pk',
    ...(needsTotals ? ['join study_totals t on t.study_pk = a.study_pk'] : []),
    ...(person === undefined ? [] : ['join patient p on p.patient_pk = s.patient_pk']),
    levels[level].joins,
  ]
  return { joins: joins.join(' '), conditions }
}

function pageStatement(level: Level, search: Search, limit: number, offset: number): Statement {
  const values = new Values()
  const { keys, order } = levels[level]
  const asked = (search.order ?? []).map(
    ({ keyword, descending }) => `${expressionOf(keyword)} ${descending ? 'desc nulls last' : 'asc nulls last'}`,
  )
  const sequence = [...asked, 'a.study_date desc', 'a.study_time desc', 'a.study_pk desc', ...order]
  const { joins, conditions } = conditionsOf(level, search, values.bind)
  const totals =
    joins.includes('study_totals') || !sequence.some((item) => item.startsWith('t.'))
      ? ''
      : 'join study_totals t on t.study_pk = a.study_pk'
  const reach = values.bind(offset + limit)
  // The order's expressions go along as o1, o2 …, so that pages of several institutions can be merged.
  const found = (
    institution: string,
  ) => `select ${keys.join(', ')}, ${sequence.map((item, at) => `${item.split(' ')[0]} as o${at + 1}`).join(', ')}
    from study_access a ${joins} ${totals}
    where ${[`a.institution_id = ${institution}`, ...conditions].join(' and ')}
    order by ${sequence.join(', ')} limit ${reach}`
  const directions = sequence.map((item, at) => `o${at + 1} ${item.split(' ').slice(1).join(' ')}`).join(', ')
  const merged =
    search.scope.length === 1
      ? found(values.bind(search.scope[0]))
      : `select distinct h.* from unnest(${values.bind(search.scope)}::int[]) as viewer (institution_id), lateral (${found('viewer.institution_id')}) h`
  const column = (name: string, alias: string, from: Level) => (keys.length > levels[from].keys.length - 1 ? `${alias}.${name}` : 'null')
  return {
    text: `with hit as (${merged}), page as (select * from hit order by ${directions} limit ${values.bind(limit)} offset ${values.bind(offset)})
      select s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", s.institution_id as institution, s.patient_name as "PatientName",
        s.json as "studyJSON", t.modalities, t.sop_classes as "sopClasses", t.series, t.instances,
        ${column('series_instance_uid', 'e', 'series')} as "SeriesInstanceUID", ${column('json', 'e', 'series')} as "seriesJSON",
        ${column('instances', 'et', 'series')} as "seriesInstances",
        ${column('sop_instance_uid', 'i', 'instance')} as "SOPInstanceUID", ${column('json', 'i', 'instance')} as "instanceJSON"
      from page join study s using (study_pk) join study_totals t using (study_pk)
        ${level === 'study' ? '' : 'join series e using (series_pk) join series_totals et using (series_pk)'}
        ${level === 'instance' ? 'join instance i using (instance_pk)' : ''}
      order by ${directions}`,
    values: values.list,
  }
}

async function countLevel(pool: pg.Pool, level: Level, search: Search): Promise<number> {
  const { scope, recheck } = search
  if (scope.length === 0) return 0
  const values = new Values()
  // The lowest level that a key speaks of; what is below it is known from the counters.
  const { conditions: all } = conditionsOf('instance', search, new Values().bind)
  const speaks = (alias: string) => all.some((condition) => new RegExp(`\\b${alias}\\.`).test(condition))
  const driven: Level = speaks('i') ? 'instance' : speaks('e') ? 'series' : 'study'
  const { joins, conditions } = conditionsOf(level === 'study' ? 'study' : driven, search, values.bind)
  const amount =
    level === 'study' || driven === 'instance' || level === driven
      ? { what: 'count(*)', join: '' }
      : driven === 'series'
        ? { what: 'sum(et.instances)', join: 'join series_totals et on et.series_pk = e.series_pk' }
        : { what: level === 'series' ? 'sum(n.series)' : 'sum(n.instances)', join: 'join study_totals n on n.study_pk = a.study_pk' }
  const access =
    scope.length === 1
      ? `study_access a ${joins} ${amount.join} where ${[`a.institution_id = ${values.bind(scope[0])}`, ...conditions].join(' and ')}`
      : `(select distinct study_pk, study_date, study_time from study_access where institution_id = any (${values.bind(scope)}::int[])) a
         ${joins} ${amount.join} where ${['true', ...conditions].join(' and ')}`
  const [name, grouping] = recheck === undefined ? ['null', ''] : ['s.patient_name', 'group by s.patient_name']
  const text = `select ${name} as name, coalesce(${amount.what}, 0)::bigint as n from ${access} ${grouping}`
  const rows = await run<{ name: string | null; n: number }>(pool, { text, values: values.list }, search.timeoutMs)
  return rows.reduce((sum, { name, n }) => (recheck === undefined || recheck(name ?? '') ? sum + n : sum), 0)
}

/**
 * The keys of a page lie in memory or on flash, where the planner's default (a random page costs four) makes it read a whole table rather than follow an
 * index (zs at 100,000 studies: 21 → 6 ms); and starting parallel workers costs more than a page takes.
 */
const planning = 'set local random_page_cost = 1.1; set local max_parallel_workers_per_gather = 0'

/** One statement under a time limit of its own. Not a prepared one: the best plan depends on the values. */
async function run<R extends pg.QueryResultRow>(pool: pg.Pool, { text, values }: Statement, timeoutMs = defaultTimeoutMs): Promise<R[]> {
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error)
  })
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    await client.query(`begin read only; set local statement_timeout = ${Math.max(1, Math.floor(timeoutMs))}; ${planning}`)
    const { rows } = await client.query<R>(text, [...values])
    await client.query('commit')
    return rows
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw named(error)
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}
