/** Bodies of the portal's requests at the door: bounded in size and in time. */

import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import Koa from 'koa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { failureOf } from '../../../gateway/errors.ts'
import { bodyOf } from '../../../gateway/reading/request.ts'

const app = new Koa()
app.silent = true
app.use(async (ctx) => {
  try {
    ctx.body = await bodyOf(ctx, z.object({ n: z.number() }), { windowMs: 200, bytesPerWindow: 4_096 })
  } catch (error) {
    ctx.status = (error as { status?: number }).status ?? failureOf(error).http
    ctx.body = (error as Error).message
  }
})
const server = createServer(app.callback())
let port: number
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => void server.close())

/** What is answered until the connection is closed, or for a second. */
const raw = (text: string) =>
  new Promise<string>((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    socket.setTimeout(1_000, () => socket.destroy())
    socket.on('error', () => undefined).on('close', () => resolve(answer))
  })
const head = (length: number) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

test('a whole body is read, and the connection carries the next one', async () => {
  expect(await raw(`${head(7)}{"n":1}${head(7)}{"n":2}`)).toMatch(/\{"n":1\}.*\{"n":2\}/s)
})

test('one that stalls is given up with 408, and the connection is closed', async () => {
  expect(await raw(`${head(7)}{"n"`)).toMatch(/^HTTP\/1\.1 408 .*connection: close.*stalled/is)
})

test('one that is too large is refused before its end, and the connection is closed: what follows is no request', async () => {
  const chunked = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${(400_000).toString(16)}\r\n`
  expect(await raw(`${chunked}${'x'.repeat(300_000)}`)).toMatch(/^HTTP\/1\.1 413 .*connection: close.*larger than/is)
})

test('one that says of itself that it is too large is not waited for', async () => {
  expect(await raw(head(1_000_000))).toMatch(/^HTTP\/1\.1 413 .*connection: close.*larger than/is)
})
