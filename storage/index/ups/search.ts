/**
 * Search for procedure steps by any attribute, also inside sequences (PS3.4 §CC.2.8, matching as in §C.2.2.2). The worklist holds open steps and those
 * final lately, so a scan of what is in scope is short; a time limit guards it all the same. Keys inside one sequence must match in one and the same item.
 */
import type pg from 'pg'
import type { Match } from '../match.ts'
import { named, type Queryable } from '../query.ts'
import type { Scope } from '../records.ts'
import { type UPSRow, upsColumns, upsInScope } from './workitems.ts'

/** A key: `['0040A370', '00080050']` is an attribute inside the items of a sequence. A range of DT comes as moments. */
export interface UPSKey {
  readonly path: readonly string[]
  readonly vr: string
  readonly match: Match
}

export interface UPSSearch {
  readonly scope: Scope
  readonly keys: readonly UPSKey[]
  readonly limit: number
  readonly offset: number
  /** Decides on PatientName whether a hit of the name keys is one. */
  readonly recheck?: (patientName: string) => boolean
}

const timeoutMs = 3_000
/** A recheck drops few hits of the keys. */
const mostRechecked = 10_000

/** Newest first; one more than `limit` where there is more. @throws IndexTimeout */
export async function searchUPS(pool: pg.Pool, { scope, keys, limit, offset, recheck }: UPSSearch): Promise<UPSRow[]> {
  if (scope.length === 0) return []
  const values: unknown[] = [scope]
  const bind = (value: unknown) => `$${values.push(value)}`
  const where = ['u.gone_at is null', upsInScope('$1'), ...conditionsOf(keys, bind)].join(' and ')
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error)
  })
  let broken: Error | undefined
  try {
    await client.query(`begin read only; set local statement_timeout = ${timeoutMs}`)
    let page = `order by u.ups_pk desc limit ${limit + 1} offset ${offset}`
    if (recheck !== undefined) {
      const hits = await client.query<{ pk: number; name: string | null }>(
        `select u.ups_pk as pk, u.patient_name as name from ups u where ${where} order by u.ups_pk desc limit ${mostRechecked}`,
        [...values],
      )
      const wanted = hits.rows.filter(({ name }) => recheck(name ?? '')).slice(offset, offset + limit + 1)
      page = `and u.ups_pk = any(${bind(wanted.map(({ pk }) => pk))}) order by u.ups_pk desc`
    }
    const { rows } = await client.query<UPSRow & { [column: string]: unknown }>(
      `select ${upsColumns} from ups u where ${where} ${page}`,
      values,
    )
    await client.query('commit')
    return rows
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw named(error)
  } finally {
    client.release(broken)
  }
}

/** Whether one step is matched by the keys; its name, for a recheck. */
export async function matchesUPS(on: Queryable, upsPk: number, keys: readonly UPSKey[]): Promise<string | null | undefined> {
  const values: unknown[] = [upsPk]
  const where = ['u.ups_pk = $1', ...conditionsOf(keys, (value) => `$${values.push(value)}`)].join(' and ')
  const { rows } = await on.query<{ name: string | null }>(`select u.patient_name as name from ups u where ${where}`, values)
  return rows[0] === undefined ? undefined : rows[0].name
}

type Bind = (value: unknown) => string

/** The conditions of keys, as they stand after `where`; `u` is the step. */
export function conditionsOf(keys: readonly UPSKey[], bind: Bind): string[] {
  const plain = keys.filter(({ path }) => path.length === 1)
  const groups = new Map<string, UPSKey[]>()
  for (const key of keys.filter(({ path }) => path.length > 1)) {
    const sequence = key.path.slice(0, -1).join('.')
    groups.set(sequence, [...(groups.get(sequence) ?? []), key])
  }
  return [
    ...plain.map((key) => ofColumn(key, bind) ?? ofAttribute('u.dataset', key.path[0]!, key, bind)),
    ...[...groups].map(([sequence, inItem]) => {
      const items = jsonPath(sequence.split('.'))
      const conditions = inItem.map((key) => ofAttribute('item', key.path.at(-1)!, key, bind))
      return `exists (select from jsonb_path_query(u.dataset, ${bind(items)}::text::jsonpath) as item where ${conditions.join(' and ')})`
    }),
  ]
}

/** Tags come from the dictionary: eight hexadecimal digits each. */
const jsonPath = (tags: readonly string[]): string => `lax $${tags.map((tag) => `."${tag}"."Value"[*]`).join('')}`

/** What stands in a column of its own. */
function ofColumn({ path: [tag], vr, match }: UPSKey, bind: Bind): string | undefined {
  switch (tag) {
    case '00741000':
      return textCondition('u.state', vr, match, bind)
    case '00080018':
      return textCondition('u.sop_instance_uid', vr, match, bind)
    case '00100010':
      return match.kind === 'name' && match.keys.length > 0 ? `u.name_keys @> ${bind(match.keys)}::text[]` : undefined
    case '00404005':
      return match.kind === 'range' ? withinMoments('u.scheduled_at', match.from, match.to, bind) : undefined
    default:
      return undefined
  }
}

/** `to` is the first moment that is outside. */
const withinMoments = (moment: string, from: string | undefined, to: string | undefined, bind: Bind): string =>
  [
    `${moment} is not null`,
    ...(from === undefined ? [] : [`${moment} >= ${bind(from)}::timestamptz`]),
    ...(to === undefined ? [] : [`${moment} < ${bind(to)}::timestamptz`]),
  ].join(' and ')

/** A condition on the values of one attribute of a data set in JSON: any of them may match. */
function ofAttribute(dataset: string, tag: string, { vr, match }: UPSKey, bind: Bind): string {
  if (match.kind === 'any')
    return `(${match.of.map((one) => ofAttribute(dataset, tag, { path: [tag], vr, match: one }, bind)).join(' or ')})`
  // Bound only where it is asked of: a parameter that stands nowhere has no type.
  const values = `jsonb_path_query(${dataset}, ${bind(jsonPath([tag]))}::text::jsonpath) as value`
  if (match.kind === 'items') {
    const within = match.keys.map((key) => ofAttribute('value', key.tag, { path: [key.tag], vr: key.vr, match: key.match }, bind))
    return `exists (select from ${values} where ${['true', ...within].join(' and ')})`
  }
  if (match.kind === 'empty') return `not exists (select from ${values} where value <> 'null'::jsonb)`
  if (vr === 'PN')
    return `exists (select from ${values}, jsonb_each_text(value) as part (grouping, text) where ${textCondition('part.text', vr, match, bind)})`
  return `exists (select from ${values} where ${textCondition(`(value #>> '{}')`, vr, match, bind)})`
}

function textCondition(expression: string, vr: string, match: Match, bind: Bind): string {
  if (vr === 'DT' && match.kind === 'range') return withinMoments(`ups_moment(${expression})`, match.from, match.to, bind)
  switch (match.kind) {
    case 'single':
      if (vr === 'PN') return `lower(${expression}) = lower(${bind(match.value)})`
      if (vr === 'TM' || vr === 'DT') return `${expression} like ${bind(`${match.value.replace(/[\\%_]/g, '\\$&')}%`)}`
      return `${expression} = ${bind(match.value)}`
    case 'wildcard':
    case 'name':
      return `${expression} ilike ${bind(patternOf(match.value))}`
    case 'list':
      return `${expression} = any(${bind(match.values)}::text[])`
    case 'range':
      return [
        ...(match.from === undefined || match.from === '' ? [`${expression} > ''`] : [`${expression} >= ${bind(match.from)}`]),
        ...(match.to === undefined || match.to === '' ? [] : [`${expression} <= ${bind(`${match.to}~`)}`]),
      ].join(' and ')
    case 'empty':
      return `coalesce(${expression}, '') = ''`
    case 'any':
      return `(${match.of.map((one) => textCondition(expression, vr, one, bind)).join(' or ')})`
    case 'items':
      throw new RangeError('a text has no items')
  }
}

const patternOf = (value: string): string =>
  value
    .replace(/[\\%_]/g, '\\$&')
    .replace(/\*+/g, '%')
    .replaceAll('?', '_')
