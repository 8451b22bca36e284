/** A figure and the list behind it are one: as many rows as it says, whatever the tasks are (storage/index/statistics/counts.ts). */
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Asker } from '../../../archive/access.ts'
import { Forbidden } from '../../../archive/errors.ts'
import { type CasesRequest, cases } from '../../../archive/statistics/cases.ts'
import { rebuildFacts } from '../../../archive/statistics/follow.ts'
import { sectionNames, statistics } from '../../../archive/statistics/statistics.ts'
import type { Row } from '../../../archive/statistics/table.ts'
import { query } from '../../../storage/index/query.ts'
import type { Count } from '../../../storage/index/statistics/counts.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type ReadingCounty, readingCounty } from '../reading/county.ts'

let index: TestIndex
let county: ReadingCounty
let chief: Asker
let director: Asker
const clock = () => new Date('2026-11-22T04:00:00Z')
const period = { from: '2026-10-01', to: '2026-10-31', institution: null, modality: null, language: 'zh' } as const
const nothing = { narrowed: {}, page: 1, limit: 100 } as const

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  chief = await county.asker('chief', ['chief'], county.people.wang.institution.id)
  director = await county.asker('director', ['administrator'], county.people.eastTech.institution.id)
}, 120_000)
afterAll(() => index.close())
beforeEach(() => query(index.pool, 'delete from reading_fact'))

const list = (asker: Asker, count: Count, more: Partial<CasesRequest> = {}) =>
  cases({ index, clock }, asker, { ...period, ...nothing, count, ...more })

/** A moment of October, or of the days around it. */
const moment = fc.integer({ min: -3 * 86_400, max: 34 * 86_400 }).map((second) => new Date(Date.UTC(2026, 9, 1) + second * 1_000))
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 3 })
const several = fc.array(fc.tuple(moment, maybe(fc.integer({ min: 0, max: 1_500 }))), { maxLength: 3 })
const fact = fc.record({
  east: fc.boolean(),
  modality: fc.constantFrom('CT', 'DX', 'MR', 'US'),
  urgency: fc.integer({ min: 0, max: 4 }),
  studyEndAt: maybe(moment),
  readyAt: maybe(moment),
  finalAt: maybe(moment),
  openedAt: maybe(moment),
  dueAt: maybe(moment),
  polarity: maybe(fc.constantFrom('positive', 'negative')),
  grade: maybe(fc.constantFrom('甲', '丙', '0', '2')),
  reasons: fc.array(fc.constantFrom('111209', '111210'), { maxLength: 3 }),
  corrections: fc.integer({ min: 0, max: 2 }),
  addenda: fc.integer({ min: 0, max: 2 }),
  samePerson: fc.boolean(),
  canceled: fc.boolean(),
  criticals: several,
})

type Fact = typeof fact extends fc.Arbitrary<infer T> ? T : never

async function insert(facts: readonly Fact[]): Promise<void> {
  const { wang, zeng, eastTech, westTech } = county.people
  for (const each of facts) {
    const raised = each.criticals.map(([at]) => at)
    const acknowledged = each.criticals.map(([at, seconds]) => (seconds === null ? null : new Date(at.getTime() + seconds * 1_000)))
    await query(
      index.pool,
      `insert into reading_fact (institution_id, centre_id, modality, urgency, study_end_at, ready_at, final_at, opened_at, due_at, paused_seconds, author_id,
         reviewer_id, same_person, polarity, grade, returns, return_reasons, corrections, addenda, retracted, canceled, critical_at, critical_raised_at,
         critical_acknowledged_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $13, $14, $15, $16, $17, $18, false, $19, $20, $21, $22)`,
      [
        (each.east ? eastTech : westTech).institution.id,
        wang.institution.id,
        each.modality,
        each.urgency,
        each.studyEndAt,
        each.readyAt,
        each.finalAt,
        each.openedAt,
        each.dueAt,
        wang.account,
        each.samePerson ? wang.account : zeng.account,
        each.samePerson,
        each.polarity,
        each.grade,
        each.reasons.length,
        each.reasons,
        each.corrections,
        each.addenda,
        each.canceled,
        raised[0] ?? null,
        raised,
        acknowledged,
      ],
    )
  }
}

/** Every number of every table that can be clicked, with the request that its click makes. */
async function clickable(asker: Asker): Promise<{ where: string; value: number; asked: Record<string, string> }[]> {
  const found: { where: string; value: number; asked: Record<string, string> }[] = []
  for (const name of sectionNames) {
    for (const { key, columns, rows, total } of (await statistics({ index, clock }, asker, name, period)).tables) {
      for (const row of [...rows, ...(total === null ? [] : [total])] as Row[]) {
        for (const column of columns) {
          const figure = typeof column.cases === 'object' ? row[column.cases.named] : column.cases
          const only = row[column.narrowedBy ?? 'only']
          const value = row[column.key]
          if (typeof figure !== 'string' || typeof only !== 'string' || typeof value !== 'number') continue
          const asked = Object.fromEntries(new URLSearchParams(`${only}&${column.only ?? ''}`))
          found.push({ where: `${key}.${column.key} ${only}`, value, asked: { ...asked, figure } })
        }
      }
    }
  }
  return found
}

const requestOf = ({ figure, institution, modality, from, to, ...narrowed }: Record<string, string>): CasesRequest => ({
  ...period,
  ...nothing,
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
  count: figure as Count,
  institution: institution === undefined ? null : Number(institution),
  modality: modality ?? null,
  narrowed,
})

test('every number that can be clicked is the length of its list', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fact, { minLength: 1, maxLength: 12 }), async (facts) => {
      await query(index.pool, 'delete from reading_fact')
      await insert(facts)
      for (const asker of [chief, director]) {
        const numbers = await clickable(asker)
        expect(numbers.length).toBeGreaterThan(20)
        const lists = new Map<string, number>()
        for (const { where, value, asked } of numbers) {
          if (value === 0) continue
          const key = JSON.stringify(asked)
          if (!lists.has(key)) {
            const { total, items } = await cases({ index, clock }, asker, requestOf(asked))
            expect(items, where).toHaveLength(total)
            lists.set(key, total)
          }
          expect(lists.get(key), where).toBe(value)
        }
      }
    }),
    // Each try asks for a hundred lists: to shrink a failure would take longer than to read it.
    { numRuns: 6, endOnFailure: true },
  )
}, 180_000)

const quiet: Fact = {
  east: true,
  modality: 'CT',
  urgency: 1,
  studyEndAt: null,
  readyAt: new Date('2026-10-05T02:00:00Z'),
  finalAt: null,
  openedAt: null,
  dueAt: null,
  polarity: null,
  grade: null,
  reasons: [],
  corrections: 0,
  addenda: 0,
  samePerson: false,
  canceled: false,
  criticals: [],
}

describe('the list', () => {
  test('goes on from page to page without leaving any out, and says that a figure of a former system has no case', async () => {
    await insert(Array.from({ length: 7 }, () => quiet))
    const pages = await Promise.all([1, 2, 3, 4].map((page) => list(chief, 'studies', { page, limit: 3 })))
    expect(pages.map(({ items }) => items.length)).toEqual([3, 3, 1, 0])
    expect(new Set(pages.flatMap(({ items }) => items.map(({ key }) => key))).size).toBe(7)
    expect(pages[0]).toMatchObject({ total: 7, figures: 7 })
    expect(pages[0]!.items[0]).toMatchObject({ kind: 'figure', patient: null, workitem: null, report: null })
  })

  test('names the patient of a case in scope, and counts one outside it without a name', async () => {
    await county.ready(1, { Modality: 'CT', PatientName: 'Zhang^San' })
    await rebuildFacts({ index })
    const today = { from: '2020-01-01', to: '2022-12-31' }
    await query(index.pool, `update reading_fact set ready_at = '2021-06-01'`)
    const [seen] = (await list(chief, 'studies', today)).items
    expect(seen).toMatchObject({ kind: 'case', institution: expect.stringContaining('EAST'), workitem: expect.any(String) })
    expect(seen!.patient!.name).not.toBe('')
    const { total, items } = await list({ ...chief, scope: [] }, 'studies', today)
    expect([total, items[0]!.kind, items[0]!.patient, items[0]!.workitem, items[0]!.StudyInstanceUID]).toEqual([
      1,
      'closed',
      null,
      null,
      null,
    ])
  })

  test('a township lists its own and neither another’s nor a doctor’s', async () => {
    await insert([quiet, { ...quiet, east: false }, { ...quiet, finalAt: quiet.readyAt }])
    expect((await list(director, 'studies')).total).toBe(2)
    await expect(list(director, 'studies', { institution: county.people.westTech.institution.id })).rejects.toThrow(Forbidden)
    await expect(list(director, 'reports', { narrowed: { author: county.people.wang.account } })).rejects.toThrow(Forbidden)
    const [report] = (await list(director, 'reports')).items
    expect([report!.author, report!.reviewer]).toEqual([null, null])
    const { narrowed, items } = await list(chief, 'reports', { narrowed: { author: county.people.wang.account } })
    expect([narrowed, items[0]!.author]).toEqual([['王丽'], '王丽'])
  })
})

describe('a critical value', () => {
  const criticals = async (raisedMinutesAgo: number, acknowledgedAfter: number | null) => {
    await query(index.pool, 'delete from reading_fact')
    const at = new Date(Date.now() - raisedMinutesAgo * 60_000)
    await insert([{ ...quiet, criticals: [[at, acknowledgedAfter === null ? null : acknowledgedAfter * 60]] }])
    const here = { from: '2020-01-01', to: '2022-12-31' }
    await query(index.pool, `update reading_fact set critical_at = '2021-06-01'`)
    const { tables } = await statistics({ index, clock }, chief, 'safety', { ...period, ...here })
    const { criticals, inTime, late, critical } = tables[0]!.total!
    return [criticals, inTime, late, critical]
  }

  test('that is younger than ten minutes and not acknowledged is neither in time nor late', async () => {
    expect(await criticals(3, null)).toEqual([1, 0, 0, null])
  })

  test('counts as late once ten minutes have passed, and as what it is once it is acknowledged', async () => {
    expect(await criticals(11, null)).toEqual([1, 0, 1, 0])
    expect(await criticals(3, 2)).toEqual([1, 1, 0, 1])
    expect(await criticals(60, 9)).toEqual([1, 1, 0, 1])
    expect(await criticals(60, 11)).toEqual([1, 0, 1, 0])
  })
})
