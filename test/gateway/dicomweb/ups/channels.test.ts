/** Subscriptions and event reports over WebSocket: PS3.18 §8.10, §11.10–§11.13; PS3.4 Tables CC.2.3-2 and CC.2.4-1. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { sweepUPS } from '../../../../archive/ups/channels.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { firstOf, type JSONDataset, performed, startWorklist, stateOf, type Worklist, warningOf } from './worklist.ts'

let index: TestIndex
let worklist: Worklist
const open: Subscriber[] = []
beforeAll(async () => {
  index = await openTestIndex()
  worklist = await startWorklist(index)
})
afterEach(async () => {
  for (const subscriber of open.splice(0)) subscriber.socket.terminate()
  await index.pool.query('delete from ups_subscription; delete from ups_subscriber; delete from ups_delivery')
})
afterAll(async () => {
  await worklist.close()
  await index.close()
})

/** However busy the machine is. */
const eventually = <T>(fact: () => T) => expect.poll(fact, { timeout: 25_000 })

const [Global, Filtered] = ['1.2.840.10008.5.1.4.34.5', '1.2.840.10008.5.1.4.34.5.1']
const lock = '1.2.3.4'

class Subscriber {
  readonly socket: WebSocket
  readonly heard: JSONDataset[] = []
  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => this.heard.push(JSON.parse(String(data)) as JSONDataset))
    socket.on('error', () => undefined)
  }
  /** Type and state (or what else is told) of what was heard of a Workitem. */
  of(uid: string): string[] {
    return this.heard
      .filter((report) => firstOf(report, '00001000') === uid)
      .map((report) => {
        const type = Number(firstOf(report, '00001002'))
        const what = { 1: '00741000', 2: '00741236', 3: '00741002', 4: '00741242', 5: '00404036' }[type]!
        const value = firstOf(report, what)
        return `${type} ${typeof value === 'string' ? value : ''}`.trim()
      })
  }
}

async function subscriber(title: string, asker = 'ai', headers: Record<string, string> = {}): Promise<Subscriber> {
  const socket = new WebSocket(`${worklist.url.replace('http', 'ws')}/dicomweb/subscribers/${title}`, {
    headers: { 'x-asker': asker, ...headers },
  })
  const made = new Subscriber(socket)
  open.push(made)
  await once(socket, 'open')
  return made
}
const subscribe = (uid: string, title: string, query = '', asker = 'ai') =>
  worklist.send(asker, 'POST', `/workitems/${uid}/subscribers/${title}${query}`)
const unsubscribe = (uid: string, title: string, asker = 'ai') => worklist.send(asker, 'DELETE', `/workitems/${uid}/subscribers/${title}`)
const state = (uid: string, wanted: string) => worklist.send('ai', 'PUT', `/workitems/${uid}/state`, stateOf(wanted, lock))

describe('an event report', () => {
  test('comes to two subscribers: state, progress, assignment, cancellation, completion, in order', async () => {
    const uid = await worklist.create()
    const [a, b] = [await subscriber('A'), await subscriber('B', 'other')]
    const created = await subscribe(uid, 'A')
    expect(created.status).toBe(201)
    expect(created.headers.get('Content-Location')).toBe(`${worklist.url.replace('http', 'ws')}/dicomweb/subscribers/A`)
    await eventually(() => a.of(uid)).toEqual(['1 SCHEDULED'])
    await subscribe(uid, 'B', '', 'other')
    await state(uid, 'IN PROGRESS')
    const update = (changes: object) => worklist.send('ai', 'POST', `/workitems/${uid}?${lock}`, changes)
    await update({ '00741002': { vr: 'SQ', Value: [{ '00741004': { vr: 'DS', Value: [50] } }] } })
    await update({
      '00404034': {
        vr: 'SQ',
        Value: [
          { '00404009': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['x'] } }] }, '00404036': { vr: 'LO', Value: ['县医院'] } },
        ],
      },
    })
    await worklist.send('other', 'POST', `/workitems/${uid}/cancelrequest`, { '00741238': { vr: 'LT', Value: ['不需要了'] } })
    await update(performed())
    await state(uid, 'COMPLETED')
    const all = ['1 SCHEDULED', '1 IN PROGRESS', '3', '5 县医院', '2 OTHER', '1 COMPLETED']
    await eventually(() => a.of(uid)).toEqual(all)
    await eventually(() => b.of(uid)).toEqual(all)
    expect(a.heard.find((report) => firstOf(report, '00001002') === 2)).toMatchObject({
      '00000002': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.34.6.1'] },
      '00001000': { vr: 'UI', Value: [uid] },
      '00741238': { vr: 'LT', Value: ['不需要了'] },
    })
    expect(a.heard.map((report) => firstOf(report, '00000110'))).toEqual([1, 2, 3, 4, 5, 6])
    expect(JSON.stringify([a.heard, b.heard])).not.toContain(`"${lock}"`)
    expect((await index.pool.query('select from ups_delivery')).rowCount).toBe(0)
  })

  test('of the reading workflow comes from the portal', async () => {
    const watcher = await subscriber('W', 'watcher')
    await subscribe(Global!, 'W', '', 'watcher')
    const id = await worklist.county.ready(50, {})
    await perform(worklist.county.tools, worklist.county.people.wang, id, 'claim')
    const states = () =>
      watcher.heard
        .filter((report) => firstOf(report, '00001002') === 1)
        .map((report) => `${firstOf(report, '00741000')} ${firstOf(report, '00404041')}`)
    await eventually(() => states().at(-1)).toBe('IN PROGRESS READY')
    await eventually(() => watcher.heard.some((report) => firstOf(report, '00001002') === 5)).toBe(true)
  })
})

describe('a closed channel', () => {
  test('loses nothing: what happened meanwhile comes when it is opened again, also after a restart', async () => {
    const uid = await worklist.create()
    await subscribe(uid, 'AWAY')
    await state(uid, 'IN PROGRESS')
    await worklist.restart()
    await state(uid, 'CANCELED')
    const back = await subscriber('AWAY')
    await eventually(() => back.of(uid)).toEqual(['1 SCHEDULED', '1 IN PROGRESS', '1 CANCELED'])
    expect(back.of(Global!)).toEqual(['4 RESTARTED'])
    expect(back.heard.find((report) => firstOf(report, '00001002') === 4)).toMatchObject({
      '00741244': { Value: ['WARM START'] },
      '00741246': { Value: ['WARM START'] },
    })
    back.socket.close()
    await once(back.socket, 'close')
    const again = await subscriber('AWAY')
    await subscribe(uid, 'AWAY')
    await eventually(() => again.of(uid)).toEqual(['1 CANCELED'])
  })

  test('that is opened a second time ends the first', async () => {
    const first = await subscriber('TWICE')
    const closed = once(first.socket, 'close')
    const second = await subscriber('TWICE')
    expect((await closed)[0]).toBe(4000)
    const uid = await worklist.create()
    await subscribe(uid, 'TWICE')
    await eventually(() => second.of(uid)).toEqual(['1 SCHEDULED'])
    expect(first.heard).toEqual([])
  })

  test('is told that the archive is going down', async () => {
    const uid = await worklist.create()
    const leaving = await subscriber('DOWN')
    await subscribe(uid, 'DOWN')
    await eventually(() => leaving.of(uid)).toEqual(['1 SCHEDULED'])
    const closed = once(leaving.socket, 'close')
    await worklist.restart()
    expect((await closed)[0]).toBe(1001)
    expect(leaving.of(Global!)).toEqual(['4 GOING DOWN'])
  })

  test('that nobody opens again keeps what waits within its bounds', async () => {
    const uid = await worklist.create()
    await subscribe(uid, 'NEVER')
    await index.pool.query(`update ups_event set at = now() - interval '25 hours'`)
    await state(uid, 'IN PROGRESS')
    await sweepUPS(index)
    const late = await subscriber('NEVER')
    await eventually(() => late.of(uid)).toEqual(['1 IN PROGRESS'])
  })
})

describe('a subscription to the worklist', () => {
  test('hears of every new Workitem; suspended, of no new one but of those it had; unsubscribed, of none', async () => {
    const global = await subscriber('G')
    const before = await worklist.create()
    expect((await subscribe(Global!, 'G')).status).toBe(201)
    const during = await worklist.create()
    await eventually(() => global.of(during)).toEqual(['1 SCHEDULED'])
    expect(global.of(before)).toEqual([])
    expect((await worklist.send('ai', 'POST', `/workitems/${Global}/subscribers/G/suspend`)).status).toBe(200)
    const after = await worklist.create()
    await state(before, 'IN PROGRESS')
    await state(during, 'IN PROGRESS')
    await eventually(() => global.of(during)).toEqual(['1 SCHEDULED', '1 IN PROGRESS'])
    await eventually(() => global.of(before)).toEqual(['1 IN PROGRESS'])
    expect(global.of(after)).toEqual([])
    expect((await unsubscribe(Global!, 'G')).status).toBe(200)
    await state(during, 'CANCELED')
    const marker = await worklist.create()
    await subscribe(marker, 'G')
    await eventually(() => global.of(marker)).toEqual(['1 SCHEDULED'])
    expect(global.of(during)).toHaveLength(2)
    expect((await worklist.send('ai', 'POST', `/workitems/${Global}/subscribers/G/suspend`)).status).toBe(404)
  })

  test('with a deletion lock is told how everything stands', async () => {
    const uid = await worklist.create()
    const locked = await subscriber('L')
    await subscribe(Global!, 'L', '?deletionlock=true')
    await eventually(() => locked.of(uid)).toEqual(['1 SCHEDULED'])
  })

  test('filtered hears only of what matches, also of what matches later', async () => {
    const filtered = await subscriber('F')
    const now = await worklist.create('ai', { '00741202': { vr: 'LO', Value: ['LUNG'] } })
    expect((await subscribe(Filtered!, 'F', '?filter=WorklistLabel=LUNG')).status).toBe(201)
    const match = await worklist.create('ai', { '00741202': { vr: 'LO', Value: ['LUNG'] } })
    const other = await worklist.create('ai', { '00741202': { vr: 'LO', Value: ['BONE'] } })
    await state(now, 'IN PROGRESS')
    await eventually(() => filtered.of(match)).toEqual(['1 SCHEDULED'])
    await eventually(() => filtered.of(now)).toEqual(['1 IN PROGRESS'])
    await worklist.send('ai', 'POST', `/workitems/${other}`, { '00741202': { vr: 'LO', Value: ['LUNG'] } })
    await eventually(() => filtered.of(other)).toEqual(['1 SCHEDULED'])
  })

  test.each([
    [Filtered!, '', 400],
    [Filtered!, '?filter=NoSuchThing=1', 400],
    [Filtered!, '?filter=PatientID=*', 400],
    [Global!, '?filter=PatientID=1', 400],
    [Global!, '?deletionlock=perhaps', 400],
    ['1.2.3.4.5', '', 404],
  ])('%s%s is %i', async (uid, query, status) => {
    expect((await subscribe(uid, 'X', query)).status).toBe(status)
  })

  test('by an AE title that is none is 400; suspending a single Workitem 400; ending what is not 404', async () => {
    const uid = await worklist.create()
    expect((await subscribe(uid, 'ABCDEFGHIJKLMNOPQ')).status).toBe(400)
    expect((await worklist.send('ai', 'POST', `/workitems/${uid}/subscribers/A/suspend`)).status).toBe(400)
    expect((await unsubscribe(uid, 'A')).status).toBe(404)
    expect((await unsubscribe(Global!, 'A')).status).toBe(404)
  })
})

describe('a deletion lock', () => {
  test('keeps what has ended until it is taken off; what nobody holds goes after its time', async () => {
    const [held, free] = [await worklist.create(), await worklist.create()]
    await subscribe(held, 'K', '?deletionlock=true')
    for (const uid of [held, free]) {
      await state(uid, 'IN PROGRESS')
      await state(uid, 'CANCELED')
      await index.pool.query(`update ups set final_at = now() - interval '31 days' where sop_instance_uid = $1`, [uid])
    }
    await sweepUPS(index)
    expect((await worklist.send('ai', 'GET', `/workitems/${held}`)).status).toBe(200)
    expect((await worklist.send('ai', 'GET', `/workitems/${free}`)).status).toBe(410)
    expect(await worklist.search('ai', `SOPInstanceUID=${free}`)).toEqual([])
    expect((await subscribe(held, 'K', '?deletionlock=false')).status).toBe(201)
    await sweepUPS(index)
    const gone = await worklist.send('ai', 'GET', `/workitems/${held}`)
    expect([gone.status, warningOf(gone)]).toEqual([410, expect.stringContaining('deleted')])
  })

  test('of a subscriber that never comes back falls after its time', async () => {
    const uid = await worklist.create()
    await subscribe(uid, 'LOST', '?deletionlock=true')
    await state(uid, 'IN PROGRESS')
    await state(uid, 'CANCELED')
    await index.pool.query(`update ups set final_at = now() - interval '100 days' where sop_instance_uid = $1`, [uid])
    await index.pool.query(`update ups_subscription set at = now() - interval '91 days'`)
    await sweepUPS(index)
    expect((await worklist.send('ai', 'GET', `/workitems/${uid}`)).status).toBe(410)
  })
})

describe('the door', () => {
  const knock = async (title: string, headers: Record<string, string>): Promise<number> => {
    const socket = new WebSocket(`${worklist.url.replace('http', 'ws')}/dicomweb/subscribers/${title}`, { headers })
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number; resume(): void }]
    response.resume()
    socket.on('error', () => undefined)
    socket.terminate()
    return response.statusCode
  }

  test('is closed to nobody, to who may not, and to other sites', async () => {
    expect(await knock('A', {})).toBe(401)
    expect(await knock('A', { 'x-asker': 'sender' })).toBe(403)
    expect(await knock('A', { 'x-asker': 'ai', Origin: 'https://elsewhere.example' })).toBe(403)
    expect(await knock('A', { 'x-asker': 'ai', 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
    expect(await knock('%00', { 'x-asker': 'ai' })).toBe(400)
    const same = await subscriber('SAME', 'ai', { Origin: worklist.url })
    expect(same.socket.readyState).toBe(WebSocket.OPEN)
  })

  test('of an address that is no channel is 404; without an upgrade 426', async () => {
    const socket = new WebSocket(`${worklist.url.replace('http', 'ws')}/dicomweb/workitems`, { headers: { 'x-asker': 'ai' } })
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
    expect(response.statusCode).toBe(404)
    socket.on('error', () => undefined)
    socket.terminate()
    expect((await worklist.send('ai', 'GET', '/subscribers/A')).status).toBe(426)
  })

  test('ends a channel that talks too much, and one that is no WebSocket', async () => {
    const loud = await subscriber('LOUD')
    const closed = once(loud.socket, 'close')
    loud.socket.send('x'.repeat(10_000))
    expect((await closed)[0]).toBe(1009)
    const raw = connect(Number(new URL(worklist.url).port), '127.0.0.1')
    raw.on('error', () => undefined)
    raw.write('GET /dicomweb/subscribers/RAW HTTP/1.1\r\nHost: x\r\nx-asker: ai\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const [answer] = (await once(raw, 'data')) as [Buffer]
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /)
    raw.destroy()
  })

  test('the same AE title of two institutions is two subscribers', async () => {
    const [county, east] = [await subscriber('SHARED'), await subscriber('SHARED', 'east')]
    const uid = await worklist.create()
    await subscribe(Global!, 'SHARED')
    await subscribe(Global!, 'SHARED', '', 'east')
    await state(uid, 'IN PROGRESS')
    await eventually(() => county.of(uid)).toEqual(['1 IN PROGRESS'])
    const theirs = await worklist.create('east')
    await eventually(() => east.of(theirs)).toEqual(['1 SCHEDULED'])
    expect(east.of(uid)).toEqual([])
    expect(county.of(theirs)).toEqual([])
  })
})
