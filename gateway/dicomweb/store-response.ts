/**
 * What a store request is answered with: the status and the Store Instances Response Module. PS3.18 §10.5.3, Annex I.
 * One outcome for every part. An instance that is known by its UIDs stands in FailedSOPSequence (0008,1198); a part that could not be read so far
 * stands in OtherFailuresSequence (0008,119A), which is for failures without an instance. ErrorComment (0000,0902) says why, for people.
 */

import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
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
export type PartOutcome = { readonly part: number } & ({ readonly stored: Stored } | { readonly failure: StoreFailure })

export interface StoreResponse {
  readonly status: 200 | 202 | 409 | 413 | 503
  readonly dataset: DicomJSON
  /** Sentences for `Warning: 299`. */
  readonly warnings: readonly string[]
}

/** PS3.18 Table I.2-1: B000, coercion of data elements. The archive keeps both contents and a person decides. */
const anotherContentUnderThisUID = 0xb000

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
  const stored = outcomes.flatMap((outcome) => ('stored' in outcome ? [outcome] : []))
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
      stored.map(({ stored }) => storedItem(stored, retrieveURL(stored.StudyInstanceUID, stored.SeriesInstanceUID, stored.SOPInstanceUID))),
    ),
    ...sequence('0008119A', unknown.map(failedItem)),
  }
  const warnings = [
    ...stored.flatMap(({ part, stored }) => (warningOf[stored.outcome] ? [`part ${part}: ${warningOf[stored.outcome]}`] : [])),
    ...failed.map(({ part, failure }) => `part ${part}: ${failure.sentence}`),
  ]
  return { status: statusOf(stored.length, failed, warnings), dataset, warnings }
}

function statusOf(stored: number, failed: readonly { failure: StoreFailure }[], warnings: readonly string[]): StoreResponse['status'] {
  if (failed.length === 0 || stored > 0) return warnings.length > 0 ? 202 : 200
  if (failed.some(({ failure }) => failure.http === 503)) return 503
  return failed.every(({ failure }) => failure.http === 413) ? 413 : 409
}

function storedItem({ SOPClassUID, SOPInstanceUID, outcome }: Stored, RetrieveURL: string): DicomJSON {
  return {
    '00081150': { vr: 'UI', Value: [SOPClassUID] },
    '00081155': { vr: 'UI', Value: [SOPInstanceUID] },
    // What was rejected is not to be had.
    ...(outcome === 'rejected' ? {} : { '00081190': { vr: 'UR', Value: [RetrieveURL] } }),
    ...(warningOf[outcome] === undefined || outcome === 'rejected'
      ? {}
      : { '00081196': { vr: 'US', Value: [anotherContentUnderThisUID] } }),
  }
}

function failedItem({ part, failure }: { part: number; failure: StoreFailure }): DicomJSON {
  return {
    // LO: 64 characters at most. The whole sentence is in the Warning header.
    '00000902': { vr: 'LO', Value: [`part ${part}: ${failure.sentence}`.replaceAll('\\', '/').slice(0, 64)] },
    ...(failure.SOPClassUID === undefined ? {} : { '00081150': { vr: 'UI', Value: [failure.SOPClassUID] } }),
    ...(failure.SOPInstanceUID === undefined ? {} : { '00081155': { vr: 'UI', Value: [failure.SOPInstanceUID] } }),
    '00081197': { vr: 'US', Value: [failure.FailureReason] },
  }
}

/** A sequence without items is absent. */
const sequence = (tag: string, items: readonly DicomJSON[]): DicomJSON => (items.length === 0 ? {} : { [tag]: { vr: 'SQ', Value: items } })
