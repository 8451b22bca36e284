/**
 * The whole gateway under damaged input, for a time that is set (budget.ts): PDUs, multipart bodies, Part 10 headers, DICOM JSON, queries. It answers everything
 * with what the standard has for it, never with 5xx; it does not end, hang or grow; and what it keeps afterwards is whole: no row without its object, no object
 * without its row.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { upsertAE } from '../../../storage/index/ae.ts'
import { listInstitutions } from '../../../storage/index/institutions.ts'
import { type Index, openIndex } from '../../../storage/index/postgres.ts'
import { filesystemStore } from '../../../storage/objects/filesystem.ts'
import type { ObjectStore } from '../../../storage/objects/objects.ts'
import { resident } from '../../support/process-figures.ts'
import { examine, nothingWrong, unfinished } from '../census.ts'
import { endGateways, type Gateway, startGateway } from '../gateway-process.ts'
import { pause } from '../senders.ts'
import { fuzzOnly, fuzzSeconds, fuzzSeed } from './budget.ts'
import {
  associationInput,
  channelInput,
  type DIMSEInput,
  generatedInput,
  type HTTPInput,
  metadataInput,
  multipartInput,
  part10Input,
  queryInput,
  retrieveInput,
  storedFirst,
  uriInput,
  workitemInput,
} from './inputs.ts'
import { type Next, pick, randomOf } from './mutate.ts'

const MB = 1024 * 1024
/** Between the first quarter of the time, when everything has been used once, and the end. A heap that is not short of memory grows to its own measure first. */
const mostGrowth = 160 * MB
/** Beyond what the archive itself allows the longest of its deeds: 30 s to decode a frame (renderer.ts), for each of those that wait in line before. */
const hangMs = 120_000
/** In each lane one after the other; lanes side by side. */
const seconds = fuzzSeconds * 0.9

let folder: string
let gateway: Gateway
let index: Index
let objects: ObjectStore
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-fuzz-'))
  await chmod(folder, 0o755)
  gateway = await startGateway({ settings: { DATA_DIR: folder, STOW_TIMEOUT: '2', DIMSE_TIMEOUT: '2' } })
  index = openIndex({ connection: gateway.connection, max: 2 })
  objects = filesystemStore({ root: join(folder, 'objects') })
  const [centre] = await listInstitutions(index.pool)
  await upsertAE(index.pool, { title: 'FUZZ', institution: centre!.id, quietSeconds: 3_600, mayRetrieve: true, mayWorklist: true })
})
afterAll(async () => {
  await index?.close()
  await endGateways()
  await rm(folder, { recursive: true, force: true })
})

/** What went wrong with one input, in a sentence; undefined: nothing. */
type Trial = (next: Next) => Promise<string | undefined>

const http =
  (make: (next: Next) => HTTPInput): Trial =>
  async (next) => {
    const input = make(next)
    const answer = await ask(input)
    if (typeof answer === 'string') return answer
    if (answer.status >= 500) return `${input.method} ${input.path}: ${answer.status} ${answer.text.slice(0, 300)}`
    if (!answer.path.endsWith('/studies') || next(3) !== 0) return undefined
    // What was kept can be asked for like any other, however odd it is.
    const kept = [...answer.text.matchAll(/"http:\/\/[^"/]+(\/dicomweb\/studies\/[\d.]+\/series\/[\d.]+\/instances\/[\d.]+)"/g)].map(
      ([, path]) => path!,
    )
    for (const path of kept.slice(0, 2)) {
      const further = pick(next, [
        '',
        '/metadata',
        '/frames/1',
        '/rendered',
        '/thumbnail',
        '/bulkdata/7FE00010',
        '/pixeldata',
        '/frames/1/rendered?window=40,400&viewport=64,64',
      ])
      const wanted = await ask({ method: 'GET', path: `${path}${further}`, headers: { Accept: '*/*' } })
      if (typeof wanted === 'string') return wanted
      if (wanted.status >= 500) return `GET ${path}${further}: ${wanted.status} ${wanted.text.slice(0, 300)}`
    }
    return undefined
  }

async function ask({ method, path, headers, body }: HTTPInput): Promise<{ status: number; path: string; text: string } | string> {
  try {
    const response = await fetch(`${gateway.origin}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(hangMs),
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    })
    return { status: response.status, path, text: Buffer.from(await response.arrayBuffer()).toString('latin1') }
  } catch (error) {
    const cause = (error as Error).cause as { code?: string } | undefined
    // Refused before the body was sent whole: the connection is closed under the sender, as HTTP has it.
    if (['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(cause?.code ?? '')) return { status: 400, path, text: '' }
    return `${method} ${path}: ${(error as Error).name} ${(error as Error).message} ${cause?.code ?? ''}`
  }
}

/** Written to a socket; the answer, until the gateway closes. */
const raw =
  (port: () => number, make: (next: Next) => DIMSEInput, check: (answer: Buffer) => string | undefined): Trial =>
  async (next) => {
    const { bytes, piece } = make(next)
    const socket = connect(port(), '127.0.0.1')
    const heard: Buffer[] = []
    socket.on('data', (chunk) => heard.push(chunk))
    // Written to a connection that the gateway has closed: that is the end that is waited for.
    const ended = new Promise<boolean>((resolve) => socket.on('error', () => resolve(true)).on('close', () => resolve(true)))
    for (let at = 0; at < bytes.length; at += piece) socket.write(bytes.subarray(at, at + piece))
    socket.end()
    const closed = await Promise.race([ended, pause(hangMs).then(() => false)])
    socket.destroy()
    return closed ? check(Buffer.concat(heard)) : 'the connection was not ended'
  }

function wholePDUs(answer: Buffer): string | undefined {
  for (let at = 0; at + 6 <= answer.length; ) {
    const type = answer[at]!
    if (type < 1 || type > 7) return `a PDU of type ${type} was answered`
    at += 6 + answer.readUInt32BE(at + 2)
  }
  return undefined
}

const noServerError = (answer: Buffer): string | undefined =>
  /^HTTP\/1\.1 5/.test(answer.toString('latin1', 0, 12)) ? answer.toString('latin1', 0, 200) : undefined

const kinds: Readonly<Record<string, Trial>> = {
  part10: http(part10Input),
  generated: http(generatedInput),
  multipart: http(multipartInput),
  metadata: http(metadataInput),
  workitem: http(workitemInput),
  query: http(queryInput),
  retrieve: http(retrieveInput),
  uri: http(uriInput),
  association: raw(() => gateway.dicomPort, associationInput, wholePDUs),
  channel: raw(() => gateway.httpPort, channelInput, noServerError),
}

/** Kinds that take turns in each lane. */
const lanes = [
  ['part10', 'generated'],
  ['multipart', 'metadata'],
  ['query', 'workitem', 'retrieve', 'uri'],
  ['association', 'channel'],
]

test(`damaged input for ${Math.round(seconds)} s`, { timeout: seconds * 4_000 + 180_000 }, async () => {
  await ask(storedFirst())
  const tried: Record<string, number> = {}
  const failures: string[] = []
  let dead: string | number | undefined
  void gateway.ended.then((how) => {
    dead = how
  })
  const began = performance.now()
  const spent = () => (performance.now() - began) / 1000

  const trial = async (kind: string, number: number) => {
    const failure = await kinds[kind]!(randomOf(fuzzSeed, kind, number)).catch((error: Error) => `${error.name}: ${error.message}`)
    if (failure !== undefined) failures.push(`FUZZ_SEED=${fuzzSeed} FUZZ_ONLY=${kind}:${number} — ${failure}`)
  }
  const lane = async (turns: readonly string[]) => {
    for (let number = 0; spent() < seconds && dead === undefined && failures.length < 20; number += 1) {
      for (const kind of turns) {
        await trial(kind, number)
        tried[kind] = (tried[kind] ?? 0) + 1
      }
    }
  }
  const memory: { readonly at: number; readonly bytes: number }[] = []
  const watch = async () => {
    while (spent() < seconds && dead === undefined && failures.length < 20) {
      memory.push({ at: spent(), bytes: (await resident(gateway.pid)).now })
      await pause(500)
    }
  }
  if (fuzzOnly === undefined) await Promise.all([...lanes.map(lane), watch()])
  else await trial(fuzzOnly[0]!, Number(fuzzOnly[1]))

  console.info(
    `fuzz, seed ${fuzzSeed}: ${Object.entries(tried)
      .map(([kind, n]) => `${kind} ${n}`)
      .join(', ')}`,
  )
  expect(failures).toEqual([])
  expect(dead).toBeUndefined()
  expect((await fetch(`${gateway.origin}/readyz`)).status).toBe(200)

  // What was under way is let go of; then everything that is kept is whole.
  await expect.poll(() => unfinished(join(folder, 'objects')), { timeout: 20_000 }).toEqual([])
  await expect.poll(() => examine(index.pool, objects), { timeout: 60_000, interval: 1_000 }).toEqual(nothingWrong)

  if (fuzzOnly !== undefined) return
  const settled = Math.max(...memory.filter(({ at }) => at < seconds / 4).map(({ bytes }) => bytes))
  const last = Math.min(...memory.slice(-4).map(({ bytes }) => bytes))
  console.info(`memory: ${Math.round(settled / MB)} MB in the first quarter, ${Math.round(last / MB)} MB at the end`)
  expect(last - settled).toBeLessThan(mostGrowth)
})
