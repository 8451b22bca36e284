/** The transactions on one Workitem: PS3.18 §11.4–§11.8. */
import { isUID } from '../../../archive/dicom/uid.ts'
import { BadRequest } from '../../../archive/errors.ts'
import { inputsOf } from '../../../archive/ups/inputs.ts'
import type { StateChanged } from '../../../archive/ups/rules.ts'
import { statuses } from '../../../archive/ups/status.ts'
import {
  changeState,
  createWorkitem,
  requestCancellation,
  retrieveWorkitem,
  updateWorkitem,
  workitemOf,
} from '../../../archive/ups/workitems.ts'
import { queryParameters } from '../query-parameters.ts'
import { warn } from '../warning.ts'
import { answer, negotiated, serviceOf, typesOfOne, withAddresses } from './answer.ts'
import { workitemIn } from './body.ts'
import type { WorklistContext, WorklistTools } from './tools.ts'

/** What `?{workitem}` and `?{transaction-uid}` are in practice: the bare UID, or one with a name. */
function uidInQuery(ctx: WorklistContext, names: readonly string[]): string | undefined {
  for (const [name, value] of queryParameters(ctx.querystring)) {
    const uid = names.includes(name) ? value : value === '' && isUID(name) ? name : undefined
    if (uid === undefined) continue
    if (!isUID(uid)) throw new BadRequest(`${name}: "${uid.slice(0, 64)}" is not a UID`)
    return uid
  }
  return undefined
}

export async function create(tools: WorklistTools, ctx: WorklistContext): Promise<void> {
  const uid = uidInQuery(ctx, ['workitem', 'AffectedSOPInstanceUID'])
  const { SOPInstanceUID, modified } = await createWorkitem(tools, ctx.state.asker, uid, await workitemIn(ctx))
  ctx.status = 201
  ctx.set('Location', `${serviceOf(tools, ctx)}/workitems/${SOPInstanceUID}`)
  ctx.set('Content-Location', `${serviceOf(tools, ctx)}/workitems/${SOPInstanceUID}`)
  if (modified) warn(ctx, serviceOf(tools, ctx), ['The Workitem was created with modifications.'])
  ctx.body = ''
}

export async function retrieve(tools: WorklistTools, ctx: WorklistContext, workitem: string): Promise<void> {
  const { asker } = ctx.state
  const offer = negotiated(ctx, typesOfOne)
  const row = await retrieveWorkitem(tools, asker, workitem)
  if (row.StudyInstanceUID !== null) tools.audit.view(asker, row.StudyInstanceUID)
  const inputs = row.studyPk === null ? undefined : await inputsOf(tools, asker, row.studyPk)
  answer(ctx, offer, [withAddresses(tools, ctx, row, workitemOf(row), inputs)])
}

export async function update(tools: WorklistTools, ctx: WorklistContext, workitem: string): Promise<void> {
  const transactionUID = uidInQuery(ctx, ['transaction-uid', 'transaction', 'TransactionUID'])
  const { ignored } = await updateWorkitem(tools, ctx.state.asker, workitem, transactionUID, await workitemIn(ctx))
  if (ignored) warn(ctx, serviceOf(tools, ctx), ['Requested optional Attributes are not supported.'])
  done(tools, ctx, workitem, 200)
}

export async function state(tools: WorklistTools, ctx: WorklistContext, workitem: string): Promise<void> {
  warnIfDone(tools, ctx, await changeState(tools, ctx.state.asker, workitem, await workitemIn(ctx)))
  done(tools, ctx, workitem, 200)
}

export async function cancel(tools: WorklistTools, ctx: WorklistContext, workitem: string): Promise<void> {
  warnIfDone(tools, ctx, await requestCancellation(tools, ctx.state.asker, workitem, await workitemIn(ctx)))
  done(tools, ctx, workitem, 202)
}

function done(tools: WorklistTools, ctx: WorklistContext, workitem: string, status: number): void {
  ctx.status = status
  ctx.set('Content-Location', `${serviceOf(tools, ctx)}/workitems/${workitem}`)
  ctx.body = ''
}

function warnIfDone(tools: WorklistTools, ctx: WorklistContext, { already }: StateChanged): void {
  if (already !== undefined) warn(ctx, serviceOf(tools, ctx), [statuses[already]!.warning])
}
