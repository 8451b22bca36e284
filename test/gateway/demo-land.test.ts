/** The invented county: every institution stands inside its outline, apart from the others. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { centre } from '../../gateway/demo/county.ts'
import { sites } from '../../gateway/demo/history/sites.ts'
import { drawLand, outline, places } from '../../gateway/demo/land.ts'
import { findInstitution, upsertInstitution } from '../../storage/index/institutions.ts'
import { findOutline, removeOutline } from '../../storage/index/map-outline.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'

let index: TestIndex
beforeAll(async () => {
  index = await openTestIndex()
}, 120_000)
afterAll(() => index.close())

/** Even and odd: how often a ray to the east crosses the outline. */
function isInside([x, y]: readonly [number, number]): boolean {
  let inside = false
  for (let at = 1; at < outline.length; at++) {
    const [[ax, ay], [bx, by]] = [outline[at - 1]!, outline[at]!]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  }
  return inside
}

test('all thirty and the centre have a place of their own within the outline, which is closed', () => {
  const codes = [centre, ...sites.map(({ institution }) => institution)].map(({ code }) => code)
  expect(Object.keys(places).sort()).toEqual([...codes].sort())
  expect(outline.at(-1)).toEqual(outline[0])
  for (const place of Object.values(places)) expect(isInside(place)).toBe(true)
  expect(new Set(Object.values(places).map(String)).size).toBe(codes.length)
})

test('places and outline are set once; what an administrator has set stays, and so does the rest of the institution', async () => {
  const county = await upsertInstitution(index.pool, { ...centre, address: '人民路 1 号' })
  const elsewhere = { longitude: 100, latitude: 25 }
  await upsertInstitution(index.pool, { code: 'QS', name: '青石', place: elsewhere })
  await drawLand({ index })
  const [longitude, latitude] = places[centre.code]!
  expect(await findInstitution(index.pool, centre.code)).toMatchObject({
    place: { longitude, latitude },
    address: '人民路 1 号',
    readingCentre: true,
  })
  expect(await findInstitution(index.pool, 'QS')).toMatchObject({ place: elsewhere })
  expect(await findOutline(index.pool, county.id)).toHaveLength(1)
  await removeOutline(index.pool, county.id)
  await drawLand({ index })
  expect(await findOutline(index.pool, county.id)).toHaveLength(1)
})
