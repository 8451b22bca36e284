/** Streams of the service: bodies that stall, bodies that are produced as they are sent, objects opened ahead. */
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { openAhead } from '../../../archive/open-ahead.ts'
import { bodyStream } from '../../../gateway/dicomweb/body-stream.ts'
import { multipartBody, multipartLength } from '../../../gateway/dicomweb/multipart-writer.ts'
import { BodyStalled, patiently } from '../../../gateway/patience.ts'

describe('a body that stalls', () => {
  const closing: (() => void)[] = []
  afterEach(() => {
    for (const close of closing.splice(0)) close()
  })

  /** Sends the chunks, one each `everyMs`, and gives what the server made of them. */
  async function sent(chunks: readonly string[], everyMs: number, patience: { windowMs: number; bytesPerWindow: number }) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const received = new Promise<string | Error>((resolve) => {
      server.once('request', async (request: IncomingMessage, response) => {
        let text = ''
        try {
          for await (const chunk of patiently(request, patience)) text += chunk.toString()
          resolve(text)
        } catch (error) {
          resolve(error as Error)
        }
        response.end('answered', () => response.destroy())
      })
    })
    const client = httpRequest({ port: (server.address() as AddressInfo).port, method: 'POST' }).on('error', () => undefined)
    for (const chunk of chunks) {
      client.write(chunk)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    const result = await Promise.race([received, new Promise<string>((resolve) => setTimeout(() => resolve('still waiting'), 500))])
    client.end()
    if (result !== 'still waiting') return result
    return received
  }

  test('arrives whole when it comes steadily', async () => {
    const client = sent(['a', 'b', 'c'], 20, { windowMs: 10_000, bytesPerWindow: 100 })
    expect(await client).toBe('abc')
  })

  test('is given up when nothing comes', async () => {
    expect(await sent(['abc'], 0, { windowMs: 100, bytesPerWindow: 10 })).toBeInstanceOf(BodyStalled)
  })

  test('is given up when it trickles', async () => {
    expect(await sent(Array.from('abcdefghijklmnop'), 30, { windowMs: 200, bytesPerWindow: 10 })).toBeInstanceOf(BodyStalled)
  })
})

describe('a body produced as it is sent', () => {
  test('fails before it is answered when its first chunk fails', async () => {
    const missing = Promise.reject(new Error('not there'))
    const failing = async function* (): AsyncGenerator<Buffer> {
      yield await missing
    }
    await expect(bodyStream(failing)).rejects.toThrow('not there')
  })

  test('gives all chunks', async () => {
    const stream = await bodyStream(async function* () {
      for (let i = 0; i < 100; i += 1) yield Buffer.alloc(50_000, i)
    })
    let length = 0
    for await (const chunk of stream) length += chunk.length
    expect(length).toBe(5_000_000)
  })

  test.each([true, false])('tells its producer that the asker left (read before: %s)', async (read) => {
    let aborted = false
    let finished = false
    const stream = await bodyStream(async function* (signal) {
      signal.addEventListener('abort', () => {
        aborted = true
      })
      try {
        for (;;) yield Buffer.alloc(100_000)
      } finally {
        finished = true
      }
    })
    if (read) await once(stream, 'readable')
    stream.destroy()
    await once(stream, 'close')
    expect({ aborted, finished }).toEqual({ aborted: true, finished: true })
  })

  test('a failure after the first chunk breaks the stream', async () => {
    const stream = await bodyStream(async function* () {
      yield Buffer.from('a')
      throw new Error('the disk is gone')
    })
    await expect(stream.toArray()).rejects.toThrow('the disk is gone')
  })
})

describe('objects opened ahead', () => {
  const opening = (opened: Readable[]) => async (item: number) => {
    const stream = Readable.from([Buffer.from(String(item))])
    opened.push(stream)
    return stream
  }
  const numbers = (n: number) => Array.from({ length: n }, (_, i) => i)

  test('come in order, four at most ahead of the one being read', async () => {
    const opened: Readable[] = []
    const texts: string[] = []
    let most = 0
    for await (const { bytes } of openAhead(numbers(20), opening(opened))) {
      most = Math.max(most, opened.length - texts.length - 1)
      texts.push(Buffer.concat(await bytes.toArray()).toString())
    }
    expect(texts).toEqual(numbers(20).map(String))
    expect(most).toBe(4)
    expect(opened.every((stream) => stream.destroyed)).toBe(true)
  })

  test('all are closed when the reader leaves', async () => {
    const opened: Readable[] = []
    for await (const _ of openAhead(numbers(20), opening(opened))) break
    expect(opened).toHaveLength(5)
    expect(opened.every((stream) => stream.destroyed)).toBe(true)
  })

  test('all are closed when one cannot be opened, and nothing is thrown beside', async () => {
    const opened: Readable[] = []
    const open = opening(opened)
    const read = async () => {
      for await (const { bytes } of openAhead(numbers(20), (item) => (item === 3 ? Promise.reject(new Error('gone')) : open(item))))
        bytes.resume()
    }
    await expect(read()).rejects.toThrow('gone')
    expect(opened.every((stream) => stream.destroyed)).toBe(true)
  })

  test('one that fails before its turn fails in its turn', async () => {
    const read = async () => {
      const texts: string[] = []
      const streams = openAhead(numbers(3), async (item) => {
        const stream = new Readable({ read() {} })
        if (item === 1) setImmediate(() => stream.destroy(new Error('broken')))
        else stream.push(String(item)) && stream.push(null)
        return stream
      })
      for await (const { bytes } of streams) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        for await (const chunk of bytes) texts.push(chunk.toString())
      }
    }
    await expect(read()).rejects.toThrow('broken')
  })

  test('an abort closes what is being read', async () => {
    const controller = new AbortController()
    const read = async () => {
      const streams = openAhead([1, 2], async () => new Readable({ read() {} }), { signal: controller.signal })
      for await (const { bytes } of streams) {
        setTimeout(() => controller.abort(), 10)
        for await (const _ of bytes);
      }
    }
    await expect(read()).rejects.toThrow()
  })
})

test('a multipart body has the length announced', async () => {
  const parts = ['one', '', 'three'].map((text) => ({
    headers: { 'Content-Type': 'text/plain' },
    length: text.length,
    bytes: Readable.from([Buffer.from(text)]),
  }))
  const chunks: Uint8Array[] = []
  for await (const chunk of multipartBody(Readable.from(parts), 'b')) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  expect(body.toString()).toBe(
    '--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nthree\r\n--b--\r\n',
  )
  expect(multipartLength(parts, 'b')).toBe(body.length)
})
