/**
 * A task of the reading workflow as procedure steps: Interpretation (110005) and Verification (110007), PS3.16 CID 9231. What state each step is in is a
 * table of the machine's states; what it says is made of the workitem and its study.
 */
import type { Performer, ReadingRow } from '../../storage/index/ups/reading.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { parsePersonName } from '../dicom/person-name.ts'
import { modalityOf } from '../reading/modality.ts'
import type { State } from '../reading/workflow/machine.ts'
import { attributes } from './attributes.ts'
import { attribute, code, datasetFrom } from './dataset.ts'
import { dateTimeOf } from './date-time.ts'
import type { UPSState } from './machine.ts'

export const stepCodes = {
  '110005': code('110005', 'DCM', 'Interpretation'),
  '110007': code('110007', 'DCM', 'Report Verification'),
  // The text of an addendum, in the place of the Interpretation.
  '128001': code('128001', 'DCM', 'Add Addendum to Report'),
} as const
export type StepCode = keyof typeof stepCodes

/** What is followed: a text and its verification. */
export const stepKinds = ['110005', '110007'] as const
export type StepKind = (typeof stepKinds)[number]

/** Undefined: there is no such step while the task is in that state. A text is composed, verified and then both steps end together, with the signature. */
export const stepStates: Readonly<Record<State, Readonly<Partial<Record<StepKind, UPSState>>>>> = {
  UPLOADING: { '110005': 'SCHEDULED' },
  READY: { '110005': 'SCHEDULED' },
  CLAIMED: { '110005': 'IN PROGRESS' },
  QUERIED: { '110005': 'IN PROGRESS' },
  RETURNED: { '110005': 'CANCELED' },
  SUBMITTED: { '110005': 'IN PROGRESS', '110007': 'SCHEDULED' },
  TEMP_RELEASED: { '110005': 'IN PROGRESS', '110007': 'SCHEDULED' },
  REVIEWING: { '110005': 'IN PROGRESS', '110007': 'IN PROGRESS' },
  REWORK: { '110005': 'IN PROGRESS' },
  FINAL: { '110005': 'COMPLETED', '110007': 'COMPLETED' },
  AMENDED: { '110005': 'COMPLETED', '110007': 'COMPLETED' },
  RETRACTED: { '110005': 'COMPLETED', '110007': 'COMPLETED' },
  CANCELED: { '110005': 'CANCELED' },
}

/** How far it is, in per cent and words, when the task has come to a state. A performer may say more by Update. */
const progress: Readonly<Partial<Record<State, Readonly<Partial<Record<StepKind, readonly [percent: number, words: string]>>>>>> = {
  CLAIMED: { '110005': [0, 'being read'] },
  QUERIED: { '110005': [20, 'waiting for an answer'] },
  SUBMITTED: { '110005': [80, 'submitted for verification'] },
  TEMP_RELEASED: { '110005': [80, 'released as a temporary report'] },
  REVIEWING: { '110005': [90, 'under verification'], '110007': [0, 'under verification'] },
  REWORK: { '110005': [50, 'returned for rework'] },
  FINAL: { '110005': [100, 'signed'], '110007': [100, 'signed'] },
  AMENDED: { '110005': [100, 'signed'], '110007': [100, 'signed'] },
}

export function progressOf(state: State, step: StepKind): DicomJSON | undefined {
  const [percent, words] = progress[state]?.[step] ?? []
  return percent === undefined
    ? undefined
    : datasetFrom([attribute('ProcedureStepProgress', percent), attribute('ProcedureStepProgressDescription', words)])
}

/** 0 is the most urgent. PS3.3 C.30.3 knows three. */
const priorityOf = (urgency: number): string => (urgency <= 1 ? 'HIGH' : urgency <= 3 ? 'MEDIUM' : 'LOW')

/** Codes of our own: institutions and accounts. */
const ownScheme = '99ARCHIVE'

/** Code values have 16 characters, longer ones a Long Code Value (PS3.3 §8.1). */
const ownCode = (value: string, meaning: string): DicomJSON =>
  datasetFrom([
    attribute(value.length <= 16 ? 'CodeValue' : 'LongCodeValue', value),
    attribute('CodingSchemeDesignator', ownScheme),
    attribute('CodeMeaning', meaning.slice(0, 64)),
  ])

const performer = ({ username, displayName }: Performer, organization: string): DicomJSON =>
  datasetFrom([
    attribute('HumanPerformerCodeSequence', ownCode(username, displayName)),
    attribute('HumanPerformerName', parsePersonName(displayName)),
    attribute('HumanPerformerOrganization', organization.slice(0, 64)),
  ])

/** Whoever does the step, or would. */
const performerOf = (row: ReadingRow, step: StepCode): Performer | null => {
  if (step === '110007') return row.reviewer
  return ['CLAIMED', 'QUERIED', 'REWORK'].includes(row.state) ? row.assignee : row.author
}

/** Everything but progress and what was performed. Attributes of type 2 that there is nothing to say of are empty. */
export function scheduled(row: ReadingRow, step: StepCode): DicomJSON {
  const who = performerOf(row, step)
  const modality = modalityOf(row.modalities)
  const start = step === '110007' ? (row.submittedAt ?? row.createdAt) : (row.readyAt ?? row.createdAt)
  const request = datasetFrom([
    attribute('StudyInstanceUID', row.StudyInstanceUID),
    attribute('AccessionNumber', row.AccessionNumber ?? undefined),
    attribute('IssuerOfAccessionNumberSequence'),
    attribute('RequestedProcedureID'),
    attribute('RequestedProcedureDescription', row.StudyDescription?.slice(0, 64)),
    attribute('RequestedProcedureCodeSequence'),
    ...(row.requester === null ? [] : [attribute('RequestingPhysician', parsePersonName(row.requester))]),
  ])
  return datasetFrom([
    ...attributes.filter(({ create }) => create === '2' || create === 'empty').map(({ keyword }) => attribute(keyword)),
    attribute('ScheduledProcedureStepPriority', priorityOf(row.urgency)),
    attribute('ProcedureStepLabel', [modality, row.StudyDescription ?? ''].join(' ').trim().slice(0, 64) || 'Interpretation'),
    attribute('WorklistLabel', 'READING'),
    attribute('ScheduledStationGeographicLocationCodeSequence', ownCode(row.centre.code, row.centre.name)),
    ...(who === null ? [] : [attribute('ScheduledHumanPerformersSequence', performer(who, row.centre.name))]),
    attribute('ScheduledProcedureStepStartDateTime', dateTimeOf(start)),
    ...(row.dueAt === null ? [] : [attribute('ExpectedCompletionDateTime', dateTimeOf(row.dueAt))]),
    attribute('ScheduledWorkitemCodeSequence', stepCodes[step]),
    attribute('CommentsOnTheScheduledProcedureStep', row.clinicalInformation?.slice(0, 10_240)),
    attribute('InputReadinessState', row.state === 'UPLOADING' ? 'INCOMPLETE' : 'READY'),
    attribute('StudyInstanceUID', row.StudyInstanceUID),
    ...(row.PatientName === null ? [] : [attribute('PatientName', parsePersonName(row.PatientName))]),
    attribute('PatientID', row.PatientID ?? undefined),
    attribute('IssuerOfPatientID', row.IssuerOfPatientID ?? undefined),
    attribute('PatientBirthDate', row.PatientBirthDate ?? undefined),
    attribute('PatientSex', row.PatientSex ?? undefined),
    attribute('ReferencedRequestSequence', request),
  ])
}

const documentClasses = { sr: '1.2.840.10008.5.1.4.1.1.88.22', pdf: '1.2.840.10008.5.1.4.1.1.104.1' } as const

/** What was done, when the report is signed: who, from when to when, and which documents came of it. */
export function performed(row: ReadingRow, step: StepCode): DicomJSON {
  const who = performerOf(row, step)
  const start = step === '110007' ? (row.submittedAt ?? row.createdAt) : (row.claimedAt ?? row.readyAt ?? row.createdAt)
  const outputs = row.documents.map(({ kind, SOPInstanceUID, SeriesInstanceUID }) =>
    datasetFrom([
      attribute('TypeOfInstances', 'DICOM'),
      attribute('StudyInstanceUID', row.StudyInstanceUID),
      attribute('SeriesInstanceUID', SeriesInstanceUID),
      attribute(
        'ReferencedSOPSequence',
        datasetFrom([attribute('ReferencedSOPClassUID', documentClasses[kind]), attribute('ReferencedSOPInstanceUID', SOPInstanceUID)]),
      ),
    ]),
  )
  return datasetFrom([
    ...(who === null ? [] : [attribute('ActualHumanPerformersSequence', performer(who, row.centre.name))]),
    attribute('PerformedStationNameCodeSequence', ownCode(row.centre.code, row.centre.name)),
    attribute('PerformedStationClassCodeSequence'),
    attribute('PerformedStationGeographicLocationCodeSequence', ownCode(row.centre.code, row.centre.name)),
    attribute('PerformedProcedureStepStartDateTime', dateTimeOf(start)),
    attribute('PerformedWorkitemCodeSequence', stepCodes[step]),
    attribute('PerformedProcedureStepEndDateTime', dateTimeOf(row.finalAt ?? row.now)),
    attribute('OutputInformationSequence', ...outputs),
  ])
}
