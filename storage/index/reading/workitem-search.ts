/** The reading list: the workitems of a centre, narrowed and in order, page by page (reading.md §6.1). */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import { asksFor, type Found, foundStudies, Values } from './found.ts'
import { type WorkitemRow, workitemColumns, workitemTables } from './workitem-list.ts'

export const workitemViews = ['todo', 'mine', 'review', 'returned', 'overdue', 'critical', 'final', 'all'] as const
export type WorkitemView = (typeof workitemViews)[number]

export const workitemFlags = ['new-images', 'question', 'returned', 'reworked', 'critical', 'amending'] as const
export type WorkitemFlag = (typeof workitemFlags)[number]

export interface WorkitemSearch extends Found {
  readonly scope: Scope
  readonly centre: number
  /** Account of the asker, for `mine`. */
  readonly account: number
  readonly view: WorkitemView
  /** Of each list any of its values; null: not asked for. */
  readonly states: readonly string[] | null
  readonly modalities: readonly string[] | null
  readonly institutions: readonly number[] | null
  readonly urgency: readonly number[] | null
  readonly bodyParts: readonly string[] | null
  /** Usernames of who has it, writes it or has it kept; the empty one: nobody. */
  readonly assignees: readonly string[] | null
  readonly flags: readonly WorkitemFlag[] | null
  /** StudyDate, inclusive. */
  readonly from: string | null
  readonly to: string | null
  /** Null: the order of the view. */
  readonly sort: WorkitemSort | null
  readonly limit: number
  readonly after: readonly string[] | null
}

/** As the partial indexes of open and of finished work say it. */
const open = `w.state not in ('FINAL', 'AMENDED', 'RETRACTED', 'CANCELED')`
const finished = `w.state in ('FINAL', 'AMENDED', 'RETRACTED')`
const overdue = `${open} and w.due_at < now() and w.paused_at is null and w.final_at is null`
/** A critical value that is not closed, and those of the last day. */
const critical = `w.critical > 0 and (w.critical = 1 or w.created_at > now() - interval '1 day')`
const held = `w.state in ('CLAIMED', 'QUERIED', 'REWORK', 'REVIEWING')`

interface View {
  /** `me` answers the place of the asker's account: PostgreSQL takes no parameter that a statement does not use. */
  readonly holds: (me: () => string) => string
  readonly sort: WorkitemSort
}

const views: Readonly<Record<WorkitemView, View>> = {
  todo: { holds: (me) => `${open} and (w.state = 'READY' or ${held} and w.assignee_id = ${me()})`, sort: 'due' },
  mine: {
    holds: (me) =>
      `${open} and (${held} and w.assignee_id = ${me()} or w.state in ('SUBMITTED', 'TEMP_RELEASED') and w.author_id = ${me()}
        or w.state in ('READY', 'RETURNED', 'UPLOADING') and w.reserved_for = ${me()})`,
    sort: 'due',
  },
  review: { holds: (me) => `${open} and w.state in ('SUBMITTED', 'TEMP_RELEASED', 'REVIEWING') and w.author_id <> ${me()}`, sort: 'due' },
  returned: { holds: () => `${open} and (w.state in ('RETURNED', 'QUERIED', 'REWORK') or w.return_count > 0)`, sort: 'due' },
  overdue: { holds: () => overdue, sort: 'due' },
  critical: { holds: () => critical, sort: 'due' },
  final: { holds: () => finished, sort: '-final' },
  all: { holds: () => 'true', sort: '-created' },
}

/** What a list can be sorted by, as text expressions that compare as their type; a leading `-` turns it round. */
const keys = {
  due: [`w.urgency`, `coalesce(w.due_at, 'infinity')`],
  time: [`coalesce(w.due_at, 'infinity')`],
  urgency: [`w.urgency`, `coalesce(w.ready_at, 'infinity')`],
  arrived: [`s.first_received_at`],
  wait: [`coalesce(w.ready_at, 'infinity')`],
  created: [`w.created_at`],
  final: [`coalesce(w.final_at, '-infinity')`],
  study: [`coalesce(s.study_date, '')`, `coalesce(s.study_time, '')`],
  patient: [`coalesce(nullif(p.patient_name, ''), s.patient_name, '')`],
  institution: [`i.name`],
  modality: [`coalesce(array_to_string(t.modalities, ' '), '')`, `coalesce(s.study_description, '')`],
  state: [`w.state`],
  assignee: [`coalesce(assignee.display_name, '')`],
  images: [`t.instances`],
} as const
export type SortKey = keyof typeof keys
export type WorkitemSort = SortKey | `-${SortKey}`
export const sortKeys = Object.keys(keys) as SortKey[]

const casts: Readonly<Partial<Record<string, string>>> = { 'w.urgency': 'smallint', 't.instances': 'int' }
const castOf = (key: string): string => casts[key] ?? (/_at\b/.test(key) ? 'timestamptz' : 'text')

interface Order {
  readonly keys: readonly string[]
  readonly descending: boolean
}

const orderOf = (sort: WorkitemSort): Order =>
  sort.startsWith('-') ? { keys: keys[sort.slice(1) as SortKey], descending: true } : { keys: keys[sort as SortKey], descending: false }

/** Tables that a sort key stands in, beside the workitem's own. */
const sortTables = `left join study s on s.study_pk = w.study_pk left join study_totals t on t.study_pk = w.study_pk
  left join institution i on i.institution_id = s.institution_id left join study_supplement p on p.study_pk = w.study_pk
  left join account assignee on assignee.id = w.assignee_id`

const flags: Readonly<Record<WorkitemFlag, string>> = {
  'new-images': 'w.new_images',
  question: 'w.questions_open > 0',
  returned: 'w.return_count > 0',
  reworked: 'w.reworked',
  critical: 'w.critical > 0',
  amending: 'w.amending is not null',
}

/** The workitems searched for, as `from … where …`, and what must stand before it. `$1` is the scope. */
function matching(values: Values, search: WorkitemSearch, tables = ''): { before: string; from: string } {
  const { view, states, modalities, institutions, urgency, bodyParts, assignees, from, to } = search
  const found = asksFor(search) ? `with found as materialized (${foundStudies(values, search)})` : ''
  const access = [
    'a.study_pk = w.study_pk',
    'a.institution_id = any($1)',
    // The date stands beside the scope, so that either can be where the search begins.
    ...(from === null ? [] : [`a.study_date >= ${values.bind(from)}`]),
    ...(to === null ? [] : [`a.study_date <= ${values.bind(to)}`]),
  ]
  const conditions = [
    `w.centre_id = ${values.bind(search.centre)}`,
    'w.joined_into is null',
    views[view].holds(() => values.bind(search.account)),
    `exists (select from study_access a where ${access.join(' and ')})`,
    ...(states === null ? [] : [`w.state = any(${values.bind(states)})`]),
    ...(urgency === null ? [] : [`w.urgency = any(${values.bind(urgency)})`]),
    ...(search.flags === null ? [] : [`(${search.flags.map((flag) => flags[flag]).join(' or ')})`]),
    ...(assignees === null ? [] : [assigned(values, assignees)]),
    ...(modalities === null
      ? []
      : [`exists (select from study_totals f where f.study_pk = w.study_pk and f.modalities && ${values.bind(modalities)}::text[])`]),
    ...(bodyParts === null
      ? []
      : [`exists (select from series f where f.study_pk = w.study_pk and upper(f.body_part_examined) = any(${values.bind(bodyParts)}))`]),
    ...(institutions === null
      ? []
      : [`exists (select from study f where f.study_pk = w.study_pk and f.institution_id = any(${values.bind(institutions)}))`]),
    // A study that is read with another is found as that other's task.
    ...(found === ''
      ? []
      : [
          `(w.study_pk in (select study_pk from found)
            or exists (select from workitem j where j.joined_into = w.id and j.study_pk in (select study_pk from found)))`,
        ]),
  ]
  return { before: found, from: `from workitem w ${tables} where ${conditions.join(' and ')}` }
}

function assigned(values: Values, usernames: readonly string[]): string {
  const named = usernames.filter((username) => username !== '')
  const ways = [
    ...(named.length === 0
      ? []
      : [
          `coalesce(w.assignee_id, case when w.state in ('READY', 'RETURNED', 'UPLOADING') then w.reserved_for else w.author_id end)
            in (select id from account where username = any(${values.bind(named)}))`,
        ]),
    ...(named.length < usernames.length ? [`w.assignee_id is null and w.author_id is null`] : []),
  ]
  return `(${ways.join(' or ')})`
}

/** First the page, from the indexes; then what its rows show. */
export function listWorkitems(on: Queryable, search: WorkitemSearch): Promise<(WorkitemRow & { sortKeys: string[] })[]> {
  const values = new Values()
  values.bind(search.scope)
  const order = orderOf(search.sort ?? views[search.view].sort)
  const own = order.keys.every((key) => key.includes('w.'))
  const { before, from } = matching(values, search, own ? '' : sortTables)
  const direction = order.descending ? ' desc' : ''
  const by = [...order.keys, 'w.id'].map((key) => `${key}${direction}`).join(', ')
  const rest =
    search.after === null || search.after.length !== order.keys.length + 1
      ? ''
      : `and (${[...order.keys, 'w.id'].join(', ')}) ${order.descending ? '<' : '>'} (${search.after
          .map((value, at) => `${values.bind(value)}::${at === order.keys.length ? 'bigint' : castOf(order.keys[at]!)}`)
          .join(', ')})`
  return query<WorkitemRow & { sortKeys: string[] }>(
    on,
    `${before === '' ? 'with' : `${before},`} page as materialized (
       select w.*, array[${[...order.keys, 'w.id'].map((key) => `(${key})::text`).join(', ')}] as sort_keys
       ${from} ${rest} order by ${by} limit ${values.bind(search.limit)}
     )
     select ${workitemColumns}, w.sort_keys as "sortKeys" from ${workitemTables('page')} order by ${by}`,
    values.list,
  )
}

/** Nobody reads a number above this; counting on would cost more than the list. */
export const countLimit = 20_000

/** How many match, at most `countLimit`. */
export async function countWorkitems(on: Queryable, search: WorkitemSearch): Promise<number> {
  const values = new Values()
  values.bind(search.scope)
  const { before, from } = matching(values, search)
  const [row] = await query<{ n: number }>(
    on,
    `${before} select count(*) as n from (select ${from} limit ${countLimit}) matching`,
    values.list,
  )
  return row?.n ?? 0
}

const openViews = ['todo', 'mine', 'review', 'returned', 'overdue'] as const

/** How many there are in each view, unfiltered; finished work is counted for the last 24 hours. */
export async function countViews(on: Queryable, scope: Scope, centre: number, account: number): Promise<Record<WorkitemView, number>> {
  const inScope = `exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any($1))`
  const all = `w.centre_id = $2 and w.joined_into is null and ${inScope}`
  const [row] = await query<Record<WorkitemView, number>>(
    on,
    `select ${openViews.map((view) => `count(*) filter (where ${views[view].holds(() => '$3')}) as ${view}`).join(', ')}, count(*) as "all",
       (select count(*) from workitem w where ${all} and ${critical}) as critical,
       (select count(*) from workitem w where ${all} and ${finished} and w.final_at > now() - interval '1 day') as final
     from workitem w where ${all} and ${open}`,
    [scope, centre, account],
  )
  return row ?? { todo: 0, mine: 0, review: 0, returned: 0, overdue: 0, critical: 0, final: 0, all: 0 }
}
