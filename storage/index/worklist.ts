/** Orders as a machine's worklist reads them. */
import { type Queryable, query } from './query.ts'

export interface WorklistRow {
  readonly id: number
  readonly AccessionNumber: string
  readonly StudyInstanceUID: string
  readonly PatientName: string
  readonly PatientID: string
  readonly sex: string | null
  readonly birthDate: string | null
  readonly modality: string
  readonly procedure: string
  readonly bodyPart: string | null
  /** Null: any machine of the institution that does this modality. */
  readonly AETitle: string | null
  readonly scheduledAt: Date
  readonly clinicalInformation: string
  readonly urgency: number
  readonly department: string
  readonly requester: string
  readonly ward: string
  readonly bed: string
  readonly institutionName: string
  /** Of AccessionNumber and PatientID: what the institution calls itself, else its code. */
  readonly issuer: string
}

export interface WorklistSearch {
  readonly institution: number
  /** First instant of the first day and after the last one; null: open. */
  readonly from: Date | null
  readonly to: Date | null
  /** One of these; null: any. */
  readonly modalities: readonly string[] | null
  /** For this machine, or for none in particular; null: for any. */
  readonly AETitle: string | null
  readonly limit: number
}

/** What is scheduled and not begun, the earliest first. */
export const scheduledOrders = (
  on: Queryable,
  { institution, from, to, modalities, AETitle, limit }: WorklistSearch,
): Promise<WorklistRow[]> =>
  query<WorklistRow & { [column: string]: unknown }>(
    on,
    `select o.id, o.accession_number as "AccessionNumber", o.study_instance_uid as "StudyInstanceUID", o.patient_name as "PatientName",
       o.patient_id as "PatientID", o.sex, o.birth_date as "birthDate", o.modality, o.procedure, o.body_part as "bodyPart", o.ae_title as "AETitle",
       o.scheduled_at as "scheduledAt", o.clinical_information as "clinicalInformation", o.urgency, o.department, o.requester, o.ward, o.bed,
       i.name as "institutionName", coalesce(i.issuers_of_patient_id[1], i.code) as issuer
     from exam_order o join institution i on i.institution_id = o.institution_id
     where o.institution_id = $1 and o.state = 'scheduled' and ($2::timestamptz is null or o.scheduled_at >= $2)
       and ($3::timestamptz is null or o.scheduled_at < $3)
       and ($4::text[] is null or o.modality = any($4)) and ($5::text is null or o.ae_title is null or o.ae_title = $5)
     order by o.scheduled_at, o.id limit $6`,
    [institution, from, to, modalities, AETitle, limit],
  )
