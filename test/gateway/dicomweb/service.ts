/** The whole service for a test: a real index, a real object store, HTTP on a free port; and the few requests that tests make of it. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Middleware } from 'koa'
import { pino } from 'pino'
import { type Asker, everybody } from '../../../archive/access.ts'
import { newUID } from '../../../archive/dicom/uid.ts'
import { FieldKey } from '../../../archive/field-key.ts'
import { openPublisher } from '../../../archive/publisher.ts'
import { archiveSigner } from '../../../archive/reading/signing/signer.ts'
import { readingDefaults } from '../../../archive/reading/tools.ts'
import { Renderer } from '../../../archive/rendered/renderer.ts'
import { dicomwebRoutes } from '../../../gateway/dicomweb/routes.ts'
import type { DICOMwebTools } from '../../../gateway/dicomweb/tools.ts'
import { createMetrics } from '../../../gateway/health.ts'
import { startHTTP } from '../../../gateway/http.ts'
import { filesystemStore } from '../../../storage/objects/filesystem.ts'
import type { ObjectStore } from '../../../storage/objects/objects.ts'
import { makeCounty } from '../../support/institutions.ts'
import { openTestIndex } from '../../support/postgres.ts'

export interface Service {
  readonly url: string
  readonly tools: DICOMwebTools
  readonly objects: ObjectStore
  /** Study and account of each view noted. */
  readonly views: string[]
  /** Askers by the value of the header `x-asker`; the county where there is none. */
  readonly askers: Record<'county' | 'east' | 'west', Asker>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  json(path: string, headers?: Record<string, string>): Promise<Record<string, { vr: string; Value?: unknown[] }>[]>
  /** Each part10 as one part. */
  stow(parts: readonly Uint8Array[], path?: string, headers?: Record<string, string>): Promise<Response>
  close(): Promise<void>
}

export async function startService(
  change: (tools: DICOMwebTools) => Partial<DICOMwebTools> = () => ({}),
  more: (tools: DICOMwebTools) => readonly Middleware[] = () => [],
): Promise<Service> {
  const index = await openTestIndex()
  const root = await mkdtemp(join(tmpdir(), 'dicomweb-'))
  const county = await makeCounty(index.pool)
  const objects = filesystemStore({ root })
  const publisher = await openPublisher({ index, gateway: 'test' })
  const renderer = new Renderer({ workers: 1 })
  const askers = {
    county: askerOf('COUNTY', county.county, true),
    east: askerOf('EAST', county.townships[0]),
    west: askerOf('WEST', county.townships[1]),
  }
  const views: string[] = []
  const tools: DICOMwebTools = {
    index,
    objects,
    publisher,
    renderer,
    clock: () => new Date(),
    publicPath: '',
    maxInstanceBytes: 2 ** 31,
    sourceOf: (asker) => ({
      ...county.sources[asker.institution.code === 'WEST' ? 1 : 0],
      institution: asker.institution.id,
      institutionCode: asker.institution.code,
      via: 'stow',
    }),
    audit: { view: (asker, study) => void views.push(`${asker.institution.code} ${study}`) },
    deletion: {
      index,
      newUID: () => newUID(),
      signer: archiveSigner(new FieldKey(randomBytes(32))),
      publicURL: 'https://pacs.test',
      ...readingDefaults,
      centreTitle: '',
      retention: { years: 30, days: 90 },
    },
    log: pino({ enabled: false }),
  }
  const router = dicomwebRoutes({ ...tools, ...change(tools) })
  const signIn: Middleware = (ctx, next) => {
    ctx.state.asker = askers[(ctx.get('x-asker') || 'county') as keyof typeof askers]
    return next()
  }
  const server = await startHTTP({
    host: '127.0.0.1',
    port: 0,
    trustProxy: false,
    health: { checks: {}, metrics: createMetrics() },
    routes: [signIn, router.routes() as unknown as Middleware, router.allowedMethods() as unknown as Middleware, ...more(tools)],
    log: pino({ enabled: false }),
  })
  const url = `http://127.0.0.1:${server.port}`
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}/dicomweb${path}`, { headers })
  return {
    url,
    tools,
    objects,
    views,
    askers,
    get,
    json: async (path, headers) => (await get(path, headers)).json() as Promise<Record<string, { vr: string; Value?: unknown[] }>[]>,
    stow: (parts, path = '/studies', headers = {}) =>
      fetch(`${url}/dicomweb${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=b', ...headers },
        body: multipart(parts),
      }),
    async close() {
      await server.close(0)
      await renderer.close()
      await publisher.close()
      await index.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

const askerOf = (code: string, id: number, readingCentre = false): Asker => everybody({ id, code, name: code, readingCentre }, [id])

export function multipart(parts: readonly Uint8Array[], header = 'Content-Type: application/dicom\r\n'): Buffer {
  return Buffer.concat([...parts.flatMap((part) => [Buffer.from(`\r\n--b\r\n${header}\r\n`), part]), Buffer.from('\r\n--b--\r\n')])
}

/** The parts of a multipart answer. */
export async function partsOf(response: Response): Promise<{ headers: Headers; body: Buffer }[]> {
  const boundary = /boundary=([^;]+)/.exec(response.headers.get('content-type') ?? '')![1]!
  const body = Buffer.from(await response.arrayBuffer())
  const parts: { headers: Headers; body: Buffer }[] = []
  const delimiter = Buffer.from(`--${boundary}`)
  for (let at = body.indexOf(delimiter); ; ) {
    const next = body.indexOf(delimiter, at + delimiter.length)
    if (next < 0) return parts
    const part = body.subarray(at + delimiter.length + 2, next - 2)
    const blank = part.indexOf('\r\n\r\n')
    const lines = part.subarray(0, blank).toString('latin1').split('\r\n')
    parts.push({
      headers: new Headers(
        lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as [string, string]),
      ),
      body: part.subarray(blank + 4),
    })
    at = next
  }
}

export const sizeOf = async (objects: ObjectStore): Promise<number> => {
  let count = 0
  for await (const _ of objects.list('')) count += 1
  return count
}
