/** What is in an archive, rows against objects: counted, digested, and held against the promises of the index. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { ObjectStore } from '../../storage/objects/objects.ts'

export interface Census {
  readonly instances: number
  readonly versions: number
  readonly studies: number
  readonly series: number
  readonly patients: number
  /** In the feed, by stores; what follows them (workitems) comes when it comes. */
  readonly changes: number
  readonly objects: number
}

type Pool = Pick<pg.Pool, 'query'>

export async function census(pool: Pool, objects: Pick<ObjectStore, 'list'>): Promise<Census> {
  const { rows } =
    await pool.query(`select (select count(*)::int from instance) as instances, (select count(*)::int from version) as versions,
    (select count(*)::int from study) as studies, (select count(*)::int from series) as series, (select count(*)::int from patient) as patients,
    (select count(*)::int from change where kind in ('instance', 'version', 'held')) as changes`)
  return { ...rows[0], objects: (await keysOf(objects)).length }
}

/** Neither probes nor what was put aside. */
export async function keysOf(objects: Pick<ObjectStore, 'list'>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of objects.list('')) if (!/^(check|quarantine)\//.test(key)) keys.push(key)
  return keys
}

/** Files that a local store has not given their name yet. */
export const unfinished = (root: string): Promise<string[]> => readdir(join(root, '.incoming')).catch(() => [])

export interface Findings {
  /** Rows whose object is not there, or is not what was stored. */
  readonly rowsWithoutObject: string[]
  /** Objects that no row names. */
  readonly objectsWithoutRow: string[]
  /** Sentences: what of the index contradicts itself. */
  readonly contradictions: string[]
}

export async function examine(pool: Pool, objects: ObjectStore): Promise<Findings> {
  const { rows } = await pool.query<{ key: string; size: string; sha256: string }>(
    `select object_key as key, object_size as size, encode(file_sha256, 'hex') as sha256 from instance
     union all select object_key, (record -> 'instance' ->> 'object_size')::bigint, record -> 'instance' ->> 'file_sha256' from version`,
  )
  const rowsWithoutObject: string[] = []
  for (const { key, size, sha256 } of rows) {
    const digest = createHash('sha256')
    let bytes = 0
    try {
      for await (const chunk of await objects.get(key)) {
        digest.update(chunk)
        bytes += chunk.length
      }
    } catch {
      bytes = -1
    }
    if (bytes !== Number(size) || digest.digest('hex') !== sha256) rowsWithoutObject.push(key)
  }
  const known = new Set(rows.map(({ key }) => key))
  const objectsWithoutRow = (await keysOf(objects)).filter((key) => !known.has(key))
  const contradictions: string[] = []
  for (const [sentence, text] of Object.entries(promises)) {
    const { rowCount } = await pool.query(text)
    if (rowCount !== 0) contradictions.push(sentence)
  }
  return { rowsWithoutObject, objectsWithoutRow, contradictions }
}

export const nothingWrong: Findings = { rowsWithoutObject: [], objectsWithoutRow: [], contradictions: [] }

/** Each answers the rows that break it. */
const promises: Readonly<Record<string, string>> = {
  'a study or series counts what it has not': `
    select from study_totals t where t.instances <> (select count(*) from instance i where i.study_pk = t.study_pk)
      or t.series <> (select count(*) from series e where e.study_pk = t.study_pk)
      or t.bytes <> (select coalesce(sum(i.object_size), 0) from instance i where i.study_pk = t.study_pk)
    union all select from series_totals t where t.instances <> (select count(*) from instance i where i.series_pk = t.series_pk)`,
  'an instance has no metadata, study or series': `
    select from instance i where not exists (select from instance_metadata m where m.instance_pk = i.instance_pk)
      or not exists (select from study s where s.study_pk = i.study_pk) or not exists (select from series e where e.series_pk = i.series_pk)`,
  'a study is nobody’s, or has nothing in it': `
    select from study s where not exists (select from study_access a where a.study_pk = s.study_pk and a.reason = 'owner')
      or not exists (select from instance i where i.study_pk = s.study_pk)`,
  'a series is empty': 'select from series e where not exists (select from instance i where i.series_pk = e.series_pk)',
  'the change feed has a gap': `
    select from (select count(*) as n, coalesce(max(number), 0) as upto, (select last from feed) as last from change) c where n <> upto or upto <> last`,
  'an instance is in the change feed not exactly once': `
    select from instance i where (select count(*) from change c where c.kind = 'instance' and c.ref = i.sop_instance_uid) <> 1`,
}
