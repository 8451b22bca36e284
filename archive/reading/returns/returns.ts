/**
 * Return for retake (reading.md §3.2 #9): a reader says what is wrong with the images, in codes of CID 7011, in words and with an arrow, and the task waits
 * for new ones. The picture is made before anything is locked; the return is a row of the verb's own transaction; its Rejection Note and presentation state
 * follow (`return-documents.ts`), and so does the retake (`retakes.ts`).
 */
import type { PoolClient } from 'pg'
import { transaction } from '../../../storage/index/query.ts'
import { giveUpReturnDocuments, reserveReturnDocument } from '../../../storage/index/reading/return-documents.ts'
import {
  closeReturn,
  imagesOf,
  insertReturn,
  openReturnOf,
  type ReturnedImage,
  studyOfTask,
} from '../../../storage/index/reading/returns.ts'
import { lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { findWorkitem } from '../../../storage/index/reading/workitem-list.ts'
import { type Asker, demand, demandPerson } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { BadRequest, NotFound } from '../../errors.ts'
import { NotRenderable, PixelsNotDecoded } from '../../rendered/errors.ts'
import { headerOf, type RenderTools } from '../../rendered.ts'
import type { PresentedImage } from '../documents/presentation-state.ts'
import type { ReadingTools } from '../tools.ts'
import { carryOut, takeOnce } from '../workflow/perform.ts'
import type { SideEffect } from '../workflow/side-effects.ts'
import type { Annotation } from './annotation-shapes.ts'
import { findReason } from './return-reasons.ts'
import { markedPicture, newestAcquisition, presentedImage } from './returned-image.ts'

export interface ReturnTools extends ReadingTools {
  readonly render: RenderTools
}

export interface ReturnRequest {
  readonly reasons: readonly string[]
  readonly comment: string
  readonly annotation?: Annotation | undefined
  /** A study that is joined to the task; its own where none is named. */
  readonly StudyInstanceUID?: string | undefined
  /** What is to be taken again: a series, or single images; all of the study where nothing is named. */
  readonly SeriesInstanceUID?: string | undefined
  readonly SOPInstanceUIDs?: readonly string[] | undefined
  readonly generation?: number | undefined
  readonly idempotencyKey?: string | undefined
}

/** A return as it is written down. */
interface Prepared {
  readonly studyPk: number
  readonly reasons: readonly string[]
  readonly comment: string
  readonly SOPInstanceUIDs: readonly string[]
  readonly annotation: Annotation | null
  readonly picture: Buffer | null
  readonly presented: PresentedImage | null
  readonly acquired: string | null
}

/** @throws NotFound, Forbidden, BadRequest; Refused by the machine; RendererBusy */
export async function returnForRetake(tools: ReturnTools, asker: Asker, id: number, request: ReturnRequest): Promise<void> {
  demand(asker, 'read')
  demandPerson(asker)
  const prepared = await prepare(tools, asker, id, request)
  await transaction(tools.index.pool, async (client) => {
    const { idempotencyKey } = request
    const about = { return: id, reasons: [...request.reasons], comment: request.comment }
    if (idempotencyKey !== undefined && (await takeOnce(client, asker, idempotencyKey, about)) === 'done') return
    const workitem = await lockWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
    await carryOut(tools, client, workitem, 'return', asker, {
      generation: request.generation,
      reason: inWords(prepared),
      details: { reasons: prepared.reasons, prepared },
    })
  })
}

/** For the event log: 体位不正：肺尖未包全. */
function inWords({ reasons, comment }: Prepared): string {
  const names = reasons.map((code) => findReason(code)?.zh ?? code).join('、')
  return comment === '' ? names : `${names}：${comment}`
}

async function prepare(tools: ReturnTools, asker: Asker, id: number, request: ReturnRequest): Promise<Prepared> {
  const unknown = request.reasons.find((code) => findReason(code) === undefined)
  if (unknown !== undefined) throw new BadRequest(`reasons: ${unknown} is none`)
  const { pool } = tools.index
  const study = (await findWorkitem(pool, asker.scope, id)) && (await studyOfTask(pool, id, request.StudyInstanceUID ?? null))
  if (study === undefined) throw new NotFound(`There is no workitem ${id} with that study`)
  const all = await imagesOf(pool, study.studyPk)
  const images = chosenImages(all, request)
  const marked = request.annotation && images.find(({ SOPInstanceUID }) => SOPInstanceUID === request.annotation?.SOPInstanceUID)
  if (request.annotation !== undefined && marked === undefined) throw new BadRequest('annotation: the image is not among those returned')
  return {
    studyPk: study.studyPk,
    reasons: [...new Set(request.reasons)],
    comment: request.comment.trim(),
    SOPInstanceUIDs: images.map(({ SOPInstanceUID }) => SOPInstanceUID),
    // Late images are told from a retake by all that was there, not by what was returned of it.
    acquired: await newestAcquisition(tools.render, asker.scope, study.StudyInstanceUID, all),
    ...(await drawn(tools, asker, study.StudyInstanceUID, marked, request.annotation)),
  }
}

function chosenImages(all: readonly ReturnedImage[], { SeriesInstanceUID, SOPInstanceUIDs }: ReturnRequest): readonly ReturnedImage[] {
  const named = SOPInstanceUIDs === undefined ? undefined : new Set(SOPInstanceUIDs)
  const images = all.filter(
    (image) =>
      (SeriesInstanceUID === undefined || image.SeriesInstanceUID === SeriesInstanceUID) &&
      (named === undefined || named.has(image.SOPInstanceUID)),
  )
  if (images.length === 0 || (named !== undefined && images.length < named.size)) {
    throw new BadRequest('An image that is named, or any image at all, is not in the study')
  }
  return images
}

async function drawn(
  { render }: ReturnTools,
  { scope }: Asker,
  StudyInstanceUID: string,
  image: ReturnedImage | undefined,
  annotation: Annotation | undefined,
): Promise<Pick<Prepared, 'annotation' | 'picture' | 'presented'>> {
  if (image === undefined || annotation === undefined) return { annotation: null, picture: null, presented: null }
  try {
    const { SeriesInstanceUID, SOPInstanceUID } = image
    const header = await headerOf(render, scope, { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID })
    return {
      annotation,
      picture: await markedPicture(render, scope, StudyInstanceUID, image, annotation),
      presented: presentedImage(header, image),
    }
  } catch (error) {
    if (error instanceof NotRenderable || error instanceof PixelsNotDecoded) {
      throw new BadRequest('annotation: the image has no picture to draw on', { cause: error })
    }
    throw error
  }
}

/** Of the verb `return`: the row, with the UIDs of its documents. */
export const recordReturn: SideEffect = async ({ newUID }, client, workitem, actor, { details }) => {
  const prepared = details?.prepared as Prepared | undefined
  if (actor === 'system' || prepared === undefined) throw new BadRequest('A return names its reasons: POST /api/workitems/:id/return')
  const { id, number } = await insertReturn(client, { ...prepared, workitem: workitem.id, account: actor.account })
  const reserve = (kind: 'kos' | 'gsps') =>
    reserveReturnDocument(client, id, kind, { SOPInstanceUID: newUID(), SeriesInstanceUID: newUID() })
  await reserve('kos')
  if (prepared.presented !== null) await reserve('gsps')
  await auditIn(client, actor, {
    action: 'return',
    StudyInstanceUID: workitem.StudyInstanceUID,
    object: `return/${id}`,
    detail: { reasons: prepared.reasons, images: prepared.SOPInstanceUIDs.length },
  })
  return { return: id, number, reasons: prepared.reasons }
}

/** Of the verb `withdraw-return`, and of whatever else ends the waiting without new images. */
export const endReturn: SideEffect = async (_tools, client, workitem, actor) => {
  const open = await openReturnOf(client, workitem.id)
  if (open === undefined) return undefined
  await withdraw(client, open.id)
  if (actor !== 'system') {
    await auditIn(client, actor, { action: 'withdraw-return', StudyInstanceUID: open.StudyInstanceUID, object: `return/${open.id}` })
  }
  return { return: open.id }
}

async function withdraw(client: PoolClient, id: number): Promise<void> {
  await closeReturn(client, id, 'withdrawn')
  await giveUpReturnDocuments(client, id)
}
