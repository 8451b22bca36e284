/**
 * Every route of `/api` by every role, at the reading centre, at the owner of the study and at a stranger. The routes are asked of the router itself: one
 * without a row in who-may-rows.ts fails. Requests are chosen so that whoever is let in is refused by the machine, or does nothing that the next one would notice.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../../archive/access.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { Browser, type Portal, startPortal } from './portal.ts'
import { filled, filledBody, type Names, standing } from './standing.ts'
import { doors, letters, type Row, rows } from './who-may-rows.ts'

const places = ['centre', 'owner', 'stranger'] as const
type Place = (typeof places)[number]

let index: TestIndex
let portal: Portal
const asked = new Map<string, Browser>()
let names: Names

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people } = portal.county
  const institutions: Record<Place, number> = {
    centre: people.wang.institution.id,
    owner: people.eastTech.institution.id,
    stranger: people.westTech.institution.id,
  }
  for (const place of places)
    for (const role of Object.values(letters)) asked.set(`${role} ${place}`, await who(role, place, institutions[place]))
  names = await standing(portal, {
    author: asked.get('radiologist centre')!,
    reviewer: asked.get('reviewer centre')!,
    quality: asked.get('quality centre')!,
    technologist: asked.get('technologist owner')!,
    owner: institutions.owner,
  })
}, 300_000)
afterAll(async () => {
  await portal.close()
  await index.close()
})

async function who(role: Role, place: Place, institution: number): Promise<Browser> {
  if (role !== 'sender' && role !== 'receiver' && role !== 'performer') return portal.signIn(`${role}-${place}`, [role], institution)
  const { token } = await portal.accounts.create({
    username: `${role}-${place}`,
    displayName: role,
    kind: 'program',
    roles: [role],
    institution,
  })
  const browser = new Browser(portal.url)
  browser.bearer = token!
  return browser
}

async function statusOf(browser: Browser | undefined, { method, path, body }: Row): Promise<number> {
  const response = await fetch(`${portal.url}${filled(names, path)}`, {
    method,
    headers: {
      ...(browser === undefined ? {} : browser.bearer === '' ? { cookie: browser.cookie } : { authorization: `Bearer ${browser.bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      // Of a version that there never was.
      ...(method === 'PUT' ? { 'if-match': '"999999"' } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(filledBody(names, body)) }),
  })
  // The stream of events has no end.
  await response.body?.cancel()
  return response.status
}

/** `TA` are let in, `/RV` find nothing, all others may not; as in who-may-rows.ts. */
function cellOf(statuses: ReadonlyMap<string, number>): string {
  const of = (fits: (status: number) => boolean) => [...statuses].flatMap(([letter, status]) => (fits(status) ? [letter] : [])).join('')
  const strange = [...statuses].filter(([, status]) => status >= 500 || status === 401 || status === 423)
  if (strange.length > 0) return strange.map(([letter, status]) => `${letter}:${status}`).join(' ')
  const nothing = of((status) => status === 404)
  return of((status) => status !== 403 && status !== 404) + (nothing === '' ? '' : `/${nothing}`)
}

describe.each(rows)('$method $path', (row) => {
  test('is for exactly the people of its row', async () => {
    expect(await statusOf(undefined, row)).toBe(401)
    const found: Partial<Record<Place, string>> = {}
    for (const place of places) {
      const statuses = new Map<string, number>()
      for (const [letter, role] of Object.entries(letters)) statuses.set(letter, await statusOf(asked.get(`${role} ${place}`), row))
      found[place] = cellOf(statuses)
    }
    expect(found).toEqual({ centre: row.centre, owner: row.owner, stranger: row.stranger })
  }, 120_000)
})

test('every route of the portal has a row', () => {
  const known = portal.routes
  expect(known.length).toBeGreaterThan(100)
  const named = [...rows, ...doors]
  const without = known.filter(
    ({ method, path, regexp }) =>
      !named.some((row) => row.method === method && (row.path === path || regexp.test(row.path.split('?')[0]!))),
  )
  expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual([])
})
