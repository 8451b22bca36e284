/**
 * Random requests of random clients, several at a time: whatever they ask, a Workitem moves as PS3.4 Table CC.1.1-2 allows and never otherwise, what has ended stays
 * as it is, its lock is never told, and who is subscribed hears of every state once and in order.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { firstOf, performed, startWorklist, stateOf, type Worklist, workitem } from './worklist.ts'

let index: TestIndex
let worklist: Worklist
beforeAll(async () => {
  index = await openTestIndex()
  worklist = await startWorklist(index)
})
afterAll(async () => {
  await worklist.close()
  await index.close()
})

const locks = ['1.2.3.1', '1.2.3.2', undefined] as const
const clients = ['ai', 'other', 'watcher', 'east', 'zeng'] as const
const lock = fc.constantFrom(...locks)
const request = fc.record({
  client: fc.constantFrom(...clients),
  ask: fc.oneof(
    fc.record({
      what: fc.constant('state' as const),
      wanted: fc.constantFrom('SCHEDULED', 'IN PROGRESS', 'COMPLETED', 'CANCELED', 'DONE'),
      lock,
    }),
    fc.record({ what: fc.constant('update' as const), done: fc.boolean(), lock }),
    fc.record({ what: fc.constant('cancel' as const) }),
    fc.record({ what: fc.constant('create' as const) }),
    fc.record({ what: fc.constant('retrieve' as const) }),
    fc.record({ what: fc.constant('subscribe' as const), locked: fc.boolean() }),
    fc.record({ what: fc.constant('unsubscribe' as const) }),
  ),
})
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never

function send(uid: string, { client, ask }: Request): Promise<Response> {
  const query = (given: string | undefined) => (given === undefined ? '' : `?${given}`)
  switch (ask.what) {
    case 'state':
      return worklist.send(client, 'PUT', `/workitems/${uid}/state`, stateOf(ask.wanted, ask.lock))
    case 'update':
      return worklist.send(
        client,
        'POST',
        `/workitems/${uid}${query(ask.lock)}`,
        ask.done ? performed() : { '00741204': { vr: 'LO', Value: ['x'] } },
      )
    case 'cancel':
      return worklist.send(client, 'POST', `/workitems/${uid}/cancelrequest`)
    case 'create':
      return worklist.send(client, 'POST', `/workitems?${uid}`, workitem())
    case 'retrieve':
      return worklist.send(client, 'GET', `/workitems/${uid}`)
    case 'subscribe':
      return worklist.send(client, 'POST', `/workitems/${uid}/subscribers/${client.toUpperCase()}?deletionlock=${ask.locked}`)
    case 'unsubscribe':
      return worklist.send(client, 'DELETE', `/workitems/${uid}/subscribers/${client.toUpperCase()}`)
  }
}

const legal: Readonly<Record<string, readonly string[]>> = {
  SCHEDULED: ['SCHEDULED', 'IN PROGRESS'],
  'IN PROGRESS': ['IN PROGRESS', 'COMPLETED', 'CANCELED'],
  COMPLETED: ['COMPLETED'],
  CANCELED: ['CANCELED'],
}

test('random requests of five clients, three at a time', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(request, { minLength: 1, maxLength: 3 }), { minLength: 5, maxLength: 25, size: 'max' }),
      async (rounds) => {
        const uid = await worklist.create()
        await worklist.send('li', 'POST', `/workitems/${uid}/subscribers/CHRONICLE`)
        let ended: string | undefined
        for (const round of rounds) {
          const answers = await Promise.all(round.map((one) => send(uid, one)))
          for (const [at, answer] of answers.entries()) {
            const { client, ask } = round[at]!
            expect(answer.status, JSON.stringify(round[at])).toBeLessThan(500)
            if (answer.status >= 400) expect(answer.headers.get('Warning')).toMatch(/^299 /)
            if (client === 'east' && ask.what !== 'create') expect(answer.status).toBeGreaterThanOrEqual(400)
            if (ask.what === 'create') expect([403, 409]).toContain(answer.status)
            expect(await answer.text()).not.toContain('"00081195"')
          }
          const now = await worklist.retrieve('ai', uid)
          if (ended !== undefined) expect(JSON.stringify(now)).toBe(ended)
          else if (['COMPLETED', 'CANCELED'].includes(String(firstOf(now, '00741000')))) ended = JSON.stringify(now)
        }
        const { rows } = await index.pool.query<{ state: string; lock: string | null; told: string[] }>(
          `select u.state, u.transaction_uid as lock, array(
           select e.information -> '00741000' -> 'Value' ->> 0 from ups_delivery d join ups_event e using (number)
           where e.ups_pk = u.ups_pk and d.ae_title = 'CHRONICLE' and e.type = 1 order by d.number) as told
         from ups u where u.sop_instance_uid = $1`,
          [uid],
        )
        const [{ state, lock: recorded, told }] = rows as [(typeof rows)[number]]
        expect(recorded === null).toBe(state === 'SCHEDULED')
        expect(told[0]).toBe('SCHEDULED')
        expect(told.at(-1)).toBe(state)
        for (const [at, next] of told.slice(1).entries()) {
          expect(legal[told[at]!]).toContain(next)
          expect(next).not.toBe(told[at])
        }
      },
    ),
    { numRuns: 30 },
  )
})
