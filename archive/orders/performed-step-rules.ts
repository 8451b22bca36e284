/**
 * What a machine may and must say of a performed procedure step: PS3.4 Table F.7.2-1, as a table. Attributes of type 2 that are absent are taken for
 * empty, as so many machines leave them out; what identifies the step and the study may not be missing.
 */
import type { AttributeJSON, DicomJSON } from '../dicom/dicom-json.ts'
import { attributeOf, hexOf, tagOf } from '../dicom/dictionary.ts'
import { isUID } from '../dicom/uid.ts'
import { ArchiveError } from '../errors.ts'

/** Status codes of PS3.7 Annex C that a request is refused with. */
export const stepFailure = {
  'invalid-value': 0x0106,
  'duplicate-instance': 0x0111,
  'no-such-instance': 0x0112,
  'missing-attribute': 0x0120,
  'missing-value': 0x0121,
  /** With Error ID 0xA710: the step may no longer be updated. */
  'no-longer-updated': 0x0110,
} as const
export type StepFailure = keyof typeof stepFailure

/** The request is refused; `tags` are the attributes at fault. */
export class StepRefused extends ArchiveError {
  readonly failure: StepFailure
  readonly tags: readonly number[]
  constructor(failure: StepFailure, message: string, tags: readonly number[] = []) {
    super(message)
    this.failure = failure
    this.tags = tags
  }
}

interface Rule {
  readonly keyword: string
  /** N-CREATE: type 1, or anything. */
  readonly create: '1' | '2' | '3'
  /** N-SET: whether a value that differs may come. */
  readonly set: boolean
  /** In the final state: type 1, or anything. */
  readonly final: '1' | '3'
  /** Of every item, where it is a sequence: type 1. */
  readonly inItems?: readonly string[]
}

const rule = (
  keyword: string,
  create: Rule['create'],
  set: boolean,
  final: Rule['final'] = '3',
  inItems: readonly string[] = [],
): Rule => ({
  keyword,
  create,
  set,
  final,
  inItems,
})

export const stepRules: readonly Rule[] = [
  // Performed Procedure Step Relationship
  rule('ScheduledStepAttributesSequence', '1', false, '3', ['StudyInstanceUID']),
  rule('PatientName', '2', false),
  rule('PatientID', '2', false),
  rule('PatientBirthDate', '2', false),
  rule('PatientSex', '2', false),
  rule('ReferencedPatientSequence', '2', false),
  // Performed Procedure Step Information
  rule('PerformedProcedureStepID', '1', false),
  rule('PerformedStationAETitle', '1', false),
  rule('PerformedStationName', '2', false),
  rule('PerformedLocation', '2', false),
  rule('PerformedProcedureStepStartDate', '1', false),
  rule('PerformedProcedureStepStartTime', '1', false),
  rule('PerformedProcedureStepStatus', '1', true, '1'),
  rule('PerformedProcedureStepDescription', '2', true),
  rule('PerformedProcedureTypeDescription', '2', true),
  rule('ProcedureCodeSequence', '2', true),
  rule('PerformedProcedureStepEndDate', '2', true, '1'),
  rule('PerformedProcedureStepEndTime', '2', true, '1'),
  rule('PerformedProcedureStepDiscontinuationReasonCodeSequence', '3', true),
  // Image Acquisition Results
  rule('Modality', '1', false),
  rule('StudyID', '2', false),
  rule('PerformedProtocolCodeSequence', '2', true),
  rule('PerformedSeriesSequence', '2', true, '3', ['SeriesInstanceUID']),
]

const numberOf = (keyword: string): number => tagOf(keyword)!
const hex = (keyword: string): string => hexOf(numberOf(keyword))
const nameOf = (keyword: string): string => `${keyword} ${attributeOf(numberOf(keyword))?.tag ?? ''}`

/** The values of an attribute as text; names and items are not asked for here. */
export const textIn = (dataset: DicomJSON, keyword: string): string => String(dataset[hex(keyword)]?.Value?.[0] ?? '').trim()
export const itemsIn = (dataset: DicomJSON, keyword: string): readonly DicomJSON[] =>
  ((dataset[hex(keyword)]?.Value ?? []) as readonly (DicomJSON | null)[]).filter((item) => item !== null)

const isEmpty = (attribute: AttributeJSON | undefined): boolean => (attribute?.Value ?? []).length === 0

/** @throws StepRefused */
function demandValue(dataset: DicomJSON, keyword: string): void {
  const attribute = dataset[hex(keyword)]
  if (attribute === undefined) throw new StepRefused('missing-attribute', `${nameOf(keyword)} is missing`, [numberOf(keyword)])
  if (isEmpty(attribute)) throw new StepRefused('missing-value', `${nameOf(keyword)} has no value`, [numberOf(keyword)])
}

/** @throws StepRefused */
export function demandCreatable(dataset: DicomJSON): void {
  for (const { keyword, create } of stepRules) if (create === '1') demandValue(dataset, keyword)
  demandItems(dataset)
  const status = textIn(dataset, 'PerformedProcedureStepStatus')
  if (status !== 'IN PROGRESS') throw invalid('PerformedProcedureStepStatus', `begins as IN PROGRESS, not ${status.slice(0, 16)}`)
  for (const item of itemsIn(dataset, 'ScheduledStepAttributesSequence')) {
    if (!isUID(textIn(item, 'StudyInstanceUID'))) throw invalid('StudyInstanceUID', 'is not a UID')
  }
}

/** The step with what is said now. @throws StepRefused */
export function mergeStep(stands: DicomJSON, said: DicomJSON): DicomJSON {
  for (const { keyword, set } of stepRules) {
    const [before, now] = [stands[hex(keyword)], said[hex(keyword)]]
    // Machines repeat what they have said before.
    if (set || now === undefined || JSON.stringify(before ?? null) === JSON.stringify(now) || isEmpty(now)) continue
    throw invalid(keyword, 'may not be changed')
  }
  const merged = { ...stands, ...said, ...Object.fromEntries(kept(stands).map((tag) => [tag, stands[tag]!])) }
  const status = textIn(merged, 'PerformedProcedureStepStatus')
  if (!['IN PROGRESS', 'COMPLETED', 'DISCONTINUED'].includes(status)) {
    throw invalid('PerformedProcedureStepStatus', `cannot become ${status.slice(0, 16)}`)
  }
  demandItems(merged)
  if (status !== 'IN PROGRESS') for (const { keyword, final } of stepRules) if (final === '1') demandValue(merged, keyword)
  return merged
}

const kept = (stands: DicomJSON): string[] =>
  stepRules
    .filter(({ set }) => !set)
    .map(({ keyword }) => hex(keyword))
    .filter((tag) => stands[tag] !== undefined)

function demandItems(dataset: DicomJSON): void {
  for (const { keyword, inItems = [] } of stepRules) {
    for (const item of itemsIn(dataset, keyword)) for (const inner of inItems) demandValue(item, inner)
  }
}

const invalid = (keyword: string, what: string): StepRefused =>
  new StepRefused('invalid-value', `${nameOf(keyword)} ${what}`, [numberOf(keyword)])

/** The instances that the step has made, each once. */
export function instancesOf(step: DicomJSON): string[] {
  const references = ['ReferencedImageSequence', 'ReferencedNonImageCompositeSOPInstanceSequence']
  const uids = itemsIn(step, 'PerformedSeriesSequence').flatMap((series) =>
    references.flatMap((keyword) => itemsIn(series, keyword).map((item) => textIn(item, 'ReferencedSOPInstanceUID'))),
  )
  return [...new Set(uids.filter(isUID))]
}

export const studiesOf = (step: DicomJSON): string[] => [
  ...new Set(itemsIn(step, 'ScheduledStepAttributesSequence').map((item) => textIn(item, 'StudyInstanceUID'))),
]

/** Why the exam was broken off, in the machine's words. */
export function discontinuationReasonOf(step: DicomJSON): string | null {
  const [code] = itemsIn(step, 'PerformedProcedureStepDiscontinuationReasonCodeSequence')
  if (code === undefined) return null
  const [meaning, value, scheme] = ['CodeMeaning', 'CodeValue', 'CodingSchemeDesignator'].map((keyword) => textIn(code, keyword))
  return `${meaning} (${value}, ${scheme})`.slice(0, 500)
}
