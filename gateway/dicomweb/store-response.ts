/**
 * What a store request is answered with: the status and the Store Instances Response Module. PS3.18 §10.5.3, Annex I.
 * One outcome for every part. An instance that is known by its UIDs stands in FailedSOPSequence (0008,1198); a part that could not be read so far
 * stands in OtherFailuresSequence (0008,119A), which is for failures without an instance. ErrorComment (0000,0902) says why, for people.
 */

import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import type { Irregularity } from '../../archive/dicom/irregularities.ts'
import type { Stored } from '../../archive/store.ts'

export interface StoreFailure {
  readonly FailureReason: number
  /** The HTTP status of this failure on its own: 503 and 413 become that of the response where nothing was stored. */
  readonly http: number
  /** Why, in one sentence. */
  readonly sentence: string
  readonly SOPClassUID?: string
  readonly SOPInstanceUID?: string
}

/** What became of one part, by its number in the body. */
export type PartOutcome = { readonly part: number } & (
  | {
      readonly stored: Stored
      /** What of the part was left out of the instance. */
      readonly discarded?: readonly Irregularity[]
    }
  | { readonly failure: StoreFailure }
)

export interface StoreResponse {
  readonly status: 200 | 202 | 409 | 413 | 503
  readonly dataset: DicomJSON
  /** Sentences for `Warning: 299`. */
  readonly warnings: readonly string[]
}

/** WarningReason (0008,1196), PS3.18 Table I.2-1. */
const warningReasons = {
  /** Coercion of data elements: the archive keeps both contents and a person decides. */
  coercion: 0xb000,
  /** Elements discarded: what cannot stand in a data set that is authored here. */
  discarded: 0xb006,
  /** The data set does not match its SOP class: stored as it is, and what of it is not as it should be. */
  mismatch: 0xb007,
} as const

/** Attributes that a warning speaks of. */
const mostAttributes = 50

const warningOf: Partial<Record<Stored['outcome'], string>> = {
  conflict: 'another content is already stored under this SOPInstanceUID; this one is kept as a further version until a person decides',
  'other-encoding': 'the same SOPInstanceUID is already stored in another transfer syntax; this one is kept as a further version',
  rejected: 'this instance was rejected here; it is not shown and this copy was not kept',
}

/** `retrieveURL` makes the RetrieveURL (0008,1190) of a study, or of an instance in it. */
export function storeResponse(
  outcomes: readonly PartOutcome[],
  retrieveURL: (study: string, series?: string, instance?: string) => string,
): StoreResponse {
  const stored = outcomes.flatMap((outcome) => ('stored' in outcome ? [{ ...outcome, warning: warningOfStored(outcome) }] : []))
  const failed = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome] : []))
  const known = failed.filter(({ failure }) => failure.SOPInstanceUID !== undefined)
  const unknown = failed.filter(({ failure }) => failure.SOPInstanceUID === undefined)
  const studies = new Set(stored.map(({ stored }) => stored.StudyInstanceUID))
  const [onlyStudy] = studies.size === 1 ? studies : []

  const dataset: DicomJSON = {
    '00081190': onlyStudy === undefined ? { vr: 'UR' } : { vr: 'UR', Value: [retrieveURL(onlyStudy)] },
    ...sequence('00081198', known.map(failedItem)),
    ...sequence(
      '00081199',
      stored.map(({ stored, warning }) =>
        storedItem(stored, warning, retrieveURL(stored.StudyInstanceUID, stored.SeriesInstanceUID, stored.SOPInstanceUID)),
      ),
    ),
    ...sequence('0008119A', unknown.map(failedItem)),
  }
  const warnings = [
    ...stored.flatMap(({ part, warning }) => (warning === undefined ? [] : [`part ${part}: ${warning.sentences.join('; ')}`])),
    ...failed.map(({ part, failure }) => `part ${part}: ${failure.sentence}`),
  ]
  return { status: statusOf(stored.length, failed, warnings), dataset, warnings }
}

function statusOf(stored: number, failed: readonly { failure: StoreFailure }[], warnings: readonly string[]): StoreResponse['status'] {
  if (failed.length === 0 || stored > 0) return warnings.length > 0 ? 202 : 200
  if (failed.some(({ failure }) => failure.http === 503)) return 503
  return failed.every(({ failure }) => failure.http === 413) ? 413 : 409
}

interface StoreWarning {
  readonly reason: number
  readonly sentences: readonly string[]
  readonly attributes: readonly Irregularity[]
}

/** One reason, the gravest; the attributes and sentences of all. */
function warningOfStored({ stored, discarded = [] }: Extract<PartOutcome, { stored: Stored }>): StoreWarning | undefined {
  const kept = warningOf[stored.outcome]
  const attributes = [...discarded, ...stored.irregularities]
  if (kept === undefined && attributes.length === 0) return undefined
  return {
    reason: kept !== undefined ? warningReasons.coercion : discarded.length > 0 ? warningReasons.discarded : warningReasons.mismatch,
    sentences: [...(kept === undefined ? [] : [kept]), ...attributes.slice(0, mostAttributes).map(({ sentence }) => sentence)],
    attributes,
  }
}

function storedItem({ SOPClassUID, SOPInstanceUID, outcome }: Stored, warning: StoreWarning | undefined, RetrieveURL: string): DicomJSON {
  // What was rejected is not to be had, and nothing was done to this copy of it.
  const isRejected = outcome === 'rejected'
  return {
    '00081150': { vr: 'UI', Value: [SOPClassUID] },
    '00081155': { vr: 'UI', Value: [SOPInstanceUID] },
    ...(isRejected ? {} : { '00081190': { vr: 'UR', Value: [RetrieveURL] } }),
    ...(warning === undefined || isRejected ? {} : { '00081196': { vr: 'US', Value: [warning.reason] } }),
    // FailedAttributesSequence: SelectorAttribute and why.
    ...sequence('00741048', (warning?.attributes ?? []).slice(0, mostAttributes).map(failedAttribute)),
  }
}

const failedAttribute = ({ tag, sentence }: Irregularity): DicomJSON => ({
  '00000902': { vr: 'LO', Value: [comment(sentence)] },
  '00720026': { vr: 'AT', Value: [tag.toUpperCase()] },
})

/** LO: 64 characters at most. The whole sentence is in the Warning header. */
const comment = (sentence: string): string => sentence.replaceAll('\\', '/').slice(0, 64)

function failedItem({ part, failure }: { part: number; failure: StoreFailure }): DicomJSON {
  return {
    '00000902': { vr: 'LO', Value: [comment(`part ${part}: ${failure.sentence}`)] },
    ...(failure.SOPClassUID === undefined ? {} : { '00081150': { vr: 'UI', Value: [failure.SOPClassUID] } }),
    ...(failure.SOPInstanceUID === undefined ? {} : { '00081155': { vr: 'UI', Value: [failure.SOPInstanceUID] } }),
    '00081197': { vr: 'US', Value: [failure.FailureReason] },
  }
}

/** A sequence without items is absent. */
const sequence = (tag: string, items: readonly DicomJSON[]): DicomJSON => (items.length === 0 ? {} : { [tag]: { vr: 'SQ', Value: items } })
