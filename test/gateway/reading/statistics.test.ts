/** Figures, the wallboard and peer review through the door: who sees what, and what nobody may do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeDraft } from '../../../archive/reading/reports/drafts.ts'
import { perform } from '../../../archive/reading/workflow/perform.ts'
import { rebuildFacts } from '../../../archive/statistics/follow.ts'
import { drawReports } from '../../../storage/index/quality/peer-reviews.ts'
import { completeDraft } from '../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type Browser, type Portal, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let chief: Browser
let quality: Browser
let coordinator: Browser
let eastDirector: Browser
let westTechnologist: Browser
let clinician: Browser
let reports: number[] = []
let centre: number

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people, tools } = portal.county
  centre = people.wang.institution.id
  for (let study = 1; study <= 4; study += 1) {
    const id = await portal.county.ready(study, { Modality: study % 2 === 0 ? 'DX' : 'CT' })
    await perform(tools, people.wang, id, 'claim')
    await writeDraft(tools, people.wang, id, { ...completeDraft, rev: 0 })
    await perform(tools, people.wang, id, 'submit')
    await perform(tools, people.zeng, id, 'review')
    await perform(tools, people.zeng, id, 'sign')
  }
  // Signed a month ago, as it were: reports are never changed, so the clock of the test is.
  await index.pool.query('alter table report disable trigger report_kept')
  await index.pool.query(`update report set signed_at = date_trunc('month', now()) - interval '5 days'`)
  await index.pool.query('alter table report enable trigger report_kept')
  reports = (await index.pool.query<{ id: number }>('select id from report order by id')).rows.map(({ id }) => id)
  await rebuildFacts({ index })
  const east = people.eastTech.institution.id
  const west = people.westTech.institution.id
  ;[chief, quality, coordinator, eastDirector, westTechnologist, clinician] = (await Promise.all([
    portal.signIn('chief', ['chief'], centre),
    portal.signIn('quality', ['quality'], centre),
    portal.signIn('coordinator', ['coordinator'], centre),
    portal.signIn('east-director', ['administrator'], east),
    portal.signIn('west-technologist', ['technologist'], west),
    portal.signIn('east-clinician', ['clinician'], east),
  ])) as [Browser, Browser, Browser, Browser, Browser, Browser]
}, 120_000)
afterAll(async () => {
  await portal.close()
  await index.close()
})

const month = (): string => {
  const day = new Date(Date.now() + 8 * 3_600_000)
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - 1, 1)).toISOString().slice(0, 7)
}
const lastMonth = () => `from=${month()}-01&to=${month()}-28`

describe('scope', () => {
  test('a township sees its own figures and neither another’s nor a doctor’s', async () => {
    const { body } = await eastDirector.get(`/api/statistics/volumes`)
    expect(body.tables[0].total.studies).toBe(4)
    expect((await westTechnologist.get(`/api/statistics/volumes`)).body.tables[0].rows).toEqual([])
    expect((await eastDirector.get(`/api/statistics/volumes?institution=${centre}`)).status).toBe(403)
    expect((await eastDirector.get('/api/statistics/workload')).body.tables).toEqual([])
    expect((await eastDirector.get('/api/statistics/tariff')).status).toBe(403)
    expect((await clinician.get('/api/statistics/overview')).status).toBe(403)
    for (const path of ['/api/wallboard', '/api/peer-reviews', '/api/peer-reviews/samples'])
      expect((await westTechnologist.get(path)).status).toBe(403)
  })

  test('who coordinates sees all that the centre reads', async () => {
    const { body } = await coordinator.get('/api/statistics/volumes')
    expect(body.tables[0].total.studies).toBe(4)
    expect(body.definitions.map(({ key }: { key: string }) => key)).toContain('studies')
  })

  test('a day that is none, a span that is too long and a section that is none are said to be', async () => {
    expect((await chief.get('/api/statistics/overview?from=2026-02-30&to=2026-03-01')).status).toBe(400)
    expect((await chief.get('/api/statistics/overview?from=2001-01-01&to=2026-03-01')).status).toBe(400)
    expect((await chief.get('/api/statistics/nothing')).status).toBe(404)
    expect((await chief.get('/api/statistics/monthly?month=2026-13')).status).toBe(400)
  })
})

test('the list behind a figure is audited, page and patients', async () => {
  const { body } = await coordinator.get('/api/statistics/cases?figure=studies&limit=3')
  expect([body.total, body.items.length, body.items[0].kind]).toEqual([4, 3, 'case'])
  await portal.audit.flush()
  const { rows } = await index.pool.query<{ action: string; object: string | null; n: number }>(
    `select action, object, count(*)::int as n from audit_event where username = 'coordinator' and action in ('statistics-cases', 'view') group by 1, 2 order by 1`,
  )
  expect(rows).toEqual([
    { action: 'statistics-cases', object: 'studies', n: 1 },
    { action: 'view', object: null, n: 3 },
  ])
  expect((await coordinator.get('/api/statistics/cases?figure=nothing')).status).toBe(400)
  expect((await coordinator.get('/api/statistics/cases?figure=studies&reason=111209')).status).toBe(400)
})

test('files come with their type and a name without a patient', async () => {
  const sheet = await chief.get(`/api/statistics/quality?${lastMonth()}&format=xlsx`)
  expect(sheet.headers.get('content-type')).toContain('spreadsheetml')
  expect(sheet.body.subarray(0, 2).toString()).toBe('PK')
  const pack = await chief.get(`/api/statistics/monthly?month=${month()}&format=pdf&lang=en`)
  expect(pack.headers.get('content-disposition')).toContain(`monthly-${month()}.pdf`)
  expect(pack.body.subarray(0, 5).toString()).toBe('%PDF-')
}, 60_000)

test('whoever directs sets the tariff, each modality once', async () => {
  const row = { modality: 'CT', reportPoints: 2.5, reviewPoints: 1, feeFen: 4_000 }
  expect((await chief.put('/api/statistics/tariff', { items: [row, row] })).status).toBe(400)
  expect((await chief.put('/api/statistics/tariff', { items: [{ ...row, feeFen: 1.5 }] })).status).toBe(400)
  expect((await coordinator.put('/api/statistics/tariff', { items: [row] })).status).toBe(403)
  expect((await chief.put('/api/statistics/tariff', { items: [row] })).body).toEqual({ items: [row], verbs: ['change'] })
  const { body } = await chief.get(`/api/statistics/workload?${lastMonth()}`)
  expect(body.tables[0].rows.map(({ doctor, points }: { doctor: string; points: number }) => [doctor, points])).toEqual([
    ['王丽', 10],
    ['曾国强', 4],
  ])
})

describe('the wallboard', () => {
  test('knows sites, queue and readers, and no patient', async () => {
    await portal.county.ready(9, { PatientName: 'SECRET^NAME', PatientID: 'P-SECRET', Modality: 'CT' })
    await rebuildFacts({ index })
    const { body, status } = await coordinator.get('/api/wallboard')
    expect(status).toBe(200)
    expect(JSON.stringify(body)).not.toMatch(/SECRET/)
    expect(body.sites.find(({ name }: { name: string }) => name.startsWith('EAST')).waiting).toBe(1)
    expect(body.queue.reduce((sum: number, { waiting }: { waiting: number }) => sum + waiting, 0)).toBe(1)
    expect(body.verbs).toEqual(['roster', 'assign'])
  })

  test('the roster is the coordinator’s, of people of the centre', async () => {
    const duty = { day: '2026-11-23', shift: 'night', usernames: ['chief'] }
    expect((await quality.put('/api/roster', duty)).status).toBe(403)
    expect((await coordinator.put('/api/roster', { ...duty, usernames: ['east-clinician'] })).status).toBe(400)
    expect((await coordinator.put('/api/roster', duty)).status).toBe(200)
    const { body } = await coordinator.get('/api/roster?from=2026-11-23&to=2026-11-24')
    expect(body.items).toEqual([{ day: '2026-11-23', shift: 'night', username: 'chief', displayName: 'chief' }])
    expect((await coordinator.put('/api/roster', { ...duty, usernames: [] })).status).toBe(200)
    expect((await coordinator.get('/api/roster?from=2026-11-23&to=2026-11-24')).body.items).toEqual([])
  })
})

describe('peer review', () => {
  test('the same seed draws the same reports, another seed others; a running month is not drawn', async () => {
    const draw = (seed: string) => drawReports(index.pool, centre, seed, month(), 0.5)
    expect(await draw('a')).toEqual(await draw('a'))
    expect(await draw('a')).toHaveLength(2)
    const drawn = new Set(await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(async (seed) => JSON.stringify(await draw(seed)))))
    expect(drawn.size).toBeGreaterThan(1)
    const running = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
    expect((await quality.post('/api/peer-reviews/samples', { month: running })).body.error.code).toBe('month-running')
    expect((await coordinator.post('/api/peer-reviews/samples', { month: month() })).status).toBe(403)
    const { status, body } = await quality.post('/api/peer-reviews/samples', { month: month(), share: 1, blind: true, seed: 'a' })
    expect([status, body.population]).toEqual([201, 4])
    expect((await quality.post('/api/peer-reviews/samples', { month: month() })).status).toBe(409)
  })

  test('blind: no author before the score; nobody reviews what they signed; the author answers, the chief settles', async () => {
    const zeng = await portal.signIn('zeng-again', ['reviewer'], centre)
    const { body: list } = await zeng.get('/api/peer-reviews?state=open')
    expect(list.items).toHaveLength(4)
    const [{ id }] = list.items
    const shown = (await zeng.get(`/api/peer-reviews/${id}`)).body
    expect(JSON.stringify(shown)).not.toMatch(/王丽|曾国强|EAST/)
    expect(shown.findings).not.toBe('')
    // Who signed it, under whatever name of the browser.
    await index.pool.query(
      `update account set password_hash = (select password_hash from account where username = 'chief') where username in ('王丽', '曾国强')`,
    )
    const signer = new (zeng.constructor as typeof Browser)(portal.url)
    await signer.post('/api/session', { username: '曾国强', password: 'correct horse 7' })
    const own = await signer.post(`/api/peer-reviews/${id}/score`, { score: 1, category: 'agreed' })
    expect([own.status, own.body.error.code]).toEqual([409, 'own-report'])
    expect((await zeng.post(`/api/peer-reviews/${id}/score`, { score: 3, category: 'missed' })).body.error.code).toBe('comment-missing')
    const scored = await zeng.post(`/api/peer-reviews/${id}/score`, { score: 3, category: 'missed', comment: '右下肺结节漏诊' })
    expect([scored.body.state, scored.body.author]).toEqual(['scored', '王丽'])
    expect((await zeng.post(`/api/peer-reviews/${id}/score`, { score: 1, category: 'agreed' })).status).toBe(409)
    const author = new (zeng.constructor as typeof Browser)(portal.url)
    await author.post('/api/session', { username: '王丽', password: 'correct horse 7' })
    const seen = (await author.get(`/api/peer-reviews/${id}`)).body
    expect([seen.reviewer, seen.verbs]).toEqual([null, ['agree', 'disagree']])
    expect((await author.post(`/api/peer-reviews/${id}/answer`, { agreed: false })).body.error.code).toBe('comment-missing')
    expect((await author.post(`/api/peer-reviews/${id}/answer`, { agreed: false, text: '层面外,不可见' })).body.state).toBe('disagreed')
    expect((await chief.get('/api/peer-reviews?state=disagreed')).body.items).toHaveLength(1)
    expect((await zeng.post(`/api/peer-reviews/${id}/settle`, { score: 2, text: '可理解' })).status).toBe(409)
    const settled = await chief.post(`/api/peer-reviews/${id}/settle`, { score: 3, text: '确为漏诊' })
    expect([settled.body.state, settled.body.finalScore]).toEqual(['closed', 3])
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
    const { body: events } = await quality.get(`/api/quality-events?from=${today}&to=${today}`)
    expect(events.items.map(({ source, kind }: { source: string; kind: string }) => [source, kind])).toEqual([['peer-review', 'missed']])
  })

  test('an author who reviews nobody sees their own reports alone', async () => {
    const stranger = await portal.signIn('stranger', ['radiologist'], centre)
    expect((await stranger.get('/api/peer-reviews?state=all')).body.items).toEqual([])
    const [row] = (await chief.get('/api/peer-reviews?state=all')).body.items
    expect((await stranger.get(`/api/peer-reviews/${row.id}`)).status).toBe(404)
  })
})

describe('follow-up', () => {
  test('is recorded where the patient is treated, counted, and withdrawn by its writer', async () => {
    const body = { source: 'pathology', concordance: 'discordant', kind: 'misread', outcome: '病理为腺癌', happenedOn: '2026-11-01' }
    expect((await westTechnologist.post(`/api/reports/${reports[0]}/follow-up`, body)).status).toBe(404)
    expect((await clinician.post(`/api/reports/${reports[0]}/follow-up`, { ...body, outcome: '' })).status).toBe(400)
    const recorded = await clinician.post(`/api/reports/${reports[0]}/follow-up`, body)
    expect(recorded.status).toBe(201)
    const { body: list } = await clinician.get('/api/follow-ups')
    expect(list.items[0]).toMatchObject({ outcome: '病理为腺癌', concordance: 'discordant', verbs: ['withdraw'] })
    const { body: safety } = await chief.get('/api/statistics/safety')
    const concordance = safety.tables.find(({ key }: { key: string }) => key === 'concordance')
    expect(concordance.total).toMatchObject({ outcomes: 1, concordant: 0, rate: 0 })
    expect((await westTechnologist.send('DELETE', `/api/follow-ups/${recorded.body.id}`)).status).toBe(404)
    expect((await clinician.send('DELETE', `/api/follow-ups/${recorded.body.id}`)).status).toBe(204)
    expect((await clinician.get('/api/follow-ups')).body.items).toEqual([])
  })
})
