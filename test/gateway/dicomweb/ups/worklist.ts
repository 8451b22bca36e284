/** The Worklist Service on a port of its own, with a county behind it whose studies arrive when a test says so; and what tests send to it. */
import type { Middleware } from 'koa'
import { pino } from 'pino'
import type { Asker } from '../../../../archive/access.ts'
import { askerOf, type Role } from '../../../../archive/access.ts'
import { newUID } from '../../../../archive/dicom/uid.ts'
import { tellWorkitem } from '../../../../archive/ups/follow-reading.ts'
import { openWorklist } from '../../../../gateway/dicomweb/ups/service.ts'
import { createMetrics } from '../../../../gateway/health.ts'
import { startHTTP } from '../../../../gateway/http.ts'
import { requireAsker } from '../../../../gateway/session.ts'
import type { Index } from '../../../../storage/index/postgres.ts'
import { findAccount, insertAccount } from '../../../../storage/index/reading/accounts.ts'
import { type ReadingCounty, readingCounty } from '../../../archive/reading/county.ts'

export type JSONDataset = Record<string, { vr: string; Value?: unknown[] }>

export interface Worklist {
  readonly url: string
  readonly county: ReadingCounty
  /** By the value of the header `x-asker`; whoever is not named is nobody. */
  readonly askers: Record<string, Asker>
  send(asker: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  /** The Workitems that answer a query. */
  search(asker: string, query: string): Promise<JSONDataset[]>
  retrieve(asker: string, uid: string): Promise<JSONDataset>
  /** Creates one, answers its UID. */
  create(asker?: string, changes?: JSONDataset): Promise<string>
  /** Lets the steps catch up with the reading workflow. */
  tell(workitem: number): Promise<void>
  restart(): Promise<void>
  close(): Promise<void>
}

export async function startWorklist(index: Index): Promise<Worklist> {
  const county = await readingCounty(index)
  const { wang, eastTech, westTech } = county.people
  const program = async (username: string, roles: readonly Role[], institution: number) => {
    const id = await insertAccount(index.pool, {
      username,
      displayName: username,
      kind: 'program',
      roles,
      institution,
      enabled: true,
      demo: false,
    })
    return askerOf((await findAccount(index.pool, id!))!, null, '127.0.0.1')
  }
  const askers: Record<string, Asker> = {
    ...county.people,
    ai: await program('ai', ['performer'], wang.institution.id),
    other: await program('other', ['performer'], wang.institution.id),
    watcher: await program('watcher', ['receiver'], wang.institution.id),
    sender: await program('sender', ['sender'], wang.institution.id),
    east: await program('east', ['performer'], eastTech.institution.id),
    west: await program('west', ['performer'], westTech.institution.id),
  }
  const recognise: Middleware = (ctx, next) => {
    ctx.state.asker = askers[ctx.get('x-asker')]
    return next()
  }
  const log = pino({ enabled: false })
  const accounts = { isAlive: async () => true, isEnabled: async () => true }
  const begin = async (port: number) => {
    const service = await openWorklist({
      reading: county.tools,
      accounts,
      audit: { view: () => undefined },
      clock: () => new Date(),
      publicPath: '',
      recognise,
      log,
    })
    const http = await startHTTP({
      host: '127.0.0.1',
      port,
      trustProxy: false,
      health: { checks: {}, metrics: createMetrics() },
      routes: [
        recognise,
        requireAsker,
        service.router.routes() as unknown as Middleware,
        service.router.allowedMethods() as unknown as Middleware,
      ],
      upgrade: service.upgrade,
      log,
    })
    return {
      port: http.port,
      close: async () => {
        await service.close()
        await http.close(0)
      },
    }
  }
  let running = await begin(0)
  const { port } = running
  const url = `http://127.0.0.1:${port}`
  const send: Worklist['send'] = (asker, method, path, body, headers = {}) =>
    fetch(`${url}/dicomweb${path}`, {
      method,
      headers: {
        'x-asker': asker,
        ...(body === undefined ? {} : { 'Content-Type': 'application/dicom+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return {
    url,
    county,
    askers,
    send,
    async search(asker, query) {
      const response = await send(asker, 'GET', `/workitems?${query}`)
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
      return (await response.json()) as JSONDataset[]
    },
    async retrieve(asker, uid) {
      const response = await send(asker, 'GET', `/workitems/${uid}`)
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
      return ((await response.json()) as JSONDataset[])[0]!
    },
    async create(asker = 'ai', changes = {}) {
      const uid = newUID()
      const response = await send(asker, 'POST', `/workitems?${uid}`, { ...workitem(), ...changes })
      if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
      return uid
    },
    tell: async (id) => void (await tellWorkitem({ reading: county.tools, clock: () => new Date() }, id)),
    async restart() {
      await running.close()
      running = await begin(port)
    },
    close: () => running.close(),
  }
}

const empty = (vr: string) => ({ vr })

/** A Workitem as PS3.4 Table CC.2.5-3 wants it of its creator. */
export const workitem = (): JSONDataset => ({
  '00081195': empty('UI'),
  '00741200': { vr: 'CS', Value: ['MEDIUM'] },
  '00741204': { vr: 'LO', Value: ['肺结节检测'] },
  '00741202': { vr: 'LO', Value: ['AI'] },
  '00741210': empty('SQ'),
  '00404025': empty('SQ'),
  '00404026': empty('SQ'),
  '00404027': empty('SQ'),
  '00404005': { vr: 'DT', Value: ['20261122103000+0800'] },
  '00404018': {
    vr: 'SQ',
    Value: [
      {
        '00080100': { vr: 'SH', Value: ['110004'] },
        '00080102': { vr: 'SH', Value: ['DCM'] },
        '00080104': { vr: 'LO', Value: ['Computer Aided Detection'] },
      },
    ],
  },
  '00400400': empty('LT'),
  '00404041': { vr: 'CS', Value: ['READY'] },
  '00404021': empty('SQ'),
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'ZHANG^SAN', Ideographic: '张^三' }] },
  '00100020': { vr: 'LO', Value: ['P-1'] },
  '00100021': empty('LO'),
  '00100024': empty('SQ'),
  '00101002': empty('SQ'),
  '00100030': { vr: 'DA', Value: ['19700101'] },
  '00100040': { vr: 'CS', Value: ['M'] },
  '00380010': empty('LO'),
  '00380014': empty('SQ'),
  '00081080': empty('LO'),
  '00081084': empty('SQ'),
  '0040A370': {
    vr: 'SQ',
    Value: [{ '00080050': { vr: 'SH', Value: ['A-1'] }, '00401001': { vr: 'SH', Value: ['R-1'] } }],
  },
  '00741000': { vr: 'CS', Value: ['SCHEDULED'] },
  '00741002': empty('SQ'),
  '00741216': empty('SQ'),
})

export const stateOf = (state: string, transactionUID?: string): JSONDataset => ({
  '00741000': { vr: 'CS', Value: [state] },
  ...(transactionUID === undefined ? {} : { '00081195': { vr: 'UI', Value: [transactionUID] } }),
})

/** What COMPLETED demands of the performer. */
export const performed = (): JSONDataset => ({
  '00741216': {
    vr: 'SQ',
    Value: [
      {
        '00404028': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['GPU1'] }, '00080102': { vr: 'SH', Value: ['99X'] } }] },
        '00404050': { vr: 'DT', Value: ['20261122103100'] },
        '00404019': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['110004'] }, '00080102': { vr: 'SH', Value: ['DCM'] } }] },
        '00404051': { vr: 'DT', Value: ['20261122103200'] },
        '00404033': { vr: 'SQ' },
      },
    ],
  },
})

export const firstOf = (dataset: JSONDataset, tag: string): unknown => dataset[tag]?.Value?.[0]
export const warningOf = (response: Response): string => (response.headers.get('Warning') ?? '').replace(/^299 \S+: /, '')
