/** What the portal and `/api` say to each other of orders (申请单), machines and studies that came without an order. Dates of birth are DA, PS3.5 §6.2. */
import type { Patient, Urgency } from './types.ts'

/** As Modality Performed Procedure Step leaves them; a state that a newer server knows is shown by its own name. */
export const orderStates = ['scheduled', 'in-progress', 'completed', 'discontinued', 'cancelled'] as const
export type OrderState = (typeof orderStates)[number]
export type Sex = 'M' | 'F' | 'O'
/** As what a patient came: 门诊, 急诊, 住院, 体检. */
export const patientClasses = ['outpatient', 'emergency', 'inpatient', 'check-up'] as const
export type PatientClass = (typeof patientClasses)[number]

export interface OrderPatient {
  readonly PatientName: string
  readonly PatientID: string
  /** Only its last four characters can be read. */
  readonly idCardNumber: string | null
  readonly sex: Sex | null
  readonly birthDate: string | null
  readonly phone: string | null
}

export interface OrderStudy {
  readonly StudyInstanceUID: string
  readonly receivedAt: string
  readonly instances: number
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
  readonly scheduledAt: string
  readonly clinicalInformation: string
  readonly urgency: Urgency
  readonly department: string
  readonly requester: string
  readonly patientClass: PatientClass | null
  readonly ward: string
  /** Without 床 behind it. */
  readonly bed: string
  readonly institution: { readonly id: number; readonly name: string }
  readonly createdAt: string
  readonly createdBy: string
  readonly startedAt: string | null
  /** Of a cancelled or discontinued order: by whom (null: the machine), when and why. */
  readonly ended?: { readonly by: string | null; readonly at: string; readonly reason: string | null } | null
  readonly studies: readonly OrderStudy[]
  readonly verbs: readonly string[]
}

export interface OrderInput {
  readonly patient: {
    readonly PatientName: string
    readonly PatientID?: string
    /** Absent: as it was. */
    readonly idCardNumber?: string
    readonly sex: Sex | null
    readonly birthDate: string | null
    readonly phone?: string
  }
  readonly modality: string
  readonly procedure: string
  readonly bodyPart?: string
  readonly AETitle: string | null
  readonly scheduledAt?: string
  readonly clinicalInformation: string
  readonly urgency: Urgency
  readonly department: string
  readonly requester: string
  readonly patientClass: PatientClass | null
  readonly ward: string
  /** As typed: 12, 12床, 十二床. */
  readonly bed: string
}

/** What an identity card number says, by ISO 7064 MOD 11-2 and its own digits. */
export interface IdCardCheck {
  readonly valid: boolean
  readonly sex: Sex | null
  readonly birthDate: string | null
  readonly zh: string
  readonly en: string
  /** Whose it is, where they were here before. */
  readonly patients: readonly EarlierPatient[]
}

export interface EarlierPatient {
  readonly PatientName: string
  readonly PatientID: string
  readonly sex: Sex | null
  readonly birthDate: string | null
  readonly idCardNumber: string | null
  readonly lastStudyDate: string | null
}

export interface Machine {
  readonly AETitle: string
  readonly description: string | null
}

export interface Candidate {
  readonly order: Order
  /** 0 to 1. */
  readonly score: number
  readonly reasons: readonly { readonly zh: string; readonly en: string }[]
}

export interface UnmatchedStudy {
  readonly StudyInstanceUID: string
  readonly patient: Omit<Patient, 'age'>
  readonly modality: string
  readonly StudyDescription: string
  readonly receivedAt: string
  readonly instances: number
  readonly AccessionNumber: string
  readonly candidates: readonly Candidate[]
}

export interface OrderQuery {
  readonly q?: string
  readonly from?: string
  readonly state?: OrderState
}
