/**
 * Every route of `/api` with what no page of ours sends, at every place of its body, its query and its path: the routes are asked of the router, the places of the
 * schemas with which they check what comes. Nothing is our fault (500), hangs, shows a stack or a statement, or keeps the audit from being written.
 */
import fc from 'fast-check'
import type { Context } from 'koa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { z } from 'zod'
import type { Role } from '../../../archive/access.ts'
import type * as request from '../../../gateway/reading/request.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { hostileJSON, hostileParameters, type Place, placesOf, shapeOf, withValue } from './hostile.ts'
import { type Browser, type Portal, startPortal } from './portal.ts'
import { filled, filledBody, type Names, standing } from './standing.ts'
import { doors, letters, type Row, rows } from './who-may-rows.ts'

/** By the path that was asked. */
const learned = vi.hoisted(() => new Map<string, { body?: z.ZodType; query?: z.ZodType }>())
vi.mock('../../../gateway/reading/request.ts', async (original) => {
  const real = await original<typeof request>()
  const learn = (ctx: Context, what: object) =>
    learned.set(`${ctx.method} ${ctx.path}`, { ...learned.get(`${ctx.method} ${ctx.path}`), ...what })
  return {
    ...real,
    bodyOf: (...given: Parameters<typeof real.bodyOf>) => {
      learn(given[0], { body: given[1] })
      return real.bodyOf(...given)
    },
    queryOf: (...given: Parameters<typeof real.queryOf>) => {
      learn(given[0], { query: given[1] })
      return real.queryOf(...given)
    },
  }
})

let index: TestIndex
let portal: Portal
let names: Names
/** One who may do everything at the centre, one at the owner of the studies. */
let askers: Browser[]

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people } = portal.county
  const everything: Role[] = Object.values(letters).filter((role) => !['sender', 'receiver', 'performer'].includes(role))
  const centre = people.wang.institution.id
  const owner = people.eastTech.institution.id
  askers = [await portal.signIn('everything', everything, centre), await portal.signIn('everything-east', everything, owner)]
  names = await standing(portal, {
    author: await portal.signIn('author', ['radiologist'], centre),
    reviewer: await portal.signIn('reviewer', ['reviewer'], centre),
    quality: await portal.signIn('quality', ['quality'], centre),
    technologist: await portal.signIn('technologist', ['technologist'], owner),
    owner,
  })
}, 120_000)
afterAll(async () => {
  await portal.close()
  await index.close()
})

interface Sent {
  readonly method: string
  readonly path: string
  /** JSON text. */
  readonly body?: string | undefined
  readonly headers?: Record<string, string>
}

async function send(browser: Browser, { method, path, body, headers = {} }: Sent): Promise<{ status: number; text: string }> {
  const response = await fetch(`${portal.url}${path}`, {
    method,
    headers: { cookie: browser.cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
  })
  // The stream of events has no end.
  if (response.status >= 400) return { status: response.status, text: await response.text() }
  await response.body?.cancel()
  return { status: response.status, text: '' }
}

/** What is wrong with the answers, said with what was asked. */
async function faultsOf(browser: Browser, asked: readonly Sent[]): Promise<string[]> {
  const faults: string[] = []
  // A few at a time: most of it is waiting.
  const left = [...asked]
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let sent = left.pop(); sent !== undefined; sent = left.pop()) {
        const { status, text } = await send(browser, sent)
        const about = `${sent.method} ${sent.path.slice(0, 200)} ${(sent.body ?? '').slice(0, 200)} → ${status} ${text.slice(0, 200)}`
        if (status >= 500) faults.push(about)
        else if (/\n\s+at |node_modules|\.ts:\d|\bselect .* from\b|violates|syntax for type/.test(text))
          faults.push(`tells of its inside: ${about}`)
        else if (status >= 400 && status !== 405) {
          const { error } = JSON.parse(text) as { error?: { code?: string; zh?: string; en?: string } }
          if (!error?.code || !error.zh || !error.en) faults.push(`does not say why: ${about}`)
        }
      }
    }),
  )
  return faults
}

const sentOf = ({ method, path, body }: Row): Sent => ({
  method,
  path: filled(names, path),
  body: body === undefined ? undefined : JSON.stringify(filledBody(names, body)),
})
/** A lock or a sign-out is of the browsers that go on asking. */
const ending = /^(DELETE \/api\/session|POST \/api\/session\/lock)$/
const targets: readonly Row[] = [
  ...rows,
  ...doors
    .filter(({ method, path }) => !ending.test(`${method} ${path}`))
    .map((door): Row => ({ ...door, ...(door.method === 'POST' ? { body: {} } : {}), centre: '', owner: '', stranger: '' })),
]

describe.each(targets)('$method $path', (row) => {
  test('answers whatever comes with a clear refusal', async () => {
    const sent = sentOf(row)
    const [path] = sent.path.split('?') as [string]
    const [first, second] = askers as [Browser, Browser]
    // Whoever gets further.
    const asker = [403, 404].includes((await send(first, sent)).status) && (await send(second, sent)).status < 403 ? second : first
    const { body, query } = learned.get(`${row.method} ${path}`) ?? {}
    const good: unknown = sent.body === undefined ? {} : JSON.parse(sent.body)
    const bodies = body === undefined ? [] : placesOf(shapeOf(body)).flatMap((place) => bodiesAt(good, place))
    const queries = query === undefined ? [] : Object.keys(shapeOf(query).properties ?? {}).flatMap(queriesOf)
    const paths = [...row.path.split('?')[0]!.matchAll(/:[a-zA-Z]\w*/g)].flatMap(([word]) =>
      hostileParameters.map((value) => filled(names, row.path.replace(word, value))),
    )
    expect(
      await faultsOf(asker, [
        ...bodies.map((text) => ({ ...sent, body: text })),
        ...queries.map((text) => ({ ...sent, path: `${path}?${text}` })),
        ...paths.map((hostile) => ({ ...sent, path: hostile })),
        { ...sent, path: `${path}?__proto__=1&constructor=2&toString=3&__proto__=4&=5&&%` },
        { ...sent, headers: { 'if-match': '"999999999999"', 'idempotency-key': 'x'.repeat(5_000), accept: ';;q=nan', range: 'bytes=-' } },
      ]),
    ).toEqual([])
  }, 180_000)
})

const bodiesAt = (good: unknown, { path, kind }: Place): string[] => hostileJSON[kind].map((json) => withValue(good, path, json))
const queriesOf = (name: string): string[] => [`${name}=1&${name}=2`, ...hostileParameters.map((value) => `${name}=${value}`)]

test('so does every route with a body of anything', async () => {
  const changing = targets.filter(({ body }) => body !== undefined)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...changing), fc.json({ maxDepth: 4 }), async (row, body) => {
      expect(await faultsOf(askers[0]!, [{ ...sentOf(row), body }])).toEqual([])
    }),
    { numRuns: 200 },
  )
}, 180_000)

test('the schemas of the routes are known', () => {
  const of = (what: 'body' | 'query') => [...learned.values()].filter((schemas) => schemas[what] !== undefined).length
  expect(of('body')).toBeGreaterThan(70)
  expect(of('query')).toBeGreaterThan(25)
})

test('nothing of it was a fault of ours, and the audit was written', async () => {
  await portal.audit.flush()
  const levels = portal.logged.map((line) => JSON.parse(line) as { level: number })
  expect(levels.filter(({ level }) => level >= 40)).toEqual([])
})
