/** Rejection from outside: no route and no DIMSE service has anything left of a rejected study; who may; Rejection Notes in both directions. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyObjectSelection } from '../../archive/key-object-selection.ts'
import { routes } from '../../gateway/dicomweb/routes.ts'
import { query } from '../../storage/index/query.ts'
import { ctStudy, type Instance } from '../../test-images/index.ts'
import { run, testWithPeer } from '../support/foreign-peers.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

let program: TestProgram
let folder: string

beforeAll(async () => {
  program = await startTestProgram()
  folder = await mkdtemp(join(tmpdir(), 'rejection-'))
})
afterAll(async () => {
  await program.close()
  await rm(folder, { recursive: true, force: true })
})

/** The first two images of the first two series of a CT. */
async function images(seed: string): Promise<Instance[]> {
  const taken = new Map<string, Instance[]>()
  for await (const image of ctStudy({ seed })) {
    const series = taken.get(image.SeriesInstanceUID) ?? []
    if (series.length === 2 && taken.size === 2) break
    if (series.length < 2 && (taken.has(image.SeriesInstanceUID) || taken.size < 2)) taken.set(image.SeriesInstanceUID, [...series, image])
  }
  return [...taken.values()].flat()
}

async function stow(username: string, part10: readonly Uint8Array[]): Promise<Response> {
  const head = '\r\n--b\r\nContent-Type: application/dicom\r\n\r\n'
  const body = Buffer.concat([...part10.flatMap((part) => [Buffer.from(head), part]), Buffer.from('\r\n--b--\r\n')])
  return program.request(username, '/dicomweb/studies', {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=b' },
    body,
  })
}

async function stored(seed: string): Promise<Instance[]> {
  const list = await images(seed)
  expect(
    (
      await stow(
        'east-technologist',
        list.map(({ part10 }) => part10),
      )
    ).status,
  ).toBe(200)
  return list
}

const post = (username: string, path: string, body: object = {}) =>
  program.request(username, path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

const rejection = { code: '113001', comment: '体位不正' }

async function reject(username: string, StudyInstanceUID: string, body: object = rejection): Promise<string> {
  const response = await post(username, `/api/studies/${StudyInstanceUID}/rejection`, body)
  expect(response.status).toBe(201)
  return ((await response.json()) as { rejection: { id: string } }).rejection.id
}

/** Until the followers and jobs of the program have done it. */
async function eventually<T>(look: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  for (let turn = 0; ; turn += 1) {
    const value = await look()
    if (isDone(value) || turn > 200) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const qido = async (path: string): Promise<Record<string, { Value?: unknown[] }>[]> =>
  (await (await program.request('administrator', `/dicomweb${path}`)).json()) as never

describe('a wholly rejected study', () => {
  /** Every readable resource of DICOMweb that is about studies, filled with the UIDs of an image. */
  const addresses = ({ StudyInstanceUID: study, SeriesInstanceUID: series, SOPInstanceUID: instance }: Instance) =>
    routes
      .filter(({ method, path }) => method === 'GET' && /studies|series|instances/.test(path))
      .map(({ path, transaction }) => {
        const values: Record<string, string> = { study, series, instance, frames: '1', path: '7FE00010' }
        const filled = path.replace(/[:*](\w+)/g, (_, name: string) => values[name] ?? name)
        return { transaction, path: path.includes(':') ? filled : `${filled}?StudyInstanceUID=${study}` }
      })

  test('is left in no resource of DICOMweb, and in none of the portal', { timeout: 240_000 }, async () => {
    const [image] = (await stored('routes')) as [Instance]
    const { StudyInstanceUID } = image
    const look = async (path: string) => {
      const response = await program.request('administrator', path)
      return { status: response.status, text: await response.text() }
    }
    const portal = [
      '/api/board',
      '/api/ward/studies',
      `/api/ward/timeline/${StudyInstanceUID}`,
      `/api/studies/${StudyInstanceUID}/series`,
      '/api/workitems?view=all',
      '/api/conflicts',
      '/api/unmatched',
      '/api/orders',
      '/dicomweb/workitems',
    ]
    const uri = new URLSearchParams({
      requestType: 'WADO',
      studyUID: StudyInstanceUID,
      seriesUID: image.SeriesInstanceUID,
      objectUID: image.SOPInstanceUID,
    })
    expect(await look(`/wado?${uri}`)).toMatchObject({ status: 200 })
    for (const { path } of addresses(image)) expect.soft(await look(`/dicomweb${path}`), path).toMatchObject({ status: 200 })

    const id = await reject('east-technologist', StudyInstanceUID)

    expect(await look(`/wado?${uri}`)).toMatchObject({ status: 404 })
    for (const { path, transaction } of addresses(image)) {
      for (const base of ['/dicomweb', `/dicomweb/around/${StudyInstanceUID}`]) {
        const { status, text } = await look(`${base}${path}`)
        if (transaction.endsWith('Count') && status === 200) expect.soft(text, path).not.toMatch(/[1-9]/)
        else if (transaction.startsWith('Search')) expect.soft([404, 200], path).toContain(status)
        else expect.soft(status, path).toBe(404)
        if (status === 200) expect.soft(text, path).not.toContain(StudyInstanceUID)
      }
    }
    for (const username of ['administrator', 'east-technologist', 'radiologist', 'east-clinician']) {
      for (const path of portal) {
        const response = await program.request(username, path)
        if (response.status === 200) expect.soft(await response.text(), `${username} ${path}`).not.toContain(StudyInstanceUID)
      }
    }

    // And with its restoration everything is there again.
    const restored = await post('east-technologist', `/api/rejections/${id}/restore`, { reason: '误操作' })
    expect(await restored.json()).toMatchObject({ rejection: { state: 'restored', verbs: [] } })
    for (const { path } of addresses(image)) expect.soft(await look(`/dicomweb${path}`), path).toMatchObject({ status: 200 })
  })

  testWithPeer('findscu', 'is found and moved by no DIMSE service', async () => {
    const [image] = (await stored('dimse')) as [Instance]
    const find = async (level: string, ...keys: string[]) => {
      const asked = ['-S', '-aet', 'EAST_CT', '-aec', 'ARCHIVE', '-k', `QueryRetrieveLevel=${level}`, ...keys.flatMap((key) => ['-k', key])]
      const { output } = await run('findscu', ['-v', ...asked, '127.0.0.1', String(program.dicomPort)])
      return output.match(/^I: Find Response: \d+ \(Pending\)/gm)?.length ?? 0
    }
    const study = `StudyInstanceUID=${image.StudyInstanceUID}`
    const asked = () =>
      Promise.all([
        find('STUDY', study),
        find('SERIES', study, 'SeriesInstanceUID='),
        find('IMAGE', study, `SeriesInstanceUID=${image.SeriesInstanceUID}`, 'SOPInstanceUID='),
      ])
    expect(await asked()).toEqual([1, 2, 2])
    await reject('east-technologist', image.StudyInstanceUID)
    expect(await asked()).toEqual([0, 0, 0])
    const get = ['-S', '-aet', 'EAST_CT', '-aec', 'ARCHIVE', '-k', 'QueryRetrieveLevel=STUDY', '-k', study, '-od', folder]
    const { output } = await run('getscu', ['-v', ...get, '127.0.0.1', String(program.dicomPort)])
    expect(output).not.toMatch(/Received C-STORE Request/)
  })

  test('sent again: STOW answers 202 with a warning and no RetrieveURL, C-STORE Success, and nothing is shown', async () => {
    const [image] = (await stored('again')) as [Instance]
    await reject('east-technologist', image.StudyInstanceUID)
    const response = await stow('east-technologist', [image.part10])
    expect(response.status).toBe(202)
    expect(response.headers.get('warning')).toMatch(/was rejected here/)
    const answer = (await response.json()) as Record<string, { Value: Record<string, unknown>[] }>
    expect(answer['00081199']!.Value[0]).toEqual({
      '00081150': { vr: 'UI', Value: [image.SOPClassUID] },
      '00081155': { vr: 'UI', Value: [image.SOPInstanceUID] },
    })
    expect(await qido(`/studies?StudyInstanceUID=${image.StudyInstanceUID}`)).toEqual([])
  })
})

test('the ETag of metadata is another one after a rejection, at every level that is left; what was known is sent anew', async () => {
  const [image, , other] = (await stored('etag')) as [Instance, Instance, Instance]
  const study = `/dicomweb/studies/${image.StudyInstanceUID}`
  const paths = [
    `${study}/metadata`,
    `${study}/series/${image.SeriesInstanceUID}/metadata`,
    `${study}/series/${other.SeriesInstanceUID}/metadata`,
  ]
  const tagOf = async (path: string) => (await program.request('administrator', path)).headers.get('etag')!
  const before = await Promise.all(paths.map(tagOf))
  const instance = `${study}/series/${image.SeriesInstanceUID}/instances/${image.SOPInstanceUID}/metadata`
  const known = await tagOf(instance)
  const id = await reject('east-technologist', image.StudyInstanceUID, { ...rejection, SOPInstanceUIDs: [image.SOPInstanceUID] })
  const after = await Promise.all(paths.map(tagOf))
  expect(after[0]).not.toBe(before[0])
  expect(after[1]).not.toBe(before[1])
  expect(after[2]).toBe(before[2])
  expect((await program.request('administrator', instance, { headers: { 'If-None-Match': known } })).status).toBe(404)
  for (const [at, path] of paths.entries()) {
    const asked = await program.request('administrator', path, { headers: { 'If-None-Match': before[at]! } })
    expect(asked.status, path).toBe(at === 2 ? 304 : 200)
    if (at < 2) expect(await asked.text()).not.toContain(image.SOPInstanceUID)
  }
  await post('east-technologist', `/api/rejections/${id}/restore`, { reason: '误操作' })
  const again = await Promise.all(paths.map(tagOf))
  expect(new Set([before[0], after[0], again[0]]).size).toBe(3)
  expect(new Set([before[1], after[1], again[1]]).size).toBe(3)
})

describe('the addresses that dcm4chee made usual', () => {
  test('POST …/reject/{code}^DCM rejects; another code, another scheme, another study do not', async () => {
    const [image, second] = (await stored('dcm4chee')) as [Instance, Instance]
    const instance = `/dicomweb/studies/${image.StudyInstanceUID}/series/${image.SeriesInstanceUID}/instances`
    const first = await post('east-technologist', `${instance}/${image.SOPInstanceUID}/reject/113001%5EDCM?comment=%E9%87%8D%E6%8B%8D`)
    expect([first.status, await first.json()]).toEqual([200, { count: 1, rejection: expect.stringMatching(/^\d+$/) }])
    expect((await post('east-technologist', `${instance}/${second.SOPInstanceUID}/reject/113002%5EDCM`)).status).toBe(400)
    expect((await post('east-technologist', `${instance}/${second.SOPInstanceUID}/reject/113001%5ESCT`)).status).toBe(400)
    expect((await post('west-technologist', `${instance}/${second.SOPInstanceUID}/reject/113001%5EDCM`)).status).toBe(404)
    expect((await post('east-clinician', `${instance}/${second.SOPInstanceUID}/reject/113001%5EDCM`)).status).toBe(403)
    expect((await post('east-technologist', `${instance}/${image.SOPInstanceUID}/reject/113001%5EDCM`)).status).toBe(404)
    expect((await post('east-technologist', `/dicomweb/studies/${image.StudyInstanceUID}/reject/113037%5EDCM`)).status).toBe(200)
  })

  test('DELETE is no method of any resource: 405 that names those there are', async () => {
    const [image] = (await stored('method')) as [Instance]
    const response = await program.request('administrator', `/dicomweb/studies/${image.StudyInstanceUID}`, { method: 'DELETE' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toMatch(/GET/)
  })
})

describe('Rejection Notes', () => {
  const notesIn = async (StudyInstanceUID: string) =>
    qido(`/studies/${StudyInstanceUID}/instances?SOPClassUID=1.2.840.10008.5.1.4.1.1.88.59`)

  testWithPeer('dciodvfy', 'a partial rejection writes one into the study, without error; restoring takes it away again', async () => {
    const list = await stored('partial')
    const { StudyInstanceUID, SeriesInstanceUID } = list[0]!
    const id = await reject('east-technologist', StudyInstanceUID, { ...rejection, SeriesInstanceUID })
    const [note] = await eventually(
      () => notesIn(StudyInstanceUID),
      ({ length }) => length > 0,
    )
    const uid = (tag: string) => note![tag]!.Value![0] as string
    const address = `/dicomweb/studies/${StudyInstanceUID}/series/${uid('0020000E')}/instances/${uid('00080018')}`
    const bytes = await program.request('administrator', address, { headers: { Accept: 'application/dicom' } })
    const path = join(folder, 'note.dcm')
    await writeFile(path, Buffer.from(await bytes.arrayBuffer()))
    const { output } = await run('dciodvfy', [path])
    expect(output).toContain('KeyObjectSelectionDocument')
    expect(output).not.toMatch(/^Error/m)
    const [metadata] = await qido(`${address.replace('/dicomweb', '')}/metadata`)
    const text = JSON.stringify(metadata)
    for (const image of list) {
      const isRejected = image.SeriesInstanceUID === SeriesInstanceUID
      expect(text.includes(image.SOPInstanceUID), image.SOPInstanceUID).toBe(isRejected)
    }
    await post('east-technologist', `/api/rejections/${id}/restore`, { reason: '误操作' })
    expect(await notesIn(StudyInstanceUID)).toEqual([])
    expect(await qido(`/studies/${StudyInstanceUID}/instances`)).toHaveLength(4)
  })

  const noteAbout = (list: readonly Instance[], uid: string, code = '113001', also: readonly Instance[] = []) =>
    keyObjectSelection({
      study: {
        PatientName: 'A',
        PatientID: '1',
        IssuerOfPatientID: '',
        PatientBirthDate: '',
        PatientSex: '',
        StudyInstanceUID: list[0]!.StudyInstanceUID,
        StudyID: '',
        StudyDate: '',
        StudyTime: '',
        AccessionNumber: '',
        ReferringPhysicianName: '',
        StudyDescription: '',
        InstitutionName: '',
      },
      SeriesInstanceUID: `${uid}.1`,
      SOPInstanceUID: uid,
      SeriesNumber: 99,
      SeriesDescription: '',
      title: { value: code, meaning: 'whatever' },
      description: '机器拒收',
      observer: null,
      at: new Date(),
      objects: [...list, ...also].map((image) => ({ ...image, isImage: true })),
    })

  async function send(AETitle: string, note: Buffer): Promise<void> {
    const path = join(folder, `${AETitle}.dcm`)
    await writeFile(path, note)
    const { code, output } = await run('storescu', ['-v', '-aet', AETitle, '-aec', 'ARCHIVE', '127.0.0.1', String(program.dicomPort), path])
    expect({ code, output }).toMatchObject({ code: 0 })
  }

  testWithPeer('storescu', 'one from a machine that may reject is obeyed, and hidden with the last image it speaks of', async () => {
    const list = await stored('sent')
    const { StudyInstanceUID } = list[0]!
    await query(program.index.pool, `update ae set may_reject = true where title = 'EAST_CT'`)
    await send('EAST_CT', noteAbout(list.slice(0, 3), '2.25.501'))
    const left = await eventually(
      () => qido(`/studies/${StudyInstanceUID}/instances`),
      ({ length }) => length === 2,
    )
    expect(left.map((row) => row['00080018']!.Value![0]).sort()).toEqual([list[3]!.SOPInstanceUID, '2.25.501'].sort())
    await send('EAST_CT', noteAbout(list.slice(3), '2.25.502'))
    const rest = await eventually(
      () => qido(`/studies/${StudyInstanceUID}/instances`),
      ({ length }) => length === 0,
    )
    expect(rest).toEqual([])
    // Once more, about what is gone: it does not bring the study back.
    await send('EAST_CT', noteAbout(list, '2.25.503'))
    await eventually(
      () => query(program.index.pool, `select from rejected_instance where sop_instance_uid = '2.25.503'`),
      ({ length }) => length === 1,
    )
    expect(await qido(`/studies?StudyInstanceUID=${StudyInstanceUID}`)).toEqual([])
    const { items } = (await (await program.request('east-technologist', '/api/rejections?limit=2')).json()) as {
      items: { comment: string; by: string }[]
    }
    expect(items[0]).toMatchObject({ comment: '机器拒收', by: 'EAST_CT', instances: 3 })
  })

  testWithPeer(
    'storescu',
    'one from a machine without the right, for its age, or about another institution is kept and not obeyed',
    async () => {
      const mine = await stored('not-obeyed')
      const other = await images('other-institution')
      expect(
        (
          await stow(
            'west-technologist',
            other.map(({ part10 }) => part10),
          )
        ).status,
      ).toBe(200)
      await query(program.index.pool, `update ae set may_reject = (title = 'EAST_CT')`)
      await send('EAST_DR', noteAbout(mine, '2.25.601'))
      await send('EAST_CT', noteAbout(mine, '2.25.602', '113039'))
      await send('EAST_CT', noteAbout(mine, '2.25.604', '113000'))
      const refused = () =>
        query<{ why: string }>(
          program.index.pool,
          `select detail ->> 'why' as why from audit_event where outcome = 'refused' and study_instance_uid = $1 order by id`,
          [mine[0]!.StudyInstanceUID],
        )
      expect(await eventually(refused, ({ length }) => length === 2)).toEqual([{ why: 'Forbidden' }, { why: 'Forbidden' }])
      const about = Buffer.from(noteAbout(other, '2.25.603'))
      await send('EAST_CT', about)
      await send('EAST_CT', noteAbout(mine.slice(0, 1), '2.25.605'))
      await eventually(
        () => query(program.index.pool, `select from rejection where note_sop_instance_uid = '2.25.605'`),
        ({ length }) => length === 1,
      )
      expect(await qido(`/studies/${other[0]!.StudyInstanceUID}/instances`)).toHaveLength(4)
    },
  )

  test('an account that may reject sends one over the web', async () => {
    const list = await stored('web')
    const { StudyInstanceUID } = list[0]!
    expect((await stow('east-technologist', [noteAbout(list, '2.25.701')])).status).toBe(200)
    const left = await eventually(
      () => qido(`/studies?StudyInstanceUID=${StudyInstanceUID}`),
      ({ length }) => length === 0,
    )
    expect(left).toEqual([])
  })
})

test('what the portal sends is checked at the door', async () => {
  const [image] = (await stored('door')) as [Instance]
  const path = `/api/studies/${image.StudyInstanceUID}/rejection`
  for (const body of [
    {},
    { code: '113002', comment: 'x' },
    { code: '113001', comment: ' ' },
    { code: '113001', comment: 'x', SOPInstanceUIDs: [] },
    { code: '113001', comment: 'x', SOPInstanceUIDs: ['not a uid'] },
  ]) {
    expect((await post('east-technologist', path, body)).status, JSON.stringify(body)).toBe(400)
  }
  expect((await post('west-technologist', path, rejection)).status).toBe(404)
  expect((await post('radiologist', path, rejection)).status).toBe(403)
  expect((await post('administrator', '/api/rejections/999999/restore', { reason: 'x' })).status).toBe(404)
  expect((await post('administrator', '/api/rejections/1/forget', { reason: 'x' })).status).toBe(404)
  expect((await program.request('radiologist', '/api/rejections')).status).toBe(403)
  const kept = await post('administrator', path, { code: '113039', comment: '过期' })
  expect([kept.status, await kept.json()]).toMatchObject([
    409,
    { error: { code: 'retention-runs', zh: expect.stringContaining('保存期限') } },
  ])
})
