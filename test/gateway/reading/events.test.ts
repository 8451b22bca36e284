/** `GET /api/events`: what happened, to whoever may know, resumable by Last-Event-ID. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type LiveEvent, LiveEvents } from '../../../archive/reading/live.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type Browser, type Portal, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let county: Browser
let east: Browser
let west: Browser

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people } = portal.county
  county = await portal.signIn('doctor', ['radiologist'], people.wang.institution.id)
  east = await portal.signIn('east', ['technologist'], people.eastTech.institution.id)
  west = await portal.signIn('west', ['technologist'], people.westTech.institution.id)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

interface Event {
  readonly id: number
  readonly event: string
  readonly data: { readonly StudyInstanceUID?: string; readonly state?: string }
}

/** A browser's EventSource, in short. */
class Stream {
  readonly events: Event[] = []
  readonly #stop = new AbortController()
  readonly opened: Promise<Response>
  constructor(browser: Browser, lastEventID?: number) {
    this.opened = fetch(`${portal.url}/api/events`, {
      headers: { cookie: browser.cookie, ...(lastEventID === undefined ? {} : { 'last-event-id': String(lastEventID) }) },
      signal: this.#stop.signal,
    })
    void this.#read().catch(() => undefined)
  }
  async #read(): Promise<void> {
    let text = ''
    for await (const chunk of (await this.opened).body!) {
      text += Buffer.from(chunk).toString()
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
        const event = field('event')
        if (event !== undefined) this.events.push({ id: Number(field('id')), event, data: JSON.parse(field('data')!) })
      }
    }
  }
  async until(holds: (events: readonly Event[]) => boolean): Promise<void> {
    for (const end = Date.now() + 5_000; !holds(this.events); await new Promise((resolve) => setTimeout(resolve, 20))) {
      if (Date.now() > end) throw new Error(`not heard in time: ${JSON.stringify(this.events)}`)
    }
  }
  close(): void {
    this.#stop.abort()
  }
}

const about = (uid: string, name: string) => (events: readonly Event[]) =>
  events.some(({ event, data }) => event === name && data.StudyInstanceUID === uid)

describe('a stream', () => {
  test('tells of arriving studies and of each state, only to those who may see them', async () => {
    const streams = [new Stream(county), new Stream(east), new Stream(west)]
    const [ofCounty, ofEast, ofWest] = streams as [Stream, Stream, Stream]
    const answers = await Promise.all(streams.map(({ opened }) => opened))
    expect(answers.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual(
      Array(3).fill([200, 'text/event-stream; charset=utf-8']),
    )
    const uid = await portal.county.arrive({ study: 1 })
    await ofCounty.until(about(uid, 'study'))
    const id = await portal.county.workitemOf(uid)
    await east.post(`/api/studies/${uid}/send`)
    await county.post(`/api/workitems/${id}/claim`)
    for (const stream of [ofCounty, ofEast]) {
      await stream.until((events) => events.some(({ event, data }) => event === 'workitem' && data.state === 'CLAIMED'))
    }
    expect(ofWest.events).toEqual([])
    const numbers = ofCounty.events.map(({ id }) => id)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    for (const stream of streams) stream.close()
  })

  test('tells of an order before it has a study, to its institution alone', async () => {
    const streams = [new Stream(east), new Stream(west)]
    const [ofEast, ofWest] = streams as [Stream, Stream]
    await Promise.all(streams.map(({ opened }) => opened))
    const order = { patient: { PatientName: '单文远', sex: 'M', birthDate: '19580314' }, modality: 'CT', procedure: '颅脑平扫' }
    expect((await east.post('/api/orders', order)).status).toBe(201)
    await ofEast.until((events) => events.some(({ event, data }) => event === 'order' && data.state === 'scheduled'))
    await west.post('/api/orders', order)
    await ofWest.until((events) => events.some(({ event }) => event === 'order'))
    for (const { events } of streams) expect(events.filter(({ event }) => event === 'order')).toHaveLength(1)
    for (const stream of streams) stream.close()
  })

  test('goes on from Last-Event-ID, missing nothing and repeating nothing', async () => {
    const first = new Stream(county)
    await first.opened
    const uid = await portal.county.arrive({ study: 2 })
    await first.until(about(uid, 'workitem'))
    first.close()
    const last = Math.max(...first.events.map(({ id }) => id))
    const missed = await portal.county.arrive({ study: 3 })
    const second = new Stream(county, last)
    await second.until(about(missed, 'workitem'))
    expect(second.events.every(({ id }) => id > last)).toBe(true)
    expect(about(uid, 'study')(second.events)).toBe(false)
    second.close()
  })

  test('asks for a fresh look when more was missed than is remembered', async () => {
    const live = new LiveEvents(index, undefined, 2)
    const [township] = portal.county.people.eastTech.scope
    const heard: LiveEvent[] = []
    const stop = live.listen([township!], undefined, (event) => heard.push(event))
    await vi.waitFor(async () => {
      await portal.county.arrive({ study: `4${Date.now()}` })
      expect(heard.length).toBeGreaterThan(4)
    }, 5_000)
    stop()
    const { number: first } = heard[0]!
    const { number: last } = heard.at(-1)!
    const names = (after: number) => {
      const again: string[] = []
      live.listen([township!], after, ({ name }) => again.push(name))()
      return again
    }
    expect(names(first)).toEqual(['reset'])
    expect(names(last)).toEqual([])
    await live.close()
  })

  test('is not opened to whoever is not signed in', async () => {
    expect((await fetch(`${portal.url}/api/events`)).status).toBe(401)
  })
})
