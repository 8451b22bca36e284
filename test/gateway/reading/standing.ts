/** One of each that the routes speak of: studies, tasks in their states, a report, a return, a critical value, texts; and how rows name them (who-may-rows.ts). */
import { expect } from 'vitest'
import { completeDraft } from '../../archive/reading/county.ts'
import { type Browser, type Portal, password, testPIN } from './portal.ts'

/** What the `:words` of a row stand for. */
export type Names = ReadonlyMap<string, string | number>

interface Makers {
  readonly author: Browser
  readonly reviewer: Browser
  readonly quality: Browser
  /** At the owner of the studies. */
  readonly technologist: Browser
  readonly owner: number
}

export async function standing(portal: Portal, { author, reviewer, quality, technologist, owner }: Makers): Promise<Names> {
  const { ready } = portal.county
  const done = async (answer: ReturnType<Browser['get']>) => {
    const { status, body } = await answer
    expect(status, JSON.stringify(body)).toBeLessThan(300)
    return body
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
  return new Map<string, string | number>(
    Object.entries({
      uid: '2.25.1',
      spare: '2.25.4',
      signed,
      returned,
      written,
      report,
      reportNumber: Number(report),
      owner: String(owner),
      ownerNumber: owner,
      // Of nothing that there is.
      id: 999_999,
      return: (await done(author.get('/api/returns'))).items[0].id,
      critical: (await done(author.post('/api/critical', { workitem: String(written), text: '张力性气胸' }))).critical.id,
      view: (await done(author.put('/api/views', { name: '别人的', query: {} }))).id,
      template: (await done(author.post('/api/templates', { ...phrase, sections: { findings: '清晰' } }))).id,
      macro: (await done(author.post('/api/macros', { ...phrase, abbreviation: 'xp', sections: { text: '清晰' } }))).id,
      peer: (await done(quality.post('/api/peer-reviews', { report: Number(report) }))).id,
      patient: (await done(technologist.get('/api/patients'))).items[0].id,
      password,
      pin: testPIN,
    }),
  )
}

export const filled = (names: Names, text: string): string =>
  text.replace(/:([a-zA-Z]\w*)/g, (word, name: string) => String(names.get(name) ?? word))

/** A value that is a name alone keeps the type of what it stands for; ids of workitems are text in the portal's JSON. */
export function filledBody(names: Names, body: unknown): unknown {
  const meant = JSON.parse(JSON.stringify(body), (_, value) =>
    typeof value === 'string' && value.startsWith(':') ? (names.get(value.slice(1)) ?? value) : value,
  )
  if (typeof meant !== 'object' || meant === null || Array.isArray(meant)) return meant
  const asWritten = body as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(meant).map(([key, value]) => [
      key,
      typeof value === 'number' && typeof asWritten[key] === 'string' && !String(asWritten[key]).endsWith('Number') ? String(value) : value,
    ]),
  )
}
