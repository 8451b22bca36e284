/** Patients of all issuers, the links between them, conflicts that wait for a person, and corrections of a study. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Line, pollMs } from './events.ts'
import { act, request } from './http.ts'
import type { Attributes, Conflict, Corrections, PatientDetail, PatientRow } from './patient-types.ts'

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

/** `SeriesInstanceUID`: the attributes are that series'. Names as `A=I=P`, dates as DA. */
export const correctStudy = (
  StudyInstanceUID: string,
  correction: { attributes: Attributes; reason: string; SeriesInstanceUID?: string },
): Promise<unknown> => act(correctionsPath(StudyInstanceUID), correction)

export const undoCorrection = (StudyInstanceUID: string, revision: number, reason: string): Promise<unknown> =>
  act(`${correctionsPath(StudyInstanceUID)}/${revision}/undo`, { reason })
