/**
 * Questions between reader and township on a task (reading.md §3.2 #11), while the patient may still be on the table. A question may let the task wait
 * (QUERIED: the lease ends, its reader keeps it, the clock stands) or not; an answer brings it back. What was said is never changed.
 */
import type { PoolClient } from 'pg'
import { transaction } from '../../../storage/index/query.ts'
import {
  countMessages,
  insertMessage,
  type MessageKind,
  type MessageRow,
  markSeen,
  messagesOf,
  openQuestions,
  placesOf,
  type Side,
  setQuestionsOpen,
  type ThreadRow,
  threadsOf,
} from '../../../storage/index/reading/questions.ts'
import { appendChanges, type LockedWorkitem, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { BadRequest, Forbidden, NotFound } from '../../errors.ts'
import { modalityOf } from '../modality.ts'
import { type PatientView, patientOf } from '../patient.ts'
import type { ReadingTools } from '../tools.ts'
import { carryOut, takeOnce } from '../workflow/perform.ts'
import type { SideEffect } from '../workflow/side-effects.ts'

export const longestMessage = 1_000
/** More was never said about one study. */
const mostMessages = 500

export interface Message {
  readonly id: string
  readonly by: { readonly username: string; readonly displayName: string; readonly institution: string }
  readonly at: Date
  readonly text: string
  readonly kind: MessageKind
  readonly side: Side
  /** The asker's own side said it. */
  readonly mine: boolean
  /** When the other side first had it on the screen. */
  readonly seenAt: Date | null
  readonly seenBy: string | null
}

export interface Thread {
  readonly items: readonly Message[]
  /** A question waits for an answer. */
  readonly open: boolean
  /** Who has to answer. */
  readonly waitingFor: Side | null
  /** What the asker's side has not seen yet. */
  readonly unread: number
  readonly mayWrite: boolean
}

/** What is not said in the words of one's own side alone: somebody who reads here may belong to neither. */
function sideOf(asker: Asker, places: { readonly institution: number; readonly centre: number }): Side | null {
  if (asker.institution.id === places.centre && may(asker, 'read')) return 'centre'
  if (asker.institution.id === places.institution && may(asker, 'order')) return 'owner'
  return null
}

/** @throws NotFound, Forbidden */
export async function readThread(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  id: number,
): Promise<Thread & { StudyInstanceUID: string }> {
  demand(asker, 'ward')
  const places = await placesOf(pool, asker.scope, id)
  if (places === undefined) throw new NotFound(`There is no workitem ${id}`)
  const side = sideOf(asker, places)
  const [rows, open] = await Promise.all([messagesOf(pool, id), openQuestions(pool, id)])
  return {
    StudyInstanceUID: places.StudyInstanceUID,
    items: rows.map((row) => messageOf(row, side)),
    open: open.centre + open.owner > 0,
    waitingFor: open.centre > 0 ? 'owner' : open.owner > 0 ? 'centre' : null,
    unread: side === null ? 0 : rows.filter((row) => row.side !== side && row.seenAt === null).length,
    mayWrite: side !== null,
  }
}

const messageOf = (row: MessageRow, side: Side | null): Message => ({
  id: String(row.id),
  by: { username: row.byUsername, displayName: row.by, institution: row.institution },
  at: row.at,
  text: row.text,
  kind: row.kind,
  side: row.side,
  mine: row.side === side,
  seenAt: row.seenAt,
  seenBy: row.seenBy,
})

export interface MessageRequest {
  readonly text: string
  readonly kind: MessageKind
  /** A question lets the task wait for its answer. */
  readonly pause?: boolean | undefined
  readonly generation?: number | undefined
  readonly idempotencyKey?: string | undefined
}

/** @throws NotFound, Forbidden, BadRequest; Refused: a pause that the machine does not allow */
export async function say(tools: ReadingTools, asker: Asker, id: number, request: MessageRequest): Promise<void> {
  demandPerson(asker)
  const { text, kind, pause = false, generation, idempotencyKey } = request
  await transaction(tools.index.pool, async (client) => {
    if (idempotencyKey !== undefined && (await takeOnce(client, asker, idempotencyKey, { say: id, text, kind, pause })) === 'done') return
    const workitem = await lockWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
    const side = sideOf(asker, workitem)
    if (side === null) throw new Forbidden('Questions are between who took the images and who reads them')
    if (pause && (kind !== 'question' || side !== 'centre')) throw new BadRequest('pause: only a question of the reader lets the task wait')
    if (pause) return carryOut(tools, client, workitem, 'query', asker, { generation, reason: text })
    // An answer to a task that waits for it brings it back to its reader, whoever of the township it is from.
    if (kind === 'answer' && side === 'owner' && workitem.state === 'QUERIED') {
      return carryOut(tools, client, workitem, 'answer', asker, { reason: text })
    }
    const message = await write(client, asker, workitem, side, kind, text)
    await appendChanges(client, [
      { kind: 'workitem', studyPk: workitem.studyPk, ref: String(workitem.id) },
      { kind: 'question', studyPk: workitem.studyPk, ref: String(message) },
    ])
  })
}

async function write(
  client: PoolClient,
  asker: Asker,
  workitem: LockedWorkitem,
  side: Side,
  kind: MessageKind,
  typed: string,
): Promise<number> {
  const text = typed.trim()
  if (text === '' || text.length > longestMessage) throw new BadRequest(`text: 1 to ${longestMessage} characters`)
  if ((await countMessages(client, workitem.id)) >= mostMessages) throw new BadRequest(`A task has at most ${mostMessages} messages`)
  const message = await insertMessage(client, { workitem: workitem.id, kind, side, text, account: asker.account })
  // Whoever speaks has read what was said before.
  await markSeen(client, { workitem: workitem.id, side, upTo: message, account: asker.account })
  const open = await openQuestions(client, workitem.id)
  await setQuestionsOpen(client, workitem.id, open.centre + open.owner)
  await auditIn(client, asker, { action: kind, StudyInstanceUID: workitem.StudyInstanceUID, object: `message/${message}` })
  return message
}

const saying =
  (side: Side, kind: MessageKind): SideEffect =>
  async (_tools, client, workitem, actor, { reason }, feed) => {
    if (actor === 'system' || reason === undefined) throw new BadRequest('text: what is asked or answered')
    const message = await write(client, actor, workitem, side, kind, reason)
    feed.push({ kind: 'question', studyPk: workitem.studyPk, ref: String(message) })
    return { message }
  }

/** Of the verbs `query` and `answer`: their reason is what is said. */
export const recordQuestion = saying('centre', 'question')
export const recordAnswer = saying('owner', 'answer')

/** What the other side said up to this message is on the asker's screen. @throws NotFound */
export async function seeThread({ index: { pool } }: ReadingTools, asker: Asker, id: number, upTo: number): Promise<void> {
  demand(asker, 'ward')
  demandPerson(asker)
  await transaction(pool, async (client) => {
    const places = await placesOf(client, asker.scope, id)
    if (places === undefined) throw new NotFound(`There is no workitem ${id}`)
    const side = sideOf(asker, places)
    if (side === null || (await markSeen(client, { workitem: id, side, upTo, account: asker.account })) === 0) return
    await appendChanges(client, [{ kind: 'workitem', studyPk: places.studyPk, ref: String(id) }])
  })
}

export interface ThreadSummary {
  readonly workitem: string
  readonly state: string
  readonly StudyInstanceUID: string
  readonly patient: PatientView
  readonly institution: { readonly id: number; readonly name: string }
  readonly modality: string
  readonly StudyDescription: string
  /** The asker holds the task. */
  readonly held: boolean
  readonly unread: number
  /** The asker's side has to answer. */
  readonly awaitsUs: boolean
  readonly last: { readonly kind: MessageKind; readonly text: string; readonly by: string; readonly at: Date; readonly mine: boolean }
}

/** What waits for the asker's side: unread, or to be answered. Newest first. @throws Forbidden */
export async function searchThreads({ index: { pool } }: ReadingTools, asker: Asker, limit: number): Promise<ThreadSummary[]> {
  demand(asker, 'ward')
  const side: Side | null = asker.institution.readingCentre && may(asker, 'read') ? 'centre' : may(asker, 'order') ? 'owner' : null
  if (side === null) return []
  const rows = await threadsOf(pool, { scope: asker.scope, side, institution: asker.institution.id, limit })
  return rows.map((row) => summaryOf(row, side, asker))
}

const summaryOf = (row: ThreadRow, side: Side, asker: Asker): ThreadSummary => ({
  workitem: String(row.workitem),
  state: row.state,
  StudyInstanceUID: row.StudyInstanceUID,
  patient: patientOf(row),
  institution: { id: row.institution, name: row.institutionName },
  modality: modalityOf(row.modalities),
  StudyDescription: row.StudyDescription ?? '',
  held: row.assignee === asker.username,
  unread: row.unread,
  awaitsUs: (side === 'owner' ? row.awaitsOwner : row.awaitsCentre) > 0,
  last: { kind: row.lastKind, text: row.lastText, by: row.lastBy, at: row.lastAt, mine: row.lastSide === side },
})

/** Answers of one tap, for whoever stands beside the machine. */
export const answerPresets: readonly { readonly id: string; readonly zh: string; readonly en: string }[] = [
  { id: 'retake-now', zh: '马上重拍', en: 'Taking it again now' },
  { id: 'patient-left', zh: '患者已离开，已通知返回', en: 'The patient has left and was called back' },
  { id: 'cannot-now', zh: '患者无法配合，暂不能重拍', en: 'The patient cannot cooperate now' },
  { id: 'no-prior', zh: '患者没有以往影像资料', en: 'There are no earlier images' },
  { id: 'side-right', zh: '左右标记已核对，无误', en: 'The side marker was checked and is right' },
  { id: 'history-added', zh: '病史已补充，请看临床资料', en: 'The history was added; see the clinical information' },
  { id: 'no-trauma', zh: '无外伤史', en: 'No trauma' },
  { id: 'not-pregnant', zh: '已确认未怀孕', en: 'Not pregnant, confirmed' },
  { id: 'read-as-is', zh: '请按现有图像诊断', en: 'Please read the images as they are' },
]
