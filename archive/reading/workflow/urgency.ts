/** Another urgency, said beside the images or by the order: the task follows, its clock is counted anew from READY, and the log has it. */
import type { Queryable } from '../../../storage/index/query.ts'
import { setUrgency } from '../../../storage/index/reading/supplements.ts'
import { insertEvent, type LockedWorkitem, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { defaultUrgency, type Urgency } from '../turnaround/turnaround.ts'
import { clockForUrgency } from '../turnaround/turnaround-clock.ts'
import { openStates, type State } from './machine.ts'

/**
 * @param before what the imaging room had said until now: where it says the same again, whatever the centre decided since stands
 * @param actor account of who said it
 */
export async function followUrgency(
  client: Queryable,
  workitem: number,
  before: number | null,
  said: number | null,
  actor: number | null,
): Promise<void> {
  if (said === before) return
  const locked = await lockWorkitem(client, null, workitem)
  if (locked === undefined || !openStates.includes(locked.state as State)) return
  // An open critical value keeps it at the head of the list.
  const urgency = (locked.critical === 1 ? Math.min(locked.urgency, said ?? defaultUrgency) : (said ?? defaultUrgency)) as Urgency
  await changeUrgency(client, locked, urgency, actor)
}

/** The caller holds the workitem's lock. */
export async function changeUrgency(client: Queryable, locked: LockedWorkitem, urgency: Urgency, actor: number | null): Promise<void> {
  if (urgency === locked.urgency) return
  await setUrgency(client, locked.id, urgency, await clockForUrgency(client, locked, urgency))
  const { id: workitem, state, generation } = locked
  const detail = { before: locked.urgency, urgency }
  await insertEvent(client, { workitem, actor, verb: 'urgency', from: state, to: state, reason: null, generation, detail })
}
