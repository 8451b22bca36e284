/** Return for retake over the whole program: real films, real pictures, the documents in the study, the retake in three ways. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drStudy, type Instance, patients } from '../../../test-images/index.ts'
import { run, testWithPeer } from '../../support/foreign-peers.ts'
import { startTestProgram, type TestProgram } from '../../support/program.ts'

let program: TestProgram

beforeAll(async () => {
  program = await startTestProgram()
}, 120_000)
afterAll(() => program?.close())

/** As the township's machine sends it: by an account of the township. */
async function push(instances: readonly Instance[], username = 'east-technologist'): Promise<void> {
  const boundary = 'part'
  const body = Buffer.concat([
    ...instances.flatMap(({ part10 }) => [Buffer.from(`\r\n--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`), part10]),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  const answer = await program.request(username, '/dicomweb/studies', {
    method: 'POST',
    headers: { 'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`, Accept: 'application/dicom+json' },
    body,
  })
  expect(answer.status).toBe(200)
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
type Answer = { status: number; body: any }

async function ask(username: string, method: string, path: string, body?: unknown, headers: object = {}): Promise<Answer> {
  const answer = await program.request(username, path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** Asked again until it is so: followers and clocks work behind the answers. */
async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const found = await look()
    if (holds(found)) return found
    if (attempt === 600) throw new Error(`It never came to that: ${JSON.stringify(found).slice(0, 2_000)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function films(options: Parameters<typeof drStudy>[0]): Promise<Instance[]> {
  const views: Instance[] = []
  for await (const view of drStudy({ scale: 1, ...options })) views.push(view)
  return views
}

/** A chest of two views that has come and is READY; the key of its task. */
const chest = async (seed: string, options: Parameters<typeof drStudy>[0] = {}) => chestOf(await films({ seed, ...options }))

async function chestOf(instances: Instance[]): Promise<{ id: string; instances: Instance[] }> {
  await push(instances)
  const uid = instances[0]!.StudyInstanceUID
  await until(
    () => ask('east-technologist', 'GET', '/api/board'),
    ({ body }) => body.items.some((study: { StudyInstanceUID: string }) => study.StudyInstanceUID === uid),
  )
  const sent = await ask('east-technologist', 'POST', `/api/studies/${uid}/send`)
  expect(sent.status, JSON.stringify(sent.body)).toBe(200)
  return { id: sent.body.study.workitem.id, instances }
}

const workitem = async (id: string) => (await ask('radiologist', 'GET', `/api/workitems/${id}`)).body
const arrow = {
  kind: 'arrow',
  points: [
    [0.5, 0.4],
    [0.3, 0.12],
  ],
}
const uidsOf = async (uid: string): Promise<string[]> => {
  const answer = await program.request('radiologist', `/dicomweb/studies/${uid}/instances`)
  if (answer.status !== 200) return []
  return ((await answer.json()) as { '00080018': { Value: string[] } }[]).map((json) => json['00080018'].Value[0]!)
}

describe('a chest whose apex was cut off', () => {
  let id: string
  let instances: Instance[]
  let card: { id: string; annotatedImage: string }

  test('is returned with reasons and an arrow, and waits with its clock stopped', async () => {
    ;({ id, instances } = await chest('apex', { patient: patients.shan }))
    expect((await ask('radiologist', 'POST', `/api/workitems/${id}/claim`)).status).toBe(200)
    await ask('radiologist', 'POST', `/api/workitems/${id}/opened`, { StudyInstanceUID: instances[0]!.StudyInstanceUID })
    expect((await workitem(id)).unseen).toEqual([])
    const written = { findings: '双肺野清晰', grade: { grade: '丙', dims: { coverage: false } } }
    expect((await ask('radiologist', 'PUT', `/api/workitems/${id}/draft`, written, { 'If-Match': '"0"' })).status).toBe(200)
    const answer = await ask('radiologist', 'POST', `/api/workitems/${id}/return`, {
      reasons: ['111209', 'SIDE-MARK'],
      comment: '双侧肺尖未包全',
      annotation: {
        SOPInstanceUID: instances[0]!.SOPInstanceUID,
        frame: 1,
        shapes: [arrow, { kind: 'text', points: [[0.35, 0.2]], text: '肺尖' }],
      },
      SOPInstanceUIDs: [instances[0]!.SOPInstanceUID],
    })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect(answer.body.workitem).toMatchObject({ state: 'RETURNED', paused: true, returnCount: 1 })
  })

  test('comes to the township as a card with the picture, the reasons and what to do better', async () => {
    const { body } = await ask('east-technologist', 'GET', '/api/returns?state=open')
    expect(body.items).toHaveLength(1)
    card = body.items[0]
    expect(card).toMatchObject({
      workitem: id,
      state: 'open',
      number: 1,
      images: 1,
      comment: '双侧肺尖未包全',
      by: { displayName: '李娜' },
      reasons: [{ code: '111209', zh: '体位不正 / 范围不全' }, { code: 'SIDE-MARK' }],
      patientWaiting: null,
    })
    const picture = await program.request('east-technologist', card.annotatedImage)
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    expect(Buffer.from(await picture.arrayBuffer()).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
  })

  test('is nobody else’s business', async () => {
    expect((await ask('west-technologist', 'GET', '/api/returns')).body.items).toEqual([])
    expect((await ask('west-technologist', 'GET', `/api/returns/${card.id}`)).status).toBe(404)
    expect((await program.request('west-technologist', card.annotatedImage)).status).toBe(404)
    expect((await ask('west-technologist', 'POST', `/api/returns/${card.id}/seen`)).status).toBe(404)
    expect((await ask('radiologist', 'POST', `/api/returns/${card.id}/patient-waiting`, { waiting: true, minutes: 10 })).status).toBe(403)
  })

  test('is seen, and the patient still waits', async () => {
    expect((await ask('east-technologist', 'POST', `/api/returns/${card.id}/seen`)).body.seen).toMatchObject({ by: '赵磊' })
    const { body } = await ask('east-technologist', 'POST', `/api/returns/${card.id}/patient-waiting`, { waiting: true, minutes: 20 })
    expect(body).toMatchObject({ patientWaiting: true, waitingUntil: expect.any(String) })
  })

  testWithPeer('dciodvfy', 'has its Rejection Note and its presentation state in the study, without an error', async () => {
    const uid = instances[0]!.StudyInstanceUID
    const uids = await until(
      () => uidsOf(uid),
      (found) => found.length === 4,
    )
    const authored = uids.filter((each) => !instances.some(({ SOPInstanceUID }) => SOPInstanceUID === each))
    const folder = await mkdtemp(join(tmpdir(), 'return-'))
    const kinds: string[] = []
    for (const sop of authored) {
      const json = (await (await program.request('radiologist', `/dicomweb/studies/${uid}/instances?SOPInstanceUID=${sop}`)).json()) as {
        '0020000E': { Value: string[] }
      }[]
      const path = `/dicomweb/studies/${uid}/series/${json[0]!['0020000E'].Value[0]}/instances/${sop}`
      const answer = await program.request('radiologist', path, { headers: { Accept: 'multipart/related; type="application/dicom"' } })
      const bytes = Buffer.from(await answer.arrayBuffer())
      const begin = bytes.indexOf('\r\n\r\n') + 4
      const file = join(folder, `${sop}.dcm`)
      await writeFile(file, bytes.subarray(begin, bytes.lastIndexOf('\r\n--')))
      const { output } = await run('dciodvfy', [file])
      expect(output).not.toMatch(/^Error/m)
      kinds.push(/KeyObjectSelectionDocument|GrayscaleSoftcopyPresentationState/.exec(output)?.[0] ?? output)
    }
    await rm(folder, { recursive: true })
    expect(kinds.sort()).toEqual(['GrayscaleSoftcopyPresentationState', 'KeyObjectSelectionDocument'])
  })

  test('goes on with the retake, a study of its own with the same number, without anybody’s doing', async () => {
    const again = await films({
      seed: 'apex again',
      patient: patients.shan,
      StudyTime: '084500',
      AccessionNumber: accessionOf(instances[0]!),
    })
    await push(again.slice(0, 1))
    const task = await until(
      () => workitem(id),
      ({ state }) => state === 'UPLOADING',
    )
    // Whoever looked at the images before has not seen these.
    expect(task).toMatchObject({ StudyInstanceUID: again[0]!.StudyInstanceUID, returnCount: 1 })
    expect(task.unseen).toEqual([{ StudyInstanceUID: again[0]!.StudyInstanceUID, newImages: false }])
    // The grade was that of the images before; the words stay.
    expect(task).toMatchObject({ draft: { findings: '双肺野清晰', grade: null } })
    const { body } = await ask('east-technologist', 'GET', `/api/returns/${card.id}`)
    expect(body).toMatchObject({ state: 'retaken', retakes: [again[0]!.StudyInstanceUID], patientWaiting: null })
  })

  test('the returned image is put aside, kept, and out of sight; the other view stays', async () => {
    const uid = instances[0]!.StudyInstanceUID
    const left = await until(
      () => uidsOf(uid),
      (found) => !found.includes(instances[0]!.SOPInstanceUID),
    )
    expect(left).toContain(instances[1]!.SOPInstanceUID)
    const { rows } = await program.index.pool.query('select code, comment, state from rejection')
    expect(rows).toEqual([{ code: '113001', comment: '退回重拍：体位不正 / 范围不全、左右标错或未标：双侧肺尖未包全', state: 'rejected' }])
    // The picture on the card outlives it.
    expect((await program.request('east-technologist', card.annotatedImage)).status).toBe(200)
  })

  test('the same reader is preferred', async () => {
    const task = await workitem(id)
    expect((await ask('east-technologist', 'POST', `/api/studies/${task.StudyInstanceUID}/send`)).status).toBe(200)
    const other = await ask('colleague', 'POST', `/api/workitems/${id}/claim`)
    expect([other.status, other.body.error.code]).toEqual([409, 'reserved'])
    expect((await ask('radiologist', 'POST', `/api/workitems/${id}/claim`)).body.workitem.state).toBe('CLAIMED')
  })
})

describe('a retake into the same study', () => {
  test('is told from images that were only late by the time at which they were taken', async () => {
    const instances = await films({ seed: 'same study', patient: patients.qiu, StudyTime: '091000' })
    const { id } = await chestOf(instances.slice(0, 1))
    const returned = await ask('radiologist', 'POST', `/api/workitems/${id}/return`, { reasons: ['111210'] })
    expect(returned.body.workitem?.state, JSON.stringify(returned.body)).toBe('RETURNED')
    // The other view of the same minute, on a slow line.
    await push(instances.slice(1))
    await until(
      () => passedOver(id),
      (done) => done,
    )
    expect((await workitem(id)).state).toBe('RETURNED')
    const later = await sameStudy(instances[0]!, 'taken later', '092500')
    await push([later])
    const task = await until(
      () => workitem(id),
      ({ state }) => state === 'UPLOADING',
    )
    expect(task.StudyInstanceUID).toBe(instances[0]!.StudyInstanceUID)
    const left = await until(
      () => uidsOf(instances[0]!.StudyInstanceUID),
      (found) => !found.includes(instances[0]!.SOPInstanceUID),
    )
    expect(left).toEqual(expect.arrayContaining([instances[1]!.SOPInstanceUID, later.SOPInstanceUID]))
  })
})

describe('a return that is taken back', () => {
  test('leaves the task to be read, and nothing in the study that says what is no longer so', async () => {
    const { id, instances } = await chest('withdrawn', { patient: patients.zeng })
    await ask('radiologist', 'POST', `/api/workitems/${id}/return`, {
      reasons: ['111211'],
      annotation: { SOPInstanceUID: instances[0]!.SOPInstanceUID, frame: 1, shapes: [arrow] },
    })
    const uid = instances[0]!.StudyInstanceUID
    await until(
      () => uidsOf(uid),
      (found) => found.length === 4,
    )
    expect((await ask('colleague', 'POST', `/api/workitems/${id}/withdraw-return`)).body.workitem).toMatchObject({
      state: 'READY',
      returnCount: 0,
      paused: false,
    })
    const authored = (found: readonly string[]) => found.filter((each) => !instances.some(({ SOPInstanceUID }) => SOPInstanceUID === each))
    // One note is left: the one that rejects the two.
    await until(
      () => uidsOf(uid),
      (found) => authored(found).length <= 1 && found.length >= 2,
    )
    expect((await ask('radiologist', 'GET', `/api/returns?workitem=${id}`)).body.items).toMatchObject([{ state: 'withdrawn' }])
    const again = await ask('radiologist', 'POST', `/api/workitems/${id}/return`, { reasons: ['111211'] })
    expect(again.body.workitem?.state, JSON.stringify(again.body)).toBe('RETURNED')
    expect((await ask('radiologist', 'GET', `/api/returns?workitem=${id}`)).body.items).toMatchObject([{ number: 2, state: 'open' }, {}])
    // And one that is cancelled waits for nothing either.
    await ask('east-technologist', 'POST', `/api/workitems/${id}/cancel`, { reason: '患者转院' })
    expect((await ask('radiologist', 'GET', `/api/returns?state=open&workitem=${id}`)).body.items).toEqual([])
  })
})

describe('a retake under another number and another name', () => {
  test('is linked by hand by who took it, once', async () => {
    const { id } = await chest('by hand', { patient: patients.moqi, AccessionNumber: 'H1' })
    await ask('radiologist', 'POST', `/api/workitems/${id}/return`, { reasons: ['113026', 'FOREIGN-BODY'] })
    const [card] = (await ask('east-technologist', 'GET', `/api/returns?state=open&workitem=${id}`)).body.items
    const again = await films({ seed: 'by hand again', patient: patients.xie, AccessionNumber: 'H2', StudyTime: '100000' })
    await push(again)
    const uid = again[0]!.StudyInstanceUID
    const candidates = await until(
      () => ask('east-technologist', 'GET', `/api/returns/${card.id}/candidates`),
      ({ body }) => body.items.some((each: { StudyInstanceUID: string }) => each.StudyInstanceUID === uid),
    )
    expect(candidates.status).toBe(200)
    expect((await workitem(id)).state).toBe('RETURNED')
    const link = (username: string) => ask(username, 'POST', `/api/returns/${card.id}/retake`, { StudyInstanceUID: uid })
    expect((await link('west-technologist')).status).toBe(404)
    expect((await link('radiologist')).status).toBe(403)
    const both = await Promise.all([link('east-technologist'), link('east-technologist')])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await workitem(id)).toMatchObject({ state: 'UPLOADING', StudyInstanceUID: uid })
    const events = (await workitem(id)).events.map(({ verb }: { verb: string }) => verb)
    expect(events.filter((verb: string) => verb === 'retake')).toHaveLength(1)
    // The task that the retake had begun is over, and both event logs are whole.
    const { rows } = await program.index.pool.query(
      `select w.state, (select e.verb from workitem_event e where e.workitem_id = w.id order by e.number desc limit 1) as verb
       from workitem w where w.joined_into = $1`,
      [id],
    )
    expect(rows).toEqual([{ state: 'CANCELED', verb: 'replace' }])
  })
})

test('two readers return one study: one of them does', async () => {
  const { id } = await chest('race', { patient: patients.yuchi, AccessionNumber: 'RACE' })
  const both = await Promise.all(
    ['radiologist', 'colleague'].map((username) => ask(username, 'POST', `/api/workitems/${id}/return`, { reasons: ['111209'] })),
  )
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
  expect((await ask('radiologist', 'GET', `/api/returns?workitem=${id}`)).body.items).toHaveLength(1)
})

test('what is no return is refused, and changes nothing', async () => {
  const { id, instances } = await chest('refused', { patient: patients.zha, AccessionNumber: 'REFUSED' })
  const path = `/api/workitems/${id}/return`
  const annotation = { SOPInstanceUID: instances[0]!.SOPInstanceUID, frame: 1, shapes: [arrow] }
  const refused: readonly [string, object, number][] = [
    ['radiologist', { reasons: [] }, 400],
    ['radiologist', { reasons: ['111999'] }, 400],
    ['radiologist', { reasons: ['111209'], SOPInstanceUIDs: ['1.2.3'] }, 400],
    ['radiologist', { reasons: ['111209'], annotation: { ...annotation, SOPInstanceUID: '1.2.3' } }, 400],
    [
      'radiologist',
      {
        reasons: ['111209'],
        annotation: {
          ...annotation,
          shapes: [
            {
              kind: 'arrow',
              points: [
                [0, 0],
                [2, 2],
              ],
            },
          ],
        },
      },
      400,
    ],
    ['radiologist', { reasons: ['111209'], annotation: { ...annotation, frame: 9 } }, 404],
    ['radiologist', { reasons: ['111209'], StudyInstanceUID: '1.2.3' }, 404],
    ['east-technologist', { reasons: ['111209'] }, 403],
    ['east-clinician', { reasons: ['111209'] }, 403],
    ['west-technologist', { reasons: ['111209'] }, 403],
  ]
  for (const [username, body, status] of refused)
    expect((await ask(username, 'POST', path, body)).status, JSON.stringify(body)).toBe(status)
  expect((await ask('radiologist', 'POST', `/api/workitems/${id}/retake`)).status).toBe(404)
  expect(await workitem(id)).toMatchObject({ state: 'READY', returnCount: 0 })
})

/** Another exposure of the same study, by a UID of the same length. */
async function sameStudy(of: Instance, seed: string, StudyTime: string): Promise<Instance> {
  for (let n = 0; ; n += 1) {
    const [view] = await films({ seed: `${seed} ${n}`, patient: patients.qiu, StudyTime })
    if (view!.StudyInstanceUID.length !== of.StudyInstanceUID.length) continue
    const part10 = Buffer.from(view!.part10.toString('latin1').replaceAll(view!.StudyInstanceUID, of.StudyInstanceUID), 'latin1')
    return { ...view!, StudyInstanceUID: of.StudyInstanceUID, part10 }
  }
}

/** What came since the return was looked at, and was late. */
async function passedOver(id: string): Promise<boolean> {
  const { rows } = await program.index.pool.query(
    `select r.last_instance = (select max(i.instance_pk) from instance i where i.study_pk = r.study_pk and i.via <> 'authored') as done
     from workitem_return r where r.workitem_id = $1`,
    [id],
  )
  return rows[0]?.done === true
}

/** (0008,0050) of a data set in explicit little endian. */
function accessionOf({ dataset }: Instance): string {
  const at = dataset.indexOf(Buffer.from([0x08, 0, 0x50, 0, 0x53, 0x48]))
  return dataset
    .subarray(at + 8, at + 8 + dataset.readUInt16LE(at + 6))
    .toString('latin1')
    .trim()
}
