/**
 * The attributes of a Unified Procedure Step and what is required of each: PS3.4 Table CC.2.5-3. Whatever is not named here is optional (3/3, O).
 *
 * `create`, `set`: requirement on the SCU in N-CREATE and N-SET. `-` must not be given; `empty` must be given without a value; `scp` is ours to set.
 * `final`: see `FinalCode`. `returned`: Return Key Type 1 or 2, in every search result.
 */
import { tagOf } from '../dicom/dictionary.ts'

export type Requirement = '1' | '2' | '3' | '-' | 'empty' | 'scp'

/** PS3.4 Table CC.2.5-1. R: for both final states · P: for COMPLETED · X: for CANCELED · O: for none. (RC: where known, which we cannot know.) */
export type FinalCode = 'R' | 'P' | 'X' | 'O'

export interface UPSAttribute {
  readonly keyword: string
  readonly tag: string
  readonly create: Requirement
  readonly set: '3' | '-' | 'scp'
  readonly final: FinalCode
  readonly returned: boolean
  /** The value may be a sequence without items and yet be there. */
  readonly mayBeEmpty?: boolean
  readonly items?: readonly UPSAttribute[]
}

export const hex = (keyword: string): string => {
  const tag = tagOf(keyword)
  if (tag === undefined) throw new RangeError(`${keyword} is not in the data dictionary`)
  return tag.toString(16).toUpperCase().padStart(8, '0')
}

const row = (
  keyword: string,
  create: Requirement,
  set: UPSAttribute['set'],
  final: FinalCode,
  returned: 'returned' | '' = '',
  items?: readonly UPSAttribute[],
): UPSAttribute => ({
  keyword,
  tag: hex(keyword),
  create,
  set,
  final,
  returned: returned === 'returned',
  ...(items === undefined ? {} : { items }),
})

/** Inside items: nothing is demanded by N-CREATE, the sequence itself is empty then. */
const within = (keyword: string, final: FinalCode, mayBeEmpty = false): UPSAttribute => ({ ...row(keyword, '3', '3', final), mayBeEmpty })

export const attributes: readonly UPSAttribute[] = [
  row('TransactionUID', 'empty', '-', 'O'),
  // SOP Common: the UIDs are those of the request, never of the data set.
  row('SpecificCharacterSet', '3', '3', 'O'),
  row('SOPClassUID', 'scp', 'scp', 'O', 'returned'),
  row('SOPInstanceUID', 'scp', 'scp', 'O', 'returned'),
  // Scheduled Procedure Information
  row('ScheduledProcedureStepPriority', '1', '3', 'R', 'returned'),
  row('ScheduledProcedureStepModificationDateTime', 'scp', 'scp', 'O'),
  row('ProcedureStepLabel', '1', '3', 'R', 'returned'),
  row('WorklistLabel', '2', '3', 'R', 'returned'),
  row('ScheduledProcessingParametersSequence', '2', '3', 'O'),
  row('ScheduledStationNameCodeSequence', '2', '3', 'O', 'returned'),
  row('ScheduledStationClassCodeSequence', '2', '3', 'O', 'returned'),
  row('ScheduledStationGeographicLocationCodeSequence', '2', '3', 'O', 'returned'),
  row('ScheduledHumanPerformersSequence', '3', '3', 'O', 'returned'),
  row('ScheduledProcedureStepStartDateTime', '1', '3', 'R', 'returned'),
  row('ExpectedCompletionDateTime', '3', '3', 'O'),
  row('ScheduledProcedureStepExpirationDateTime', '3', '3', 'O'),
  row('ScheduledWorkitemCodeSequence', '2', '3', 'O', 'returned'),
  row('CommentsOnTheScheduledProcedureStep', '2', '3', 'O', 'returned'),
  row('InputReadinessState', '1', '3', 'R', 'returned'),
  row('InputInformationSequence', '2', '3', 'O', 'returned'),
  row('StudyInstanceUID', '3', '3', 'O', 'returned'),
  // Relationship
  row('PatientName', '2', '-', 'O', 'returned'),
  row('PatientID', '2', '-', 'O', 'returned'),
  row('IssuerOfPatientID', '2', '-', 'O', 'returned'),
  row('IssuerOfPatientIDQualifiersSequence', '2', '-', 'O', 'returned'),
  row('OtherPatientIDsSequence', '2', '-', 'O', 'returned'),
  row('PatientBirthDate', '2', '-', 'O', 'returned'),
  row('PatientSex', '2', '-', 'O', 'returned'),
  row('AdmissionID', '2', '-', 'O', 'returned'),
  row('IssuerOfAdmissionIDSequence', '2', '-', 'O', 'returned'),
  row('AdmittingDiagnosesDescription', '2', '-', 'O', 'returned'),
  row('AdmittingDiagnosesCodeSequence', '2', '-', 'O', 'returned'),
  row('ReferencedRequestSequence', '2', '-', 'O', 'returned'),
  row('ReplacedProcedureStepSequence', '3', '-', 'O'),
  // Progress Information
  row('ProcedureStepState', '1', '-', 'R', 'returned'),
  row('ProcedureStepProgressInformationSequence', 'empty', '3', 'X', 'returned', [
    within('ProcedureStepProgress', 'O'),
    within('ProcedureStepProgressDescription', 'O'),
    within('ProcedureStepCommunicationsURISequence', 'O'),
    within('ProcedureStepCancellationDateTime', 'X'),
    within('ReasonForCancellation', 'O'),
    within('ProcedureStepDiscontinuationReasonCodeSequence', 'X'),
  ]),
  // Performed Procedure Information
  row('UnifiedProcedureStepPerformedProcedureSequence', 'empty', '3', 'P', '', [
    within('ActualHumanPerformersSequence', 'O'),
    within('PerformedStationNameCodeSequence', 'P'),
    within('PerformedStationClassCodeSequence', 'O'),
    within('PerformedStationGeographicLocationCodeSequence', 'O'),
    within('PerformedProcedureStepStartDateTime', 'P'),
    within('PerformedWorkitemCodeSequence', 'P'),
    within('PerformedProcessingParametersSequence', 'O'),
    within('PerformedProcedureStepEndDateTime', 'P'),
    within('OutputInformationSequence', 'P', true),
  ]),
]

/** Values that these attributes may have: PS3.3 §C.30. */
export const enumerated: Readonly<Record<string, readonly string[]>> = {
  ScheduledProcedureStepPriority: ['HIGH', 'MEDIUM', 'LOW'],
  InputReadinessState: ['READY', 'UNAVAILABLE', 'INCOMPLETE'],
  ProcedureStepState: ['SCHEDULED', 'IN PROGRESS', 'COMPLETED', 'CANCELED'],
}

export const UnifiedProcedureStepPushSOPClass = '1.2.840.10008.5.1.4.34.6.1'
export const UPSGlobalSubscription = '1.2.840.10008.5.1.4.34.5'
export const UPSFilteredGlobalSubscription = '1.2.840.10008.5.1.4.34.5.1'
