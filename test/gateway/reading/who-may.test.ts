/**
 * Every route of `/api` by every role, at the reading centre, at the owner of the study and at a stranger. The routes are asked of the router itself: one
 * without a row in who-may-rows.ts fails. Requests are chosen so that whoever is let in is refused by the machine, or does nothing that the next one would notice.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../../archive/access.ts'
import { portalRoutes } from '../../../gateway/reading/routes.ts'
import type { PortalTools } from '../../../gateway/reading/tools.ts'
import { completeDraft } from '../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { Browser, type Portal, password, startPortal, testPIN } from './portal.ts'
import { doors, letters, type Row, rows } from './who-may-rows.ts'

const places = ['centre', 'owner', 'stranger'] as const
type Place = (typeof places)[number]

let index: TestIndex
let portal: Portal
const asked = new Map<string, Browser>()
const names = new Map<string, string | number>()

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people, ready } = portal.county
  const institutions: Record<Place, number> = {
    centre: people.wang.institution.id,
    owner: people.eastTech.institution.id,
    stranger: people.westTech.institution.id,
  }
  for (const place of places)
    for (const role of Object.values(letters)) asked.set(`${role} ${place}`, await who(role, place, institutions[place]))
  const author = asked.get('radiologist centre')!
  const reviewer = asked.get('reviewer centre')!
  const done = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await answer
    expect(status, JSON.stringify(body)).toBeLessThan(300)
    // biome-ignore lint/suspicious/noExplicitAny: whatever came
    return body as any
  }

  const signed = await ready(1)
  await done(author.post(`/api/workitems/${signed}/claim`))
  await done(author.put(`/api/workitems/${signed}/draft`, completeDraft))
  await done(author.post(`/api/workitems/${signed}/submit`))
  await done(reviewer.post(`/api/workitems/${signed}/review`))
  const { reportId: report } = (await done(reviewer.post(`/api/workitems/${signed}/sign`))).workitem
  const returned = await ready(2)
  await done(author.post(`/api/workitems/${returned}/claim`))
  await done(author.post(`/api/workitems/${returned}/return`, { reasons: ['111209'] }))
  const written = await ready(3)
  await done(author.post(`/api/workitems/${written}/claim`))
  await ready(4)
  const phrase = { scope: 'user', title: '胸片' }
  const kept: Record<string, string | number> = {
    uid: '2.25.1',
    spare: '2.25.4',
    signed,
    returned,
    written,
    report,
    reportNumber: Number(report),
    owner: String(institutions.owner),
    ownerNumber: institutions.owner,
    // Of nothing that there is.
    id: 999_999,
    return: (await done(author.get('/api/returns'))).items[0].id,
    critical: (await done(author.post('/api/critical', { workitem: String(written), text: '张力性气胸' }))).critical.id,
    view: (await done(author.put('/api/views', { name: '别人的', query: {} }))).id,
    template: (await done(author.post('/api/templates', { ...phrase, sections: { findings: '清晰' } }))).id,
    macro: (await done(author.post('/api/macros', { ...phrase, abbreviation: 'xp', sections: { text: '清晰' } }))).id,
    peer: (await done(asked.get('quality centre')!.post('/api/peer-reviews', { report: Number(report) }))).id,
    patient: (await done(asked.get('technologist owner')!.get('/api/patients'))).items[0].id,
    password,
    pin: testPIN,
  }
  for (const [name, value] of Object.entries(kept)) names.set(name, value)
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

const filled = (text: string): string => text.replace(/:([a-zA-Z]\w*)/g, (word, name: string) => String(names.get(name) ?? word))
/** A value that is a name alone keeps the type of what it stands for. */
const bodyOf = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body), (_, value) =>
    typeof value === 'string' && value.startsWith(':') ? (names.get(value.slice(1)) ?? value) : value,
  )

async function statusOf(browser: Browser | undefined, { method, path, body }: Row): Promise<number> {
  const response = await fetch(`${portal.url}${filled(path)}`, {
    method,
    headers: {
      ...(browser === undefined ? {} : browser.bearer === '' ? { cookie: browser.cookie } : { authorization: `Bearer ${browser.bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      // Of a version that there never was.
      ...(method === 'PUT' ? { 'if-match': '"999999"' } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(stringsOf(bodyOf(body), body)) }),
  })
  // The stream of events has no end.
  await response.body?.cancel()
  return response.status
}

/** Ids of workitems are text in the portal's JSON. */
const stringsOf = (filledBody: unknown, body: unknown): unknown => {
  if (typeof filledBody !== 'object' || filledBody === null || Array.isArray(filledBody)) return filledBody
  const asWritten = body as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(filledBody).map(([key, value]) => [
      key,
      typeof value === 'number' && typeof asWritten[key] === 'string' && !String(asWritten[key]).endsWith('Number') ? String(value) : value,
    ]),
  )
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
  const tools = { fonts: () => undefined } as unknown as PortalTools
  const known = portalRoutes(tools).stack.flatMap(({ methods, path, regexp }) =>
    methods.filter((method) => method !== 'HEAD').map((method) => ({ method, path: String(path), regexp })),
  )
  expect(known.length).toBeGreaterThan(100)
  const named = [...rows, ...doors]
  const without = known.filter(
    ({ method, path, regexp }) =>
      !named.some((row) => row.method === method && (row.path === path || regexp.test(row.path.split('?')[0]!))),
  )
  expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual([])
})
