/** Key images: written down at once, stored as Key Object Selections of CID 7010 later; settings and openings of a person beside them. */
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dcmjs from 'dcmjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../archive/access.ts'
import { BadRequest, NotFound } from '../../archive/errors.ts'
import { isKeyObjectTitle, keyObjectTitles } from '../../archive/key-object-titles.ts'
import { keyImagesOf, mostSelections, selectKeyImages, storeKeyObjects } from '../../archive/key-objects.ts'
import { preferenceLimits, readPreferences, writePreferences } from '../../archive/reading/list/preferences.ts'
import { noteOpened, openedStudies } from '../../archive/reading/workflow/openings.ts'
import { query } from '../../storage/index/query.ts'
import { run, testWithPeer } from '../support/foreign-peers.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'
import { type ReadingCounty, readingCounty } from './reading/county.ts'

let index: TestIndex
let county: ReadingCounty
const stored: Buffer[] = []
/** The instances of one study, with pixels, as the index has them. */
interface Place {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
}
let place: Place
let other: Place

const placeOf = async (StudyInstanceUID: string): Promise<Place> => {
  const [row] = await query<{ series: string; sop: string }>(
    index.pool,
    `update instance i set pixels = coalesce(nullif(i.pixels, 'null'), '{}') || '{"NumberOfFrames": 3}', sop_class_uid = '1.2.840.10008.5.1.4.1.1.3.1' from series e, study s
     where e.series_pk = i.series_pk and s.study_pk = i.study_pk and s.study_instance_uid = $1
     returning e.series_instance_uid as series, i.sop_instance_uid as sop`,
    [StudyInstanceUID],
  )
  return { StudyInstanceUID, SeriesInstanceUID: row!.series, SOPInstanceUID: row!.sop }
}
const imageOf = ({ SeriesInstanceUID, SOPInstanceUID }: Place, frame = 1, caption = '') => ({
  SeriesInstanceUID,
  SOPInstanceUID,
  frame,
  caption,
  window: { center: 40, width: 80 },
  shapes: [],
})
const store = async (_: unknown, part10: AsyncIterable<Uint8Array>) => {
  const parts: Uint8Array[] = []
  for await (const part of part10) parts.push(part)
  stored.push(Buffer.concat(parts))
}
const select = (who: Asker, where: Place, images = [imageOf(where)], comment = '') =>
  selectKeyImages(county.tools, who, where.StudyInstanceUID, { title: '113004', comment, images })
const storeAll = (put = store) => storeKeyObjects({ index, store: put, log: { warn: () => undefined } })

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  place = await placeOf(await county.arrive({ study: 1, values: { patient_name: 'Shan^WenYing=单^文英', patient_id: '1001' } }))
  other = await placeOf(await county.arrive({ study: 2, instance: 2, series: 2, values: { patient_id: '1002' } }, county.west))
})
afterAll(() => index.close())

describe('a selection by hand', () => {
  test('names images of its own study only', async () => {
    await expect(select(county.people.wang, place, [imageOf(other)])).rejects.toThrow(BadRequest)
    await expect(select(county.people.wang, place, [imageOf(place, 4)])).rejects.toThrow(BadRequest)
    await expect(select(county.people.wang, place, [{ ...imageOf(place), SeriesInstanceUID: other.SeriesInstanceUID }])).rejects.toThrow(
      BadRequest,
    )
    expect(await keyImagesOf(county.tools, county.people.wang, place.StudyInstanceUID)).toEqual([])
  })

  test('is nobody else’s: another township neither makes nor sees one', async () => {
    await expect(select(county.people.westDoctor, place)).rejects.toThrow(NotFound)
    await expect(keyImagesOf(county.tools, county.people.westDoctor, place.StudyInstanceUID)).rejects.toThrow(NotFound)
  })

  test('is listed at once, and stored under the UID that was promised', async () => {
    const { SOPInstanceUID } = await select(county.people.wang, place, [imageOf(place, 2, '右肺上叶结节'), imageOf(place, 3)], '典型病例')
    const [listed] = await keyImagesOf(county.tools, county.people.eastDoctor, place.StudyInstanceUID)
    expect(listed).toMatchObject({
      SOPInstanceUID,
      title: { code: '113004', zh: '教学', en: 'For Teaching' },
      comment: '典型病例',
      by: '王丽',
      stored: false,
    })
    expect(listed!.images[0]).toEqual(imageOf(place, 2, '右肺上叶结节'))
    expect(await storeAll()).toBe(1)
    const dataset = dcmjs.data.DicomMetaDictionary.naturalizeDataset(
      dcmjs.data.DicomMessage.readFile(new Uint8Array(stored.at(-1)!).buffer).dict,
      // biome-ignore lint/suspicious/noExplicitAny: dcmjs has no types for what it reads
    ) as any
    expect(dataset.SOPInstanceUID).toBe(SOPInstanceUID)
    expect(dataset.StudyInstanceUID).toBe(place.StudyInstanceUID)
    expect(dataset.ConceptNameCodeSequence[0].CodeValue).toBe('113004')
    const images = dataset.ContentSequence.filter(({ ValueType }: { ValueType: string }) => ValueType === 'IMAGE')
    expect(images).toHaveLength(1)
    const [reference] = images[0].ReferencedSOPSequence
    expect(reference.ReferencedSOPInstanceUID).toBe(place.SOPInstanceUID)
    expect([reference.ReferencedFrameNumber].flat().map(Number)).toEqual([2, 3])
    expect(stored.at(-1)!.includes('1. 右肺上叶结节')).toBe(true)
    expect((await keyImagesOf(county.tools, county.people.wang, place.StudyInstanceUID))[0]!.stored).toBe(true)
    expect(await storeAll()).toBe(0)
  })

  test('a request that is repeated points out once', async () => {
    const request = { title: '113000', comment: 'twice', images: [imageOf(place)] } as const
    const ask = () => selectKeyImages(county.tools, county.people.wang, place.StudyInstanceUID, request, 'key-1')
    expect(await ask()).toEqual(await ask())
    const all = await keyImagesOf(county.tools, county.people.wang, place.StudyInstanceUID)
    expect(all.filter(({ comment }) => comment === 'twice')).toHaveLength(1)
    await storeAll()
  })

  test('is tried again when the store fails, and is not lost', async () => {
    await select(county.people.wang, place)
    expect(await storeAll(() => Promise.reject(new Error('the disk is full')))).toBe(0)
    await query(index.pool, 'update key_object_selection set next_attempt_at = now()')
    expect(await storeAll()).toBe(1)
  })

  test('there are not more of them than anybody looks at', async () => {
    await query(
      index.pool,
      `insert into key_object_selection (study_pk, title, comment, images, account_id, account_name, sop_instance_uid, series_instance_uid, stored_at)
       select s.study_pk, '113000', '', '[{}]', 1, 'x', 'm' || n, 'm' || n, now() from study s, generate_series(1, $2) n where s.study_instance_uid = $1`,
      [other.StudyInstanceUID, mostSelections],
    )
    await expect(select(county.people.wang, other)).rejects.toThrow(BadRequest)
  })

  testWithPeer('dciodvfy', 'is a Key Object Selection without an error for a foreign reader', async () => {
    for (const [number, part10] of stored.entries()) {
      const path = join(tmpdir(), `key-objects-${process.pid}-${number}.dcm`)
      await writeFile(path, part10)
      const { output } = await run('dciodvfy', [path])
      expect(output).toContain('KeyObjectSelectionDocument')
      expect(output).not.toMatch(/^Error/m)
    }
  })
})

test('titles of CID 7010 are taken, those of rejection and whatever every object has are not', () => {
  expect(Object.keys(keyObjectTitles)).toContain('113020')
  expect(['113001', '113037', '113038', '113039', 'toString', ''].filter(isKeyObjectTitle)).toEqual([])
})

describe('what was opened', () => {
  test('is kept for each person: the own study and those of the same person', async () => {
    const now = await county.workitemOf(await county.arrive({ study: 10, values: { patient_id: 'P10' } }))
    await county.ready(11, { patient_id: 'P10' })
    const stranger = place.StudyInstanceUID
    const rows = await query<{ uid: string }>(
      index.pool,
      `select s.study_instance_uid as uid from study s where s.patient_id = 'P10' order by s.study_pk`,
    )
    const [own, prior] = rows.map(({ uid }) => uid)
    const { wang, zeng } = county.people
    await noteOpened(county.tools, wang, now, { StudyInstanceUID: own!, what: 'images' })
    const opened = await noteOpened(county.tools, wang, now, { StudyInstanceUID: prior!, what: 'report' })
    await noteOpened(county.tools, wang, now, { StudyInstanceUID: prior!, what: 'report' })
    expect(opened.map(({ StudyInstanceUID, what }) => [StudyInstanceUID, what])).toEqual([
      [own, 'images'],
      [prior, 'report'],
    ])
    expect(await openedStudies(county.tools, zeng, now)).toEqual([])
    await expect(noteOpened(county.tools, wang, now, { StudyInstanceUID: stranger, what: 'images' })).rejects.toThrow(NotFound)
    await expect(noteOpened(county.tools, county.people.westDoctor, now, { StudyInstanceUID: own!, what: 'images' })).rejects.toThrow(
      NotFound,
    )
  })
})

describe('what a person has set', () => {
  test('is kept by section: one that is named is replaced, null removes, the others stay', async () => {
    const { wang, li } = county.people
    await writePreferences(county.tools, wang, { viewer: { placement: 'window' }, list: { columns: ['patient'] } })
    expect(await writePreferences(county.tools, wang, { viewer: { placement: 'dock' } })).toEqual({
      viewer: { placement: 'dock' },
      list: { columns: ['patient'] },
    })
    expect(await writePreferences(county.tools, wang, { list: null })).toEqual({ viewer: { placement: 'dock' } })
    expect(await readPreferences(county.tools, li)).toEqual({})
  })

  test('is bounded in size and number, and nothing of what goes too far is kept', async () => {
    const { li } = county.people
    const long = { text: 'x'.repeat(preferenceLimits.characters) }
    await expect(writePreferences(county.tools, li, { list: { a: 1 }, viewer: long })).rejects.toThrow(BadRequest)
    const many = Object.fromEntries(Array.from({ length: preferenceLimits.sections + 1 }, (_, n) => [`s${n}`, {}]))
    await expect(writePreferences(county.tools, li, many)).rejects.toThrow(BadRequest)
    expect(await readPreferences(county.tools, li)).toEqual({})
  })
})
