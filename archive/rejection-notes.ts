/**
 * Rejection Notes, IHE RAD TF-3 4.66: written into a study of which a part was rejected, so that whoever keeps a copy knows of it; and obeyed where a
 * machine or an account that may reject sends one in.
 */
import type { PoolClient } from 'pg'
import { appendInstanceChanges, hideInstance, type RejectableStudy, rejectableStudy } from '../storage/index/delete.ts'
import type { Index } from '../storage/index/postgres.ts'
import { transaction } from '../storage/index/query.ts'
import { findAccount } from '../storage/index/reading/accounts.ts'
import type { Source } from '../storage/index/records.ts'
import {
  type ArrivedNote,
  arrivedNotes,
  type DueNote,
  markNoteFailed,
  markNoteStored,
  rejectionBehind,
  shownAmong,
  takeDueNote,
} from '../storage/index/rejection-notes.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { type Asker, askerOf, may } from './access.ts'
import { auditIn } from './audit.ts'
import type { Change } from './changes.ts'
import { type DeleteTools, reject, type SentNote } from './delete.ts'
import type { AttributeJSON, DicomJSON } from './dicom/dicom-json.ts'
import { inflateFragment } from './dicom/metadata-fragment.ts'
import { isUID } from './dicom/uid.ts'
import { ArchiveError, Forbidden, IndexUnavailable, ObjectStoreUnavailable, OutcomeUnknown, ReportStands } from './errors.ts'
import { keyObjectSelection } from './key-object-selection.ts'
import { findMetadata } from './metadata.ts'
import { isRejectionCode, type RejectionCode, rejectionMeanings } from './rejection-codes.ts'

export interface NoteTools {
  readonly index: Index
  /** `archive/store.ts` with its tools. */
  readonly store: (source: Source, part10: AsyncIterable<Uint8Array>) => Promise<unknown>
  readonly log: { warn(about: object, message: string): void }
}

/** Behind the images and the report, wherever a viewer sorts series by number. */
const SeriesNumber = 9003

/** Stores the notes that are due, until none is. Tried for ever, ever more slowly; the same note gives the same bytes. Answers how many were stored. */
export async function storeRejectionNotes({ index, store, log }: NoteTools): Promise<number> {
  let stored = 0
  for (;;) {
    const note = await takeDueNote(index.pool)
    if (note === undefined) return stored
    try {
      await store(
        { institution: note.institution.id, institutionCode: note.institution.code, grants: [], via: 'authored' },
        one(noteOf(note)),
      )
      await transaction(index.pool, async (client) => {
        // Restored, or the rest rejected too, while it was being written: it goes where it would have gone.
        if (!(await markNoteStored(client, note.rejection))) await hideNote(client, note.rejection, note.studyPk, note.SOPInstanceUID)
      })
      stored += 1
    } catch (error) {
      await markNoteFailed(index.pool, note.rejection)
      log.warn({ err: error, rejection: note.rejection, attempts: note.attempts }, 'a rejection note was not stored')
    }
  }
}

async function hideNote(client: PoolClient, rejection: number, studyPk: number, SOPInstanceUID: string): Promise<void> {
  await hideInstance(client, rejection, SOPInstanceUID)
  await appendInstanceChanges(client, 'delete', studyPk, [SOPInstanceUID])
}

const noteOf = (note: DueNote): Buffer =>
  keyObjectSelection({
    study: note.study,
    SeriesInstanceUID: note.SeriesInstanceUID,
    SOPInstanceUID: note.SOPInstanceUID,
    SeriesNumber,
    SeriesDescription: rejectionMeanings[note.code as RejectionCode].en,
    title: { value: note.code, meaning: rejectionMeanings[note.code as RejectionCode].en },
    description: note.comment,
    observer: note.account === 0 ? null : note.by,
    at: note.at,
    objects: note.objects,
  })

async function* one(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

export interface SentNoteTools extends DeleteTools {
  readonly objects: ObjectStore
  readonly publicPath: string
  readonly log: { warn(about: object, message: string): void }
}

/** No honest note is longer. */
const mostReferences = 10_000
const mostBytes = 16 * 1024 * 1024

/** Does what the Rejection Notes among these changes say. Run twice over the same changes it does nothing new. */
export async function obeyRejectionNotes(tools: SentNoteTools, changes: readonly Change[]): Promise<void> {
  const arrived = changes.filter(({ kind }) => kind === 'instance').map(({ number }) => number)
  if (arrived.length === 0) return
  for (const note of await arrivedNotes(tools.index.pool, arrived)) {
    const read = await readNote(tools, note).catch((error: unknown) => {
      // One that cannot be read must not stand in the way of those behind it.
      if (error instanceof IndexUnavailable || error instanceof ObjectStoreUnavailable) throw error
      tools.log.warn({ err: error, note: note.SOPInstanceUID }, 'a rejection note could not be read')
      return undefined
    })
    if (read === undefined) continue
    const sender = await senderOf(tools, note)
    for (const [StudyInstanceUID, references] of read.studies) await obey(tools, note, sender, read, StudyInstanceUID, references)
  }
}

interface ReadNote {
  readonly code: RejectionCode
  readonly comment: string
  readonly studies: ReadonlyMap<string, readonly string[]>
}

/** Undefined: a Key Object Selection for another purpose, or one that is beyond all bounds. */
async function readNote(tools: SentNoteTools, note: ArrivedNote): Promise<ReadNote | undefined> {
  // Where its JSON was too long to be kept (0) it is no honest note either.
  if (note.metadataBytes === 0 || note.metadataBytes > mostBytes) return undefined
  const metadata = await findMetadata(tools, [note.institution], note)
  let dataset: DicomJSON | undefined
  for await (const fragment of metadata.fragments) dataset = JSON.parse(inflateFragment(fragment).toString('utf8')) as DicomJSON
  const [title] = itemsOf(dataset?.['0040A043'])
  const code = textOf(title?.['00080100'])
  if (dataset === undefined || textOf(title?.['00080102']) !== 'DCM' || !isRejectionCode(code)) return undefined
  const studies = new Map<string, string[]>()
  let references = 0
  for (const study of itemsOf(dataset['0040A375'])) {
    const uids = itemsOf(study['00081115'])
      .flatMap((series) => itemsOf(series['00081199']).map((reference) => textOf(reference['00081155'])))
      .filter(isUID)
    references += uids.length
    const uid = textOf(study['0020000D'])
    if (!isUID(uid)) continue
    studies.set(uid, [...(studies.get(uid) ?? []), ...uids])
  }
  if (references > mostReferences) return undefined
  const described = itemsOf(dataset['0040A730']).find((item) => textOf(itemsOf(item['0040A043'])[0]?.['00080100']) === '113012')
  return { code, comment: textOf(described?.['0040A160']).replaceAll('\0', '').slice(0, 1_000), studies }
}

const itemsOf = (attribute: AttributeJSON | undefined): readonly DicomJSON[] => (attribute?.Value ?? []) as readonly DicomJSON[]
const textOf = (attribute: AttributeJSON | undefined): string => String(attribute?.Value?.[0] ?? '')

interface Sender {
  readonly asker: Asker
  readonly mayReject: boolean
}

/** The machine by its AE title, or the account that sent it over the web, in the scope of its own institution only. */
async function senderOf({ index }: SentNoteTools, note: ArrivedNote): Promise<Sender> {
  const account = note.account === null ? undefined : await findAccount(index.pool, note.account)
  if (account !== undefined) {
    const asker = askerOf(account, null, null)
    return { asker, mayReject: account.enabled && may(asker, 'reject') }
  }
  const name = note.AETitle ?? 'local'
  const asker: Asker = {
    account: 0,
    username: name,
    displayName: name,
    kind: 'program',
    roles: [],
    institution: { id: note.institution, code: note.institutionCode, name: note.institutionName, readingCentre: false },
    scope: [note.institution],
    mayStore: true,
    pinGivenAt: null,
    address: null,
    demo: false,
  }
  return { asker, mayReject: note.mayReject }
}

async function obey(
  tools: SentNoteTools,
  note: ArrivedNote,
  { asker, mayReject }: Sender,
  { code, comment }: ReadNote,
  StudyInstanceUID: string,
  references: readonly string[],
): Promise<void> {
  const { pool } = tools.index
  try {
    await transaction(pool, async (client) => {
      const study = await rejectableStudy(client, [asker.institution.id], StudyInstanceUID)
      if (study === undefined) return
      demandOwn(asker, mayReject, study)
      const shown = await shownAmong(client, study.studyPk, references)
      // Its place is in one study; what it says of others is written there anew.
      const sent: SentNote | undefined = StudyInstanceUID === note.StudyInstanceUID ? note : undefined
      if (shown.length > 0) await reject(tools, client, asker, study, { code, comment, SOPInstanceUIDs: shown }, sent)
      else if (sent !== undefined) {
        const behind = await rejectionBehind(client, study.studyPk, sent.SOPInstanceUID, references)
        if (behind !== undefined) await hideNote(client, behind, study.studyPk, sent.SOPInstanceUID)
      }
    })
  } catch (error) {
    // What cannot be done now comes again with the same changes; what may not or cannot be done is told and left, so that it stops nothing.
    if (isPassing(error)) throw error
    tools.log.warn({ err: error, note: note.SOPInstanceUID, AETitle: note.AETitle }, 'a rejection note was not obeyed')
    await auditIn(pool, asker, {
      action: 'reject',
      outcome: 'refused',
      StudyInstanceUID,
      object: note.SOPInstanceUID,
      detail: { code, why: error instanceof ArchiveError ? error.name : 'failed' },
    })
  }
}

/** The index is away, or others hold what is needed (SQLSTATE 40001, 40P01). */
const isPassing = (error: unknown): boolean =>
  error instanceof IndexUnavailable ||
  error instanceof OutcomeUnknown ||
  (error instanceof Error && 'code' in error && (error.code === '40P01' || error.code === '40001'))

/** @throws Forbidden, ReportStands */
function demandOwn(asker: Asker, mayReject: boolean, { institution, reported, StudyInstanceUID }: RejectableStudy): void {
  if (!mayReject) throw new Forbidden(`${asker.username} may not reject images`)
  if (institution !== asker.institution.id) throw new Forbidden(`Study ${StudyInstanceUID} belongs to another institution`)
  if (reported) throw new ReportStands(`A signed report stands on study ${StudyInstanceUID}`)
}
