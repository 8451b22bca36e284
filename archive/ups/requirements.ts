/** What a Workitem must have when it is created, when it is changed, and before it is final: PS3.4 §CC.2.5, §CC.2.6, by the table in attributes.ts. */
import type { AttributeJSON, DicomJSON } from '../dicom/dicom-json.ts'
import { attributeOf } from '../dicom/dictionary.ts'
import { isUID } from '../dicom/uid.ts'
import { attributes, enumerated, type FinalCode, hex, type UPSAttribute } from './attributes.ts'
import { attribute, datasetFrom, hasValue, itemsOf, textOf } from './dataset.ts'
import { dateTimeOf, spanOf } from './date-time.ts'
import { type Transaction, UPSRefused } from './status.ts'

/** Where a Workitem that names no list of its own stands. */
export const defaultWorklistLabel = 'WORKLIST'

/**
 * The Workitem as it is kept: what is missing of type 2 added empty, what is ours set.
 * @returns `modified`: something was added that the creator should have given
 * @throws UPSRefused
 */
export function created(dataset: DicomJSON, now: Date): { dataset: DicomJSON; modified: boolean } {
  const state = textOf(dataset, 'ProcedureStepState')
  if (state !== undefined && state !== 'SCHEDULED') throw new UPSRefused(0xc309, 'create', `it is ${state.slice(0, 32)}`)
  let modified = false
  const added: (readonly [string, AttributeJSON])[] = []
  for (const { keyword, tag, create } of attributes) {
    const present = dataset[tag] !== undefined
    if (create === '1') {
      if (!present) throw new UPSRefused(0x0120, 'create', keyword)
      if (!hasValue(dataset, tag)) throw new UPSRefused(0x0121, 'create', keyword)
    } else if (create === 'empty' && hasValue(dataset, tag)) {
      throw new UPSRefused(0x0106, 'create', `${keyword} is created empty`)
    } else if ((create === '2' || create === 'empty') && !present) {
      added.push(attribute(keyword))
      modified = true
    }
  }
  if (!hasValue(dataset, hex('WorklistLabel'))) {
    added.push(attribute('WorklistLabel', defaultWorklistLabel))
    modified = true
  }
  checkValues(dataset, 'create')
  return { dataset: kept({ ...dataset, ...Object.fromEntries(added) }, now), modified }
}

/**
 * The Workitem with the changes in it: an attribute given takes the place of the one there, sequences as a whole (PS3.4 §CC.2.6.2).
 * @throws UPSRefused for what N-SET may not touch
 */
export function changed(dataset: DicomJSON, changes: DicomJSON, now: Date): DicomJSON {
  for (const { keyword, tag, set, create } of attributes) {
    // The Transaction UID is the key to the Workitem, not part of it.
    if (changes[tag] === undefined || keyword === 'TransactionUID') continue
    if (set === '-') throw new UPSRefused(0x0106, 'update', `${keyword} cannot be changed`)
    if (create === '1' && !hasValue(changes, tag)) throw new UPSRefused(0x0121, 'update', keyword)
  }
  checkValues(changes, 'update')
  return kept({ ...dataset, ...changes }, now)
}

/** Attributes of which the archive alone decides, and those that stand in columns, are not part of what is kept. */
const own: readonly string[] = ['TransactionUID', 'SOPClassUID', 'SOPInstanceUID', 'ProcedureStepState', 'SpecificCharacterSet']

function kept(dataset: DicomJSON, now: Date): DicomJSON {
  const without = new Set(own.map(hex))
  return datasetFrom([
    ...Object.entries(dataset).filter(([tag]) => !without.has(tag)),
    attribute('ScheduledProcedureStepModificationDateTime', dateTimeOf(now)),
  ])
}

function checkValues(dataset: DicomJSON, transaction: Transaction): void {
  for (const [keyword, allowed] of Object.entries(enumerated)) {
    const value = textOf(dataset, keyword)
    if (value !== undefined && !allowed.includes(value))
      throw new UPSRefused(0x0106, transaction, `${keyword} is one of ${allowed.join(', ')}, not ${value.slice(0, 32)}`)
  }
  for (const [tag, { vr, Value = [] }] of Object.entries(dataset)) {
    const wrong = Value.find(
      (value) => typeof value === 'string' && ((vr === 'DT' && !isDateTime(value)) || (vr === 'UI' && !isUID(value))),
    )
    if (wrong !== undefined)
      throw new UPSRefused(0x0106, transaction, `${attributeOf(Number.parseInt(tag, 16))?.keyword ?? tag} is not a ${vr}`)
  }
}

const isDateTime = (text: string): boolean => spanOf(text) !== undefined

/** The attributes that are missing for the final state; empty when its requirements are met. */
export function missingFor(state: 'COMPLETED' | 'CANCELED', dataset: DicomJSON): string[] {
  const codes: readonly FinalCode[] = state === 'COMPLETED' ? ['R', 'P'] : ['R', 'X']
  const ofColumns = new Set(own)
  const missing = (row: UPSAttribute, within: DicomJSON, path: string): string[] => {
    if (!codes.includes(row.final) || ofColumns.has(row.keyword)) return []
    const there = row.mayBeEmpty === true ? within[row.tag] !== undefined : hasValue(within, row.tag)
    if (!there) return [`${path}${row.keyword}`]
    return itemsOf(within, row.keyword).flatMap((item) =>
      (row.items ?? []).flatMap((below) => missing(below, item, `${path}${row.keyword}.`)),
    )
  }
  return attributes.flatMap((row) => missing(row, dataset, ''))
}

/** 110513, DCM: what CANCELED says of its reason where nobody said more (PS3.16 CID 9300). */
const unspecifiedReason = datasetFrom([
  attribute('CodeValue', '110513'),
  attribute('CodingSchemeDesignator', 'DCM'),
  attribute('CodeMeaning', 'Discontinued for unspecified reason'),
])

export interface Cancellation {
  readonly reason?: string | undefined
  readonly reasonCodes?: readonly DicomJSON[] | undefined
}

/** With what CANCELED demands and the canceller left open: the time, and a reason code that says that none was given. */
export function canceled(dataset: DicomJSON, now: Date, { reason, reasonCodes }: Cancellation = {}): DicomJSON {
  const [progress = {}] = itemsOf(dataset, 'ProcedureStepProgressInformationSequence')
  const codesTag = hex('ProcedureStepDiscontinuationReasonCodeSequence')
  const codes = hasValue(progress, codesTag) ? itemsOf(progress, 'ProcedureStepDiscontinuationReasonCodeSequence') : (reasonCodes ?? [])
  const item = datasetFrom([
    ...Object.entries(progress),
    ...(hasValue(progress, hex('ProcedureStepCancellationDateTime'))
      ? []
      : [attribute('ProcedureStepCancellationDateTime', dateTimeOf(now))]),
    attribute('ProcedureStepDiscontinuationReasonCodeSequence', ...(codes.length > 0 ? codes : [unspecifiedReason])),
    ...(reason === undefined || hasValue(progress, hex('ReasonForCancellation')) ? [] : [attribute('ReasonForCancellation', reason)]),
  ])
  return datasetFrom([...Object.entries(dataset), attribute('ProcedureStepProgressInformationSequence', item)])
}
