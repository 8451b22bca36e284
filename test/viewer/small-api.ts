/** The least of `/api` that the pages of orders, of the tray, of patients and of devices need, held in memory: pages are tried without an archive. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import Koa, { type Context } from 'koa'
import type { Critical } from '../../viewer/portal/api/critical-types.ts'
import type { Order, UnmatchedStudy } from '../../viewer/portal/api/order-types.ts'
import type { Account, Role } from '../../viewer/portal/api/types.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: Record<string, unknown>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface SmallAPI {
  readonly origin: string
  readonly asked: readonly Asked[]
  /** Answers of GET by path, and what a POST, PUT or DELETE does; a function sees what was asked. */
  readonly answers: Map<string, unknown>
  /** Tells the page that something changed. */
  tell(event: string, data?: object): void
  close(): Promise<void>
}

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

export const accountOf = (...roles: Role[]): Account => ({
  username: 'zhaolei',
  displayName: '赵磊',
  roles,
  institution: { id: 2, code: 'east', name: '城东镇中心卫生院', readingCentre: false },
})

/** `answers`: what each path answers; a path that has none is 404. */
export async function smallAPI(portal: string, account: Account): Promise<SmallAPI> {
  const asked: Asked[] = []
  const streams = new Set<import('node:http').ServerResponse>()
  const answers = new Map<string, unknown>([['GET /api/session', { account }]])
  const index = readFileSync(join(portal, 'index.html'))
  const ward = readFileSync(join(portal, 'ward.html'))
  const app = new Koa()
  app.use(async (ctx) => {
    if (ctx.path === '/api/events') return listen(ctx)
    if (ctx.path.startsWith('/api/')) return answer(ctx)
    if (ctx.path.startsWith('/portal/')) {
      ctx.type = types[extname(ctx.path)] ?? 'application/octet-stream'
      ctx.body = readFileSync(join(portal, ctx.path.slice('/portal/'.length)))
      return
    }
    ctx.type = 'html'
    ctx.body = ctx.path === '/viewer' ? '<!doctype html>' : ctx.path === '/ward' ? ward : index
  })

  function listen(ctx: Context): void {
    ctx.respond = false
    ctx.res.writeHead(200, { 'content-type': 'text/event-stream' })
    ctx.res.write(': hello\n\n')
    streams.add(ctx.res)
    ctx.res.once('close', () => streams.delete(ctx.res))
  }

  async function answer(ctx: Context): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer)
    const body = chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>)
    const question = { method: ctx.method, path: ctx.url, body, headers: ctx.req.headers }
    asked.push(question)
    const found = answers.get(`${ctx.method} ${ctx.path}`)
    if (found === undefined) {
      ctx.status = 404
      ctx.body = { error: { code: 'not-found', zh: '没有找到', en: 'Not found' } }
      return
    }
    ctx.body = typeof found === 'function' ? await found(question, ctx) : found
  }

  const server: Server = createServer(app.callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers,
    tell(event, data = {}) {
      for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    async close() {
      for (const stream of streams) stream.end()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What a session that has ended answers. */
export const signedOut = (_: Asked, ctx: Context) => {
  ctx.status = 401
  return { error: { code: 'signed-out', zh: '请登录', en: 'Sign in' } }
}

/** A critical value that waits for this asker's answer. */
export const criticalNotice: Critical = {
  id: '5',
  workitem: '1',
  StudyInstanceUID: '2.25.1',
  patient: { name: '单文远', PatientName: 'SHAN^WENYUAN=单^文远', PatientID: 'E1', sex: 'M', birthDate: '19580314', age: '068Y' },
  toldAs: null,
  institution: { id: 2, name: '城东镇中心卫生院' },
  modality: 'CT',
  StudyDescription: '颅脑平扫',
  AccessionNumber: 'E2611220001',
  StudyDate: '20261121',
  department: '急诊科',
  ward: '',
  bed: '',
  requester: '',
  finding: null,
  text: '右侧基底节区出血。',
  suspected: false,
  raisedBy: { username: 'lina', displayName: '李娜' },
  raisedAt: new Date().toISOString(),
  state: 'NOTIFYING',
  level: 0,
  nextEscalationAt: null,
  generation: 1,
  acknowledged: null,
  action: null,
  ended: null,
  notices: [],
  withinMinutes: 10,
  verbs: ['ack'],
}

export const order = (change: Partial<Order> = {}): Order => ({
  id: '1',
  generation: 1,
  AccessionNumber: 'E2611220001',
  StudyInstanceUID: '2.25.1',
  state: 'scheduled',
  patient: {
    PatientName: 'SHAN^WENYUAN=单^文远',
    PatientID: 'E1001',
    idCardNumber: '**************1002',
    sex: 'M',
    birthDate: '19580314',
    phone: '13800000000',
  },
  modality: 'CT',
  procedure: '颅脑平扫',
  bodyPart: 'HEAD',
  AETitle: 'EAST_CT',
  scheduledAt: new Date().toISOString(),
  clinicalInformation: '突发头痛、呕吐 2 小时',
  urgency: 1,
  department: '内科',
  requester: '陈静',
  patientClass: null,
  ward: '',
  bed: '',
  institution: { id: 2, name: '城东镇中心卫生院' },
  createdAt: new Date().toISOString(),
  createdBy: '赵磊',
  startedAt: null,
  studies: [],
  verbs: ['edit', 'cancel'],
  ...change,
})

export const unmatchedStudy = (change: Partial<UnmatchedStudy> = {}): UnmatchedStudy => ({
  StudyInstanceUID: '1.2.840.1',
  patient: { name: 'SHAN WENYUAN', PatientName: 'SHAN^WENYUAN', PatientID: '0001', sex: 'M', birthDate: '19580314' },
  modality: 'CT',
  StudyDescription: 'HEAD',
  receivedAt: new Date(Date.now() - 240_000).toISOString(),
  instances: 24,
  AccessionNumber: '',
  candidates: [],
  ...change,
})
