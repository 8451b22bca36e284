/** Foreign hands on Query/Retrieve: Debian's Orthanc finds and moves from us, and is the destination of ours. */
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { upsertAE } from '../../storage/index/ae.ts'
import { ctSeries, type Instance, usStudy } from '../../test-images/index.ts'
import { datasetOf } from '../support/dicom-programs.ts'
import { describeWithPeers, run } from '../support/foreign-peers.ts'
import { type OrthancProcess, startOrthancProcess } from '../support/orthanc.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

type Answer = Record<string, { Value: string | null }>

describeWithPeers('Orthanc', ['Orthanc', 'movescu'], () => {
  let program: TestProgram
  let orthanc: OrthancProcess
  const instances: Instance[] = []

  beforeAll(async () => {
    program = await startTestProgram()
    orthanc = await startOrthancProcess({ us: ['ARCHIVE', '127.0.0.1', program.dicomPort] }, { DefaultEncoding: 'Utf8' })
    await upsertAE(program.index.pool, {
      title: 'ORTHANC',
      institution: program.county.townships[0],
      host: '127.0.0.1',
      port: orthanc.dicomPort,
    })
    for await (const instance of ctSeries(3, { seed: 'orthanc query' })) instances.push(instance)
    for await (const instance of usStudy({ seed: 'orthanc query us', transferSyntax: 'jpegBaseline' })) instances.push(instance)
    for (const { part10 } of instances) await orthanc.send('POST', '/instances', part10)
  }, 60_000)
  afterAll(async () => {
    await orthanc?.stop()
    await program?.close()
  })

  const held = () => orthanc.json<string[]>('GET', '/instances')
  async function empty(): Promise<void> {
    for (const patient of await orthanc.json<string[]>('GET', '/patients')) await orthanc.json('DELETE', `/patients/${patient}`)
  }
  const query = (Level: string, Query: Record<string, string>) =>
    orthanc.json<{ ID: string }>('POST', '/modalities/us/query', { Level, Query })
  const answersOf = async ({ ID }: { ID: string }) =>
    (await orthanc.json<{ Answer?: never }[] & Answer[]>('GET', `/queries/${ID}/answers?expand`)) as Answer[]
  /** Each instance that Orthanc holds, against what is stored here; it has re-encoded them when it sent them. */
  async function compare(expected: readonly Instance[]): Promise<void> {
    const files = await Promise.all(
      (await held()).map(async (id) => Buffer.from(await (await orthanc.send('GET', `/instances/${id}/file`)).arrayBuffer())),
    )
    expect(files).toHaveLength(expected.length)
    for (const { SOPInstanceUID } of expected) {
      const { rows } = await program.index.pool.query('select object_key from instance where sop_instance_uid = $1', [SOPInstanceUID])
      const stored = datasetOf(await buffer(await program.objects.get(rows[0].object_key)))
      const arrived = datasetOf(files.find((bytes) => bytes.includes(SOPInstanceUID))!)
      expect(arrived.TransferSyntaxUID).toBe(stored.TransferSyntaxUID)
      expect(arrived.bytes.equals(stored.bytes)).toBe(true)
    }
  }

  test('verifies, and stores all it has', async () => {
    await orthanc.json('POST', '/modalities/us/echo', {})
    await orthanc.json('POST', '/modalities/us/store', { Resources: await held() })
    const { rows } = await program.index.pool.query('select count(*)::int as n from instance')
    expect(rows[0].n).toBe(instances.length)
  })

  test('finds studies by their attributes, and reads Chinese names', async () => {
    const answers = await answersOf(await query('Study', { PatientID: '*', PatientName: '', StudyDate: '', ModalitiesInStudy: 'CT' }))
    expect(answers).toHaveLength(1)
    expect(answers[0]!['0020,000d']!.Value).toBe(instances[0]!.StudyInstanceUID)
    expect(answers[0]!['0010,0010']!.Value).toMatch(/\p{Script=Han}/u)
    expect(await answersOf(await query('Series', { StudyInstanceUID: instances[0]!.StudyInstanceUID, Modality: '' }))).toHaveLength(1)
    expect(await answersOf(await query('Patient', { PatientID: '*' }))).toHaveLength(1)
  })

  test('moves what it has found to itself: every instance as it was stored', async () => {
    const found = await query('Study', { StudyInstanceUID: instances[0]!.StudyInstanceUID })
    await empty()
    await orthanc.json('POST', `/queries/${found.ID}/retrieve`, { TargetAet: 'ORTHANC', Synchronous: true })
    await compare(instances.filter(({ StudyInstanceUID }) => StudyInstanceUID === instances[0]!.StudyInstanceUID))
  })

  test("is the destination of a machine's C-MOVE, of everything that a patient has", async () => {
    await empty()
    const machine = ['-aet', 'EAST_CT', '-aec', 'ARCHIVE', '-aem', 'ORTHANC', '127.0.0.1', String(program.dicomPort)]
    const [patient] = await answersOf(await query('Patient', { PatientID: '*' }))
    const keys = ['-k', 'QueryRetrieveLevel=PATIENT', '-k', `PatientID=${patient!['0010,0020']!.Value}`]
    const { output } = await run('movescu', ['-d', '-P', ...machine, ...keys])
    expect(output).toContain('0x0000: Success')
    await compare(instances)
  })
})
