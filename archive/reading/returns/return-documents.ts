/**
 * The documents of a return, stored into the study through the same door as every image: a Rejection Note that names the images and why (PS3.16 TID 2010,
 * CID 7010 113001, CID 7011; IHE RAD TF-3 4.66), and a presentation state with the arrow. Tried for ever, ever more slowly.
 */
import type { Index } from '../../../storage/index/postgres.ts'
import {
  type DueReturnDocument,
  markReturnDocumentFailed,
  markReturnDocumentStored,
  type ReturnDocumentKind,
  takeDueReturnDocument,
} from '../../../storage/index/reading/return-documents.ts'
import type { Source } from '../../../storage/index/records.ts'
import { type Code, keyObjectSelection } from '../../key-object-selection.ts'
import { type RejectionCode, rejectionMeanings } from '../../rejection-codes.ts'
import { type PresentedImage, presentationState } from '../documents/presentation-state.ts'
import type { Annotation } from './annotation-shapes.ts'
import { findReason } from './return-reasons.ts'

export interface ReturnDocumentTools {
  readonly index: Index
  /** `archive/store.ts` with its tools. */
  readonly store: (source: Source, part10: AsyncIterable<Uint8Array>) => Promise<unknown>
  readonly log: { warn(about: object, message: string): void }
}

/** Behind the images and the report, wherever a viewer sorts series by number. */
const seriesNumbers: Readonly<Record<ReturnDocumentKind, number>> = { kos: 9_003, gsps: 9_004 }

/** Stores what is due, until nothing is; the same return gives the same bytes. Answers how many were stored. */
export async function storeReturnDocuments({ index: { pool }, store, log }: ReturnDocumentTools): Promise<number> {
  let stored = 0
  for (;;) {
    const due = await takeDueReturnDocument(pool)
    if (due === undefined) return stored
    try {
      const source: Source = { institution: due.institution.id, institutionCode: due.institution.code, grants: [], via: 'authored' }
      await store(source, one(due.kind === 'kos' ? rejectionNote(due) : drawing(due)))
      await markReturnDocumentStored(pool, due.returned, due.kind)
      stored += 1
    } catch (error) {
      await markReturnDocumentFailed(pool, due.returned, due.kind)
      log.warn({ err: error, return: due.returned, kind: due.kind, attempts: due.attempts }, 'a document of a return was not stored')
    }
  }
}

/** Images under the wrong name are rejected for that alone (113038); all else is quality (113001). */
export const noteCodeOf = (reasons: readonly string[]): RejectionCode =>
  reasons.every((code) => findReason(code)?.isIdentity === true) ? '113038' : '113001'

function rejectionNote(due: DueReturnDocument): Buffer {
  const code = noteCodeOf(due.reasons)
  const title = rejectionMeanings[code].en
  return keyObjectSelection({
    study: due.study,
    SeriesInstanceUID: due.SeriesInstanceUID,
    SOPInstanceUID: due.SOPInstanceUID,
    SeriesNumber: seriesNumbers.kos,
    SeriesDescription: title,
    title: { value: code, meaning: title },
    // CID 7011 explains the title 113001 only.
    modifiers: code === '113001' ? due.reasons.flatMap(modifierOf) : [],
    description: due.comment,
    observer: due.by,
    at: due.at,
    objects: due.objects,
  })
}

function modifierOf(code: string): Code[] {
  const reason = findReason(code)
  return reason === undefined ? [] : [{ value: reason.code, scheme: reason.scheme, meaning: reason.meaning }]
}

function drawing(due: DueReturnDocument): Buffer {
  const [first = ''] = due.reasons
  return presentationState({
    study: due.study,
    image: due.presented as PresentedImage,
    annotation: due.annotation as Annotation,
    SeriesInstanceUID: due.SeriesInstanceUID,
    SOPInstanceUID: due.SOPInstanceUID,
    SeriesNumber: seriesNumbers.gsps,
    description: `退回重拍：${findReason(first)?.zh ?? first}`,
    creator: due.by,
    at: due.at,
  })
}

async function* one(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
