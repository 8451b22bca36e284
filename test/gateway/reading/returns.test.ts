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

async function ask(username: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await program.request(username, path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
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
async function chest(seed: string, options: Parameters<typeof drStudy>[0] = {}): Promise<{ id: string; instances: Instance[] }> {
  const instances = await films({ seed, ...options })
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
    expect(task).toMatchObject({ StudyInstanceUID: again[0]!.StudyInstanceUID, returnCount: 1 })
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

/** (0008,0050) of a data set in explicit little endian. */
function accessionOf({ dataset }: Instance): string {
  const at = dataset.indexOf(Buffer.from([0x08, 0, 0x50, 0, 0x53, 0x48]))
  return dataset
    .subarray(at + 8, at + 8 + dataset.readUInt16LE(at + 6))
    .toString('latin1')
    .trim()
}
