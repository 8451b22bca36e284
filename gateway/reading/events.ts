/**
 * `GET /api/events`: server-sent events of the change feed, filtered by the asker's scope. The id of an event is its number in the feed; a browser that
 * lost its line goes on from `Last-Event-ID`. The WHATWG HTML standard, §9.2.
 */
import { PassThrough } from 'node:stream'
import type Router from '@koa/router'
import { demand } from '../../archive/access.ts'
import type { Accounts } from '../../archive/accounts.ts'
import type { LiveEvent, LiveEvents } from '../../archive/reading/live.ts'
import { Refused } from '../../archive/reading/refused.ts'
import { askerIn, sessionToken } from '../session.ts'

/** Proxies cut a line that says nothing; a minute is the shortest time-out in use. */
const beatMs = 15_000
/** How often it is asked whether the session, or the account of a program, is still good. */
const sessionMs = 60_000
/** Streams of one gateway, at most: each costs a socket and little else. */
const maxStreams = 2_000
/** Of one account: a ward that shares one has a page open on each of its machines, and a few forgotten. */
const maxStreamsOfAccount = 50
/** What may wait for a slow line; then it is cut, and the browser comes back for what it missed. */
const maxWaitingBytes = 256 * 1024

const textOf = ({ number, name, data }: LiveEvent): string => `id: ${number}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`

export function eventRoutes(router: Router, { live, accounts }: { readonly live: LiveEvents; readonly accounts: Accounts }): void {
  const ofAccount = new Map<number, number>()
  router.get('/events', (ctx) => {
    const asker = askerIn(ctx)
    demand(asker, 'retrieve')
    const open = ofAccount.get(asker.account) ?? 0
    // AUTH=off: everybody is the same account.
    const full = asker.account !== 0 && open >= maxStreamsOfAccount
    if (full || live.listeners >= maxStreams) throw new Refused('busy', 'Too many live lists are open')
    ofAccount.set(asker.account, open + 1)
    const token = sessionToken(ctx)
    const stream = new PassThrough()
    const send = (text: string) => {
      stream.write(text)
      if (stream.writableLength + stream.readableLength > maxWaitingBytes) stream.destroy()
    }
    // Two seconds before a new try; proxies pass on what is at least this long at once.
    send('retry: 2000\n: hello\n\n')
    const last = /^\d{1,15}$/.exec(ctx.get('Last-Event-ID'))
    const stop = live.listen(asker.scope, last === null ? undefined : Number(last[0]), (event) => send(textOf(event)))
    const beat = setInterval(() => send(': beat\n\n'), beatMs)
    const watch = setInterval(() => {
      // AUTH=off: nobody is signed in, and nobody can be sent home.
      if (asker.account === 0) return
      const alive = token === undefined ? accounts.isEnabled(asker.account) : accounts.isAlive(token)
      alive.then(
        (alive) => {
          if (alive) return
          send('event: session\ndata: {}\n\n')
          stream.end()
        },
        () => undefined, // the database is away for a moment: no reason to send anybody home
      )
    }, sessionMs)
    stream.once('close', () => {
      stop()
      const left = (ofAccount.get(asker.account) ?? 1) - 1
      if (left === 0) ofAccount.delete(asker.account)
      else ofAccount.set(asker.account, left)
      clearInterval(beat)
      clearInterval(watch)
    })
    ctx.req.once('close', () => stream.destroy())
    ctx.status = 200
    ctx.set('Cache-Control', 'no-store, no-transform')
    ctx.set('X-Accel-Buffering', 'no')
    ctx.type = 'text/event-stream; charset=utf-8'
    ctx.body = stream
  })
}
