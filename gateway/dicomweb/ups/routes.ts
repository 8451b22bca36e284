/** The Worklist Service (UPS-RS): PS3.18 §11.1.1 (resources), §11.3 (transactions). One table, of which the router and the Capabilities Description are made. */
import Router, { type RouterContext } from '@koa/router'
import { isUID } from '../../../archive/dicom/uid.ts'
import { BadRequest, NotFound } from '../../../archive/errors.ts'
import { UPSRefused, WorkitemGone } from '../../../archive/ups/status.ts'
import { warn } from '../warning.ts'
import { serviceOf } from './answer.ts'
import { search } from './search.ts'
import { subscribe, suspend, unsubscribe } from './subscriptions.ts'
import type { WorklistContext, WorklistTools } from './tools.ts'
import { cancel, create, retrieve, state, update } from './workitem.ts'

type Handler = (tools: WorklistTools, ctx: WorklistContext, workitem: string, aetitle: string) => Promise<void>

export interface WorklistRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly transaction: string
  readonly handle: Handler
}

const route = (method: WorklistRoute['method'], path: string, transaction: string, handle: Handler): WorklistRoute => ({
  method,
  path,
  transaction,
  handle,
})

const workitem = '/workitems/:workitem'
const subscriber = `${workitem}/subscribers/:aetitle`

export const worklistRoutes: readonly WorklistRoute[] = [
  route('POST', '/workitems', 'CreateWorkitem', create),
  route('GET', '/workitems', 'SearchWorkitems', search),
  route('GET', workitem, 'RetrieveWorkitem', retrieve),
  route('POST', workitem, 'UpdateWorkitem', update),
  route('PUT', `${workitem}/state`, 'ChangeWorkitemState', state),
  route('POST', `${workitem}/cancelrequest`, 'RequestWorkitemCancellation', cancel),
  route('POST', subscriber, 'CreateWorkitemSubscription', subscribe),
  route('DELETE', subscriber, 'DeleteWorkitemSubscription', unsubscribe),
  route('POST', `${subscriber}/suspend`, 'SuspendWorkitemSubscription', suspend),
]

/** To be mounted at the root, with its `allowedMethods()` behind it. */
export function worklistRouter(tools: WorklistTools): Router {
  const router = new Router()
  for (const { method, path, handle } of worklistRoutes) {
    router.register(`/dicomweb${path}`, [method], async (context: RouterContext) => {
      const ctx = context as unknown as WorklistContext
      const { workitem = '', aetitle = '' } = ctx.params
      if (path.includes(':workitem') && !isUID(workitem)) throw new BadRequest(`"${workitem.slice(0, 64)}" in the address is not a UID`)
      await answerRefusals(tools, ctx, () => handle(tools, ctx, workitem, aetitle))
    })
  }
  // The address of the event channel, for whoever comes without an upgrade: RFC 9110 §15.5.22.
  router.get(['/dicomweb/subscribers/:aetitle', '/dicomweb/ws/subscribers/:aetitle'], (ctx) => {
    ctx.status = 426
    ctx.set('Upgrade', 'websocket')
    ctx.set('Connection', 'Upgrade')
    ctx.body = { error: { code: 'upgrade-required', zh: '此地址只接受 WebSocket 连接', en: 'This address is a WebSocket' } }
  })
  return router
}

/** What each refusal is in words for people; the standard's own text goes into the Warning header. */
const sentences: Readonly<Record<number, string>> = {
  400: '请求不符合工作项的要求',
  404: '没有找到该工作项',
  409: '工作项当前状态不允许此操作',
  410: '该工作项已结束并被删除',
  503: '工作列表已满,请稍后再试',
}

async function answerRefusals(tools: WorklistTools, ctx: WorklistContext, handle: () => Promise<void>): Promise<void> {
  try {
    await handle()
  } catch (error) {
    if (!(error instanceof UPSRefused || error instanceof WorkitemGone || error instanceof NotFound)) throw error
    const { http, warning, status } =
      error instanceof UPSRefused ? error : { http: error instanceof WorkitemGone ? 410 : 404, warning: error.message, status: 0xc307 }
    ctx.status = http
    if (http === 503) ctx.set('Retry-After', '60')
    warn(ctx, serviceOf(tools, ctx), [warning])
    ctx.body = { error: { code: `ups-${status.toString(16).padStart(4, '0')}`, zh: sentences[http], en: warning, detail: error.message } }
  }
}
