/** What the conformance statement says of worklist and MPPS, from the code. */
import type { DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { attributeOf } from '../../../archive/dicom/dictionary.ts'
import { stepFailure, stepRules } from '../../../archive/orders/performed-step-rules.ts'
import { template } from '../../../archive/orders/worklist.ts'
import { hexStatus } from '../../../gateway/dimse/status.ts'

const nameOf = (tag: string): string => {
  const keyword = attributeOf(Number.parseInt(tag, 16))?.keyword ?? ''
  return `${keyword} (${tag.slice(0, 4)},${tag.slice(4)})`
}

function rowsOf(item: DicomJSON, depth = ''): string[][] {
  return Object.entries(item).flatMap(([tag, { vr, Value }]) => [
    [`${depth}${nameOf(tag)}`, vr, Value === undefined ? 'no' : 'yes'],
    ...(vr === 'SQ' ? (Value ?? []).flatMap((inner) => rowsOf(inner as DicomJSON, `${depth}> `)) : []),
  ])
}

/** Every attribute that is matched and returned; `no`: always without a value. */
export const worklistRows: readonly (readonly string[])[] = rowsOf(template)

/** The rules that say more than "take what comes". */
export const stepRows: readonly (readonly string[])[] = stepRules.map(({ keyword, create, set, final, inItems = [] }) => [
  keyword,
  create,
  set ? 'may change' : 'stands',
  final === '1' ? '1' : '',
  inItems.join(', '),
])

const when: Record<keyof typeof stepFailure, string> = {
  'invalid-value':
    'a value that may not be: another state than IN PROGRESS at the beginning, an unknown state, a change of what stands, a UID that is none',
  'duplicate-instance': 'N-CREATE of a step that is there',
  'no-such-instance': 'N-SET of a step that is not there, or another institution’s',
  'missing-attribute': 'an attribute of type 1 is absent',
  'missing-value': 'an attribute of type 1 is empty',
  'no-longer-updated': 'the step is COMPLETED or DISCONTINUED (Error ID A710)',
}
export const stepStatusRows: readonly (readonly string[])[] = Object.entries(stepFailure).map(([name, code]) => [
  hexStatus(code),
  when[name as keyof typeof stepFailure],
])
