/**
 * Key images: instances pointed out in a study by a person, by hand; those of a report are a document of it (`reading/documents/report-key-objects.ts`). What was pointed out is written down at once; the Key Object
 * Selection (PS3.3 A.35.4, IHE KIN) follows through the same door as every image, tried for ever.
 */
import type { PoolClient } from 'pg'
import {
  countSelections,
  type DueSelection,
  imagesNotIn,
  insertSelection,
  type KeyImage,
  markSelectionFailed,
  markSelectionStored,
  selectableStudy,
  selectionsOf,
  takeDueSelection,
} from '../storage/index/key-objects.ts'
import type { Index } from '../storage/index/postgres.ts'
import { transaction } from '../storage/index/query.ts'
import type { Source } from '../storage/index/records.ts'
import { type Asker, demand, demandPerson } from './access.ts'
import { auditIn } from './audit.ts'
import { BadRequest, NotFound } from './errors.ts'
import { type KeyObject, keyObjectSelection } from './key-object-selection.ts'
import { isKeyObjectTitle, type KeyObjectTitle, keyObjectTitles } from './key-object-titles.ts'
import { takeOnce } from './reading/workflow/perform.ts'

export interface KeyObjectTools {
  readonly index: Index
  readonly newUID: () => string
}

export interface SelectionRequest {
  readonly title: KeyObjectTitle
  readonly comment: string
  readonly images: readonly KeyImage[]
}

/** A study in which more was pointed out is one in which nothing was. */
export const mostSelections = 200

export interface Selection {
  readonly SOPInstanceUID: string
  readonly title: { readonly code: string; readonly zh: string; readonly en: string }
  readonly comment: string
  readonly by: string
  readonly at: Date
  /** Its instance lies in the study. */
  readonly stored: boolean
  readonly images: readonly KeyImage[]
}

/** Answers the UID under which the selection will be found. @throws NotFound, Forbidden, BadRequest: an image of another study */
export async function selectKeyImages(
  tools: KeyObjectTools,
  asker: Asker,
  StudyInstanceUID: string,
  request: SelectionRequest,
  idempotencyKey?: string,
): Promise<{ SOPInstanceUID: string }> {
  demandPerson(asker)
  demand(asker, 'retrieve')
  const { pool } = tools.index
  return transaction(pool, async (client) => {
    const study = await selectableStudy(client, asker.scope, StudyInstanceUID)
    if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
    if (idempotencyKey !== undefined) {
      const about = { deed: 'key-images', StudyInstanceUID, title: request.title, comment: request.comment }
      if ((await takeOnce(client, asker, idempotencyKey, about)) === 'done') {
        const before = (await selectionsOf(client, study.studyPk)).find(
          ({ title, comment }) => title === request.title && comment === request.comment,
        )
        if (before !== undefined) return { SOPInstanceUID: before.SOPInstanceUID }
      }
    }
    const stray = await imagesNotIn(client, study.studyPk, request.images)
    if (stray.length > 0) throw new BadRequest(`images: ${stray.join(', ')} is no image of this study`)
    if ((await countSelections(client, study.studyPk)) >= mostSelections)
      throw new BadRequest(`A study has at most ${mostSelections} selections`)
    const SOPInstanceUID = await writeDown(tools, client, asker, { ...request, studyPk: study.studyPk })
    await auditIn(client, asker, {
      action: 'select-key-images',
      StudyInstanceUID,
      object: SOPInstanceUID,
      detail: { title: request.title },
    })
    return { SOPInstanceUID }
  })
}

async function writeDown(
  { newUID }: KeyObjectTools,
  client: PoolClient,
  { account, displayName: by }: Asker,
  selection: SelectionRequest & { readonly studyPk: number },
): Promise<string> {
  const SOPInstanceUID = newUID()
  await insertSelection(client, { ...selection, account, by, SOPInstanceUID, SeriesInstanceUID: newUID() })
  return SOPInstanceUID
}

/** @throws NotFound, Forbidden */
export async function keyImagesOf(
  { index: { pool } }: Pick<KeyObjectTools, 'index'>,
  asker: Asker,
  StudyInstanceUID: string,
): Promise<Selection[]> {
  demand(asker, 'retrieve')
  const study = await selectableStudy(pool, asker.scope, StudyInstanceUID)
  if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  const rows = await selectionsOf(pool, study.studyPk)
  return rows.map(({ title: code, ...row }) => ({ ...row, title: { code, ...meaningOf(code) } }))
}

const meaningOf = (code: string) => (isKeyObjectTitle(code) ? keyObjectTitles[code] : { zh: code, en: code })

export interface StoreTools {
  readonly index: Index
  /** `archive/store.ts` with its tools. */
  readonly store: (source: Source, part10: AsyncIterable<Uint8Array>) => Promise<unknown>
  readonly log: { warn(about: object, message: string): void }
}

/** Behind the images and the report, before the notes of rejection, wherever a viewer sorts series by number. */
const SeriesNumber = 9002

/** Stores the selections that are due, until none is; the same selection gives the same bytes. Answers how many were stored. */
export async function storeKeyObjects({ index: { pool }, store, log }: StoreTools): Promise<number> {
  let stored = 0
  for (;;) {
    const due = await takeDueSelection(pool)
    if (due === undefined) return stored
    try {
      const source: Source = { institution: due.institution.id, institutionCode: due.institution.code, grants: [], via: 'authored' }
      await store(source, one(documentOf(due)))
      await markSelectionStored(pool, due.id)
      stored += 1
    } catch (error) {
      await markSelectionFailed(pool, due.id)
      log.warn({ err: error, selection: due.id, attempts: due.attempts }, 'a key object selection was not stored')
    }
  }
}

function documentOf(due: DueSelection): Buffer {
  const { en } = meaningOf(due.title)
  return keyObjectSelection({
    study: due.study,
    SeriesInstanceUID: due.SeriesInstanceUID,
    SOPInstanceUID: due.SOPInstanceUID,
    SeriesNumber,
    SeriesDescription: en,
    title: { value: due.title, meaning: en },
    description: descriptionOf(due),
    observer: due.by,
    at: due.at,
    objects: objectsOf(due),
  })
}

/** TID 2010 has one description for all: the comment, then each caption by its number. */
const descriptionOf = ({ comment, images }: DueSelection): string =>
  [comment, ...images.flatMap(({ caption }, index) => (caption === '' ? [] : [`${index + 1}. ${caption}`]))].filter(Boolean).join('\n')

/** One object for each instance: several frames of it are named together (PS3.16 TID 2010 row 8, PS3.3 §C.18.4). */
function objectsOf({ images, SOPClassUIDs, multiFrame }: DueSelection): KeyObject[] {
  const objects = new Map<string, KeyObject & { frames: number[] }>()
  for (const { SeriesInstanceUID, SOPInstanceUID, frame } of images) {
    const SOPClassUID = SOPClassUIDs[SOPInstanceUID]
    // Purged since: there is nothing left to point at.
    if (SOPClassUID === undefined) continue
    const object = objects.get(SOPInstanceUID) ?? { SeriesInstanceUID, SOPClassUID, SOPInstanceUID, isImage: true, frames: [] }
    if (!object.frames.includes(frame)) object.frames.push(frame)
    objects.set(SOPInstanceUID, object)
  }
  return [...objects.values()].map(({ frames, ...object }) =>
    multiFrame.includes(object.SOPInstanceUID) ? { ...object, frames: frames.toSorted((a, b) => a - b) } : object,
  )
}

async function* one(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
