/** Conflicts: what only a person can decide (`identity_question`), with what stands and what was sent besides, and the statements that carry decisions out. */
import { type Queryable, query } from './query.ts'
import type { MetadataFragment, Scope } from './records.ts'
import { versionIsShown } from './retrieve.ts'

export type QuestionKind = 'patient' | 'study' | 'conflict' | 'held' | 'encoding'

/** What is told of a patient, by column of `study`. */
export type Told = Readonly<Partial<Record<'patient_name' | 'patient_id' | 'patient_sex' | 'patient_birth_date', string | null>>>

export interface VersionChoice {
  readonly pk: number
  /** As `?version=` names it. */
  readonly number: number
  readonly TransferSyntaxUID: string
  readonly SeriesInstanceUID: string
  readonly StudyInstanceUID: string
  readonly receivedAt: string
  readonly AETitle: string | null
  readonly institution: string
  readonly size: number
}

export interface QuestionRow {
  readonly id: number
  readonly kind: QuestionKind
  readonly raisedAt: Date
  readonly studyPk: number
  readonly StudyInstanceUID: string
  /** The owner. */
  readonly institution: { readonly id: number; readonly name: string }
  readonly patient: Told
  readonly said: Told | null
  readonly detail: string
  readonly provisionalPatient: number | null
  readonly suspectedPatient: number | null
  /** What the newest study of the suspected patient says, where the scope sees one. */
  readonly suspected: Told | null
  readonly sender: { readonly id: number; readonly name: string } | null
  readonly held: { readonly instances: number; readonly told: Told | null } | null
  readonly instance: Omit<VersionChoice, 'pk' | 'number' | 'StudyInstanceUID'> | null
  readonly versions: readonly VersionChoice[]
  readonly linkId: number | null
  readonly correction: number | null
  readonly decided: { readonly decision: string; readonly by: string; readonly at: Date; readonly reason: string } | null
}

const told = (alias: string) =>
  `jsonb_build_object('patient_name', ${alias}.patient_name, 'patient_id', ${alias}.patient_id, 'patient_sex', ${alias}.patient_sex,
    'patient_birth_date', ${alias}.patient_birth_date)`
const inScope = 'exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any ($1::int[]))'

interface Queried extends Omit<QuestionRow, 'decided'> {
  readonly [column: string]: unknown
  readonly decidedAt: Date | null
  readonly decidedBy: string | null
  readonly decision: string | null
  readonly reason: string | null
}

/** `$1` is the scope, `$2` whether both sides of what two institutions sent are overseen. */
const selected = `select q.question_pk as id, q.kind, q.raised_at as "raisedAt", q.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID",
    jsonb_build_object('id', o.institution_id, 'name', o.name) as institution, ${told('s')} as patient, q.said, q.detail,
    q.patient_pk as "provisionalPatient", q.suspected_patient_pk as "suspectedPatient",
    case when q.kind = 'patient' then (
      select ${told('n')} from study n where n.base_patient_pk = q.suspected_patient_pk and n.study_pk <> q.study_pk
        and exists (select from study_access a where a.study_pk = n.study_pk and a.institution_id = any ($1::int[]))
      order by n.study_date desc nulls last, n.study_pk desc limit 1
    ) end as suspected,
    case when h.institution_id is not null then jsonb_build_object('id', h.institution_id, 'name', h.name) end as sender,
    case when q.kind = 'held' then (
      select jsonb_build_object('instances', count(*), 'told', (array_agg(v.record -> 'study' -> 'values' order by v.version_pk))[1])
      from version v where v.study_pk = q.study_pk and v.kind = 'held' and v.institution_id = h.institution_id
    ) end as held,
    case when i.instance_pk is not null then jsonb_build_object('TransferSyntaxUID', i.transfer_syntax_uid, 'SeriesInstanceUID', e.series_instance_uid,
      'receivedAt', i.received_at, 'AETitle', i.ae_title, 'size', i.object_size,
      'institution', (select name from institution x where x.institution_id = i.institution_id)) end as instance,
    kept.versions, q.link_pk as "linkId", q.correction, q.decided_at as "decidedAt", d.display_name as "decidedBy", q.decision, q.reason
  from identity_question q join study s using (study_pk) join institution o on o.institution_id = s.institution_id
    left join account d on d.id = q.decided_by
    left join instance i on q.kind in ('conflict', 'encoding') and i.sop_instance_uid = q.detail and i.study_pk = q.study_pk
    left join series e on e.series_pk = i.series_pk
    left join institution h on q.kind = 'held' and 'institution/' || h.institution_id = q.detail
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('pk', k.version_pk, 'number', k.number, 'TransferSyntaxUID', k.transfer_syntax_uid,
        'SeriesInstanceUID', k.record -> 'series' ->> 'series_instance_uid', 'StudyInstanceUID', k.record -> 'study' ->> 'study_instance_uid',
        'receivedAt', k.record -> 'instance' ->> 'received_at', 'AETitle', k.record -> 'instance' ->> 'ae_title',
        'size', (k.record -> 'instance' ->> 'object_size')::bigint,
        'institution', (select name from institution x where x.institution_id = k.institution_id)) order by k.number), '[]') as versions
      from (
        select v.*, 1 + row_number() over (order by v.version_pk) as number from version v
        where v.sop_instance_uid = i.sop_instance_uid and v.study_pk = i.study_pk and ${versionIsShown}
      ) k
    ) kept
  where ${inScope} and (q.kind not in ('conflict', 'encoding') or i.instance_pk is not null) and ($2 or q.kind in ('patient', 'study') or kept.versions <> '[]')`

const rowOf = ({ decidedAt, decidedBy, decision, reason, ...row }: Queried): QuestionRow => ({
  ...row,
  decided: decidedAt === null ? null : { decision: decision ?? '', by: decidedBy ?? '', at: decidedAt, reason: reason ?? '' },
})

/**
 * Newest first. What another institution sent without a right to the study (`held`, or a UID that it used as well) concerns two sides, so it is listed
 * only where both are overseen.
 */
export async function listQuestions(
  on: Queryable,
  scope: Scope,
  overseesAll: boolean,
  state: 'open' | 'decided',
  limit: number,
): Promise<QuestionRow[]> {
  const [condition, order] =
    state === 'open'
      ? ['q.decided_at is null', 'q.question_pk desc']
      : ['q.decided_at is not null', 'q.decided_at desc, q.question_pk desc']
  const text = `${selected} and ${condition} order by ${order} limit $3`
  return (await query<Queried>(on, text, [scope, overseesAll, limit])).map(rowOf)
}

/** One question, held until the end of the transaction: of two who decide at once the second finds it decided. */
export async function lockQuestion(on: Queryable, scope: Scope, overseesAll: boolean, id: number): Promise<QuestionRow | undefined> {
  await query(on, 'select from identity_question where question_pk = $1 for update', [id])
  const [row] = await query<Queried>(on, `${selected} and q.question_pk = $3`, [scope, overseesAll, id])
  return row && rowOf(row)
}

/** The metadata of what stands and of its versions, to tell in what they differ; those longer than so many bytes are left out. */
export async function fragmentsOf(
  on: Queryable,
  SOPInstanceUID: string,
  versions: readonly number[],
  longest: number,
): Promise<{ current: MetadataFragment | undefined; versions: ReadonlyMap<number, MetadataFragment> }> {
  const rows = await query<MetadataFragment & { pk: number | null; [column: string]: unknown }>(
    on,
    `select null::bigint as pk, m.deflated, m.crc32, m.length from instance i join instance_metadata m using (instance_pk)
     where i.sop_instance_uid = $1 and m.length <= $3
     union all select v.version_pk, v.deflated, (v.record -> 'instance' ->> 'crc32')::bigint, (v.record -> 'instance' ->> 'length')::bigint
     from version v where v.version_pk = any ($2) and (v.record -> 'instance' ->> 'length')::bigint <= $3`,
    [SOPInstanceUID, versions, longest],
  )
  return {
    current: rows.find(({ pk }) => pk === null),
    versions: new Map(rows.flatMap((row) => (row.pk === null ? [] : [[row.pk, row] as const]))),
  }
}

export interface Decided {
  readonly decision: string
  readonly reason: string
  readonly account: number
  readonly link?: number
  readonly correction?: number
}

export const decideQuestion = async (
  on: Queryable,
  id: number,
  { decision, reason, account, link, correction }: Decided,
): Promise<void> => {
  await query(
    on,
    `update identity_question set decided_at = now(), decided_by = $2, decision = $3, reason = $4, link_pk = $5, correction = $6 where question_pk = $1`,
    [id, account, decision, reason, link ?? null, correction ?? null],
  )
}

const opened = 'decided_at = null, decided_by = null, decision = null, reason = null, link_pk = null, correction = null'

export const reopenQuestion = async (on: Queryable, id: number): Promise<void> => {
  await query(on, `update identity_question set ${opened} where question_pk = $1`, [id])
}

/** What a link, or a correction, had decided is open again when that is undone. */
export const reopenQuestions = async (on: Queryable, of: { readonly link: number }): Promise<void> => {
  await query(on, `update identity_question set ${opened} where link_pk = $1`, [of.link])
}

/** The question whose study this provisional patient is: decided by what was done, once no other study is theirs. */
export const closeQuestionOfPatient = async (
  on: Queryable,
  patient: number,
  { decision, reason, account, link }: Decided,
): Promise<void> => {
  await query(
    on,
    `update identity_question set decided_at = now(), decided_by = $2, decision = $3, reason = $4, link_pk = $5
     where kind = 'patient' and patient_pk = $1 and decided_at is null
       and not exists (select from study s where s.base_patient_pk = $1 and s.patient_pk = $1)`,
    [patient, account, decision, reason, link ?? null],
  )
}

/** Two people with one number: it stays so. */
export const setProvisional = async (on: Queryable, patient: number, provisional: boolean): Promise<void> => {
  await query(on, 'update patient set provisional = $2 where patient_pk = $1', [patient, provisional])
}

/** A version becomes the instance, which becomes that version. */
export const makeCurrent = async (on: Queryable, version: number): Promise<void> => {
  await query(on, 'select make_current($1)', [version])
}

/** The versions of an instance are decided about, or open again. */
export const decideVersions = async (
  on: Queryable,
  versions: readonly number[],
  decided: { readonly decision: string; readonly account: number } | null,
): Promise<void> => {
  await query(
    on,
    `update version set decided_at = case when $2::text is null then null else now() end, decision = $2, decided_by = $3 where version_pk = any ($1)`,
    [versions, decided?.decision ?? null, decided?.account ?? null],
  )
}

/** What was held becomes part of the study; answers the UIDs of what is new in it. */
export async function acceptHeld(on: Queryable, studyPk: number, sender: number): Promise<string[]> {
  const rows = await query<{ uid: string }>(on, 'select accept_held($1, $2) as uid', [studyPk, sender])
  return rows.map(({ uid }) => uid)
}
