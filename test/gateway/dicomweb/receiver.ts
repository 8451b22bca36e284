/** A process that only receives by STOW-RS, into a disk that takes so many MB/s, and tells its parent what that cost. Run by `memory.test.ts`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Middleware } from 'koa'
import { pino } from 'pino'
import { everybody } from '../../../archive/access.ts'
import { dicomwebRoutes } from '../../../gateway/dicomweb/routes.ts'
import type { DICOMwebTools } from '../../../gateway/dicomweb/tools.ts'
import { createMetrics } from '../../../gateway/health.ts'
import { startHTTP } from '../../../gateway/http.ts'
import { filesystemStore } from '../../../storage/objects/filesystem.ts'

const megabytesPerSecond = Number(process.argv[2])
const root = await mkdtemp(join(tmpdir(), 'receiver-'))
const disk = filesystemStore({ root })
const log = pino({ enabled: false })

async function* paced(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const begun = performance.now()
  let taken = 0
  for await (const piece of bytes) {
    yield piece
    taken += piece.length
    const early = taken / 1000 / megabytesPerSecond - (performance.now() - begun)
    if (early > 1) await sleep(early)
  }
}

// The index is not what is measured.
const tools = {
  objects: {
    put: (key: string, bytes: AsyncIterable<Uint8Array>) => disk.put(key, paced(bytes)),
    remove: (key: string) => disk.remove(key),
  },
  publisher: { epoch: 1, publish: async (record: object) => ({ ...record, outcome: 'stored', change: 1 }) },
  clock: () => new Date(),
  publicPath: '',
  maxInstanceBytes: 2 ** 32,
  sourceOf: () => ({ institution: 1, institutionCode: 'EAST', grants: [], via: 'stow' }),
  log,
} as unknown as DICOMwebTools

const asker = everybody({ id: 1, code: 'EAST', name: 'EAST', readingCentre: false }, [1])
const signIn: Middleware = (ctx, next) => {
  ctx.state.asker = asker
  return next()
}
const server = await startHTTP({
  host: '127.0.0.1',
  port: 0,
  trustProxy: false,
  health: { checks: {}, metrics: createMetrics() },
  routes: [signIn, dicomwebRoutes(tools).routes() as unknown as Middleware],
  log,
})

let peak = 0
const idle = process.memoryUsage().rss
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss)
}, 10).unref()
process.on('message', () => process.send?.({ aboveIdle: peak - idle }))
process.once('disconnect', async () => {
  await server.close(0)
  await rm(root, { recursive: true, force: true })
  process.exit()
})
process.send?.({ port: server.port })
