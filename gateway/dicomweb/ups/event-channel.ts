/**
 * Open Notification Connection: PS3.18 §8.10.4, RFC 6455. `GET /dicomweb/subscribers/{aetitle}` with an upgrade; event reports come as text messages, one each.
 * Who comes by a browser must come from this very site: a WebSocket carries the cookie from everywhere and knows no same-origin policy.
 */
import type { Duplex } from 'node:stream'
import type { Context, Middleware } from 'koa'
import type { Logger } from 'pino'
import { WebSocket, WebSocketServer } from 'ws'
import { type Asker, demand } from '../../../archive/access.ts'
import type { Accounts } from '../../../archive/accounts.ts'
import { BadRequest, Forbidden } from '../../../archive/errors.ts'
import type { Channel, Channels } from '../../../archive/ups/channels.ts'
import { subscriberOf } from '../../../archive/ups/subscriptions.ts'
import { isSameSite, sessionToken } from '../../session.ts'

/** Proxies cut a line that says nothing; who does not answer until the next ping is gone. */
const defaultPingMs = 30_000
/** How often it is asked whether whoever opened it may still enter. */
const defaultAccountMs = 60_000
const mostChannels = 500
const mostOfInstitution = 50
/** Subscribers have nothing to say but pongs. */
const largestMessage = 1_024
/** What may wait for a slow line. Then the channel is cut; the reports wait in the index. */
const mostWaitingBytes = 256 * 1024

export interface EventChannelTools {
  readonly channels: Channels
  readonly accounts: Pick<Accounts, 'isAlive' | 'isEnabled'>
  /** Puts `ctx.state.asker`, as for every other request. */
  readonly recognise: Middleware
  readonly log: Pick<Logger, 'debug' | 'warn'>
  /** Default: half a minute, and a minute. */
  readonly pingMs?: number
  readonly accountMs?: number
}

export interface EventChannelDoor {
  /** Takes an upgrade, or answers why not. */
  readonly upgrade: (ctx: Context, socket: Duplex, head: Buffer) => void
  close(): void
}

export function eventChannels(tools: EventChannelTools): EventChannelDoor {
  const server = new WebSocketServer({ noServer: true, maxPayload: largestMessage, perMessageDeflate: false, clientTracking: true })
  const open = async (ctx: Context, socket: Duplex, head: Buffer): Promise<void> => {
    const { channels, accounts } = tools
    const [, title] = /^\/dicomweb\/(?:ws\/)?subscribers\/([^/]+)$/.exec(ctx.path) ?? []
    if (title === undefined) return refuse(socket, 404)
    if (!isSameSite(ctx)) return refuse(socket, 403)
    await tools.recognise(ctx, async () => undefined)
    const asker = ctx.state.asker as Asker | undefined
    if (asker === undefined) return refuse(socket, ctx.status === 429 ? 429 : 401)
    demand(asker, 'worklist')
    const subscriber = subscriberOf(asker, decodeURIComponent(title))
    if (channels.size >= mostChannels || channels.countOf(subscriber.institution) >= mostOfInstitution) return refuse(socket, 503)
    if (socket.destroyed) return
    // Whoever came with credentials of its own has no session, whatever cookie came along.
    const token = ctx.get('Authorization') === '' ? sessionToken(ctx) : undefined
    server.handleUpgrade(ctx.req, socket, head, (webSocket) => {
      const channel = channelOf(webSocket, subscriber)
      watch(
        webSocket,
        tools,
        async () => asker.account === 0 || (token === undefined ? accounts.isEnabled(asker.account) : accounts.isAlive(token)),
      )
      webSocket.once('close', () => channels.closed(channel))
      tools.log.debug({ AETitle: subscriber.AETitle, institution: subscriber.institution }, 'event channel opened')
      channels.open(channel)
    })
  }
  return {
    upgrade: (ctx, socket, head) => {
      socket.on('error', () => socket.destroy())
      open(ctx, socket, head).catch((error: unknown) => {
        const status = error instanceof Forbidden ? 403 : error instanceof BadRequest || error instanceof URIError ? 400 : 500
        if (status === 500) tools.log.warn({ err: error }, 'an event channel was not opened')
        refuse(socket, status)
      })
    },
    close: () => {
      for (const webSocket of server.clients) webSocket.terminate()
      server.close()
    },
  }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

function refuse(socket: Duplex, status: number): void {
  if (socket.destroyed) return
  const further =
    status === 401 ? 'WWW-Authenticate: Basic realm="archive", charset="UTF-8"\r\n' : status === 503 ? 'Retry-After: 30\r\n' : ''
  socket.end(`HTTP/1.1 ${status} ${reasons[status]}\r\n${further}Connection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}

function channelOf(webSocket: WebSocket, subscriber: Channel['subscriber']): Channel {
  return {
    subscriber,
    send: (text) =>
      new Promise((resolve, reject) => {
        if (webSocket.readyState !== WebSocket.OPEN) return reject(new Error('the channel is closed'))
        if (webSocket.bufferedAmount > mostWaitingBytes) {
          webSocket.terminate()
          return reject(new Error('the line is too slow'))
        }
        webSocket.send(text, (error) => (error === undefined || error === null ? resolve() : reject(error)))
      }),
    // RFC 6455 §7.4: 1001 going away; 4000 and on are ours.
    close: (reason) => (reason === 'replaced' ? webSocket.close(4000, 'opened anew') : webSocket.close(1001, 'going down')),
  }
}

/** Ends what is silent, and what belongs to somebody who may no longer enter. */
function watch(
  webSocket: WebSocket,
  { pingMs = defaultPingMs, accountMs = defaultAccountMs }: Pick<EventChannelTools, 'pingMs' | 'accountMs'>,
  mayStay: () => Promise<boolean>,
): void {
  let answered = true
  webSocket.on('pong', () => {
    answered = true
  })
  // A message too long, a frame that is none: the library closes; nothing more is to be done.
  webSocket.on('error', () => undefined)
  const ping = setInterval(() => {
    if (!answered) return webSocket.terminate()
    answered = false
    webSocket.ping()
  }, pingMs)
  const account = setInterval(() => {
    mayStay().then(
      (may) => {
        if (!may) webSocket.close(4001, 'signed out')
      },
      () => undefined, // the database is away for a moment
    )
  }, accountMs)
  webSocket.once('close', () => {
    clearInterval(ping)
    clearInterval(account)
  })
}
