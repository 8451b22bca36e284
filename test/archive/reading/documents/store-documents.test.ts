/** Signed reports become instances of their study: through the archive's own door, tried until it is done, never twice. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Publisher } from '../../../../archive/publisher.ts'
import { openPublisher } from '../../../../archive/publisher.ts'
import { loadFonts } from '../../../../archive/reading/documents/glyphs.ts'
import { rejectDocuments } from '../../../../archive/reading/documents/reject-documents.ts'
import { type DocumentTools, storeDocuments } from '../../../../archive/reading/documents/store-documents.ts'
import { getWorkitem, openWorkitem } from '../../../../archive/reading/list/workitems.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { getReport } from '../../../../archive/reading/reports/reports.ts'
import { joinWorkitems, splitWorkitem } from '../../../../archive/reading/workflow/join.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { type StoreTools, storeInstance } from '../../../../archive/store.ts'
import { query } from '../../../../storage/index/query.ts'
import { filesystemStore } from '../../../../storage/objects/filesystem.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { uidOf } from '../../../support/records.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
let root: string
let publisher: Publisher
let storeTools: StoreTools
let studies = 0
const fonts = loadFonts()
const warnings: object[] = []

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  root = await mkdtemp(join(tmpdir(), 'documents-'))
  publisher = await openPublisher({ index, gateway: 'test' })
  storeTools = { objects: filesystemStore({ root }), publisher, clock: () => new Date(), publicPath: '', maxInstanceBytes: 1e9 }
})
afterAll(async () => {
  await publisher.close()
  await index.close()
  await rm(root, { recursive: true })
})

const tools = (store: DocumentTools['store'] = (source, part10) => storeInstance(storeTools, source, part10)): DocumentTools => ({
  index,
  render: { index, objects: storeTools.objects, renderer: undefined as never, publicPath: '' },
  store,
  fonts: () => fonts,
  log: { warn: (about) => void warnings.push(about) },
})

async function signed(): Promise<number> {
  const { wang, zeng } = county.people
  studies += 1
  const id = await county.ready(studies)
  await perform(county.tools, wang, id, 'claim')
  await writeDraft(county.tools, wang, id, { ...completeDraft, rev: 0 })
  await perform(county.tools, wang, id, 'submit')
  await perform(county.tools, zeng, id, 'review')
  await perform(county.tools, zeng, id, 'sign')
  return id
}
const instancesOf = (uids: readonly string[]) =>
  query<{ uid: string; modality: string; institution: number; via: string }>(
    index.pool,
    `select n.sop_instance_uid as uid, r.modality, n.institution_id as institution, n.via
     from instance n join series r on r.series_pk = n.series_pk where n.sop_instance_uid = any($1) order by r.modality`,
    [uids],
  )
/** What was put off is due again. */
const becomeDue = () => query(index.pool, `update report_document set next_attempt_at = now() where stored_at is null`)

test('SR and PDF are stored in the study under the UIDs that the signature reserved; the list says so; no badge is raised', async () => {
  const { zeng, eastDoctor, eastTech } = county.people
  const id = await signed()
  expect((await getWorkitem(county.tools, zeng, id)).documents).toBe('pending')
  expect(await storeDocuments(tools())).toBe(2)
  await county.follow()
  const workitem = await getWorkitem(county.tools, zeng, id)
  expect(workitem).toMatchObject({ documents: 'stored', newImages: false, series: 1, instances: 1, modality: 'CT' })
  const { view } = await getReport(county.tools, eastDoctor, Number(workitem.reportId))
  expect(await instancesOf([view.SRInstanceUID, view.PDFInstanceUID])).toEqual([
    { uid: view.PDFInstanceUID, modality: 'DOC', institution: eastTech.institution.id, via: 'authored' },
    { uid: view.SRInstanceUID, modality: 'SR', institution: eastTech.institution.id, via: 'authored' },
  ])
  expect(await storeDocuments(tools())).toBe(0)
})

test('a store that fails is tried again until it takes them; nothing is kept twice', async () => {
  const id = await signed()
  let attempts = 0
  const failing = tools(async () => {
    attempts += 1
    throw new Error('disk full')
  })
  expect(await storeDocuments(failing)).toBe(0)
  // Put off: not tried again at once.
  expect(await storeDocuments(failing)).toBe(0)
  expect(attempts).toBe(2)
  expect(warnings).toHaveLength(2)

  // Stored, but the gateway died before it could say so: the same bytes come again.
  await becomeDue()
  const dying = tools(async (source, part10) => {
    await storeInstance(storeTools, source, part10)
    throw new Error('killed')
  })
  await storeDocuments(dying)
  await becomeDue()
  expect(await storeDocuments(tools())).toBe(2)
  expect((await getWorkitem(county.tools, county.people.zeng, id)).documents).toBe('stored')
  expect(await query(index.pool, `select from version`)).toEqual([])
})

test('two gateways at once store each document once', async () => {
  await Promise.all([signed(), signed()])
  const outcomes = await Promise.all([storeDocuments(tools()), storeDocuments(tools())])
  expect(outcomes[0]! + outcomes[1]!).toBe(4)
})

test('key images of two studies: a selection in each, put aside in each when the report is retracted', async () => {
  const { wang, zeng } = county.people
  const chief = await county.asker('主任', ['chief'], wang.institution.id)
  const [one, two] = [studies + 1, studies + 2]
  studies += 2
  const [id, other] = [await county.ready(one), await county.ready(two)]
  await perform(county.tools, wang, id, 'claim')
  await joinWorkitems(county.tools, wang, id, { other, reason: '同一次检查' })
  await county.open(id)
  const image = (study: number) => ({ SeriesInstanceUID: uidOf(study, 1), SOPInstanceUID: uidOf(study, 1, 1), frame: 1, caption: '' })
  const stranger = { ...image(1), StudyInstanceUID: uidOf(1) }
  const keyImages = [image(one), { ...image(two), StudyInstanceUID: uidOf(two) }]
  await expect(writeDraft(county.tools, wang, id, { keyImages: [stranger], rev: 0 })).rejects.toThrow('no image of what is read here')
  const misplaced = [{ ...image(two), StudyInstanceUID: uidOf(one) }]
  await expect(writeDraft(county.tools, wang, id, { keyImages: misplaced, rev: 0 })).rejects.toThrow('no image of what is read here')
  await writeDraft(county.tools, wang, id, {
    ...completeDraft,
    impression: '右肺炎症。',
    wording: 'affirmative',
    polarity: 'positive',
    keyImages,
    rev: 0,
  })
  const pinProved = true
  await perform(county.tools, wang, id, 'submit', { pinProved })
  await perform(county.tools, zeng, id, 'review')
  await perform(county.tools, zeng, id, 'sign', { pinProved })
  expect(await storeDocuments(tools())).toBe(4)
  const selections = () =>
    query<{ uid: string }>(
      index.pool,
      `select s.study_instance_uid as uid from instance n join study s using (study_pk)
       where n.sop_class_uid = '1.2.840.10008.5.1.4.1.1.88.59' and n.via = 'authored' order by s.study_pk`,
    )
  expect(await selections()).toEqual([{ uid: uidOf(one) }, { uid: uidOf(two) }])
  expect(await getWorkitem(county.tools, zeng, id)).toMatchObject({ documents: 'stored', newImages: false })
  await perform(county.tools, chief, id, 'retract', { reason: '患者错误' })
  expect(await rejectDocuments(county.tools)).toBe(2)
  const put = await query<{ uid: string; code: string; instances: number }>(
    index.pool,
    `select s.study_instance_uid as uid, r.code, count(*)::int as instances from rejection r join study s using (study_pk)
       join rejected_instance i using (rejection_id) where s.study_instance_uid = any($1) group by s.study_pk, r.code order by s.study_pk`,
    [[uidOf(one), uidOf(two)]],
  )
  expect(put).toEqual([
    { uid: uidOf(one), code: '113037', instances: 3 },
    { uid: uidOf(two), code: '113037', instances: 1 },
  ])
  expect(await rejectDocuments(county.tools)).toBe(0)
})

test('a study that is taken out again takes its key images along; the words stay', async () => {
  const { wang } = county.people
  const [one, two] = [studies + 1, studies + 2]
  studies += 2
  const [id, other] = [await county.ready(one), await county.ready(two)]
  await perform(county.tools, wang, id, 'claim')
  await joinWorkitems(county.tools, wang, id, { other, reason: '同一次检查' })
  const image = (study: number) => ({ SeriesInstanceUID: uidOf(study, 1), SOPInstanceUID: uidOf(study, 1, 1), frame: 1, caption: '' })
  await writeDraft(county.tools, wang, id, { ...completeDraft, keyImages: [image(two), image(one)], rev: 0 })
  await splitWorkitem(county.tools, wang, id, { StudyInstanceUID: uidOf(two), reason: '分开' })
  expect((await openWorkitem(county.tools, wang, id)).draft).toMatchObject({
    rev: 2,
    findings: completeDraft.findings,
    keyImages: [image(one)],
  })
})
