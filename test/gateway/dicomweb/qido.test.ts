/** Search Transaction: PS3.18 §10.6. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { correctStudy } from '../../../archive/corrections.ts'
import { searchable } from '../../../archive/search.ts'
import { ctStudy, drStudy, type Instance, mrStudy, patients } from '../../../test-images/index.ts'
import { type Service, startService } from './service.ts'

let service: Service
const studies: Record<'ct' | 'dr' | 'mr', Instance[]> = { ct: [], dr: [], mr: [] }

// 单文英 and 种大年, of two townships, have the same PatientID: two people.
const { shan, zhong } = patients

beforeAll(async () => {
  service = await startService()
  const made = [
    [studies.ct, ctStudy({ seed: 'qido ct', patient: shan, StudyDate: '20260301' }), 'east'],
    [studies.dr, drStudy({ seed: 'qido dr', patient: shan, StudyDate: '20260302' }), 'east'],
    [studies.mr, mrStudy({ seed: 'qido mr', patient: zhong, StudyDate: '20260303' }), 'west'],
  ] as const
  for (const [instances, images, from] of made) {
    // Two instances of each series are enough.
    const taken = new Map<string, number>()
    for await (const instance of images) {
      const count = taken.get(instance.SeriesInstanceUID) ?? 0
      if (count >= 2) continue
      taken.set(instance.SeriesInstanceUID, count + 1)
      instances.push(instance)
    }
    const response = await service.stow(
      instances.map(({ part10 }) => part10),
      '/studies',
      { 'x-asker': from },
    )
    expect(response.status).toBe(200)
  }
})
afterAll(() => service?.close())

const uidOf = (name: keyof typeof studies) => studies[name][0]!.StudyInstanceUID
const found = async (query: string, headers?: Record<string, string>) =>
  (await service.json(query, headers)).map((dataset) => dataset['0020000D']!.Value![0] as string)

describe('studies', () => {
  test('newest first, with what the archive computes', async () => {
    const datasets = await service.json('/studies')
    expect(datasets.map((dataset) => dataset['0020000D']!.Value![0])).toEqual([uidOf('mr'), uidOf('dr'), uidOf('ct')])
    const series = new Set(studies.ct.map(({ SeriesInstanceUID }) => SeriesInstanceUID))
    expect(datasets[2]).toMatchObject({
      '00080056': { vr: 'CS', Value: ['ONLINE'] },
      '00080061': { vr: 'CS', Value: ['CT'] },
      '00081190': { vr: 'UR', Value: [`${service.url}/dicomweb/studies/${uidOf('ct')}`] },
      '00201206': { vr: 'IS', Value: [series.size] },
      '00201208': { vr: 'IS', Value: [studies.ct.length] },
    })
    for (const dataset of datasets) expect(Object.keys(dataset)).toEqual(Object.keys(dataset).sort())
  })

  test('an empty result is 200 and an empty array', async () => {
    const response = await service.get('/studies?PatientID=nobody')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/dicom+json')
    expect(await response.json()).toEqual([])
  })

  test('by UID, by list, by date, by modality', async () => {
    expect(await found(`/studies?StudyInstanceUID=${uidOf('ct')}`)).toEqual([uidOf('ct')])
    expect(await found(`/studies?0020000D=${uidOf('ct')}%5C${uidOf('dr')}`)).toEqual([uidOf('dr'), uidOf('ct')])
    expect(await found('/studies?StudyDate=20260302-')).toEqual([uidOf('mr'), uidOf('dr')])
    expect(await found('/studies?ModalitiesInStudy=MR')).toEqual([uidOf('mr')])
  })

  test.each([
    'swy',
    'dwy',
    'shanwenying',
    'ShanWen',
    'danwenying',
    'wenying',
    '*shan*',
    '单',
    '*文英*',
    '单文英',
    '单^文英',
    'SHAN WENYING',
  ])('the patient, fuzzily, by %s', async (name) => {
    expect(await found(`/studies?PatientName=${encodeURIComponent(name)}&fuzzymatching=true`)).toEqual([uidOf('dr'), uidOf('ct')])
  })

  test.each(['单文英', '单*', '*文英', 'shan^wenying', 'SHAN*', '*hanwen*', '*han^w*', '?文英'])(
    'the patient, literally, by %s',
    async (name) => {
      const expected = name === '*hanwen*' ? [] : [uidOf('dr'), uidOf('ct')]
      expect(await found(`/studies?PatientName=${encodeURIComponent(name)}`)).toEqual(expected)
    },
  )

  test.each(['wy', 'swx', '文', '单武英'])('another name is not found: %s', async (name) => {
    const fuzzy = name === '文' || name === 'wy' ? [] : [`/studies?PatientName=${encodeURIComponent(name)}&fuzzymatching=true`]
    for (const query of [...fuzzy, `/studies?PatientName=${encodeURIComponent(name)}`]) expect(await found(query)).toEqual([])
  })

  test('limit, offset, and the warning that there is more', async () => {
    const first = await service.get('/studies?limit=2')
    expect(first.headers.get('warning')).toBe(`299 ${service.url}/dicomweb: There are additional results that can be requested`)
    expect(await first.json()).toHaveLength(2)
    const rest = await service.get('/studies?limit=2&offset=2')
    expect(rest.headers.get('warning')).toBeNull()
    expect(await rest.json()).toHaveLength(1)
  })

  test('cursor: the answer tells where the next goes on, for this query only', async () => {
    const next = async (response: Response) => /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
    const first = await service.get('/studies?limit=1&orderby=StudyDate&PatientID=1001')
    expect(await first.json()).toMatchObject([{ '0020000D': { Value: [uidOf('ct')] } }])
    const second = await fetch((await next(first))!)
    expect(await second.json()).toMatchObject([{ '0020000D': { Value: [uidOf('dr')] } }])
    const third = await fetch((await next(second))!)
    expect(await third.json()).toMatchObject([{ '0020000D': { Value: [uidOf('mr')] } }])
    expect([third.headers.get('warning'), await next(third)]).toEqual([null, undefined])
    const cursor = new URL((await next(first))!).searchParams.get('cursor')!
    const another = await service.get(`/studies?limit=1&orderby=StudyDate&PatientID=1002&cursor=${cursor}`)
    expect(another.status).toBe(400)
    expect(another.headers.get('warning')).toContain('belongs to another query')
    for (const wrong of ['x', cursor.slice(0, -8), Buffer.from('["x"]').toString('base64url')])
      expect((await service.get(`/studies?limit=1&orderby=StudyDate&PatientID=1001&cursor=${wrong}`)).status).toBe(400)
  })

  test('a cursor shows nothing outside the scope of who follows it', async () => {
    const first = await service.get('/studies?limit=1')
    const link = /<([^>]+)>/.exec(first.headers.get('link')!)![1]!
    const followed = (await (await fetch(link, { headers: { 'x-asker': 'west' } })).json()) as unknown[]
    expect(followed).toEqual([])
  })

  test('in an order asked for', async () => {
    expect(await found('/studies?orderby=StudyDate')).toEqual([uidOf('ct'), uidOf('dr'), uidOf('mr')])
  })

  test('how many there are', async () => {
    expect(await (await service.get('/studies/count?StudyDate=20260302-')).json()).toEqual({ count: 2 })
    expect(await (await service.get('/instances/count')).json()).toEqual({ count: Object.values(studies).flat().length })
  })

  test('an unknown attribute is refused by name', async () => {
    const response = await service.get('/studies?PatientNam=x')
    expect(response.status).toBe(400)
    expect(response.headers.get('warning')).toContain('PatientNam is not an attribute')
  })

  test('XML parts where they are asked for', async () => {
    const response = await service.get('/studies?limit=1', { Accept: 'multipart/related; type="application/dicom+xml"' })
    expect(response.headers.get('content-type')).toMatch(/^multipart\/related; type="application\/dicom\+xml"; boundary=/)
    expect(await response.text()).toContain(`<Value number="1">${uidOf('mr')}</Value>`)
  })
})

describe('includefield', () => {
  test('what only the metadata hold: of an instance its own, of a series and a study that of the first instance', async () => {
    const [plain] = await service.json(`/studies/${uidOf('ct')}/instances?limit=1`)
    expect(plain).not.toHaveProperty('00180060')
    const [instance] = await service.json(`/studies/${uidOf('ct')}/instances?limit=1&includefield=KVP,00280030`)
    expect(instance!['00180060']!.vr).toBe('DS')
    expect(instance!['00280030']!.Value).toHaveLength(2)
    const [series] = await service.json(`/studies/${uidOf('ct')}/series?includefield=00080070,00180060&includefield=FrameOfReferenceUID`)
    expect(series).toMatchObject({ '00180060': { vr: 'DS' }, '00200052': { vr: 'UI' } })
    const [study] = await service.json(`/studies?StudyInstanceUID=${uidOf('ct')}&includefield=KVP`)
    expect(study).toMatchObject({ '00180060': { vr: 'DS' } })
  })

  test('all: of an instance everything, of a series what is of the series', async () => {
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = studies.ct[0]!
    const path = `/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}`
    const [instance] = await service.json(`${path}/instances?SOPInstanceUID=${SOPInstanceUID}&includefield=all`)
    const [metadata] = await service.json(`${path}/instances/${SOPInstanceUID}/metadata`)
    expect(Object.keys(instance!)).toEqual(expect.arrayContaining(Object.keys(metadata!)))
    expect(instance!['7FE00010']).toEqual(metadata!['7FE00010'])
    const [series] = await service.json(`/studies/${StudyInstanceUID}/series?includefield=all`)
    expect(series).toHaveProperty('00200052')
    expect(series).not.toHaveProperty('00180060')
  })

  test('with corrections, and what stood before', async () => {
    const { StudyInstanceUID } = studies.mr[0]!
    const asker = { ...service.askers.west, account: 1 }
    await correctStudy(service.tools, asker, StudyInstanceUID, {
      attributes: { PatientName: 'Zhong^Dali' },
      reason: 'misread',
    })
    const [instance] = await service.json(`/studies/${StudyInstanceUID}/instances?limit=1&includefield=all`)
    expect(instance).toMatchObject({ '00100010': { Value: [{ Alphabetic: 'Zhong^Dali' }] }, '04000561': { vr: 'SQ' } })
  })

  test('an attribute of a lower level is not that of a study', async () => {
    const [study] = await service.json(`/studies?StudyInstanceUID=${uidOf('ct')}&includefield=00080060,00080018`)
    expect(study).not.toHaveProperty('00080060')
    expect(study).not.toHaveProperty('00080018')
  })

  test('one that does not exist is refused by name', async () => {
    const response = await service.get('/studies?includefield=Nonsense')
    expect(response.status).toBe(400)
    expect(response.headers.get('warning')).toContain('Nonsense')
  })
})

describe('refused with a sentence', () => {
  test.each([
    ['several values where one is allowed', '/studies?PatientID=1%5C2', 'PatientID takes one value'],
    ['a key twice', '/studies?PatientID=1&PatientID=2', 'PatientID is given 2 times'],
    ['an offset too far', '/studies?offset=10001', 'offset must be at most 10000'],
    ['an attribute of a lower level', '/studies?Modality=CT', 'ask for ModalitiesInStudy'],
    ['a date that is none', '/studies?StudyDate=yesterday', 'StudyDate must be YYYYMMDD'],
  ])('%s', async (_, query, sentence) => {
    const response = await service.get(query)
    expect(response.status).toBe(400)
    expect(response.headers.get('warning')).toContain(sentence)
  })
})

test('padding of spaces and NULs in a value does not count', async () => {
  expect(await found(`/studies?StudyInstanceUID=${uidOf('ct')}%00`)).toEqual([uidOf('ct')])
  expect(await found('/studies?PatientID=%201001%20%00')).toHaveLength(3)
})

describe('no value breaks a search', () => {
  const values = ["'", '\\', '%_', '([a', '*?*', '\ud83d\ufdd0*', '2026-2027', '20269999', '1e9', '单^b=c', 'x'.repeat(600)]
  const asked = [...searchable('instance')].map(([keyword, { vr }]) => (vr === 'SQ' ? `${keyword}.CodeValue` : keyword))
  test.each(['', '&fuzzymatching=true&multiplevaluematching=true&emptyvaluematching=true&TimezoneOffsetFromUTC=-0330'])(
    'with%s',
    async (rules) => {
      for (const value of [...values, '""']) {
        const text = Buffer.from(value).toString()
        const statuses = await Promise.all(
          asked.map(async (keyword) => (await service.get(`/instances?limit=3&${keyword}=${encodeURIComponent(text)}${rules}`)).status),
        )
        for (const [at, status] of statuses.entries())
          expect([asked[at], value, [200, 400].includes(status)]).toEqual([asked[at], value, true])
      }
    },
  )

  test('nor does any order', async () => {
    for (const [keyword, { vr }] of searchable('instance')) {
      if (vr === 'SQ' || keyword.endsWith('InStudy')) continue
      const first = await service.get(`/instances?limit=2&orderby=-${keyword}`)
      expect([keyword, first.status]).toEqual([keyword, 200])
      const link = /<([^>]+)>/.exec(first.headers.get('link')!)![1]!
      expect([keyword, (await fetch(link)).status]).toEqual([keyword, 200])
    }
  })
})

describe('series and instances', () => {
  test('of a study, in order, without repeating the study unless asked', async () => {
    const series = await service.json(`/studies/${uidOf('ct')}/series`)
    expect(series.map((dataset) => dataset['0020000E']!.Value![0])).toEqual([
      ...new Set(studies.ct.map(({ SeriesInstanceUID }) => SeriesInstanceUID)),
    ])
    expect(series[0]).toHaveProperty('00201209')
    expect(series[0]).not.toHaveProperty('00100010')
    const [withName] = await service.json(`/studies/${uidOf('ct')}/series?includefield=PatientName`)
    expect(withName).toHaveProperty('00100010')
    expect(withName).not.toHaveProperty('00100020')
    const [withAll] = await service.json(`/studies/${uidOf('ct')}/series?includefield=all`)
    expect(withAll).toHaveProperty('00100020')
  })

  test('of all studies carry their study', async () => {
    const series = await service.json('/series?Modality=MR')
    expect(series.length).toBeGreaterThan(0)
    for (const dataset of series) expect(dataset['0020000D']!.Value).toEqual([uidOf('mr')])
    expect(series[0]).toHaveProperty('00100010')
  })

  test('instances of a series', async () => {
    const { StudyInstanceUID, SeriesInstanceUID } = studies.ct[0]!
    const instances = await service.json(`/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances`)
    expect(instances.map((dataset) => dataset['00080018']!.Value![0])).toEqual(
      studies.ct.filter((instance) => instance.SeriesInstanceUID === SeriesInstanceUID).map(({ SOPInstanceUID }) => SOPInstanceUID),
    )
    expect(instances[0]).toMatchObject({ '0020000E': { Value: [SeriesInstanceUID] } })
  })

  test('instances of a study, and of all', async () => {
    expect(await service.json(`/studies/${uidOf('dr')}/instances`)).toHaveLength(studies.dr.length)
    expect(await service.json(`/instances?SOPInstanceUID=${studies.dr[0]!.SOPInstanceUID}`)).toHaveLength(1)
  })
})

describe('scope', () => {
  test('an institution finds its own studies only, the county all', async () => {
    expect(await found('/studies', { 'x-asker': 'west' })).toEqual([uidOf('mr')])
    expect(await found('/studies', { 'x-asker': 'east' })).toEqual([uidOf('dr'), uidOf('ct')])
    expect(await found(`/studies?StudyInstanceUID=${uidOf('ct')}`, { 'x-asker': 'west' })).toEqual([])
    expect(await found('/studies')).toHaveLength(3)
  })
})

describe('around a study', () => {
  test('only the studies of that person exist, whoever else has the same PatientID', async () => {
    expect(await found('/studies?PatientID=1001')).toEqual([uidOf('mr'), uidOf('dr'), uidOf('ct')])
    // As OHIF asks for priors.
    expect(await found(`/around/${uidOf('ct')}/studies?00100020=1001&limit=101&offset=0&fuzzymatching=false`)).toEqual([
      uidOf('dr'),
      uidOf('ct'),
    ])
    expect(await found(`/around/${uidOf('mr')}/studies?00100020=1001`)).toEqual([uidOf('mr')])
  })

  test('PatientID is no key there: a person has another number at each institution', async () => {
    expect(await found(`/around/${uidOf('ct')}/studies?00100020=77`)).toEqual([uidOf('dr'), uidOf('ct')])
  })

  test('the study and its priors are there, the study of another person is not', async () => {
    expect(await service.json(`/around/${uidOf('ct')}/studies/${uidOf('ct')}/series`)).not.toEqual([])
    expect(await service.json(`/around/${uidOf('ct')}/studies/${uidOf('dr')}/series`)).not.toEqual([])
    expect((await service.get(`/around/${uidOf('ct')}/studies/${uidOf('mr')}/series`)).status).toBe(404)
    expect((await service.get(`/around/${uidOf('ct')}/studies/${uidOf('mr')}/metadata`)).status).toBe(404)
  })

  test('nothing is around a study that the asker may not see, and nothing is stored there', async () => {
    expect((await service.get(`/around/${uidOf('ct')}/studies`, { 'x-asker': 'west' })).status).toBe(404)
    expect((await service.stow([], `/around/${uidOf('ct')}/studies`)).status).toBe(405)
  })
})
