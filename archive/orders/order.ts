/** An order as people see it: the identity card masked, with the verbs that are open to the asker. */
import type { OrderRow, OrderStudyRow, PatientClass } from '../../storage/index/orders.ts'
import { type Asker, may } from '../access.ts'
import { type FieldKey, NotUnsealed } from '../field-key.ts'
import { maskedCard } from './identity-card.ts'
import { type OrderState, type OrderVerb, verbsOf } from './machine.ts'

export interface OrderPatient {
  readonly PatientName: string
  readonly PatientID: string
  readonly idCardNumber: string | null
  readonly sex: 'M' | 'F' | 'O' | null
  /** DA. */
  readonly birthDate: string | null
  readonly phone: string | null
}

export interface Order {
  readonly id: string
  readonly generation: number
  readonly AccessionNumber: string
  readonly StudyInstanceUID: string
  readonly state: OrderState
  readonly patient: OrderPatient
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
  readonly institution: { readonly id: number; readonly name: string }
  readonly createdAt: Date
  readonly createdBy: string
  readonly startedAt: Date | null
  /** Of a cancelled or discontinued order. */
  readonly ended: { readonly by: string | null; readonly at: string; readonly reason: string | null } | null
  readonly studies: readonly OrderStudyRow[]
  readonly verbs: readonly OrderVerb[]
}

export function orderView(row: OrderRow, asker: Asker, fieldKey: FieldKey): Order {
  const state = row.state as OrderState
  return {
    id: String(row.id),
    generation: row.generation,
    AccessionNumber: row.AccessionNumber,
    StudyInstanceUID: row.StudyInstanceUID,
    state,
    patient: {
      PatientName: row.PatientName,
      PatientID: row.PatientID,
      idCardNumber: row.idCardLast4 === null ? null : maskedCard(row.idCardLast4),
      sex: row.sex,
      birthDate: row.birthDate,
      phone: phoneOf(row.phoneSealed, fieldKey),
    },
    modality: row.modality,
    procedure: row.procedure,
    bodyPart: row.bodyPart,
    AETitle: row.AETitle,
    scheduledAt: row.scheduledAt,
    clinicalInformation: row.clinicalInformation,
    urgency: row.urgency,
    department: row.department,
    requester: row.requester,
    patientClass: row.patientClass,
    ward: row.ward,
    bed: row.bed,
    institution: row.institution,
    createdAt: row.createdAt,
    createdBy: row.createdBy,
    startedAt: row.startedAt,
    ended: row.ended === null ? null : { ...row.ended, at: new Date(row.ended.at).toISOString() },
    studies: row.studies.map((study) => ({ ...study, receivedAt: new Date(study.receivedAt).toISOString() })),
    verbs: may(asker, 'order') ? verbsOf(state, row.studies.length > 0) : [],
  }
}

/** After the loss of a key the orders are still there, without their telephone numbers. */
function phoneOf(sealed: Uint8Array | null, fieldKey: FieldKey): string | null {
  if (sealed === null) return null
  try {
    return fieldKey.unseal('phone', sealed)
  } catch (error) {
    if (error instanceof NotUnsealed) return null
    throw error
  }
}
