/**
 * DICOM JSON as somebody sends it, made into a data set that can be written: PS3.18 Annex F. What cannot stand in a data set is left out and named; what is
 * no DICOM JSON is refused.
 */

import { NotUnderstood } from '../errors.ts'
import type { AttributeJSON, DicomJSON, PersonNameJSON } from './dicom-json.ts'
import { nameOf } from './dictionary.ts'
import type { Irregularity } from './irregularities.ts'
import { isVR, type VR, vrOf } from './value-representations.ts'

export interface ReceivedDataset {
  readonly dataset: DicomJSON
  /** Elements of groups that no data set has: PS3.5 §7.1 (commands, File Meta). */
  readonly discarded: readonly Irregularity[]
  /** What the values left out are called. */
  readonly bulkDataURIs: ReadonlySet<string>
}

const deepest = 64

/** @throws NotUnderstood */
export function receivedDataset(value: unknown): ReceivedDataset {
  const discarded: Irregularity[] = []
  const bulkDataURIs = new Set<string>()
  const dataset = datasetOf(value, 0)
  return { dataset, discarded, bulkDataURIs }

  function datasetOf(object: unknown, depth: number): DicomJSON {
    if (!isObject(object)) throw new NotUnderstood('A data set must be a JSON object')
    if (depth > deepest) throw new NotUnderstood(`Sequences stand within sequences more than ${deepest} times`)
    const attributes: [string, AttributeJSON][] = []
    for (const [key, attribute] of Object.entries(object)) {
      if (!/^[0-9A-Fa-f]{8}$/.test(key)) throw new NotUnderstood(`"${key.slice(0, 40)}" is no tag`)
      const tag = key.toUpperCase()
      const number = Number.parseInt(tag, 16)
      if (number >>> 16 <= 2) {
        discarded.push({ tag, sentence: `${nameOf(number)} belongs to no data set and was left out` })
        continue
      }
      // Group lengths say nothing (PS3.5 §7.2).
      if ((number & 0xffff) !== 0) attributes.push([tag, attributeOf(tag, attribute, depth)])
    }
    return Object.fromEntries(attributes.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  function attributeOf(tag: string, attribute: unknown, depth: number): AttributeJSON {
    const name = nameOf(Number.parseInt(tag, 16))
    if (!isObject(attribute)) throw new NotUnderstood(`${name} must be a JSON object`)
    const { vr, Value, BulkDataURI, InlineBinary } = attribute
    if (typeof vr !== 'string' || !isVR(vr)) throw new NotUnderstood(`${name} has no VR that is one`)
    if ([Value, BulkDataURI, InlineBinary].filter((content) => content !== undefined).length > 1)
      throw new NotUnderstood(`${name} has more than one of Value, BulkDataURI and InlineBinary`)
    if (BulkDataURI !== undefined) {
      if (typeof BulkDataURI !== 'string' || BulkDataURI === '') throw new NotUnderstood(`The BulkDataURI of ${name} must be a text`)
      bulkDataURIs.add(BulkDataURI)
      return { vr, BulkDataURI }
    }
    if (InlineBinary !== undefined) {
      if (typeof InlineBinary !== 'string' || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(InlineBinary))
        throw new NotUnderstood(`The InlineBinary of ${name} is not Base64`)
      return { vr, InlineBinary }
    }
    if (Value === undefined) return { vr }
    if (!Array.isArray(Value)) throw new NotUnderstood(`The Value of ${name} must be an array`)
    return {
      vr,
      Value: vr === 'SQ' ? Value.map((item) => datasetOf(item ?? {}, depth + 1)) : Value.map((one) => scalarOf(name, vrOf(vr), one)),
    }
  }
}

type Value = NonNullable<AttributeJSON['Value']>[number]

function scalarOf(name: string, vr: VR, value: unknown): Value {
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value
  if (typeof value === 'string') {
    if (vr.multiple && value.includes('\\')) throw new NotUnderstood(`${name} has a value with a backslash, which divides values`)
    if (vr.kind === 'ascii' && /[^\t-~]/.test(value))
      throw new NotUnderstood(`${name} has a value that is not of ${vr.name}: ${value.slice(0, 40)}`)
    return value
  }
  const groups = ['Alphabetic', 'Ideographic', 'Phonetic']
  const isName = isObject(value) && Object.entries(value).every(([group, text]) => groups.includes(group) && typeof text === 'string')
  if (vr.kind === 'name' && isName) return value as PersonNameJSON
  throw new NotUnderstood(`${name} has a value that ${vr.name} cannot have`)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
