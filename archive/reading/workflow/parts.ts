/** What becomes of tasks that hang on one whose study was rejected or restored: its further parts follow it, what was joined into it is read by itself. */
import type { Queryable } from '../../../storage/index/query.ts'
import { joinedByHand, takeApart } from '../../../storage/index/reading/joined.ts'
import { appendChanges, insertEvent, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import type { Actor } from './machine.ts'

/** The images of another study are still there, and somebody has to read them. */
export async function releaseJoined(client: Queryable, task: number, actor: Actor, reason: string): Promise<void> {
  for (const id of await joinedByHand(client, task)) {
    const given = await lockWorkitem(client, null, id)
    if (given === undefined) continue
    const { state, generation } = await takeApart(client, id)
    await insertEvent(client, {
      workitem: id,
      actor: actor === 'system' ? null : actor.account,
      verb: 'split',
      from: given.state,
      to: state,
      reason: reason === '' ? null : reason,
      generation,
      detail: { from: task },
    })
    await appendChanges(client, [{ kind: 'workitem', studyPk: given.studyPk, ref: String(id) }])
  }
}
