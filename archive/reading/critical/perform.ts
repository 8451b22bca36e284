/** A verb of a critical value, done: locked, the machine asked, the row, the notices, the log and the audit written, the change feed last; in one transaction. */
import type { PoolClient } from 'pg'
import { transaction } from '../../../storage/index/query.ts'
import {
  type CriticalChange,
  dueEscalations,
  insertCriticalEvent,
  type LockedCritical,
  lockCritical,
  markWorkitem,
  updateCritical,
  workitemOfCritical,
} from '../../../storage/index/reading/critical.ts'
import { dropWaitingNotices, insertNotice } from '../../../storage/index/reading/critical-notices.ts'
import { appendChanges, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demandPerson } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { NotFound } from '../../errors.ts'
import { policies } from '../policies.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { takeOnce } from '../workflow/perform.ts'
import { type Actor, type Decision, decide, type Given, type State, type Verb } from './machine.ts'
import { notify } from './notify.ts'
import { namesPatient } from './read-back.ts'

export interface CriticalRequest extends Given {
  /** The number that was called. */
  readonly phone?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** `ack` with a text is an `ack` and an `act`. @throws NotFound, Refused */
export async function performCritical(
  tools: ReadingTools,
  asker: Asker,
  id: number,
  verb: Exclude<Verb, 'escalate'>,
  request: CriticalRequest,
): Promise<void> {
  demandPerson(asker)
  await transaction(tools.index.pool, async (client) => {
    if (request.idempotencyKey !== undefined) {
      const about = { critical: id, verb, name: request.name ?? null, readBack: request.readBack ?? null, text: request.text ?? null }
      if ((await takeOnce(client, asker, request.idempotencyKey, about)) === 'done') return
    }
    const workitem = await workitemOfCritical(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no critical value ${id}`)
    await lockWorkitem(client, null, workitem)
    const critical = (await lockCritical(client, id))!
    const named = { ...request, namesPatient: namesPatient(request.readBack ?? '', critical) }
    const deeds: readonly Verb[] = verb === 'ack' && (request.text ?? '').trim() !== '' ? ['ack', 'act'] : [verb]
    let stands = critical
    for (const [index, deed] of deeds.entries()) {
      const decision = decide(factsOf(stands), deed, asker, index === 0 ? named : { ...named, generation: undefined })
      if (typeof decision === 'string')
        throw new Refused(decision, `${deed} was not done: critical/${id} is ${stands.state} (${decision})`, { state: stands.state })
      await apply(tools, client, stands, decision, asker, request)
      stands = { ...stands, state: decision.to }
    }
    await markWorkitem(client, workitem)
    await appendChanges(client, [
      { kind: 'workitem', studyPk: critical.studyPk, ref: String(workitem) },
      { kind: 'critical', studyPk: critical.studyPk, ref: String(id) },
    ])
  })
}

export const factsOf = (critical: LockedCritical) => ({ ...critical, state: critical.state as State })

/** What of the row changes with each verb. */
type Effect = (
  self: number,
  given: { readonly name: string; readonly readBack: string; readonly text: string },
  from: string,
) => Omit<CriticalChange, 'state'>

const effects: Readonly<Record<Exclude<Verb, 'escalate' | 'repeat'>, Effect>> = {
  ack: (by, { name, readBack }) => ({ acknowledged: { by, name, readBack, via: 'portal', confirmedBy: null } }),
  // Who telephones hears the repetition: it is confirmed with that.
  call: (by, { name, readBack }, from) =>
    from === 'NOTIFYING' ? { acknowledged: { by, name, readBack, via: 'phone', confirmedBy: by } } : {},
  ring: () => ({}),
  act: (by, { text }) => ({ acted: { by, text } }),
  confirm: (by) => ({ confirmedBy: by }),
  verify: () => ({ verified: true }),
  close: (by, { text }) => ({ ended: { by, reason: text || null } }),
  withdraw: (by, { text }) => ({ ended: { by, reason: text } }),
}

async function apply(
  tools: ReadingTools,
  client: PoolClient,
  critical: LockedCritical,
  { transition: { verb }, to }: Decision,
  actor: Asker,
  request: CriticalRequest,
): Promise<void> {
  if (verb === 'escalate') return
  const [name, readBack, text, phone] = [request.name, request.readBack, request.text, request.phone].map((value) =>
    (value ?? '').trim(),
  ) as [string, string, string, string]
  const change =
    verb === 'repeat'
      ? { unacknowledged: { escalateInSeconds: (await policies(client)).escalationMinutes[0] * 60 } }
      : effects[verb](actor.account, { name, readBack, text }, critical.state)
  await updateCritical(client, critical.id, { state: to, ...change })
  if (critical.state === 'NOTIFYING' && to !== 'NOTIFYING') await dropWaitingNotices(client, critical.id)
  const place = { critical: critical.id, institution: critical.institution, centre: critical.centre }
  if (verb === 'call' || verb === 'ring') {
    await insertNotice(client, {
      critical: critical.id,
      level: critical.level,
      channel: 'phone',
      about: 'call',
      recipients: [{ name, duty: '', phone, address: '' }],
      by: actor.account,
      answer: [readBack, text].filter((part) => part !== '').join(' · ') || null,
    })
  }
  if (verb === 'repeat') await notify(client, tools, { ...place, level: 0, about: 'repeated' })
  if (verb === 'verify') await notify(client, tools, { ...place, level: critical.level, about: 'verified' })
  if (verb === 'withdraw') await notify(client, tools, { ...place, level: critical.level, about: 'withdrawn' })
  await insertCriticalEvent(client, {
    critical: critical.id,
    actor: actor.account,
    verb,
    from: critical.state,
    to,
    detail: Object.fromEntries(Object.entries({ name, readBack, text, phone }).filter(([, value]) => value !== '')),
  })
  await auditIn(client, actor, {
    action: `critical-${verb}`,
    StudyInstanceUID: critical.StudyInstanceUID,
    object: `critical/${critical.id}`,
  })
}

/** So many at a time; the rest comes with the next turn. */
const batch = 100
/** No two steps come closer together than this, whatever the policy says. */
const leastSeconds = 60

/** Seconds from a step of the ladder to the next; from the last on, to the next reminder. */
export function secondsToNext(minutes: readonly [number, number, number], level: number): number {
  const [first, second, third] = minutes
  return Math.max(leastSeconds, ([second - first, third - second][level - 1] ?? first) * 60)
}

/** One turn of the ladder's clock, on any number of gateways: each step happens once. Answers how many were taken. */
export async function turnLadder(tools: ReadingTools): Promise<number> {
  let taken = 0
  for (const id of await dueEscalations(tools.index.pool, batch)) if (await escalate(tools, id)) taken += 1
  return taken
}

const clock: Actor = 'system'

const escalate = (tools: ReadingTools, id: number): Promise<boolean> =>
  transaction(tools.index.pool, async (client) => {
    const critical = await lockCritical(client, id)
    // Who waited for the lock sees what the other gateway, or the ward, has done meanwhile.
    if (critical === undefined || !critical.due || typeof decide(factsOf(critical), 'escalate', clock, {}) === 'string') return false
    const { escalationMinutes } = await policies(client)
    const level = Math.min(critical.level + 1, 3)
    const about = critical.level === 3 ? 'reminded' : 'escalated'
    await updateCritical(client, id, {
      state: critical.state,
      escalated: { level, againInSeconds: secondsToNext(escalationMinutes, level) },
    })
    await notify(client, tools, { critical: id, level, about, institution: critical.institution, centre: critical.centre })
    await insertCriticalEvent(client, {
      critical: id,
      actor: null,
      verb: 'escalate',
      from: critical.state,
      to: critical.state,
      detail: { level, about },
    })
    await appendChanges(client, [
      { kind: 'workitem', studyPk: critical.studyPk, ref: String(critical.workitem) },
      { kind: 'critical', studyPk: critical.studyPk, ref: String(id) },
    ])
    return true
  })
