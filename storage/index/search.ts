/**
 * Search: studies, series and instances by their attributes, inside a scope. PS3.4 §C.2.2.2 says what matches.
 *
 * Every search is driven from `study_access`: the scope is one comparison there, and its index gives an institution's studies newest first, so a
 * search without a selective key stops as soon as the page is full. With one (a UID, name keys, a number, a pattern of three letters and more) the
 * planner starts from that index instead. First the keys of the page are found, then the rows are read.
 */
import type pg from 'pg'
import type { Key } from './match.ts'
import { type Bind, type Clock, matching } from './matching.ts'
import { named } from './query.ts'
import type { Scope } from './records.ts'
import {
  behind,
  carried,
  type Order,
  orderBy,
  orderByCarried,
  type Place,
  placeCarried,
  type SearchLevel,
  stepsOf,
} from './search-order.ts'

export interface Search extends Clock {
  readonly scope: Scope
  /** Only studies of this person. */
  readonly person?: number
  readonly StudyInstanceUID?: string
  readonly SeriesInstanceUID?: string
  /** All must match. Keywords of attributes.ts, ModalitiesInStudy, SOPClassesInStudy. */
  readonly matches: readonly Key[]
  readonly limit: number
  readonly offset: number
  /** Only what comes behind this place of the same order. */
  readonly after?: Place
  /** Newest study first where empty, then SeriesNumber, then InstanceNumber. */
  readonly order?: readonly Order[]
  /** Decides on PatientName (`A=I=P`) whether a hit of the keys is one; counts and pages then mean those that are. */
  readonly recheck?: (patientName: string) => boolean
  /** 3 s where absent; then IndexTimeout. */
  readonly timeoutMs?: number
}

/** `next`: where the results that are left begin, if there may be any. */
export interface Page<Row> {
  readonly rows: Row[]
  readonly more: boolean
  readonly next?: Place
}

export interface SearchRow {
  readonly studyPk: number
  readonly seriesPk?: number
  readonly instancePk?: number
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

async function searchLevel(pool: pg.Pool, level: SearchLevel, search: Search): Promise<Page<SearchRow>> {
  const { scope, limit, offset, recheck } = search
  if (scope.length === 0 || limit <= 0) return { rows: [], more: false }
  if (recheck === undefined) {
    const rows = await run<Row>(pool, pageStatement(level, search, limit + 1, offset), search.timeoutMs)
    return pageOf(rows.slice(0, limit), rows.length > limit)
  }
  // Pages are counted in hits that stand the recheck, so those before the page are looked at too.
  const hits: Row[] = []
  const size = offset + limit + 1
  let looked: Place | undefined = search.after
  for (let page = 0; page < maxRecheckedPages; page += 1) {
    const from: Search = looked === undefined ? search : { ...search, after: looked }
    const rows = await run<Row>(pool, pageStatement(level, from, size, 0), search.timeoutMs)
    hits.push(...rows.filter(({ PatientName }) => recheck(PatientName ?? '')))
    if (hits.length >= size || rows.length < size) return pageOf(hits.slice(offset, offset + limit), hits.length >= size)
    looked = rows.at(-1)!.place
  }
  return { ...pageOf(hits.slice(offset, offset + limit), true), ...(looked === undefined ? {} : { next: looked }) }
}

function pageOf(rows: readonly Row[], more: boolean): Page<SearchRow> {
  const last = rows.at(-1)
  return { rows: rows.map(rowOf), more, ...(more && last !== undefined ? { next: last.place } : {}) }
}

interface Row extends pg.QueryResultRow {
  place: string[]
  studyPk: number
  seriesPk: number | null
  instancePk: number | null
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
    ...(row.seriesPk === null ? {} : { seriesPk: row.seriesPk }),
    ...(row.instancePk === null ? {} : { instancePk: row.instancePk }),
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

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** Read in the order of `study_access_newest`, study by study downwards. */
  readonly fromTheTop?: boolean
}

export class Values {
  readonly list: unknown[] = []
  bind = (value: unknown): string => `$${this.list.push(value)}`
}

/** What a level reads besides the study, and what its rows are known by. */
const levels: Readonly<Record<SearchLevel, { joins: string; keys: readonly string[] }>> = {
  study: { joins: '', keys: ['a.study_pk'] },
  series: { joins: 'join series e on e.study_pk = a.study_pk', keys: ['a.study_pk', 'e.series_pk'] },
  instance: {
    joins: 'join series e on e.study_pk = a.study_pk join instance i on i.study_pk = a.study_pk and i.series_pk = e.series_pk',
    keys: ['a.study_pk', 'e.series_pk', 'i.instance_pk'],
  },
}

const speaksOf = (alias: string, texts: readonly string[]): boolean => texts.some((text) => new RegExp(`\\b${alias}\\.`).test(text))

function conditionsOf(
  level: SearchLevel,
  search: Search,
  bind: Bind,
  also: readonly string[] = [],
): { joins: string; conditions: string[] } {
  const { person, StudyInstanceUID, SeriesInstanceUID } = search
  const conditions = [
    ...(person === undefined ? [] : [`p.person_pk = ${bind(person)}`]),
    ...(StudyInstanceUID === undefined ? [] : [`s.study_instance_uid = ${bind(StudyInstanceUID)}`]),
    ...(SeriesInstanceUID === undefined || level === 'study' ? [] : [`e.series_instance_uid = ${bind(SeriesInstanceUID)}`]),
    ...matching(search.matches, bind, search),
  ]
  const joins = [
    'join study s on s.study_pk = a.study_pk',
    ...(speaksOf('t', [...conditions, ...also]) ? ['join study_totals t on t.study_pk = a.study_pk'] : []),
    ...(person === undefined ? [] : ['join patient p on p.patient_pk = s.patient_pk']),
    levels[level].joins,
  ]
  return { joins: joins.join(' '), conditions }
}

/** Conditions that an index of their own serves. */
const selective = /instance_uid (=|= any)|name_keys|request_identifiers|s\."(patient_id|accession_number|study_description)"|person_pk/

/**
 * Of what is read from the JSON of a row nobody knows how often it is met, and the planner believes: hardly ever. Where nothing else is asked for it must
 * look at the newest studies first all the same, and stop when the page is full (400,000 instances that all match: over 3 s → 20 ms).
 */
const isReadFromTheTop = (conditions: readonly string[]): boolean =>
  conditions.some((condition) => condition.includes('dataset_of(')) && !conditions.some((condition) => selective.test(condition))

function pageStatement(level: SearchLevel, search: Search, limit: number, offset: number): Statement {
  const values = new Values()
  const { keys } = levels[level]
  const steps = stepsOf(level, search.order)
  const { joins, conditions } = conditionsOf(level, search, values.bind, [orderBy(steps)])
  if (search.after !== undefined) conditions.push(behind(steps, search.after, values.bind))
  const reach = values.bind(offset + limit)
  const found = (institution: string) => `select ${keys.join(', ')}, ${carried(steps)}
    from study_access a ${joins}
    where ${[`a.institution_id = ${institution}`, ...conditions].join(' and ')}
    order by ${orderBy(steps)} limit ${reach}`
  const merged =
    search.scope.length === 1
      ? found(values.bind(search.scope[0]))
      : `select distinct h.* from unnest(${values.bind(search.scope)}::int[]) as viewer (institution_id), lateral (${found('viewer.institution_id')}) h`
  const column = (name: string, alias: string, from: SearchLevel) =>
    keys.length > levels[from].keys.length - 1 ? `${alias}.${name}` : 'null'
  return {
    text: `with hit as (${merged}),
        page as (select * from hit order by ${orderByCarried(steps)} limit ${values.bind(limit)} offset ${values.bind(offset)})
      select ${placeCarried(steps)} as place, s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID",
        s.institution_id as institution, s.patient_name as "PatientName",
        s.json as "studyJSON", t.modalities, t.sop_classes as "sopClasses", t.series, t.instances,
        ${column('series_pk', 'e', 'series')} as "seriesPk", ${column('instance_pk', 'i', 'instance')} as "instancePk",
        ${column('series_instance_uid', 'e', 'series')} as "SeriesInstanceUID", ${column('json', 'e', 'series')} as "seriesJSON",
        ${column('instances', 'et', 'series')} as "seriesInstances",
        ${column('sop_instance_uid', 'i', 'instance')} as "SOPInstanceUID", ${column('json', 'i', 'instance')} as "instanceJSON"
      from page join study s using (study_pk) join study_totals t using (study_pk)
        ${level === 'study' ? '' : 'join series e using (series_pk) join series_totals et using (series_pk)'}
        ${level === 'instance' ? 'join instance i using (instance_pk)' : ''}
      order by ${orderByCarried(steps)}`,
    values: values.list,
    fromTheTop: isReadFromTheTop(conditions),
  }
}

async function countLevel(pool: pg.Pool, level: SearchLevel, search: Search): Promise<number> {
  const { scope, recheck } = search
  if (scope.length === 0) return 0
  const values = new Values()
  // The lowest level that a key speaks of; what is below it is known from the counters.
  const { conditions: all } = conditionsOf('instance', search, new Values().bind)
  const driven: SearchLevel = speaksOf('i', all) ? 'instance' : speaksOf('e', all) ? 'series' : 'study'
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

/** Joined as written, by indexes, and sorted within a study only. */
const stepByStep =
  '; set local join_collapse_limit = 1; set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_sort = off'

/** One statement under a time limit of its own. Not a prepared one: the best plan depends on the values. */
export async function run<R extends pg.QueryResultRow>(
  pool: pg.Pool,
  { text, values, fromTheTop = false }: Statement,
  timeoutMs = defaultTimeoutMs,
): Promise<R[]> {
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error)
  })
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    await client.query(
      `begin read only; set local statement_timeout = ${Math.max(1, Math.floor(timeoutMs))}; ${planning}${fromTheTop ? stepByStep : ''}`,
    )
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
