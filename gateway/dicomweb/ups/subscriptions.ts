/** Subscribe, Unsubscribe and Suspend Global Subscription: PS3.18 §11.10–§11.12. */

import { BadRequest } from '../../../archive/errors.ts'
import { UPSFilteredGlobalSubscription } from '../../../archive/ups/attributes.ts'
import { keysOf } from '../../../archive/ups/search.ts'
import {
  isGlobal,
  subscribe as subscribeTo,
  suspendSubscription,
  unsubscribe as unsubscribeFrom,
} from '../../../archive/ups/subscriptions.ts'
import { queryParameters } from '../query-parameters.ts'
import { serviceOf } from './answer.ts'
import { rulesOf } from './search.ts'
import type { WorklistContext, WorklistTools } from './tools.ts'

export async function subscribe(tools: WorklistTools, ctx: WorklistContext, uid: string, AETitle: string): Promise<void> {
  const parameters = queryParameters(ctx.querystring)
  const last = (name: string) => parameters.findLast((parameter) => parameter[0] === name)?.[1]
  const lock = last('deletionlock') ?? 'false'
  if (lock !== 'true' && lock !== 'false') throw new BadRequest(`deletionlock must be true or false, not "${lock.slice(0, 40)}"`)
  const filter = last('filter')
  const isFiltered = uid === UPSFilteredGlobalSubscription
  if (isFiltered && (filter === undefined || filter === ''))
    throw new BadRequest('A filtered subscription has a filter: filter=attribute=value,…')
  if (filter !== undefined && !isFiltered && isGlobal(uid))
    throw new BadRequest(`Subscribe to ${UPSFilteredGlobalSubscription} to have the worklist filtered`)
  const keys = isFiltered ? keysOf(keysIn(filter!), rulesOf(last)) : undefined
  if (keys?.length === 0) throw new BadRequest('The filter lets everything through; subscribe to the worklist itself')
  await subscribeTo(tools, ctx.state.asker, {
    uid,
    AETitle,
    deletionLock: lock === 'true',
    ...(keys === undefined ? {} : { filter: keys }),
  })
  ctx.status = 201
  ctx.set('Content-Location', `${serviceOf(tools, ctx).replace(/^http/, 'ws')}/subscribers/${encodeURIComponent(AETitle)}`)
  ctx.body = ''
}

/** `a=1,b=2`. A comma separates keys only where another `attribute=` follows, so lists of UIDs and codes keep theirs. */
const keysIn = (filter: string): [string, string][] =>
  filter.split(/,(?=\s*[\w.]+=)/).map((key) => {
    const equals = key.indexOf('=')
    if (equals < 1) throw new BadRequest(`filter: "${key.slice(0, 64)}" is not attribute=value`)
    return [key.slice(0, equals).trim(), key.slice(equals + 1)]
  })

export async function unsubscribe(tools: WorklistTools, ctx: WorklistContext, uid: string, AETitle: string): Promise<void> {
  await unsubscribeFrom(tools, ctx.state.asker, uid, AETitle)
  ctx.status = 200
  ctx.body = ''
}

export async function suspend(tools: WorklistTools, ctx: WorklistContext, uid: string, AETitle: string): Promise<void> {
  await suspendSubscription(tools, ctx.state.asker, uid, AETitle)
  ctx.status = 200
  ctx.body = ''
}
