/**
 * Corrections of one instance: what they change in it, and what is remembered of what stood before. PS3.3 C.12.1.1.9 (Original Attributes Sequence),
 * PS3.18 Annex F (as DICOM JSON). The same plan is carried out on the metadata here and on the bytes in `header-edits.ts`.
 */
import { isDeepStrictEqual } from 'node:util'
import type { OverlayStep } from '../../storage/index/records.ts'
import type { AttributeJSON, DicomJSON } from './dicom-json.ts'
import { hexOf } from './dictionary.ts'

/** One step as it meets this instance. */
export interface PlannedStep {
  readonly at: string
  readonly reason: OverlayStep['reason']
  /** What stood there before, by tag, ascending; undefined: nothing. */
  readonly before: ReadonlyMap<number, AttributeJSON | undefined>
}

export interface OverlayPlan {
  /** What stands now, by tag. */
  readonly values: ReadonlyMap<number, AttributeJSON>
  /** Items that were appended to a sequence of the instance itself, by tag; everything before them stays as it is. */
  readonly appended: ReadonlyMap<number, readonly DicomJSON[]>
  readonly steps: readonly PlannedStep[]
}

/** (0400,0563): who changed it. */
export const ModifyingSystem = 'COUNTY_ARCHIVE'

const SpecificCharacterSet = 0x00080005
export const OriginalAttributesSequence = 0x04000561

const tagOf = (hex: string) => Number.parseInt(hex, 16)

const isEmpty = (attribute: AttributeJSON | undefined) => attribute?.Value === undefined || attribute.Value.length === 0

const isSame = (one: AttributeJSON | undefined, other: AttributeJSON | undefined) =>
  (isEmpty(one) && isEmpty(other)) || (one?.vr === other?.vr && isDeepStrictEqual(one?.Value, other?.Value))

/** Undefined when nothing in this instance is another. @param attributeAt an attribute of the instance as it was received */
export function planOf(overlay: readonly OverlayStep[], attributeAt: (tag: number) => AttributeJSON | undefined): OverlayPlan | undefined {
  const values = new Map<number, AttributeJSON>()
  const appended = new Map<number, readonly DicomJSON[]>()
  const steps: PlannedStep[] = []
  const stands = (tag: number) => values.get(tag) ?? attributeAt(tag)
  for (const { at, reason, set, append = {} } of overlay) {
    const changes = Object.entries(set as Record<string, AttributeJSON>).filter(
      ([hex, attribute]) => !isSame(stands(tagOf(hex)), attribute),
    )
    if (changes.length === 0) continue
    const before = new Map<number, AttributeJSON | undefined>()
    for (const [hex, attribute] of changes) {
      before.set(tagOf(hex), stands(tagOf(hex)))
      values.set(tagOf(hex), attribute)
      appended.delete(tagOf(hex))
    }
    for (const [hex, items] of Object.entries(append as Record<string, readonly DicomJSON[]>)) {
      const tag = tagOf(hex)
      const attribute = stands(tag)
      before.set(tag, attribute)
      if (!values.has(tag)) appended.set(tag, items)
      else if (appended.has(tag)) appended.set(tag, [...appended.get(tag)!, ...items])
      values.set(tag, { vr: 'SQ', Value: [...(attribute?.Value ?? []), ...items] })
    }
    steps.push({ at, reason, before: new Map([...before].sort(([a], [b]) => a - b)) })
  }
  // A copy that went out corrected and came back says already what is to be said.
  const isAnother = [...values].some(([tag, attribute]) => !isSame(attributeAt(tag), attribute))
  return isAnother ? { values, appended, steps } : undefined
}

/** An item of the Original Attributes Sequence around what stood before. */
export function originalItem<T>(
  { at, reason }: PlannedStep,
  source: string | null,
  before: T,
  make: { text(tag: number, vr: string, value: string): T; sequence(tag: number, item: T): T; join(parts: readonly T[]): T },
): T {
  return make.join([
    make.sequence(0x04000550, before),
    make.text(0x04000562, 'DT', at),
    make.text(0x04000563, 'LO', ModifyingSystem),
    make.text(0x04000564, 'LO', source ?? ''),
    make.text(0x04000565, 'CS', reason),
  ])
}

const jsonMaker = {
  text: (tag: number, vr: string, value: string): DicomJSON => ({ [hexOf(tag)]: value === '' ? { vr } : { vr, Value: [value] } }),
  sequence: (tag: number, item: DicomJSON): DicomJSON => ({ [hexOf(tag)]: { vr: 'SQ', Value: [item] } }),
  join: (parts: readonly DicomJSON[]): DicomJSON => Object.assign({}, ...parts) as DicomJSON,
}

/**
 * The DICOM JSON object of an instance under an overlay, as text; untouched attributes keep their very characters. The same text when nothing changes.
 * @param vrOf the VR of an attribute that was not there
 * @param source (0400,0564): who sent it
 */
export function laidOver(json: string, overlay: readonly OverlayStep[], source: string | null): string {
  const members = membersOf(json)
  const attributeAt = (tag: number): AttributeJSON | undefined => {
    const text = members.get(tag)
    return text === undefined ? undefined : (JSON.parse(text) as AttributeJSON)
  }
  const plan = planOf(overlay, attributeAt)
  if (plan === undefined) return json
  const items = plan.steps.map((step) => {
    const before = Object.fromEntries(
      [...step.before].map(([tag, attribute]) => [hexOf(tag), attribute ?? { vr: plan.values.get(tag)!.vr }]),
    )
    return originalItem(step, source, before as DicomJSON, jsonMaker)
  })
  const originals: AttributeJSON = { vr: 'SQ', Value: [...(attributeAt(OriginalAttributesSequence)?.Value ?? []), ...items] }
  for (const [tag, attribute] of plan.values) members.set(tag, JSON.stringify(attribute))
  members.set(OriginalAttributesSequence, JSON.stringify(originals))
  members.set(SpecificCharacterSet, '{"vr":"CS","Value":["ISO_IR 192"]}')
  return `{${[...members]
    .sort(([a], [b]) => a - b)
    .map(([tag, text]) => `"${hexOf(tag)}":${text}`)
    .join(',')}}`
}

/** The members of a DICOM JSON object that we wrote (no white space), each as its own text: nothing is parsed, so no number is rounded. */
export function membersOf(json: string): Map<number, string> {
  const members = new Map<number, string>()
  // `{"00080005":{…},"00080008":{…}}`: ten characters of key, a colon.
  for (let at = 1; at < json.length - 1; ) {
    const start = at + 11
    const end = endOfObject(json, start)
    members.set(tagOf(json.slice(at + 1, at + 9)), json.slice(start, end))
    at = end + 1
  }
  return members
}

function endOfObject(json: string, start: number): number {
  let depth = 0
  for (let at = start; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case 0x22:
        at = endOfString(json, at)
        break
      case 0x7b:
        depth++
        break
      case 0x7d:
        if (--depth === 0) return at + 1
    }
  }
  return json.length
}

/** The place of the closing quotation mark. */
function endOfString(json: string, quote: number): number {
  for (let at = quote + 1; ; at++) {
    const next = json.indexOf('"', at)
    if (next < 0) return json.length
    let escapes = 0
    while (json[next - 1 - escapes] === '\\') escapes++
    if (escapes % 2 === 0) return next
    at = next
  }
}
