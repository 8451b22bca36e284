/** Places of institutions and the county's outline in the settings, in a real browser. */
import { expect, test } from 'vitest'
import { outline, places } from '../../gateway/demo/land.ts'
import type { Account, Institution } from '../../viewer/portal/api/types.ts'
import { pagesOf } from './pages.ts'
import { accountOf } from './small-api.ts'

const enter = pagesOf('places')
const administrator: Account = {
  ...accountOf('administrator'),
  institution: { id: 1, code: 'COUNTY', name: '云岭县人民医院', readingCentre: true },
}
const institution = (id: number, code: string, name: string, placed = true): Institution => ({
  id,
  code,
  name,
  shortName: null,
  level: id === 1 ? 'county' : 'township',
  parent: id === 1 ? null : 1,
  readingCentre: id === 1,
  address: null,
  phone: null,
  accessionPrefix: null,
  place: placed ? { longitude: places[code]![0], latitude: places[code]![1] } : null,
})
const institutions = [
  institution(1, 'COUNTY', '云岭县人民医院'),
  institution(2, 'QS', '青石镇卫生院'),
  institution(3, 'LX', '柳溪镇卫生院', false),
  ...['BS', 'XQ', 'GS', 'YH', 'HT'].map((code, at) => institution(4 + at, code, `${code}卫生院`)),
]
const answers = {
  'GET /api/unmatched': { items: [] },
  'GET /api/conflicts': { items: [] },
  'GET /api/critical': { items: [] },
  'GET /api/institutions': institutions,
  'GET /api/map-outline': { rings: [outline] },
}

test('a place is typed, pointed at, or moved by the arrow keys; half of one is not saved', { timeout: 90_000 }, async () => {
  const { page, api, picture } = await enter(administrator, '/settings/institutions', {
    ...answers,
    'PUT /api/institutions/LX': institution(3, 'LX', '柳溪镇卫生院'),
  })
  const row = page.locator('tr', { hasText: '柳溪镇卫生院' })
  expect(await row.innerText()).toContain('—')
  await row.getByRole('button').click()
  const dialog = page.getByRole('dialog')
  const longitude = dialog.getByLabel('经度')
  const latitude = dialog.getByLabel('纬度')
  await longitude.fill('107.6')
  await longitude.blur()
  await dialog.getByRole('button', { name: /保\s*存/ }).click()
  await dialog.getByText('经度和纬度要么都填').waitFor()
  expect(api.asked.filter(({ method }) => method === 'PUT')).toEqual([])
  await latitude.fill('27.8')
  await latitude.blur()
  await dialog.getByText('经度和纬度要么都填').waitFor({ state: 'detached' })

  const sheet = dialog.locator('.place-sheet')
  await sheet.focus()
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('ArrowUp')
  const [east, north] = [Number(await longitude.inputValue()), Number(await latitude.inputValue())]
  expect(east).toBeGreaterThan(107.6)
  expect(north).toBeGreaterThan(27.8)

  const box = (await sheet.boundingBox())!
  await page.mouse.move(box.x + box.width * 0.2, box.y + box.height / 2)
  await page.mouse.down()
  const pressed = Number(await longitude.inputValue())
  expect(pressed).toBeLessThan(107.6)
  await page.mouse.move(box.x + box.width * 0.8, box.y + box.height * 0.3, { steps: 4 })
  await page.mouse.up()
  const [toEast, toNorth] = [Number(await longitude.inputValue()), Number(await latitude.inputValue())]
  expect(toEast).toBeGreaterThan(pressed)
  await picture('settings-place')
  await dialog.getByRole('button', { name: /保\s*存/ }).click()
  await dialog.waitFor({ state: 'hidden' })
  const saved = () => api.asked.find(({ method }) => method === 'PUT')
  await expect.poll(() => saved()?.body.place, { timeout: 15_000 }).toEqual({ longitude: toEast, latitude: toNorth })
})

test('a place is taken off the map again', { timeout: 60_000 }, async () => {
  const { page, api } = await enter(administrator, '/settings/institutions', {
    ...answers,
    'PUT /api/institutions/QS': institution(2, 'QS', '青石镇卫生院', false),
  })
  await page.locator('tr', { hasText: '青石镇卫生院' }).getByRole('button').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '清除位置' }).click()
  await dialog.getByRole('button', { name: /保\s*存/ }).click()
  await expect.poll(() => api.asked.find(({ method }) => method === 'PUT')?.body, { timeout: 15_000 }).toMatchObject({ place: null })
})

test('the outline is a file of the administrator’s; what is none is not sent', { timeout: 90_000 }, async () => {
  const { page, api, picture } = await enter(administrator, '/settings/institutions', {
    ...answers,
    'PUT /api/map-outline': { rings: [outline] },
    'DELETE /api/map-outline': '',
  })
  await page.locator('.outline-preview path').waitFor()
  await picture('settings-outline')
  const file = page.locator('input[type=file]')
  const sent = () => api.asked.filter(({ method, path }) => method === 'PUT' && path === '/api/map-outline')
  await file.setInputFiles({ name: 'county.geojson', mimeType: 'application/geo+json', buffer: Buffer.from('<kml/>') })
  await page.getByText('这个文件不是 JSON').waitFor()
  await file.setInputFiles({ name: 'county.geojson', mimeType: 'application/geo+json', buffer: Buffer.alloc(1024 * 1024 + 1, 32) })
  await page.getByText('文件超过 1 MB').waitFor()
  expect(sent()).toEqual([])
  const geojson = { type: 'Polygon', coordinates: [outline] }
  await file.setInputFiles({ name: 'county.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(JSON.stringify(geojson)) })
  await page.getByText(`轮廓已保存：${outline.length} 个点`).waitFor()
  expect(sent().map(({ body }) => body)).toEqual([geojson])
  api.answers.set('GET /api/map-outline', { rings: [] })
  await page.getByRole('button', { name: '删除轮廓' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '删除轮廓' }).click()
  await page.getByText('还没有轮廓').waitFor()
})
