/** The change feed over DICOMweb: what became of instances, for each institution its own. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ctStudy, type Instance } from '../../test-images/index.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

let program: TestProgram
beforeAll(async () => {
  program = await startTestProgram()
})
afterAll(() => program.close())

interface Entry {
  readonly sequence: number
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  readonly sopInstanceUid: string
  readonly action: string
  readonly state: string
  readonly timestamp: string
  readonly metadata?: Record<string, { Value?: unknown[] }>
}

async function store(username: string, seed: string, count: number): Promise<Instance[]> {
  const images: Instance[] = []
  for await (const image of ctStudy({ seed })) {
    images.push(image)
    if (images.length === count) break
  }
  for (const { part10 } of images) {
    const sent = { method: 'POST', headers: { 'Content-Type': 'application/dicom' }, body: part10 }
    expect((await program.request(username, '/dicomweb/studies', sent)).status).toBe(200)
  }
  return images
}

const ask = (username: string, query: string) => program.request(username, `/dicomweb/changefeed${query}`)
const read = async (username: string, query = ''): Promise<Entry[]> => (await ask(username, query)).json() as Promise<Entry[]>

async function eventually(username: string, count: number, query = '?includemetadata=false&limit=200'): Promise<Entry[]> {
  for (let turn = 0; ; turn += 1) {
    const entries = await read(username, query)
    if (entries.length >= count || turn > 200) return entries
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('nothing yet: an empty list, and 204 for the latest', async () => {
  expect(await read('administrator')).toEqual([])
  expect((await ask('administrator', '/latest')).status).toBe(204)
})

test('two institutions at once: each counts its own from 1 without a gap, the centre all; a rejection deletes, a restoration creates anew', async () => {
  const [east] = await Promise.all([store('east-technologist', 'east', 3), store('west-technologist', 'west', 4)])
  const ours = await eventually('east-technologist', 3)
  expect(ours.map(({ sequence }) => sequence)).toEqual([1, 2, 3])
  expect(new Set(ours.map(({ sopInstanceUid }) => sopInstanceUid))).toEqual(new Set(east.map(({ SOPInstanceUID }) => SOPInstanceUID)))
  expect((await eventually('west-technologist', 4)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4])
  const all = await eventually('administrator', 7)
  expect(all.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])

  const study = east[0]!.StudyInstanceUID
  const rejected = await program.request('east-technologist', `/api/studies/${study}/rejection`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code: '113001', comment: '模糊', SOPInstanceUIDs: [east[0]!.SOPInstanceUID] }),
  })
  const { rejection } = (await rejected.json()) as { rejection: { id: string } }
  // The image, and the Rejection Note that is written into the study.
  const after = (await eventually('east-technologist', 5)).slice(3)
  expect(after.map(({ action, state }) => `${action} ${state}`).sort()).toEqual(['create current', 'delete deleted'])
  expect(
    (await read('east-technologist', '?limit=3')).find(({ sopInstanceUid }) => sopInstanceUid === east[0]!.SOPInstanceUID),
  ).toMatchObject({
    action: 'create',
    state: 'deleted',
  })
  await program.request('east-technologist', `/api/rejections/${rejection.id}/restore`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ reason: '误操作' }),
  })
  const end = await eventually('east-technologist', 7)
  expect(end.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])
  const of = end.filter(({ sopInstanceUid }) => sopInstanceUid === east[0]!.SOPInstanceUID)
  expect(of.map(({ action, state }) => `${action} ${state}`)).toEqual(['create replaced', 'delete replaced', 'create current'])
  expect(new Set(of.map(({ seriesInstanceUid }) => seriesInstanceUid))).toEqual(new Set([east[0]!.SeriesInstanceUID]))
  expect((await eventually('west-technologist', 4)).length).toBe(4)
  const latest = (await (await ask('east-technologist', '/latest?includemetadata=false')).json()) as Entry
  expect(latest).toEqual(end.at(-1))
})

test('pages follow each other; metadata where it is asked for and the instance is there', async () => {
  const pages: Entry[] = []
  for (;;) {
    const page = await read('east-technologist', `?offset=${pages.length}&limit=2`)
    if (page.length === 0) break
    pages.push(...page)
  }
  expect(pages.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7])
  for (const { state, metadata, sopInstanceUid } of pages) {
    if (state === 'deleted') expect(metadata).toBeUndefined()
    else expect(metadata!['00080018']!.Value).toEqual([sopInstanceUid])
  }
  expect(Date.parse(pages[0]!.timestamp)).toBeGreaterThan(Date.now() - 600_000)
})

test('what cannot be asked is refused by name; who may not retrieve, and who is around a study, has no feed', async () => {
  for (const query of ['?limit=0', '?limit=201', '?offset=-1', '?offset=x', '?includemetadata=perhaps', '?startTime=2026-01-01']) {
    expect((await ask('administrator', query)).status, query).toBe(400)
  }
  expect((await program.request(undefined, '/dicomweb/changefeed')).status).toBe(401)
  expect((await program.request('administrator', '/dicomweb/around/1.2.3/changefeed')).status).toBe(404)
})
