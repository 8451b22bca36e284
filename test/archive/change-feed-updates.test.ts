/** The change feed tells of what changes a whole study once for each instance whose answer is another now. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Asker } from '../../archive/access.ts'
import { numberChanges, readChangeFeed } from '../../archive/change-feed.ts'
import { decideConflict, listConflicts } from '../../archive/conflicts.ts'
import { correctStudy, undoCorrection } from '../../archive/corrections.ts'
import { linkPersons, matchStudy, mergePatients, undoLink } from '../../archive/patients.ts'
import { readChanges } from '../../storage/index/changes.ts'
import { uidOf } from '../support/records.ts'
import { type IdentityCounty, identityCounty } from './identity-county.ts'

let county: IdentityCounty
let east: Asker
let chief: Asker
let told = 0

beforeAll(async () => {
  county = await identityCounty()
  east = await county.person('tech', 'technologist', 'east')
  chief = await county.person('chief', 'administrator', 'county')
})
afterAll(() => county.close())

const inOrder = (entries: readonly { SOPInstanceUID: string; action: string; state: string }[]) =>
  entries.map(({ SOPInstanceUID, action, state }) => `${SOPInstanceUID} ${action} ${state}`)

async function feed(asker: Asker) {
  // Without metadata nothing is asked of the object store.
  const tools = { index: county.index, objects: undefined as never, publicPath: '' }
  const entries = []
  for (;;) {
    const page = await readChangeFeed(tools, asker.scope, { offset: entries.length, limit: 3, includeMetadata: false })
    if (page.length === 0) break
    entries.push(...page)
  }
  expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, n) => n + 1))
  return entries
}

/** What the feed has told since it was asked last. Each batch comes twice, as after a restart. */
async function news() {
  const changes = await readChanges(county.index.pool, 0, 10_000)
  for (const batch of [changes.slice(0, -1), changes, changes]) await numberChanges(county, batch)
  const entries = await feed(east)
  expect(inOrder(await feed(chief))).toEqual(inOrder(entries))
  const unheard = entries.slice(told)
  told = entries.length
  return inOrder(unheard)
}

const patientOf = async (study: string) => {
  const { rows } = await county.index.pool.query('select patient_pk from study where study_instance_uid = $1', [uidOf(study)])
  return Number(rows[0].patient_pk)
}

test('a correction and its undoing update every instance of the study, one of a series those of the series', async () => {
  for (const [series, instance] of [
    [1, 1],
    [1, 2],
    [2, 1],
  ] as const)
    await county.store({ study: 'f1', series, instance, values: { patient_id: 'F1' } })
  await county.store({ study: 'f2', values: { patient_id: 'F2' } })
  const all = [uidOf('f1', 1, 1), uidOf('f1', 1, 2), uidOf('f1', 2, 1)]
  expect(await news()).toEqual([...all, uidOf('f2', 1, 1)].map((uid) => `${uid} create current`))

  const { revision } = await correctStudy(county, east, uidOf('f1'), { attributes: { StudyDescription: '胸部' }, reason: 'r' })
  expect(await news()).toEqual(all.map((uid) => `${uid} update current`))
  await correctStudy(county, east, uidOf('f1'), { attributes: { Laterality: 'L' }, SeriesInstanceUID: uidOf('f1', 2), reason: 'r' })
  expect(await news()).toEqual([`${all[2]} update current`])
  await undoCorrection(county, east, uidOf('f1'), revision, 'r')
  expect(await news()).toEqual(all.map((uid) => `${uid} update current`))
  expect(inOrder(await feed(east)).slice(0, 8)).toEqual([
    ...all.map((uid) => `${uid} create replaced`),
    `${uidOf('f2', 1, 1)} create current`,
    ...all.map((uid) => `${uid} update replaced`),
    `${all[2]} update replaced`,
  ])
})

test('a merge, a match and their undoing update the studies that show another patient; the same person under two numbers changes none', async () => {
  await county.store({ study: 'f3', values: { patient_id: 'F3' } })
  await news()
  const [one, other] = [await patientOf('f2'), await patientOf('f3')]
  const update = [`${uidOf('f2', 1, 1)} update current`]
  const { link: merge } = await mergePatients(county, east, one, other, 'r')
  expect(await news()).toEqual(update)
  await undoLink(county, east, Number(merge), 'r')
  expect(await news()).toEqual(update)
  const { link: match } = await matchStudy(county, east, uidOf('f2'), other, 'r')
  expect(await news()).toEqual(update)
  await undoLink(county, east, Number(match), 'r')
  expect(await news()).toEqual(update)
  await linkPersons(county, east, one, other, 'r')
  expect(await news()).toEqual([])
})

test('another version made the instance, and the first again, is an update of it; one kept aside is nothing', async () => {
  await county.store({ study: 'f4', values: { patient_id: 'F4' } })
  await news()
  await county.store({ study: 'f4', values: { patient_id: 'F4' }, content: 'other' })
  expect(await news()).toEqual([])
  const [conflict] = await listConflicts(county, east, { state: 'open', limit: 10 })
  await decideConflict(county, east, Number(conflict!.id), 'use-version-2', 'r')
  const update = [`${uidOf('f4', 1, 1)} update current`]
  expect(await news()).toEqual(update)
  await decideConflict(county, east, Number(conflict!.id), 'reopen', 'r')
  expect(await news()).toEqual(update)
  await decideConflict(county, east, Number(conflict!.id), 'keep-current', 'r')
  expect(await news()).toEqual([])
})
