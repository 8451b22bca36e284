/** Patients of all issuers, the links between them, conflicts that wait for a person, and corrections of a study. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Line, pollMs } from './events.ts'
import { act, request } from './http.ts'

/** Values by DICOM keyword, as people enter and read them. */
export type Attributes = Readonly<Record<string, string>>

export interface Sentence {
  readonly zh: string
  readonly en: string
}

export interface ConflictDecision extends Sentence {
  readonly code: string
  readonly destructive: boolean
}

export interface Conflict {
  readonly id: string
  readonly kind: string
  readonly at: string
  readonly StudyInstanceUID: string
  readonly institution: { readonly id: number; readonly name: string }
  readonly what: Sentence
  readonly current: Attributes
  readonly other: Attributes
  readonly decisions: readonly ConflictDecision[]
  readonly decided: { readonly decision: string; readonly by: string; readonly at: string; readonly reason: string } | null
}

export interface PatientRow {
  readonly id: string
  readonly issuer: string
  readonly PatientID: string
  readonly name: string
  readonly sex: string
  readonly birthDate: string
  readonly studies: number
  readonly lastStudyDate: string | null
  readonly mergedInto: string | null
  /** Filed apart until a person decides whether it is the same one. */
  readonly provisional: boolean
}

export interface PatientStudy {
  readonly StudyInstanceUID: string
  readonly StudyDate: string
  readonly modality: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly institution: { readonly id: number; readonly name: string } | string
  readonly instances: number
}

export type LinkKind = 'merge' | 'match' | 'person'

export interface PatientLink {
  readonly id: string
  readonly kind: LinkKind
  readonly from: string
  readonly into: string
  readonly reason: string
  readonly by: string
  readonly at: string
  readonly undone: { readonly by: string; readonly at: string; readonly reason: string } | null
}

export interface PatientDetail extends Omit<PatientRow, 'studies'> {
  readonly studies: readonly PatientStudy[]
  readonly links: readonly PatientLink[]
}

export interface Correction {
  readonly revision: number
  readonly by: string
  readonly at: string
  readonly reason: string
  readonly attributes: Attributes
  readonly undone: { readonly by: string; readonly at: string; readonly reason: string } | null
}

export interface Corrections {
  readonly asReceived: Attributes
  readonly now: Attributes
  readonly correctable: readonly string[]
  readonly corrections: readonly Correction[]
}

const patientPath = (id: string): string => `/api/patients/${encodeURIComponent(id)}`
const correctionsPath = (StudyInstanceUID: string): string => `/api/studies/${encodeURIComponent(StudyInstanceUID)}/corrections`

export const useConflicts = (state: 'open' | 'decided', enabled: boolean, line: Line) =>
  useQuery({
    queryKey: ['conflicts', state],
    enabled,
    queryFn: ({ signal }) => request<{ items: readonly Conflict[] }>('GET', `/api/conflicts?state=${state}`, { signal }),
    refetchInterval: line === 'live' ? 60_000 : pollMs,
  })

export const usePatients = (q: string) =>
  useQuery({
    queryKey: ['patients', q],
    queryFn: ({ signal }) => request<{ items: readonly PatientRow[] }>('GET', `/api/patients?${new URLSearchParams({ q })}`, { signal }),
    placeholderData: keepPreviousData,
  })

export const usePatient = (id: string) =>
  useQuery({
    queryKey: ['patient', id],
    queryFn: ({ signal }) => request<PatientDetail>('GET', patientPath(id), { signal }),
  })

export const useCorrections = (StudyInstanceUID: string) =>
  useQuery({
    queryKey: ['corrections', StudyInstanceUID],
    queryFn: ({ signal }) => request<Corrections>('GET', correctionsPath(StudyInstanceUID), { signal }),
  })

export const decideConflict = (id: string, decision: string, reason: string): Promise<unknown> =>
  act(`/api/conflicts/${encodeURIComponent(id)}/decision`, { decision, reason })

/** Both numbers are one patient's from now on; `into` stays. */
export const mergePatients = (id: string, into: string, reason: string): Promise<unknown> =>
  act(`${patientPath(id)}/merge`, { into, reason })

/** The same person under another institution's number. */
export const linkPersons = (id: string, other: string, reason: string): Promise<unknown> =>
  act(`${patientPath(id)}/person`, { with: other, reason })

export const undoLink = (id: string, reason: string): Promise<unknown> =>
  act(`/api/patient-links/${encodeURIComponent(id)}/undo`, { reason })

/** The study is this patient's. */
export const moveStudy = (StudyInstanceUID: string, patient: string, reason: string): Promise<unknown> =>
  act(`/api/studies/${encodeURIComponent(StudyInstanceUID)}/match`, { patient, reason })

export const correctStudy = (StudyInstanceUID: string, attributes: Attributes, reason: string): Promise<unknown> =>
  act(correctionsPath(StudyInstanceUID), { attributes, reason })

export const undoCorrection = (StudyInstanceUID: string, revision: number, reason: string): Promise<unknown> =>
  act(`${correctionsPath(StudyInstanceUID)}/${revision}/undo`, { reason })
