/** Orders: entered, changed, listed (migrations/0050-orders.sql). Every statement names the institutions whose orders may be touched. */
import { type Queryable, query } from './query.ts'
import type { Scope } from './records.ts'

/** 门诊, 急诊, 住院, 体检. */
export type PatientClass = 'outpatient' | 'emergency' | 'inpatient' | 'check-up'

/** What people enter, checked and sealed. */
export interface OrderValues {
  readonly PatientName: string
  readonly nameKeys: readonly string[]
  readonly PatientID: string
  readonly idCardSealed: Uint8Array | null
  readonly idCardIndex: Uint8Array | null
  readonly idCardLast4: string | null
  readonly sex: 'M' | 'F' | 'O' | null
  /** DA. */
  readonly birthDate: string | null
  readonly phoneSealed: Uint8Array | null
  readonly modality: string
  readonly procedure: string
  readonly bodyPart: string | null
  readonly AETitle: string | null
  readonly scheduledAt: Date
  readonly clinicalInformation: string
  readonly urgency: number
  readonly department: string
  readonly requester: string
  readonly patientClass: PatientClass | null
  readonly ward: string
  /** Without 床 behind it. */
  readonly bed: string
}

export interface OrderStudyRow {
  readonly StudyInstanceUID: string
  readonly receivedAt: string
  readonly instances: number
}

export interface OrderRow extends Omit<OrderValues, 'nameKeys' | 'idCardSealed' | 'idCardIndex'> {
  readonly id: number
  readonly generation: number
  readonly AccessionNumber: string
  readonly StudyInstanceUID: string
  readonly state: string
  readonly institution: { readonly id: number; readonly name: string }
  readonly createdAt: Date
  readonly createdBy: string
  readonly startedAt: Date | null
  /** Who withdrew it or broke it off, when and why; a machine has no name. */
  readonly ended: { readonly by: string | null; readonly at: string; readonly reason: string | null } | null
  readonly studies: readonly OrderStudyRow[]
}

export interface NewOrder extends OrderValues {
  readonly institution: number
  readonly AccessionNumber: string
  readonly StudyInstanceUID: string
  readonly createdBy: number
  readonly requestKey: string | null
}

const valueColumns = `patient_name, name_keys, patient_id, id_card_sealed, id_card_index, id_card_last4, sex, birth_date, phone_sealed, modality, procedure,
  body_part, ae_title, scheduled_at, clinical_information, urgency, department, requester, patient_class, ward, bed`

const valuesOf = (order: OrderValues): unknown[] => [
  order.PatientName,
  order.nameKeys,
  order.PatientID,
  order.idCardSealed,
  order.idCardIndex,
  order.idCardLast4,
  order.sex,
  order.birthDate,
  order.phoneSealed,
  order.modality,
  order.procedure,
  order.bodyPart,
  order.AETitle,
  order.scheduledAt,
  order.clinicalInformation,
  order.urgency,
  order.department,
  order.requester,
  order.patientClass,
  order.ward,
  order.bed,
]

/** The columns of an order `o`, its institution `i` and its maker `a`. */
const orderColumns = `o.id, o.generation, o.accession_number as "AccessionNumber", o.study_instance_uid as "StudyInstanceUID", o.state,
  o.patient_name as "PatientName", o.patient_id as "PatientID", o.id_card_last4 as "idCardLast4", o.sex, o.birth_date as "birthDate",
  o.phone_sealed as "phoneSealed", o.modality, o.procedure, o.body_part as "bodyPart", o.ae_title as "AETitle", o.scheduled_at as "scheduledAt",
  o.clinical_information as "clinicalInformation", o.urgency, o.department, o.requester, o.patient_class as "patientClass", o.ward, o.bed,
  jsonb_build_object('id', i.institution_id, 'name', i.name) as institution, o.created_at as "createdAt", a.display_name as "createdBy",
  o.started_at as "startedAt",
  case when o.state in ('cancelled', 'discontinued') then (
    select jsonb_build_object('by', actor.display_name, 'at', e.at, 'reason', e.reason)
    from order_event e left join account actor on actor.id = e.actor_id
    where e.order_id = o.id and e.to_state = o.state and e.from_state is distinct from o.state order by e.id desc limit 1) end as ended,
  coalesce((select jsonb_agg(jsonb_build_object('StudyInstanceUID', s.study_instance_uid, 'receivedAt', s.first_received_at, 'instances', t.instances)
      order by s.first_received_at)
    from study_order l join study s on s.study_pk = l.study_pk join study_totals t on t.study_pk = l.study_pk
    where l.order_id = o.id and l.undone_at is null and exists (select from study_access v where v.study_pk = s.study_pk)), '[]') as studies`
const orderTables = `exam_order o join institution i on i.institution_id = o.institution_id join account a on a.id = o.created_by`

/** The next number of a day; the row is locked until the order is there. */
export async function nextAccession(on: Queryable, institution: number, day: string): Promise<number> {
  const [row] = await query<{ last: number }>(
    on,
    `insert into accession_day as d (institution_id, day, last) values ($1, $2, 1)
     on conflict (institution_id, day) do update set last = d.last + 1 returning last`,
    [institution, day],
  )
  return row!.last
}

export async function accessionPrefixOf(on: Queryable, institution: number): Promise<string | null> {
  const [row] = await query<{ prefix: string | null }>(
    on,
    `select accession_prefix as prefix from institution where institution_id = $1 for update`,
    [institution],
  )
  return row?.prefix ?? null
}

/** False: another institution has it. */
export async function takeAccessionPrefix(on: Queryable, institution: number, prefix: string): Promise<boolean> {
  const rows = await query(
    on,
    `update institution set accession_prefix = $2 where institution_id = $1
       and not exists (select from institution o where o.accession_prefix = $2 and o.institution_id <> $1) returning 1`,
    [institution, prefix],
  )
  return rows.length === 1
}

export async function insertOrder(on: Queryable, order: NewOrder): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into exam_order (institution_id, accession_number, study_instance_uid, created_by, request_key, ${valueColumns})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26) returning id`,
    [order.institution, order.AccessionNumber, order.StudyInstanceUID, order.createdBy, order.requestKey, ...valuesOf(order)],
  )
  return row!.id
}

/** Answers the new generation. */
export async function updateOrder(on: Queryable, id: number, order: OrderValues): Promise<number> {
  const [row] = await query<{ generation: number }>(
    on,
    `update exam_order set (${valueColumns}) = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22), generation = generation + 1
     where id = $1 returning generation`,
    [id, ...valuesOf(order)],
  )
  return row!.generation
}

/** Answers the new generation; the times follow the state. */
export async function moveOrder(on: Queryable, id: number, state: string): Promise<number> {
  const [row] = await query<{ generation: number }>(
    on,
    `update exam_order set state = $2, generation = generation + 1,
       started_at = case when $2 = 'scheduled' then null else coalesce(started_at, case when $2 <> 'cancelled' then now() end) end,
       ended_at = case when $2 in ('completed', 'discontinued', 'cancelled') then now() end
     where id = $1 returning generation`,
    [id, state],
  )
  return row!.generation
}

export interface LockedOrder extends OrderValues {
  readonly id: number
  readonly institution: number
  readonly state: string
  readonly generation: number
  readonly createdBy: number
  readonly AccessionNumber: string
}

/** Locks the order until the transaction ends. Undefined: there is none in this scope. A null scope is the archive's own. */
export async function lockOrder(on: Queryable, scope: Scope | null, id: number): Promise<LockedOrder | undefined> {
  const [row] = await query<LockedOrder & { [column: string]: unknown }>(
    on,
    `select id, institution_id as institution, state, generation, created_by as "createdBy", accession_number as "AccessionNumber",
       patient_name as "PatientName", name_keys as "nameKeys", patient_id as "PatientID", id_card_sealed as "idCardSealed", id_card_index as "idCardIndex", id_card_last4 as "idCardLast4", sex,
       birth_date as "birthDate", phone_sealed as "phoneSealed", modality, procedure, body_part as "bodyPart", ae_title as "AETitle",
       scheduled_at as "scheduledAt", clinical_information as "clinicalInformation", urgency, department, requester,
       patient_class as "patientClass", ward, bed
     from exam_order where id = $2 and ($1::int[] is null or institution_id = any($1)) for update`,
    [scope, id],
  )
  return row
}

export const insertOrderEvent = async (
  on: Queryable,
  event: {
    readonly order: number
    /** Null: a machine or the clock. */
    readonly actor: number | null
    readonly verb: string
    readonly from: string | null
    readonly to: string
    readonly reason: string | null
    readonly generation: number
  },
): Promise<void> => {
  await query(
    on,
    `insert into order_event (order_id, actor_id, verb, from_state, to_state, reason, generation) values ($1, $2, $3, $4, $5, $6, $7)`,
    [event.order, event.actor, event.verb, event.from, event.to, event.reason, event.generation],
  )
}

export async function findOrder(on: Queryable, scope: Scope, id: number): Promise<OrderRow | undefined> {
  const [row] = await query<OrderRow & { [column: string]: unknown }>(
    on,
    `select ${orderColumns} from ${orderTables} where o.id = $2 and o.institution_id = any($1)`,
    [scope, id],
  )
  return row
}

/** The order that a request with this key made. */
export async function orderOfRequest(on: Queryable, account: number, requestKey: string): Promise<number | undefined> {
  const [row] = await query<{ id: number }>(on, `select id from exam_order where created_by = $1 and request_key = $2`, [
    account,
    requestKey,
  ])
  return row?.id
}

export interface OrderSearch {
  readonly scope: Scope
  readonly states: readonly string[] | null
  readonly nameKeys: readonly string[] | null
  /** Beginning of an AccessionNumber or PatientID. */
  readonly number: string | null
  /** By the time it was entered. */
  readonly from: Date | null
  readonly to: Date | null
  readonly limit: number
}

/** Newest first. */
export function listOrders(on: Queryable, { scope, states, nameKeys, number, from, to, limit }: OrderSearch): Promise<OrderRow[]> {
  const pattern = number === null ? null : `${number.toUpperCase().replace(/[\\%_]/g, '\\$&')}%`
  return query<OrderRow & { [column: string]: unknown }>(
    on,
    `select ${orderColumns} from ${orderTables}
     where o.institution_id = any($1) and ($2::text[] is null or o.state = any($2))
       and (($3::text[] is null and $4::text is null) or o.name_keys @> $3 or upper(o.accession_number) like $4 or upper(o.patient_id) like $4)
       and ($5::timestamptz is null or o.created_at >= $5) and ($6::timestamptz is null or o.created_at < $6)
     order by o.created_at desc, o.id desc limit $7`,
    [scope, states, nameKeys, pattern, from, to, limit],
  )
}

/** Those that are asked for by their keys, in their order. */
export const ordersByID = (on: Queryable, scope: Scope, ids: readonly number[]): Promise<OrderRow[]> =>
  query<OrderRow & { [column: string]: unknown }>(
    on,
    `select ${orderColumns} from ${orderTables} where o.institution_id = any($1) and o.id = any($2) order by array_position($2::bigint[], o.id)`,
    [scope, ids],
  )

export interface EarlierPatientRow {
  readonly PatientName: string
  readonly PatientID: string
  readonly sex: 'M' | 'F' | 'O' | null
  readonly birthDate: string | null
  readonly idCardLast4: string | null
  readonly lastStudyDate: string | null
}

export interface EarlierPatientSearch {
  readonly scope: Scope
  readonly nameKeys: readonly string[] | null
  readonly number: string | null
  readonly idCardIndex: Uint8Array | null
  readonly limit: number
}

/** Who has been here before, from orders and from studies of these institutions; each PatientID and name once, the newest first. */
export function earlierPatients(on: Queryable, search: EarlierPatientSearch): Promise<EarlierPatientRow[]> {
  const pattern = search.number === null ? null : `${search.number.replace(/[\\%_]/g, '\\$&')}%`
  return query<EarlierPatientRow & { [column: string]: unknown }>(
    on,
    `with ordered as (
       select patient_name, patient_id, sex, birth_date, id_card_last4, null::text as study_date, created_at as at from exam_order
       where institution_id = any($1) and (name_keys @> $2 or patient_id like $3 or id_card_index = $4)
       order by created_at desc limit 200
     ), studied as (
       select patient_name, patient_id, patient_sex as sex, patient_birth_date as birth_date, null::text as id_card_last4, study_date,
         first_received_at as at from study
       where institution_id = any($1) and patient_id is not null and patient_name is not null and (name_keys @> $2 or patient_id like $3)
         and exists (select from study_access a where a.study_pk = study.study_pk)
       order by first_received_at desc limit 200
     ), known as (select * from ordered union all select * from studied)
     select (array_agg(patient_name order by (id_card_last4 is null), at desc))[1] as "PatientName", patient_id as "PatientID",
       (array_agg(sex order by at desc) filter (where sex in ('M', 'F', 'O')))[1] as sex,
       (array_agg(birth_date order by at desc) filter (where birth_date ~ '^\\d{8}$'))[1] as "birthDate",
       (array_agg(id_card_last4 order by at desc) filter (where id_card_last4 is not null))[1] as "idCardLast4", max(study_date) as "lastStudyDate"
     from known group by patient_id order by max(at) desc limit $5`,
    [search.scope, search.nameKeys, pattern, search.idCardIndex, search.limit],
  )
}

/** The PatientID under which the owner of this identity card is known here. */
export async function patientIDOfCard(on: Queryable, institution: number, idCardIndex: Uint8Array): Promise<string | undefined> {
  const [row] = await query<{ patient_id: string }>(
    on,
    `select patient_id from exam_order where institution_id = $1 and id_card_index = $2 order by created_at desc limit 1`,
    [institution, idCardIndex],
  )
  return row?.patient_id
}

/** Machines that may be asked for: enabled, of these institutions, with the worklist. */
export const machinesOf = (on: Queryable, scope: Scope): Promise<{ AETitle: string; description: string | null }[]> =>
  query<{ AETitle: string; description: string | null }>(
    on,
    `select title as "AETitle", description from ae where institution_id = any($1) and enabled and may_worklist order by title limit 500`,
    [scope],
  )
