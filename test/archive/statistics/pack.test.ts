/** The monthly pack of a county with a year behind it: what the workbook holds, what the pages say, and that a township gets its own alone. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../../archive/access.ts'
import { Forbidden } from '../../../archive/errors.ts'
import { loadFonts } from '../../../archive/reading/documents/glyphs.ts'
import { monthlyPack } from '../../../archive/statistics/monthly.ts'
import { type SectionName, sectionNames, statistics } from '../../../archive/statistics/statistics.ts'
import { saveTariff } from '../../../archive/statistics/tariff.ts'
import { sites } from '../../../gateway/demo/history/sites.ts'
import { history } from '../../../gateway/demo/history.ts'
import { insertPastReadings } from '../../../storage/index/history.ts'
import { upsertInstitution } from '../../../storage/index/institutions.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type ReadingCounty, readingCounty } from '../reading/county.ts'

let index: TestIndex
let county: ReadingCounty
let chief: Asker
let director: Asker
let readings = 0
const clock = () => new Date('2026-11-22T04:00:00Z')
const folder = mkdtempSync(join(tmpdir(), 'pack-'))
const month = { from: '2026-10-01', to: '2026-10-31', institution: null, modality: null, language: 'zh' } as const

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  const centre = county.people.wang.institution.id
  const ids = new Map<string, number>()
  for (const { institution } of sites)
    ids.set(institution.code, (await upsertInstitution(index.pool, { ...institution, parent: centre })).id)
  chief = await county.asker('chief', ['chief'], centre)
  director = await county.asker('director', ['administrator'], ids.get('QS')!)
  const { wang, li, zeng, zhao } = county.people
  const staff = { readers: [wang.account, li.account], reviewers: [zeng.account, zhao.account] }
  readings = await insertPastReadings(index.pool, history(ids, centre, staff, '2026-11-22'))
  await index.pool.query('analyze reading_fact')
  await saveTariff({ index }, chief, [
    { modality: 'CT', reportPoints: 2, reviewPoints: 1, feeFen: 4_000 },
    { modality: '*', reportPoints: 1, reviewPoints: 0.5, feeFen: 1_500 },
  ])
}, 120_000)
afterAll(async () => {
  await index.close()
  rmSync(folder, { recursive: true, force: true })
})

const tools = () => ({ index, clock, fonts: loadFonts, centreTitle: '云岭县医共体远程影像诊断中心' })
const section = (asker: Asker, name: SectionName, request: object = {}) => statistics(tools(), asker, name, { ...month, ...request })

test('the year has what a county of thirty sites has, and is the same every time', async () => {
  expect(readings).toBeGreaterThan(40_000)
  const ids = new Map([['QS', 1]])
  const take = () => [...history(ids, 9, { readers: [1, 2], reviewers: [3] }, '2026-11-22')]
  expect(JSON.stringify(take())).toBe(JSON.stringify(take()))
  for (const { studyEndAt, readyAt, claimedAt, submittedAt, finalAt } of take().slice(0, 500)) {
    expect(studyEndAt < readyAt && readyAt < claimedAt && claimedAt < submittedAt && submittedAt < finalAt).toBe(true)
  }
})

test('sites and modalities add up to the total, and the settlement to its price', async () => {
  const [matrix] = (await section(chief, 'volumes')).tables
  expect(matrix!.rows.length).toBe(30)
  const studies = matrix!.rows.reduce((sum, row) => sum + Number(row.studies), 0)
  expect(matrix!.total!.studies).toBe(studies)
  const [sheet] = (await section(chief, 'settlement')).tables
  for (const { reports, fee, amount, modality } of sheet!.rows) {
    expect(fee).toBe(modality === 'CT' ? 4_000 : 1_500)
    expect(amount).toBe(Number(reports) * Number(fee))
  }
})

test('every column of a figure is defined, in both languages', async () => {
  for (const language of ['zh', 'en'] as const) {
    for (const name of sectionNames) {
      const { tables, definitions } = await section(chief, name, { language })
      const keys = new Set<string>(definitions.map(({ key }) => key))
      for (const { columns } of tables)
        for (const { definition } of columns) if (definition !== undefined) expect(keys.has(definition)).toBe(true)
      const said = JSON.stringify([tables.map(({ title, columns }) => [title, columns.map(({ title }) => title)]), definitions])
      if (language === 'en') expect(/\p{Script=Han}/u.test(said.replaceAll(/云岭.{0,30}/g, ''))).toBe(false)
    }
  }
})

test('whoever directs a township sees that township, and no doctor', async () => {
  const [matrix] = (await section(director, 'volumes')).tables
  expect(matrix!.rows.map(({ site }) => site)).toEqual(['青石'])
  expect((await section(director, 'workload')).tables).toEqual([])
  await expect(section(director, 'volumes', { institution: director.institution.id + 1 })).rejects.toThrow(Forbidden)
  await expect(section(county.people.eastDoctor, 'overview')).rejects.toThrow(Forbidden)
})

test('a month without anything divides nothing by zero', async () => {
  for (const name of sectionNames) {
    const text = JSON.stringify(await section(chief, name, { from: '2031-02-01', to: '2031-02-28' }))
    expect(text).not.toMatch(/NaN|Infinity/)
  }
  const empty = { ...month, from: '2031-02-01', to: '2031-02-28' }
  expect((await monthlyPack(tools(), chief, empty, 'xlsx')).subarray(0, 2).toString()).toBe('PK')
  expect((await monthlyPack(tools(), chief, empty, 'pdf')).subarray(0, 5).toString()).toBe('%PDF-')
})

describe('the workbook', () => {
  const part = (file: string, name: string) => execFileSync('unzip', ['-p', file, name], { maxBuffer: 64 << 20 }).toString('utf8')

  test('has a sheet for each table, numbers as numbers with their formats', async () => {
    const file = join(folder, 'month.xlsx')
    writeFileSync(file, await monthlyPack(tools(), chief, month, 'xlsx'))
    expect(execFileSync('unzip', ['-tq', file]).toString()).toContain('No errors')
    const sheets = [...part(file, 'xl/workbook.xml').matchAll(/<sheet [^>]*name="([^"]+)"/g)].map(([, name]) => name!)
    expect(sheets.length).toBeGreaterThanOrEqual(14)
    expect(new Set(sheets).size).toBe(sheets.length)
    for (const name of sheets) expect([...name].length).toBeLessThanOrEqual(31)
    expect(sheets).toContain('结算单')
    const styles = part(file, 'xl/styles.xml')
    for (const format of ['[h]:mm:ss', '0.0%', '#,##0.00']) expect(styles).toContain(format)
    // On paper: as wide as the page, the head on each, days as days.
    const days = part(file, `xl/worksheets/sheet${sheets.indexOf('逐日') + 1}.xml`)
    expect(days).toMatch(
      /^[\s\S]*fitToPage="1"[\s\S]*<pane [^>]*ySplit="3"[\s\S]*<pageSetup paperSize="9" orientation="portrait" fitToWidth="1"/,
    )
    expect(part(file, `xl/worksheets/sheet${sheets.indexOf('一周各时段') + 1}.xml`)).toContain('orientation="landscape"')
    expect(part(file, 'xl/workbook.xml')).toContain(`'逐日'!$1:$3`)
    // 2026-10-01 in days since the end of 1899.
    expect(days).toContain('<v>46296</v>')
    const settlement = part(file, `xl/worksheets/sheet${sheets.indexOf('结算单') + 1}.xml`)
    const numbers = [...settlement.matchAll(/<v>([\d.]+)<\/v>/g)].map(([, value]) => Number(value))
    const [sheet] = (await section(chief, 'settlement')).tables
    expect(numbers).toContain(Number(sheet!.total!.amount) / 100)
    expect(part(file, 'xl/worksheets/sheet1.xml')).not.toContain('<f>')
  }, 60_000)
})

describe('the pages', () => {
  test('are numbered, carry the Chinese font and draw their charts as lines, not as pictures', async () => {
    const bytes = await monthlyPack(tools(), chief, month, 'pdf')
    if (process.env.KEEP_PACK !== undefined) {
      writeFileSync(join(process.env.KEEP_PACK, 'month.pdf'), bytes)
      writeFileSync(join(process.env.KEEP_PACK, 'month.xlsx'), await monthlyPack(tools(), chief, month, 'xlsx'))
    }
    const text = bytes.toString('latin1')
    expect(text.startsWith('%PDF-')).toBe(true)
    const pages = text.match(/\/Type \/Page\n/g)?.length ?? 0
    expect(pages).toBeGreaterThan(8)
    expect(pages).toBeLessThan(30)
    expect(text).toContain('NotoSansSC')
    expect(text).not.toContain('/Subtype /Image')
  }, 60_000)
})
