/** Modality Performed Procedure Steps (migrations/0071-performed-steps.sql). */
import { type Queryable, query } from './query.ts'

export type StepState = 'IN PROGRESS' | 'COMPLETED' | 'DISCONTINUED'

export interface NewStep {
  readonly SOPInstanceUID: string
  readonly institution: number
  readonly AETitle: string
  readonly state: StepState
  readonly order: number | null
  readonly StudyInstanceUIDs: readonly string[]
  /** DICOM JSON. */
  readonly attributes: string
}

/** Undefined: there is one of this SOPInstanceUID. */
export async function insertStep(on: Queryable, step: NewStep): Promise<number | undefined> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into performed_step (sop_instance_uid, institution_id, ae_title, state, order_id, study_instance_uids, attributes)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (sop_instance_uid) do nothing returning id`,
    [step.SOPInstanceUID, step.institution, step.AETitle, step.state, step.order, step.StudyInstanceUIDs, step.attributes],
  )
  return row?.id
}

export interface LockedStep {
  readonly id: number
  readonly state: StepState
  readonly order: number | null
  readonly StudyInstanceUIDs: readonly string[]
  readonly attributes: string
}

export async function lockStep(on: Queryable, institution: number, SOPInstanceUID: string): Promise<LockedStep | undefined> {
  const [row] = await query<LockedStep & { [column: string]: unknown }>(
    on,
    `select id, state, order_id as "order", study_instance_uids as "StudyInstanceUIDs", attributes
     from performed_step where sop_instance_uid = $2 and institution_id = $1 for update`,
    [institution, SOPInstanceUID],
  )
  return row
}

/** The listed instances replace those that were listed before. */
export async function updateStep(
  on: Queryable,
  id: number,
  {
    state,
    attributes,
    SOPInstanceUIDs,
  }: { readonly state: StepState; readonly attributes: string; readonly SOPInstanceUIDs: readonly string[] },
): Promise<void> {
  await query(on, `update performed_step set state = $2, attributes = $3, changed_at = now() where id = $1`, [id, state, attributes])
  await query(on, `delete from performed_instance where step_id = $1 and sop_instance_uid <> all($2)`, [id, SOPInstanceUIDs])
  await query(on, `insert into performed_instance (step_id, sop_instance_uid) select $1, unnest($2::text[]) on conflict do nothing`, [
    id,
    SOPInstanceUIDs,
  ])
}

/** The states of all steps of an order. */
export async function stepStatesOfOrder(on: Queryable, order: number): Promise<StepState[]> {
  const rows = await query<{ state: StepState }>(on, `select state from performed_step where order_id = $1`, [order])
  return rows.map(({ state }) => state)
}

/** The studies of these UIDs that an institution owns, for the feed. */
export async function studiesOfUIDs(on: Queryable, institution: number, StudyInstanceUIDs: readonly string[]): Promise<number[]> {
  const rows = await query<{ study_pk: number }>(
    on,
    `select study_pk from study where study_instance_uid = any($2) and institution_id = $1 order by 1`,
    [institution, StudyInstanceUIDs],
  )
  return rows.map(({ study_pk }) => study_pk)
}

/**
 * Reading tasks still waiting for images of which the machine has said that they are all there: a step is completed, none is open, and every instance
 * that was listed has arrived.
 */
export async function arrivedAsListed(on: Queryable, limit: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `select w.id from workitem w join study s on s.study_pk = w.study_pk
     where w.state = 'UPLOADING'
       and exists (select from performed_step p join performed_instance i on i.step_id = p.id
         where p.study_instance_uids @> array[s.study_instance_uid] and p.institution_id = s.institution_id and p.state = 'COMPLETED')
       and not exists (select from performed_step p
         where p.study_instance_uids @> array[s.study_instance_uid] and p.institution_id = s.institution_id and p.state = 'IN PROGRESS')
       and not exists (select from performed_step p join performed_instance i on i.step_id = p.id
         where p.study_instance_uids @> array[s.study_instance_uid] and p.institution_id = s.institution_id and p.state = 'COMPLETED'
           and not exists (select from instance n where n.sop_instance_uid = i.sop_instance_uid))
     order by w.created_at limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}
