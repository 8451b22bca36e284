/** Application Entities: the equipment that calls us, each with its institution and what it may do. PS3.8 annex C. */
import { type Queryable, query } from './query.ts'

/** In what the worklist is written for a machine; with ISO_IR 100 and ISO_IR 6 names are written in pinyin. */
export const worklistCharacterSets = ['ISO_IR 192', 'GB18030', 'GBK', 'ISO 2022 IR 58', 'ISO_IR 100', 'ISO_IR 6'] as const
export type WorklistCharacterSet = (typeof worklistCharacterSets)[number]

export interface AE {
  /** 1 to 16 characters, without leading or trailing spaces. */
  readonly title: string
  readonly institution: number
  readonly institutionCode: string
  /** The only address it may call from; null is any. */
  readonly host: string | null
  readonly port: number | null
  /** Its studies are read at the county. */
  readonly readAtCounty: boolean
  /** A study is complete when nothing has come for so many seconds. */
  readonly quietSeconds: number
  /** Character set assumed for text that declares none. */
  readonly fallbackCharacterSet: string | null
  readonly mayStore: boolean
  readonly mayQuery: boolean
  /** C-MOVE and C-GET, and being the destination of a C-MOVE. */
  readonly mayRetrieve: boolean
  /** Modality Worklist and MPPS. */
  readonly mayWorklist: boolean
  /** Its Rejection Notes are obeyed. */
  readonly mayReject: boolean
  /** It is called over TLS. */
  readonly tls: boolean
  readonly worklistCharacterSet: WorklistCharacterSet
  /** Associations at once; null: as many as there are for all. */
  readonly maxAssociations: number | null
  /** It must prove who it is by the account of a program of its institution (PS3.7 D.3.3.7). */
  readonly requiresIdentity: boolean
  readonly description: string | null
  readonly enabled: boolean
  readonly lastSeen: Date | null
}

type Row = AE & { [column: string]: unknown }

const select = `select title, ae.institution_id as institution, i.code as "institutionCode", host, port, read_at_county as "readAtCounty",
  quiet_seconds as "quietSeconds", fallback_character_set as "fallbackCharacterSet", may_store as "mayStore", may_query as "mayQuery",
  may_retrieve as "mayRetrieve", may_worklist as "mayWorklist", may_reject as "mayReject", tls, worklist_character_set as "worklistCharacterSet",
  max_associations as "maxAssociations", requires_identity as "requiresIdentity", description, enabled, last_seen as "lastSeen" from ae join institution i using (institution_id)`

export async function listAEs(on: Queryable): Promise<AE[]> {
  return query<Row>(on, `${select} order by i.code, title`)
}

/** The AE of this title, enabled or not: the caller says why it is refused. */
export async function findAE(on: Queryable, title: string): Promise<AE | undefined> {
  const [found] = await query<Row>(on, `${select} where title = $1`, [title.trim()])
  return found
}

export type AEChanges = Pick<AE, 'title' | 'institution'> & Partial<Omit<AE, 'title' | 'institution' | 'institutionCode' | 'lastSeen'>>

/** Makes the AE of this title or brings it up to date. */
export async function upsertAE(on: Queryable, ae: AEChanges): Promise<AE> {
  const { title, institution, host = null, port = null, readAtCounty = true, quietSeconds = 300, fallbackCharacterSet = null } = ae
  const { mayStore = true, mayQuery = true, mayRetrieve = mayQuery, mayWorklist = true, mayReject = false, tls = false } = ae
  const { worklistCharacterSet = 'ISO_IR 192', maxAssociations = null, requiresIdentity = false, description = null, enabled = true } = ae
  await query(
    on,
    `insert into ae (title, institution_id, host, port, read_at_county, quiet_seconds, fallback_character_set, may_store, may_query, may_retrieve,
       may_worklist, tls, worklist_character_set, max_associations, requires_identity, description, enabled, may_reject)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
     on conflict (title) do update set institution_id = excluded.institution_id, host = excluded.host, port = excluded.port,
       read_at_county = excluded.read_at_county, quiet_seconds = excluded.quiet_seconds, fallback_character_set = excluded.fallback_character_set,
       may_store = excluded.may_store, may_query = excluded.may_query, may_retrieve = excluded.may_retrieve, may_worklist = excluded.may_worklist,
       tls = excluded.tls, worklist_character_set = excluded.worklist_character_set, max_associations = excluded.max_associations,
       requires_identity = excluded.requires_identity,
       description = excluded.description, enabled = excluded.enabled, may_reject = excluded.may_reject`,
    [
      title,
      institution,
      host,
      port,
      readAtCounty,
      quietSeconds,
      fallbackCharacterSet,
      mayStore,
      mayQuery,
      mayRetrieve,
      mayWorklist,
      tls,
      worklistCharacterSet,
      maxAssociations,
      requiresIdentity,
      description,
      enabled,
      mayReject,
    ],
  )
  return (await findAE(on, title))!
}

/** Remembers that it called, at most once a minute. */
export async function seeAE(on: Queryable, title: string): Promise<void> {
  await query(on, `update ae set last_seen = now() where title = $1 and (last_seen is null or last_seen < now() - interval '1 minute')`, [
    title.trim(),
  ])
}
