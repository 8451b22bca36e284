/** The door of the event channels by itself: how many, how long, how slow. */
import { once } from 'node:events'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { everybody } from '../../../../archive/access.ts'
import type { Channel, Channels } from '../../../../archive/ups/channels.ts'
import { eventChannels } from '../../../../gateway/dicomweb/ups/event-channel.ts'
import { createMetrics } from '../../../../gateway/health.ts'
import { type HTTPServer, startHTTP } from '../../../../gateway/http.ts'

const asker = { ...everybody({ id: 1, code: 'COUNTY', name: '', readingCentre: true }, [1]), account: 7 }
const opened = new Map<string, Channel>()
let enabled = true
let http: HTTPServer
let close: () => void
beforeAll(async () => {
  const channels = {
    get size() {
      return opened.size
    },
    countOf: () => opened.size,
    open: (channel: Channel) => void opened.set(channel.subscriber.AETitle, channel),
    closed: (channel: Channel) => void opened.delete(channel.subscriber.AETitle),
  } as unknown as Channels
  const log = pino({ enabled: false })
  const door = eventChannels({
    channels,
    accounts: { isEnabled: async () => enabled, isAlive: async () => enabled },
    recognise: async (ctx, next) => {
      ctx.state.asker = asker
      await next()
    },
    log,
    // Long enough for a busy machine to answer within.
    pingMs: 3_000,
    accountMs: 100,
  })
  close = door.close
  http = await startHTTP({
    host: '127.0.0.1',
    port: 0,
    trustProxy: false,
    health: { checks: {}, metrics: createMetrics() },
    routes: [],
    upgrade: door.upgrade,
    log,
  })
})
afterAll(async () => {
  close()
  await http.close(0)
})

const channel = (title: string, options: object = {}) => new WebSocket(`ws://127.0.0.1:${http.port}/dicomweb/subscribers/${title}`, options)

test('who does not answer a ping is gone; who does stays', async () => {
  const [silent, lively] = [channel('SILENT', { autoPong: false }), channel('LIVELY')]
  await Promise.all([once(silent, 'open'), once(lively, 'open')])
  expect((await once(silent, 'close'))[0]).toBe(1006)
  expect(lively.readyState).toBe(WebSocket.OPEN)
  lively.close()
  await expect.poll(() => opened.size, { timeout: 20_000 }).toBe(0)
})

test('whose account is closed is sent away', async () => {
  const socket = channel('LEAVER')
  await once(socket, 'open')
  enabled = false
  expect((await once(socket, 'close'))[0]).toBe(4001)
  enabled = true
})

test('whose line takes nothing is cut, and what was not taken is told', async () => {
  const socket = channel('SLOW')
  await once(socket, 'open')
  ;(socket as unknown as { _socket: { pause(): void } })._socket.pause()
  const slow = opened.get('SLOW')!
  const send = async () => {
    for (let sent = 0; sent < 2_000; sent += 1) void slow.send('x'.repeat(60_000)).catch(() => undefined)
    await slow.send('one more')
  }
  await expect(send()).rejects.toThrow(/slow|closed/)
  await expect.poll(() => opened.size, { timeout: 20_000 }).toBe(0)
  socket.terminate()
})

test('an institution has fifty channels, and not one more', async () => {
  const sockets = Array.from({ length: 50 }, (_, at) => channel(`C${at}`))
  await Promise.all(sockets.map((socket) => once(socket, 'open')))
  const further = channel('C50')
  further.on('error', () => undefined)
  const [, response] = (await once(further, 'unexpected-response')) as [unknown, { statusCode: number; headers: Record<string, string> }]
  expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '30'])
  further.terminate()
  for (const socket of sockets) socket.terminate()
})
