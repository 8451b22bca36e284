/** Many writers of the same instances at once: nothing is lost, altered or kept twice, and every writer is told the truth. */
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newUID } from '../../archive/dicom/uid.ts'
import { readConfig } from '../../gateway/config.ts'
import { type Program, startProgram } from '../../gateway/program.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'
import { census, examine, nothingWrong } from './census.ts'
import { associate, type Doors, missing, newInstance, newStudy, type Sent, sha256, storeByDIMSE, storeBySTOW } from './senders.ts'

let program: TestProgram
/** A second gateway on the same database and the same objects. */
let neighbour: Program
let gateways: readonly [Doors, Doors]
beforeAll(async () => {
  program = await startTestProgram()
  const { host, port, user, database } = program.index.pool.options
  const config = readConfig({ HTTP_PORT: '0', DICOM_PORT: '0', DEMO: 'off' })
  neighbour = await startProgram(config, {
    log: pino({ level: 'silent' }),
    connection: { host: host!, port: port!, user: user!, database: database! },
    objects: program.objects,
  })
  const authorization = program.basic('east-technologist')
  gateways = [
    { ...program, authorization },
    { origin: `http://127.0.0.1:${neighbour.httpPort}`, dicomPort: neighbour.dicomPort, authorization },
  ]
})
afterAll(async () => {
  await neighbour?.close()
  await program?.close()
})

/** Eight: four at each gateway, every other one by C-STORE. */
const writers = Array.from({ length: 8 }, (_, at) => at)
const doorsOf = (writer: number): Doors => gateways[writer < 4 ? 0 : 1]!
/** Each instance in a request of its own; the answers' HTTP status or Status. */
async function write(writer: number, instances: readonly Sent[]): Promise<number[]> {
  const doors = doorsOf(writer)
  const statuses: number[] = []
  if (writer % 2 === 0) {
    for (const instance of instances) statuses.push((await storeBySTOW(doors, [instance])).status)
    return statuses
  }
  const association = await associate(doors)
  for (const instance of instances) statuses.push(await storeByDIMSE(association, instance))
  await association.release()
  return statuses
}

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
const count = () => census(program.index.pool, program.objects)
const changesOf = async (StudyInstanceUID: string) => {
  const { rows } = await program.index.pool.query(
    `select c.kind, count(*)::int as n from change c join study s using (study_pk)
     where s.study_instance_uid = $1 and c.kind in ('instance', 'version') group by c.kind order by c.kind`,
    [StudyInstanceUID],
  )
  return Object.fromEntries(rows.map(({ kind, n }) => [kind, n]))
}

describe('eight writers at two gateways, four by C-STORE and four by STOW-RS', () => {
  test('store the same thirteen instances of a new study in any order: each is there once, unaltered', async () => {
    const study = newStudy()
    const instances = Array.from({ length: 13 }, () => newInstance(study))
    const answers = await Promise.all(writers.map((writer) => write(writer, shuffled(instances))))
    // 104 stores, and none of them with a warning.
    answers.forEach((statuses, writer) => {
      expect(statuses).toEqual(Array(13).fill(writer % 2 === 0 ? 200 : 0x0000))
    })
    expect(await count()).toMatchObject({ instances: 13, versions: 0, studies: 1, series: 1, patients: 1, objects: 13 })
    expect(await changesOf(study.StudyInstanceUID)).toEqual({ instance: 13 })
    expect(await missing(gateways[0], instances)).toEqual([])
    expect(await missing(gateways[1], instances)).toEqual([])
    expect(await examine(program.index.pool, program.objects)).toEqual(nothingWrong)
  })

  test('store eight contents under one SOPInstanceUID: all are kept, one is current, seven are versions', async () => {
    const before = await count()
    const study = newStudy()
    const { SOPInstanceUID } = newInstance(study)
    const contents = Array.from({ length: 8 }, () => newInstance(study, 5_000, SOPInstanceUID))
    const answers = (await Promise.all(writers.map((writer) => write(writer, [contents[writer]!])))).flat()
    expect(answers.filter((_, writer) => writer % 2 === 1)).toEqual([0, 0, 0, 0])
    // 202 with a warning for all but perhaps the one that is current.
    expect(answers.filter((status) => status === 202).length).toBeGreaterThanOrEqual(3)
    expect(answers.filter((_, writer) => writer % 2 === 0).every((status) => status === 200 || status === 202)).toBe(true)
    const after = await count()
    expect([after.instances - before.instances, after.versions - before.versions, after.objects - before.objects]).toEqual([1, 7, 8])
    expect(await changesOf(study.StudyInstanceUID)).toEqual({ instance: 1, version: 7 })
    const path = `/dicomweb/studies/${study.StudyInstanceUID}/series/${study.SeriesInstanceUID}/instances/${SOPInstanceUID}`
    const found: string[] = []
    for (let version = 1; version <= 8; version += 1) {
      const response = await program.request('east-technologist', `${path}?version=${version}`, {
        headers: { Accept: 'application/dicom' },
      })
      found.push(sha256(Buffer.from(await response.arrayBuffer())))
    }
    expect(found.sort()).toEqual(contents.map(({ part10 }) => sha256(part10)).sort())
    expect(await examine(program.index.pool, program.objects)).toEqual(nothingWrong)
  })

  test('store the first instances of the same new studies: one study, one series, one patient each', async () => {
    const before = await count()
    const studies = [newStudy(), newStudy(), newStudy()]
    const sent: Sent[] = []
    await Promise.all(
      writers.map(async (writer) => {
        const own = shuffled(studies).map((study) => newInstance(study, 2_000))
        sent.push(...own)
        expect((await storeBySTOW(doorsOf(writer), own)).status).toBe(200)
      }),
    )
    const after = await count()
    expect(after.studies - before.studies).toBe(3)
    expect(after.series - before.series).toBe(3)
    // One number at one institution: one patient.
    expect(after.patients).toBe(before.patients)
    expect(await missing(gateways[0], sent)).toEqual([])
    expect(await examine(program.index.pool, program.objects)).toEqual(nothingWrong)
  })

  test('use the same SOPInstanceUIDs in a study each, in any order: all is kept, and a study that got none of them is not there', async () => {
    const before = await count()
    const uids = [newUID(), newUID(), newUID()]
    const contents = writers.map(() => {
      const study = newStudy()
      return uids.map((uid) => newInstance(study, 2_000, uid))
    })
    const answers = await Promise.all(contents.map((own, writer) => storeBySTOW(doorsOf(writer), shuffled(own))))
    expect(answers.flatMap(({ failureReasons }) => failureReasons)).toEqual([])
    expect(answers.flatMap(({ stored }) => stored)).toHaveLength(24)
    const after = await count()
    expect([after.instances - before.instances, after.versions - before.versions, after.objects - before.objects]).toEqual([3, 21, 24])
    expect(await examine(program.index.pool, program.objects)).toEqual(nothingWrong)
  })
})
