/**
 * Subscribe, Unsubscribe, Suspend Global Subscription: PS3.18 §11.10–§11.12, PS3.4 Table CC.2.3-2. A subscriber is an AE title of the asker's institution,
 * known from its first subscription on.
 */
import { announceChanges, appendChange } from '../../storage/index/changes.ts'
import { transaction } from '../../storage/index/query.ts'
import { searchUPS, type UPSKey } from '../../storage/index/ups/search.ts'
import {
  countSubscribers,
  insertInitialReports,
  insertUPSEvents,
  isSubscriber,
  type Subscriber,
  subscribeGlobally,
  subscribeToAll,
  subscribe as subscribeToOne,
  suspend,
  unsubscribeAll,
  unsubscribe as unsubscribeFromOne,
} from '../../storage/index/ups/subscriptions.ts'
import { findUPS, lockCreating, lockUPS } from '../../storage/index/ups/workitems.ts'
import { type Asker, demand } from '../access.ts'
import { auditIn } from '../audit.ts'
import { BadRequest, NotFound } from '../errors.ts'
import { UPSFilteredGlobalSubscription, UPSGlobalSubscription } from './attributes.ts'
import { stateReport } from './events.ts'
import { recheckOf, reportedOf } from './keep.ts'
import { there } from './rules.ts'
import { UPSRefused } from './status.ts'
import { mostOpen, mostSubscribers, mostWaiting, type UPSTools } from './tools.ts'

export const isGlobal = (uid: string): boolean => uid === UPSGlobalSubscription || uid === UPSFilteredGlobalSubscription

/** PS3.5 §6.2 AE. @throws BadRequest */
export function subscriberOf(asker: Asker, AETitle: string): Subscriber {
  const title = AETitle.trim()
  if (!/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(title)) throw new BadRequest(`"${AETitle.slice(0, 32)}" is not an AE title`)
  return { institution: asker.institution.id, AETitle: title }
}

export interface Subscription {
  /** A Workitem, or one of the two well-known UIDs. */
  readonly uid: string
  readonly AETitle: string
  readonly deletionLock: boolean
  /** Of the filtered worklist. */
  readonly filter?: readonly UPSKey[]
}

/** @throws UPSRefused C307; LimitExceeded */
export async function subscribe(tools: UPSTools, asker: Asker, { uid, AETitle, deletionLock, filter }: Subscription): Promise<void> {
  demand(asker, 'worklist')
  const subscriber = subscriberOf(asker, AETitle)
  const { pool } = tools.reading.index
  // A filter is asked of the worklist as a search is; outside the transaction, which it would only hold up.
  const among = filter === undefined ? undefined : await matching(tools, asker, filter)
  await transaction(pool, async (client) => {
    await lockCreating(client, -subscriber.institution)
    if (!(await isSubscriber(client, subscriber)) && (await countSubscribers(client, subscriber.institution)) >= mostSubscribers)
      throw new UPSRefused(0x0213, 'subscribe', `${asker.institution.name} has ${mostSubscribers} subscribers`)
    if (isGlobal(uid)) {
      await subscribeGlobally(client, subscriber, deletionLock, filter)
      const begun = await subscribeToAll(client, subscriber, deletionLock, among)
      // Table CC.2.3-2: only a lock asks for the state of everything there is.
      if (deletionLock) await insertInitialReports(client, begun.slice(-mostWaiting), subscriber)
    } else {
      const row = there(await lockUPS(client, asker.scope, uid), 'subscribe', uid)
      await subscribeToOne(client, row.upsPk, subscriber, deletionLock)
      await insertUPSEvents(client, row.upsPk, [stateReport(reportedOf(row))], subscriber)
    }
    await auditIn(client, asker, { action: 'ups-subscribe', object: uid, detail: { AETitle: subscriber.AETitle, deletionLock } })
    await appendChange(client, 'ups', null, uid)
  })
  await announceChanges(pool).catch(() => undefined)
}

async function matching({ reading }: UPSTools, { scope }: Asker, keys: readonly UPSKey[]): Promise<number[]> {
  const recheck = recheckOf(keys)
  const rows = await searchUPS(reading.index.pool, {
    scope,
    keys,
    limit: mostOpen,
    offset: 0,
    ...(recheck === undefined ? {} : { recheck }),
  })
  return rows.map(({ upsPk }) => upsPk)
}

/** From the worklist, whole or filtered: every subscription to a single Workitem ends too. @throws NotFound, UPSRefused C307 */
export async function unsubscribe(tools: UPSTools, asker: Asker, uid: string, AETitle: string): Promise<void> {
  demand(asker, 'worklist')
  const subscriber = subscriberOf(asker, AETitle)
  await transaction(tools.reading.index.pool, async (client) => {
    let ended: boolean
    if (isGlobal(uid)) {
      const global = await suspend(client, subscriber, uid === UPSFilteredGlobalSubscription)
      ended = (await unsubscribeAll(client, subscriber)) > 0 || global
    } else {
      const row = there(await findUPS(client, asker.scope, uid), 'subscribe', uid)
      ended = await unsubscribeFromOne(client, row.upsPk, subscriber)
    }
    if (!ended) throw new NotFound(`${subscriber.AETitle} has no such subscription`)
    await auditIn(client, asker, { action: 'ups-unsubscribe', object: uid, detail: { AETitle: subscriber.AETitle } })
  })
}

/** No new Workitems; what is subscribed to stays so. @throws NotFound; UPSRefused C314 for a single Workitem */
export async function suspendSubscription(tools: UPSTools, asker: Asker, uid: string, AETitle: string): Promise<void> {
  demand(asker, 'worklist')
  if (!isGlobal(uid)) throw new UPSRefused(0xc314, 'subscribe', 'only a subscription to the worklist can be suspended')
  const subscriber = subscriberOf(asker, AETitle)
  await transaction(tools.reading.index.pool, async (client) => {
    if (!(await suspend(client, subscriber, uid === UPSFilteredGlobalSubscription)))
      throw new NotFound(`${subscriber.AETitle} has no such subscription`)
    await auditIn(client, asker, { action: 'ups-suspend', object: uid, detail: { AETitle: subscriber.AETitle } })
  })
}
