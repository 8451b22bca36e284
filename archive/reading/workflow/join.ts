/**
 * Joining and splitting by hand (reading.md §10): a DR machine may make a study of every view, a CT may hold several procedures. What is joined is read and
 * reported in one task; the other is CANCELED and says where it went. Only what belongs to one person is ever joined. Nothing that was written is lost.
 */
import type { PoolClient } from 'pg'
import { transaction } from '../../../storage/index/query.ts'
import { forgetImagesOf, gradeAnew, keepDraft } from '../../../storage/index/reading/drafts.ts'
import { insertPart, join, joinedTask, splitFacts, takeApart, taskFacts } from '../../../storage/index/reading/joined.ts'
import {
  appendChanges,
  insertEvent,
  keepResult,
  type LockedWorkitem,
  lockWorkitem,
  resultOf,
} from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { BadRequest, NotFound } from '../../errors.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import type { Urgency } from '../turnaround/turnaround.ts'
import { takeOnce } from './perform.ts'
import { changeUrgency } from './urgency.ts'

const mostParts = 10

interface Deed {
  readonly reason: string
  readonly generation?: number | undefined
  readonly idempotencyKey?: string | undefined
}

/** The other task's study is read in this one. @throws NotFound. Refused: `not-yours`, `wrong-state`, `held-by-another`, `other-person`, `report-stands` */
export function joinWorkitems(tools: ReadingTools, asker: Asker, id: number, { other, ...deed }: Deed & { other: number }): Promise<void> {
  demandPerson(asker)
  if (id === other) throw new BadRequest('A workitem is not joined with itself')
  return transaction(tools.index.pool, async (client) => {
    if (await isDone(client, asker, deed, { join: id, other })) return
    // Two people who join the same two tasks wait for each other in one order.
    const locked = new Map<number, LockedWorkitem>()
    for (const each of [id, other].sort((a, b) => a - b)) locked.set(each, await lockedFor(client, asker, each))
    const [task, given] = [locked.get(id)!, locked.get(other)!]
    demandFree(asker, task, deed.generation)
    demandFree(asker, given, undefined, ['UPLOADING'])
    const [facts, givenFacts] = [await taskFacts(client, id), await taskFacts(client, other)]
    if (facts === undefined || givenFacts === undefined || facts.person !== givenFacts.person || task.centre !== given.centre)
      throw new Refused('other-person', 'The two studies belong to two people, as far as the archive knows')
    if (givenFacts.hasReport) throw new Refused('report-stands', `Workitem ${other} has a report`)
    await keepDraft(client, other, 'join')
    await join(client, id, other)
    await gradeAnew(client, id)
    await changeUrgency(client, task, Math.min(task.urgency, given.urgency) as Urgency, asker.account)
    await note(client, asker, 'join', { ...task, generation: task.generation + 1 }, task.state, deed.reason, { workitem: other })
    await note(client, asker, 'join', { ...given, generation: given.generation + 1 }, 'CANCELED', deed.reason, { into: id })
    await tell(client, asker, 'join', deed.reason, [task, given])
  })
}

export interface SplitRequest extends Deed {
  /** A study that was joined is read by itself again. */
  readonly StudyInstanceUID?: string | undefined
  /** Or a further task on the same study: these series, or the procedure by name. */
  readonly SeriesInstanceUIDs?: readonly string[] | undefined
  readonly procedure?: string | undefined
}

/** Answers the task that came of it. @throws NotFound, BadRequest. Refused: `not-yours`, `wrong-state`, `held-by-another` */
export function splitWorkitem(tools: ReadingTools, asker: Asker, id: number, request: SplitRequest): Promise<number> {
  demandPerson(asker)
  const { StudyInstanceUID, SeriesInstanceUIDs = [] } = request
  const procedure = request.procedure?.trim() || null
  if (StudyInstanceUID === undefined && SeriesInstanceUIDs.length === 0 && procedure === null)
    throw new BadRequest('Say which study, which series or which procedure')
  return transaction(tools.index.pool, async (client) => {
    const about = { split: id, StudyInstanceUID: StudyInstanceUID ?? null, SeriesInstanceUIDs: [...SeriesInstanceUIDs], procedure }
    const { idempotencyKey: key } = request
    if (await isDone(client, asker, request, about)) return (await resultOf(client, asker.account, key!)) ?? id
    const task = await lockedFor(client, asker, id)
    demandFree(asker, task, request.generation)
    const made =
      StudyInstanceUID === undefined
        ? await splitOff(client, asker, task, request, procedure, SeriesInstanceUIDs)
        : await takeOut(client, asker, task, request, StudyInstanceUID)
    if (key !== undefined) await keepResult(client, asker.account, key, made)
    return made
  })
}

async function splitOff(
  client: PoolClient,
  asker: Asker,
  task: LockedWorkitem,
  { reason }: Deed,
  procedure: string | null,
  SeriesInstanceUIDs: readonly string[],
): Promise<number> {
  const { parts, foreign, all } = await splitFacts(client, task.id, SeriesInstanceUIDs)
  if (foreign.length > 0) throw new BadRequest(`The study has no series ${foreign[0]}`)
  if (all && procedure === null) throw new BadRequest('Some series have to stay')
  if (parts >= mostParts) throw new BadRequest(`A study is split into ${mostParts} at most`)
  const part = await insertPart(client, task.id, procedure, SeriesInstanceUIDs)
  const made = { ...task, id: part, generation: 0 }
  await insertEvent(client, {
    workitem: part,
    actor: asker.account,
    verb: 'split',
    from: null,
    to: 'READY',
    reason: reason.trim(),
    generation: 0,
    detail: { from: task.id, ...(procedure === null ? {} : { procedure }), series: SeriesInstanceUIDs.length },
  })
  await note(client, asker, 'split', task, task.state, reason, { workitem: part })
  await tell(client, asker, 'split', reason, [task, made])
  return part
}

async function takeOut(
  client: PoolClient,
  asker: Asker,
  task: LockedWorkitem,
  { reason }: Deed,
  StudyInstanceUID: string,
): Promise<number> {
  const id = await joinedTask(client, task.id, StudyInstanceUID)
  if (id === undefined) throw new NotFound(`Study ${StudyInstanceUID} is not read in workitem ${task.id}`)
  const given = await lockedFor(client, asker, id)
  const facts = await taskFacts(client, id)
  // What a retake replaced was not joined by hand, and does not come back to the list.
  if (facts?.lastVerb !== 'join') throw new Refused('wrong-state', `Study ${StudyInstanceUID} was not joined by hand`)
  const { state, generation } = await takeApart(client, id)
  await keepDraft(client, task.id, 'split')
  await forgetImagesOf(client, task.id, given.studyPk)
  await note(client, asker, 'split', { ...given, generation }, state, reason, { from: task.id })
  await note(client, asker, 'split', task, task.state, reason, { workitem: id })
  await tell(client, asker, 'split', reason, [task, given])
  return id
}

async function isDone(
  client: PoolClient,
  asker: Asker,
  { reason, idempotencyKey }: Deed,
  about: Parameters<typeof takeOnce>[3],
): Promise<boolean> {
  if (reason.trim() === '') throw new Refused('reason-missing', 'A reason is needed')
  return idempotencyKey !== undefined && (await takeOnce(client, asker, idempotencyKey, about)) === 'done'
}

async function lockedFor(client: PoolClient, asker: Asker, id: number): Promise<LockedWorkitem> {
  const workitem = await lockWorkitem(client, asker.scope, id)
  if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
  if (workitem.centre !== asker.institution.id || !(may(asker, 'read') || may(asker, 'coordinate')))
    throw new Refused('not-yours', 'Tasks are joined and split where they are read')
  return workitem
}

/** Nobody else works on it, and no report of it stands. */
function demandFree(asker: Asker, workitem: LockedWorkitem, generation: number | undefined, also: readonly string[] = []): void {
  const { id, state, assignee } = workitem
  if (generation !== undefined && generation !== workitem.generation)
    throw new Refused('stale-generation', `Workitem ${id} is at generation ${workitem.generation}`)
  if (workitem.amending !== null || workitem.temporary) throw new Refused('report-stands', `Workitem ${id} has a report`)
  if (state === 'CLAIMED' && assignee !== asker.account) throw new Refused('held-by-another', `Workitem ${id} is held by somebody else`)
  if (state !== 'READY' && state !== 'CLAIMED' && !also.includes(state)) throw new Refused('wrong-state', `Workitem ${id} is ${state}`)
}

const note = (
  client: PoolClient,
  asker: Asker,
  verb: 'join' | 'split',
  { id, state, generation }: Pick<LockedWorkitem, 'id' | 'state' | 'generation'>,
  to: string,
  reason: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> =>
  insertEvent(client, { workitem: id, actor: asker.account, verb, from: state, to, reason: reason.trim(), generation, detail })

async function tell(
  client: PoolClient,
  asker: Asker,
  action: 'join' | 'split',
  reason: string,
  workitems: readonly Pick<LockedWorkitem, 'id' | 'studyPk' | 'StudyInstanceUID'>[],
): Promise<void> {
  for (const { id, StudyInstanceUID } of workitems)
    await auditIn(client, asker, { action, StudyInstanceUID, object: `workitem/${id}`, detail: { reason: reason.trim() } })
  await appendChanges(
    client,
    workitems.map(({ id, studyPk }) => ({ kind: 'workitem', studyPk, ref: String(id) })),
  )
}
