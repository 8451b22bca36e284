/** An S3 server that is sick: what reaches the archive is one of its own errors, in bounded time, or the right bytes. The far side is scripted. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ObjectNotFound, ObjectStoreFull, ObjectStoreUnavailable } from '../../../storage/errors.ts'
import { s3Store } from '../../../storage/objects/minio.ts'
import type { ObjectStore } from '../../../storage/objects/objects.ts'
import { partSize } from '../../../storage/objects/part-buffer.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

let server: Server
let store: ObjectStore
let asked: string[]
let answers: Answer[]
const idle = 400

/** The answers in order; the last one again and again. */
function script(...list: Answer[]): void {
  answers = list
}

beforeEach(async () => {
  asked = []
  server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => Buffer.alloc(0))
    asked.push(`${request.method} ${request.url}`)
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!
    answer(request, response, body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  store = s3Store({
    endpoint: `http://127.0.0.1:${port}`,
    bucket: 'bucket',
    accessKey: 'a',
    secretKey: 's',
    region: 'us-east-1',
    idle,
    connections: 4,
  })
})

afterEach(async () => {
  await store.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function* bytes(size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(65_536, left), 7)
}

const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (_, response) => {
    response.writeHead(code, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
  }
const ok = status(200, { etag: '"e"' })
const xml = (code: number, name: string) => status(code, {}, `<Error><Code>${name}</Code><Message>${name}</Message></Error>`)
const reset: Answer = (request) => request.socket.destroy()
const silence: Answer = () => {}
const head = (size: number) => (_: IncomingMessage, response: ServerResponse) => {
  response.writeHead(200, { 'content-length': size, etag: '"e"', 'last-modified': new Date().toUTCString() }).end()
}

describe('putting', () => {
  test.each([
    ['503', status(503)],
    ['500', xml(500, 'InternalError')],
    ['a reset', reset],
  ])('tries again after %s, which may be a restart', async (_, answer) => {
    script(answer, answer, ok)
    expect(await store.put('a/x', bytes(10))).toEqual({ size: 10 })
    expect(asked.length).toBe(3)
  })

  test('gives up after three attempts, as ObjectStoreUnavailable, and leaves no connection hanging', async () => {
    script(status(503, {}, 'x'.repeat(100_000)))
    for (let turn = 0; turn < 6; turn++) await expect(store.get('a/x')).rejects.toThrow(ObjectStoreUnavailable)
    expect(asked.length).toBe(18)
    script(status(404))
    expect(await store.stat('a/x')).toBeUndefined()
  })

  test('a server that goes silent is ObjectStoreUnavailable after the idle time, not three times that', async () => {
    script(silence)
    await expect(store.stat('a/x')).rejects.toThrow(/sent nothing for 0.4 s/)
    expect(asked.length).toBe(1)
  })

  test.each([
    [403, 'QuotaExceeded'],
    [507, 'XMinioStorageFull'],
    [507, 'InsufficientCapacity'],
  ])('%i %s is ObjectStoreFull', async (code, name) => {
    script(xml(code, name))
    await expect(store.put('a/x', bytes(10))).rejects.toThrow(ObjectStoreFull)
  })

  test('a wrong key or secret is ObjectStoreUnavailable at once', async () => {
    script(xml(403, 'SignatureDoesNotMatch'))
    await expect(store.put('a/x', bytes(10))).rejects.toThrow(ObjectStoreUnavailable)
    expect(asked).toEqual(['PUT /bucket/a/x', 'DELETE /bucket/a/x'])
  })

  test('that arrived although its answer was lost is a success, not a key that is taken', async () => {
    script(reset, xml(412, 'PreconditionFailed'), head(10))
    expect(await store.put('a/x', bytes(10))).toEqual({ size: 10 })
  })

  test('on a taken key never touches what stands there', async () => {
    script(xml(412, 'PreconditionFailed'))
    await expect(store.put('a/x', bytes(10))).rejects.toThrow(/taken/)
    expect(asked).toEqual(['PUT /bucket/a/x'])
  })

  const initiated = status(200, {}, '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>')
  const completed = status(
    200,
    {},
    '<CompleteMultipartUploadResult><Location>l</Location><Bucket>bucket</Bucket><Key>a/x</Key><ETag>"e"</ETag></CompleteMultipartUploadResult>',
  )
  const size = partSize + 10

  test('of several parts whose completion arrived although its answer was lost is a success', async () => {
    script(status(404), initiated, ok, ok, reset, xml(404, 'NoSuchUpload'), head(size))
    expect(await store.put('a/x', bytes(size))).toEqual({ size })
  })

  test('of several parts of which the server kept fewer bytes fails and removes it', async () => {
    script(status(404), initiated, ok, ok, completed, head(size - 1), status(204))
    await expect(store.put('a/x', bytes(size))).rejects.toThrow(/were sent/)
    expect(asked.at(-1)).toBe('DELETE /bucket/a/x')
  })

  test('of several parts aborts the upload when a part fails', async () => {
    script(status(404), initiated, ok, xml(403, 'QuotaExceeded'), status(204))
    await expect(store.put('a/x', bytes(size))).rejects.toThrow(ObjectStoreFull)
    expect(asked.at(-1)).toBe('DELETE /bucket/a/x?uploadId=u1')
  })
})

describe('reading', () => {
  const short: Answer = (_, response) => {
    response.writeHead(206, { 'content-length': 100 })
    response.write(Buffer.alloc(40), () => response.destroy())
  }

  test('a body that breaks off fails the stream with ObjectStoreUnavailable', async () => {
    script(short)
    await expect(store.getRange('a/x', 0, 100).then(buffer)).rejects.toThrow(/broke off after 40 of 100/)
    await expect(store.get('a/x').then(buffer)).rejects.toThrow(ObjectStoreUnavailable)
  })

  test('a range that comes shorter or longer than asked fails', async () => {
    script((_, response) => response.writeHead(206, { 'content-length': 99 }).end(Buffer.alloc(99)))
    await expect(store.getRange('a/x', 5, 100).then(buffer)).rejects.toThrow(/ended after 99 of 100/)
    script((_, response) => response.writeHead(200, { 'content-length': 500 }).end(Buffer.alloc(500)))
    await expect(store.getRange('a/x', 5, 100).then(buffer)).rejects.toThrow(/more than the 100 bytes/)
  })

  test('a server that goes silent in the middle fails the stream', async () => {
    script((_, response) => {
      response.writeHead(206, { 'content-length': 100 })
      response.write(Buffer.alloc(40))
    })
    await expect(store.getRange('a/x', 0, 100).then(buffer)).rejects.toThrow(ObjectStoreUnavailable)
  })

  test('a slow reader is not taken for a silent server', async () => {
    const size = 8_000_000
    script((_, response) => response.writeHead(206, { 'content-length': size }).end(Buffer.alloc(size)))
    let read = 0
    for await (const chunk of await store.getRange('a/x', 0, size)) {
      if (read === 0) await sleep(3 * idle)
      read += chunk.length
    }
    expect(read).toBe(size)
  })

  test('404 is ObjectNotFound at once', async () => {
    script(xml(404, 'NoSuchKey'))
    await expect(store.get('a/x')).rejects.toThrow(ObjectNotFound)
    expect(asked.length).toBe(1)
  })

  test('a missing bucket is not a missing object', async () => {
    script(xml(404, 'NoSuchBucket'))
    await expect(store.get('a/x')).rejects.toThrow(ObjectStoreUnavailable)
  })
})

test('uploads of processes that are gone are aborted at the next start, younger ones are left alone', async () => {
  const upload = (id: string, hoursAgo: number) => {
    const initiated = new Date(Date.now() - hoursAgo * 3_600_000).toISOString()
    return `<Upload><Key>a/${id}</Key><UploadId>${id}</UploadId><Initiated>${initiated}</Initiated></Upload>`
  }
  const list = status(200, {}, `<ListMultipartUploadsResult>${upload('old', 25)}${upload('young', 23)}</ListMultipartUploadsResult>`)
  const get: Answer = (_, response) => response.writeHead(200, { 'content-length': 5 }).end('check')
  script(ok, ok, get, status(204), list, status(204), xml(404, 'NoSuchLifecycleConfiguration'), ok)
  await store.check()
  expect(asked.filter((line) => line.startsWith('DELETE') && line.includes('uploadId'))).toEqual(['DELETE /bucket/a/old?uploadId=old'])
  expect(asked.at(-1)).toBe('PUT /bucket?lifecycle')
})

test('check says in one sentence which bucket at which address cannot be used', async () => {
  script(xml(403, 'AccessDenied'))
  await expect(store.check()).rejects.toThrow(/^Bucket bucket at http:\/\/127\.0\.0\.1:\d+ cannot be used: /)
  await new Promise((resolve) => {
    server.closeAllConnections()
    server.close(resolve)
  })
  await expect(store.check()).rejects.toThrow(/ECONNREFUSED/)
})
