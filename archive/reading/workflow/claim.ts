/** Taking work from the list: the next task by its score, or many at once. */
import { createHash } from 'node:crypto'
import { transaction } from '../../../storage/index/query.ts'
import { servedSites, waitingTasks } from '../../../storage/index/reading/claiming.ts'
import { keepResult, lockWorkitem, resultOf } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import { preferenceOf } from '../list/preference.ts'
import { scoreOf } from '../list/score.ts'
import { type RefusalCode, Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { carryOut, perform, takeOnce, wasDone } from './perform.ts'

export interface NextRequest {
  readonly modality?: string | undefined
  readonly institution?: number | undefined
  readonly idempotencyKey?: string | undefined
}

/** More wait only after a catastrophe; then the most urgent of them are looked at. */
const mostCandidates = 2_000
/** Colleagues take tasks at the same moment: then the one after. */
const mostTries = 50

/** The task that was taken, or null when nothing waits. A repeated request gets the same. @throws Forbidden; Refused: `key-reused` */
export async function claimNext(tools: ReadingTools, asker: Asker, request: NextRequest): Promise<number | null> {
  demand(asker, 'read')
  demandPerson(asker)
  const { pool } = tools.index
  const { modality, institution, idempotencyKey: key } = request
  const about = { next: true, modality: modality ?? null, institution: institution ?? null }
  if (key !== undefined && (await wasDone(pool, asker, key, about))) return resultOf(pool, asker.account, key)
  const [candidates, preference, served] = await Promise.all([
    waitingTasks(pool, asker.scope, asker.institution.id, asker.account, request, mostCandidates),
    preferenceOf(pool, asker),
    servedSites(pool, asker.institution.id),
  ])
  const waiting = { account: asker.account, preference, served }
  const inOrder = candidates
    .map((task) => ({ id: task.id, score: scoreOf(waiting, task) }))
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, mostTries)
  for (const { id } of inOrder) {
    try {
      return await transaction(pool, async (client) => {
        if (key !== undefined && (await takeOnce(client, asker, key, about)) === 'done') return resultOf(client, asker.account, key)
        const workitem = await lockWorkitem(client, asker.scope, id)
        // Also what this reader took a moment ago, in another window: a second request is for another task.
        if (workitem?.state !== 'READY') throw new Refused('wrong-state', `Workitem ${id} does not wait any more`)
        await carryOut(tools, client, workitem, 'claim', asker, {})
        if (key !== undefined) await keepResult(client, asker.account, key, id)
        return id
      })
    } catch (error) {
      if (!(error instanceof Refused) || error.code === 'key-reused') throw error
    }
  }
  return null
}

export interface BatchClaim {
  readonly claimed: readonly string[]
  readonly refused: readonly { readonly id: string; readonly code: RefusalCode | 'not-found' }[]
}

/** Each on its own: one that a colleague has taken does not keep the others back. @throws Forbidden */
export async function claimBatch(tools: ReadingTools, asker: Asker, ids: readonly number[], idempotencyKey?: string): Promise<BatchClaim> {
  demand(asker, 'read')
  demandPerson(asker)
  const claimed: string[] = []
  const refused: { id: string; code: RefusalCode | 'not-found' }[] = []
  for (const id of new Set(ids)) {
    const key = idempotencyKey === undefined ? undefined : createHash('sha256').update(`${idempotencyKey}\n${id}`).digest('hex')
    try {
      await perform(tools, asker, id, 'claim', { idempotencyKey: key })
      claimed.push(String(id))
    } catch (error) {
      if (error instanceof Refused) refused.push({ id: String(id), code: error.code })
      else if (error instanceof NotFound) refused.push({ id: String(id), code: 'not-found' })
      else throw error
    }
  }
  return { claimed, refused }
}
