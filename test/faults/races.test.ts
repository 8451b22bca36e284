/** Many writers of the same instances at once: nothing is lost, altered or kept twice, and every writer is told the truth. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestProgram, type TestProgram } from '../support/program.ts'
import { census, examine, nothingWrong } from './census.ts'
import { associate, type Doors, missing, newInstance, newStudy, retrieve, type Sent, sha256, storeByDIMSE, storeBySTOW } from './senders.ts'

let program: TestProgram
let doors: Doors
beforeAll(async () => {
  program = await startTestProgram()
  doors = { ...program, authorization: program.basic('east-technologist') }
})
afterAll(() => program?.close())

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

describe('eight writers, four by C-STORE and four by STOW-RS', () => {
  test('store the same thirteen instances of a new study in any order: each is there once, unaltered', async () => {
    const study = newStudy()
    const instances = Array.from({ length: 13 }, () => newInstance(study))
    const byDIMSE = async () => {
      const association = await associate(doors)
      for (const instance of shuffled(instances)) expect(await storeByDIMSE(association, instance)).toBe(0x0000)
      await association.release()
    }
    const bySTOW = async () => {
      const all = shuffled(instances)
      for (const part of [all.slice(0, 5), all.slice(5)]) {
        expect(await storeBySTOW(doors, part)).toMatchObject({ status: 200, warned: 0, failureReasons: [] })
      }
    }
    await Promise.all([byDIMSE, bySTOW, byDIMSE, bySTOW, byDIMSE, bySTOW, byDIMSE, bySTOW].map((write) => write()))
    expect(await count()).toMatchObject({ instances: 13, versions: 0, studies: 1, series: 1, patients: 1, objects: 13 })
    expect(await changesOf(study.StudyInstanceUID)).toEqual({ instance: 13 })
    // Which writer came first decides whose File Meta is kept; the data set is everybody's.
    for (const instance of instances)
      expect(sha256((await retrieve(doors, instance)).subarray(-instance.dataset.length))).toBe(sha256(instance.dataset))
    expect(await examine(program.index.pool, program.objects)).toEqual(nothingWrong)
  })

  test('store eight contents under one SOPInstanceUID: all are kept, one is current, seven are versions', async () => {
    const before = await count()
    const study = newStudy()
    const { SOPInstanceUID } = newInstance(study)
    const contents = Array.from({ length: 8 }, () => newInstance(study, 5_000, SOPInstanceUID))
    const answers = await Promise.all(
      contents.map(async (content, writer) => {
        if (writer % 2 === 0) return storeBySTOW(doors, [content])
        const association = await associate(doors)
        const status = await storeByDIMSE(association, content)
        await association.release()
        return { status }
      }),
    )
    expect(answers.filter((_, writer) => writer % 2 === 1).map(({ status }) => status)).toEqual([0, 0, 0, 0])
    // 202 with a warning for all but perhaps the one that is current.
    const warned = answers.filter(({ status }) => status === 202)
    expect(answers.filter(({ status }) => status === 200).length + warned.length).toBe(4)
    expect(warned.length).toBeGreaterThanOrEqual(3)
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
      Array.from({ length: 8 }, async () => {
        const own = shuffled(studies).map((study) => newInstance(study, 2_000))
        sent.push(...own)
        expect((await storeBySTOW(doors, own)).status).toBe(200)
      }),
    )
    const after = await count()
    expect(after.studies - before.studies).toBe(3)
    expect(after.series - before.series).toBe(3)
    // One number at one institution: one patient.
    expect(after.patients).toBe(before.patients)
    expect(await missing(doors, sent)).toEqual([])
    expect(await examine(program.index.pool, program.objects)).toEqual(nothingWrong)
  })
})
