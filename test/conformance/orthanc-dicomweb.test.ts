/** Foreign hands on DICOMweb: Debian's Orthanc stores into us, searches here and retrieves back, as the client that its DICOMweb plugin is. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ctSeries, type Instance, usStudy } from '../../test-images/index.ts'
import { datasetOf } from '../support/dicom-programs.ts'
import { describeWithPeers, pathOf } from '../support/foreign-peers.ts'
import { type OrthancProcess, startOrthancProcess } from '../support/orthanc.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'

type Answer = Record<string, { Value?: unknown[] | string; vr?: string }>

describeWithPeers('Orthanc as a DICOMweb client', ['Orthanc', 'libOrthancDicomWeb.so'], () => {
  let program: TestProgram
  let orthanc: OrthancProcess
  const ct: Instance[] = []
  const all: Instance[] = []

  beforeAll(async () => {
    program = await startTestProgram()
    const server = (username: string) => ({ Url: `${program.origin}/dicomweb/`, Username: username, Password: testPassword })
    orthanc = await startOrthancProcess(
      {},
      {
        DefaultEncoding: 'Utf8',
        Plugins: [pathOf('libOrthancDicomWeb.so')],
        DicomWeb: {
          Enable: true,
          Servers: { us: server('east-technologist'), west: server('west-technologist'), nobody: server('nobody') },
        },
      },
    )
    for await (const instance of ctSeries(3, { seed: 'orthanc web' })) ct.push(instance)
    all.push(...ct)
    for await (const instance of usStudy({ seed: 'orthanc web us', transferSyntax: 'jpegBaseline' })) all.push(instance)
    for (const { part10 } of all) await orthanc.send('POST', '/instances', part10)
  }, 60_000)
  afterAll(async () => {
    await orthanc?.stop()
    await program?.close()
  })

  const held = () => orthanc.json<string[]>('GET', '/instances')
  const fileOf = async (id: string) => Buffer.from(await (await orthanc.send('GET', `/instances/${id}/file`)).arrayBuffer())
  async function empty(): Promise<void> {
    for (const patient of await orthanc.json<string[]>('GET', '/patients')) await orthanc.json('DELETE', `/patients/${patient}`)
  }
  const search = (server: string, Uri: string, Arguments: Record<string, string> = {}) =>
    orthanc.json<Answer[]>('POST', `/dicom-web/servers/${server}/qido`, { Uri, Arguments })

  test('stores everything it has, each data set as it was', async () => {
    await orthanc.json('POST', '/dicom-web/servers/us/stow', { Resources: await held(), Synchronous: true })
    const files = await Promise.all((await held()).map(fileOf))
    for (const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } of all) {
      const path = `/dicomweb/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`
      const answer = await program.request('east-technologist', path, { headers: { accept: 'application/dicom; transfer-syntax=*' } })
      const sent = files.find((bytes) => bytes.includes(SOPInstanceUID))!
      expect(datasetOf(Buffer.from(await answer.arrayBuffer())).bytes.equals(datasetOf(sent).bytes)).toBe(true)
    }
  })

  test('the same once more changes nothing', async () => {
    await orthanc.json('POST', '/dicom-web/servers/us/stow', { Resources: await held(), Synchronous: true })
    const { rows } = await program.index.pool.query(
      'select (select count(*)::int from instance) as instances, (select count(*)::int from version) as versions',
    )
    expect(rows).toEqual([{ instances: all.length, versions: 0 }])
  })

  test('finds studies, by the pinyin of a Chinese name too, their series and instances', async () => {
    const { StudyInstanceUID, SeriesInstanceUID } = ct[0]!
    const [study] = await search('us', '/studies', { StudyInstanceUID })
    // Of a name it keeps the Alphabetic group alone.
    const surname = /\p{L}+/u.exec(String(study!['00100010']!.Value))![0].toLowerCase()
    expect(await search('us', '/studies', { StudyInstanceUID, PatientName: surname, fuzzymatching: 'true' })).toEqual([study])
    expect(await search('us', `/studies/${StudyInstanceUID}/series`)).toHaveLength(1)
    expect(await search('us', '/instances', { SeriesInstanceUID })).toHaveLength(ct.length)
  })

  test("finds nothing of another institution's, and is told when nobody knows it", async () => {
    expect(await search('west', '/studies')).toEqual([])
    await expect(search('nobody', '/studies')).rejects.toThrow(/40[13]|Unauthorized|access/i)
  })

  test('retrieves study, series and instance', async () => {
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = ct[0]!
    const resources = [
      [{ Study: StudyInstanceUID }, ct],
      [{ Study: StudyInstanceUID, Series: SeriesInstanceUID }, ct],
      [{ Study: StudyInstanceUID, Series: SeriesInstanceUID, Instance: SOPInstanceUID }, ct.slice(0, 1)],
      [{ Study: all.at(-1)!.StudyInstanceUID }, all.slice(ct.length)],
    ] as const
    for (const [resource, expected] of resources) {
      await empty()
      await orthanc.json('POST', '/dicom-web/servers/us/retrieve', { Resources: [resource], Synchronous: true })
      const files = await Promise.all((await settled(expected.length)).map(fileOf))
      expect(files).toHaveLength(expected.length)
      for (const { SOPInstanceUID: uid, dataset } of expected) {
        const arrived = files.find((bytes) => bytes.includes(uid))!
        // Pixels are the end of our data sets; Orthanc's own writing of the rest is its own affair.
        expect(arrived.subarray(-1_000).equals(dataset.subarray(-1_000))).toBe(true)
      }
    }
  })

  async function settled(count: number): Promise<string[]> {
    for (let turn = 0; turn < 100 && (await held()).length < count; turn += 1) await pause(50)
    return held()
  }
})
