/** Tasks handed to one reader at once (改派): each by the verb `assign`, on its own, so that one that a colleague has taken does not keep the others back. */
import { createHash } from 'node:crypto'
import { type Asker, demand, demandPerson } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import { type RefusalCode, Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { perform } from './perform.ts'

export interface BatchAssignment {
  readonly assigned: readonly string[]
  readonly refused: readonly { readonly id: string; readonly code: RefusalCode | 'not-found' }[]
}

/** Whoever is named has them to themselves for a while. Each is in the event log of its task. @throws Forbidden */
export async function assignBatch(
  tools: ReadingTools,
  asker: Asker,
  { ids, assignee, reason }: { readonly ids: readonly number[]; readonly assignee: string; readonly reason?: string | undefined },
  idempotencyKey?: string,
): Promise<BatchAssignment> {
  demand(asker, 'coordinate')
  demandPerson(asker)
  const assigned: string[] = []
  const refused: { id: string; code: RefusalCode | 'not-found' }[] = []
  for (const id of new Set(ids)) {
    const key = idempotencyKey === undefined ? undefined : createHash('sha256').update(`${idempotencyKey}\n${id}`).digest('hex')
    try {
      await perform(tools, asker, id, 'assign', { assignee, reason, idempotencyKey: key })
      assigned.push(String(id))
    } catch (error) {
      if (error instanceof Refused) refused.push({ id: String(id), code: error.code })
      else if (error instanceof NotFound) refused.push({ id: String(id), code: 'not-found' })
      else throw error
    }
  }
  return { assigned, refused }
}
