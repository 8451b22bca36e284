/**
 * Every route by every role, at the reading centre, at the study's owner and at a stranger: exactly this table.
 * 401 not signed in · 403 the role may not · 404 the institution may not even know · 200 everybody else.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../../archive/access.ts'
import { completeDraft } from '../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { Browser, type Portal, startPortal } from './portal.ts'

type Place = 'centre' | 'owner' | 'stranger'

const people = ['technologist', 'radiologist', 'reviewer', 'clinician', 'administrator'] as const
const programs = ['sender', 'receiver'] as const
const places = ['centre', 'owner', 'stranger'] as const
const everybody: readonly Role[] = [...people, ...programs]

interface Rule {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly body?: unknown
  /** Roles that are let in; all others get 403. */
  readonly roles: readonly Role[]
  /** Places where those roles are not refused, and what the others get. */
  readonly places?: readonly Place[]
  readonly elsewhere?: 403 | 404
}

const readers: readonly Role[] = ['radiologist', 'reviewer']
const seesStudy = { places: ['centre', 'owner'], elsewhere: 404 } as const
const ownStudy = (roles: readonly Role[]) => ({ roles, ...seesStudy })

/** `:id`, `:uid` and `:report` are those of a study of East, read at the centre. */
const rules: readonly Rule[] = [
  { method: 'GET', path: '/api/session', roles: everybody },
  { method: 'GET', path: '/api/institutions', roles: everybody },
  { method: 'GET', path: '/api/workitems', roles: readers },
  { method: 'GET', path: '/api/workitems/:id', ...ownStudy(people) },
  { method: 'GET', path: '/api/reports/:report', ...ownStudy([...people, 'receiver']) },
  { method: 'GET', path: '/api/reports/:report/json', ...ownStudy([...people, 'receiver']) },
  { method: 'GET', path: '/api/reports/:report/pdf', ...ownStudy([...people, 'receiver']) },
  { method: 'GET', path: '/api/studies/:uid/series', ...ownStudy([...people, 'receiver']) },
  { method: 'GET', path: '/api/ward/studies', roles: people },
  { method: 'GET', path: '/api/ward/timeline/:uid', ...ownStudy(people) },
  { method: 'GET', path: '/api/board', roles: ['technologist', 'administrator'] },
  { method: 'PUT', path: '/api/studies/:uid/supplement', body: {}, roles: ['technologist', 'administrator'], places: ['owner'] },
  { method: 'GET', path: '/api/accounts', roles: ['administrator'] },
  { method: 'GET', path: '/api/ae', roles: ['administrator'] },
  { method: 'GET', path: '/api/audit', roles: ['administrator'] },
  { method: 'POST', path: '/api/audit/verify', roles: ['administrator'] },
  { method: 'PUT', path: '/api/institutions/NEW', body: { name: '新' }, roles: ['administrator'], places: ['centre'], elsewhere: 403 },
]

let index: TestIndex
let portal: Portal
const asked = new Map<string, Browser>()
let names: Readonly<Record<string, string>>

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people: known } = portal.county
  const institutions = { centre: known.wang, owner: known.eastTech, stranger: known.westTech }
  for (const place of places) {
    const institution = institutions[place].institution.id
    for (const role of people) asked.set(`${role} ${place}`, await portal.signIn(`${role}-${place}`, [role], institution))
    for (const role of programs) {
      const account = { username: `${role}-${place}`, displayName: role, kind: 'program', roles: [role], institution } as const
      const { token } = await portal.accounts.create(account)
      const browser = new Browser(portal.url)
      browser.bearer = token!
      asked.set(`${role} ${place}`, browser)
    }
  }
  const id = await portal.county.ready(1)
  const author = asked.get('radiologist centre')!
  const reviewer = asked.get('reviewer centre')!
  await author.post(`/api/workitems/${id}/claim`)
  await author.put(`/api/workitems/${id}/draft`, completeDraft)
  await author.post(`/api/workitems/${id}/submit`)
  await reviewer.post(`/api/workitems/${id}/review`)
  const { body } = await reviewer.post(`/api/workitems/${id}/sign`)
  names = { ':id': String(id), ':uid': '2.25.1', ':report': body.workitem.reportId }
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

const addressOf = (path: string) => path.replace(/:\w+/, (name) => names[name] ?? name)

describe.each(rules)('$method $path', ({ method, path, body, roles, places: open = places, elsewhere }) => {
  test('answers 401 to whoever is not signed in', async () => {
    expect((await new Browser(portal.url).send(method, addressOf(path), body)).status).toBe(401)
  })

  test('lets in exactly the roles and places of its row', async () => {
    for (const role of everybody) {
      for (const place of places) {
        const { status } = await asked.get(`${role} ${place}`)!.send(method, addressOf(path), body)
        const refused = !roles.includes(role) ? 403 : open.includes(place) ? undefined : (elsewhere ?? (place === 'stranger' ? 404 : 403))
        expect([role, place, status]).toEqual([role, place, refused ?? 200])
      }
    }
  })
})
