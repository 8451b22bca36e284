/**
 * Corrected instances as foreign eyes see them: one real file of every transfer syntax is stored, corrected, retrieved, held against DCMTK and
 * dciodvfy, and sent back.
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { describeWithPeers, run as runPeer } from '../support/foreign-peers.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'
import { haveSamples, type Sample, sampleBytes, samples } from '../support/samples.ts'

/** One of each transfer syntax whose data set DCMTK can read, and the character sets. */
const chosen: readonly Sample[] = (() => {
  const bySyntax = new Map<string, Sample>()
  for (const sample of samples)
    if (sample.expected === 'accept' && sample.study_uid !== '')
      bySyntax.set(sample.transfer_syntax_uid, bySyntax.get(sample.transfer_syntax_uid) ?? sample)
  const texts = samples.filter(({ name, expected }) => expected === 'accept' && /chrX1|chrX2|chrH31|chrI2|chrGreek/.test(name))
  const studies = new Set<string>()
  return [...bySyntax.values(), ...texts].filter(({ study_uid }) => !studies.has(study_uid) && studies.add(study_uid))
})()

/** What it wrote is UTF-8. */
async function run(program: string, args: readonly string[]) {
  const { output, code } = await runPeer(program, args)
  return { code, output: Buffer.from(output, 'latin1').toString('utf8') }
}

const correction = {
  attributes: {
    PatientName: 'Li^Si=李^四',
    PatientID: '患者-0815',
    PatientSex: 'F',
    PatientBirthDate: '19800229',
    StudyDescription: '胸部 正位',
  },
  reason: '登记时选错患者',
}

describe.skipIf(!haveSamples)('a corrected instance', () => {
  describeWithPeers('of every transfer syntax', ['dcmdump', 'dcm2json', 'dciodvfy', 'getscu'], () => {
    let program: TestProgram
    let folder: string
    beforeAll(async () => {
      program = await startTestProgram()
      folder = await mkdtemp(join(tmpdir(), 'corrections-'))
    }, 60_000)
    afterAll(async () => {
      await program.close()
      await rm(folder, { recursive: true, force: true })
    })

    const asEast = (path: string, init?: RequestInit) => program.request('east-technologist', path, init)
    const bytesOf = async (path: string) => {
      const response = await asEast(path, { headers: { Accept: 'application/dicom; transfer-syntax=*' } })
      expect(response.status).toBe(200)
      return Buffer.from(await response.arrayBuffer())
    }
    const store = (bytes: Uint8Array) =>
      asEast('/dicomweb/studies', { method: 'POST', headers: { 'Content-Type': 'application/dicom' }, body: new Uint8Array(bytes) })
    const post = (path: string, body: unknown) =>
      asEast(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    const until = async (what: () => Promise<boolean>) => {
      for (let turn = 0; turn < 300; turn++) {
        if (await what()) return
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      expect.fail('it never came')
    }

    test.each(chosen.map((sample) => [sample.transfer_syntax, sample.name, sample] as const))(
      '%s (%s)',
      { timeout: 120_000 },
      async (_syntax, _name, sample) => {
        const { study_uid, series_uid, sop_instance_uid } = sample
        const original = sampleBytes(sample.name)
        const stored = await store(original)
        expect([200, 202]).toContain(stored.status)
        const instance = `/dicomweb/studies/${study_uid}/series/${series_uid}/instances/${sop_instance_uid}`
        const metadataOf = async (query = '') => await (await asEast(`${instance}/metadata${query}`)).text()
        const [metadata, tag] = [await metadataOf(), (await asEast(`${instance}/metadata`)).headers.get('etag')]

        expect(await (await post(`/api/studies/${study_uid}/corrections`, correction)).json()).toEqual({ revision: expect.any(Number) })
        const corrected = await bytesOf(instance)
        const json = JSON.parse(await metadataOf()) as DicomJSON[]
        expect(json[0]!['00100010']).toEqual({ vr: 'PN', Value: [{ Alphabetic: 'Li^Si', Ideographic: '李^四' }] })
        expect((await asEast(`${instance}/metadata`)).headers.get('etag')).not.toBe(tag)
        // What was received is there for ever.
        expect((await bytesOf(`${instance}?version=as-received`)).equals(original)).toBe(true)
        expect(await metadataOf('?version=as-received')).toBe(metadata)

        const [before, after] = [join(folder, 'before.dcm'), join(folder, 'after.dcm')]
        await writeFile(before, original)
        await writeFile(after, corrected)
        const dumped = await run('dcmdump', ['+L', '+P', '0010,0010', '+P', '0010,0020', '+P', '0008,0005', '+P', '0400,0561', after])
        expect(dumped.output).toContain('Li^Si=李^四')
        expect(dumped.output).toContain('ISO_IR 192')
        const oracle = await run('dcm2json', ['-q', after])
        const read = parsed(oracle.output)
        if (read !== undefined) {
          for (const attribute of ['00080005', '00081030', '00100010', '00100020', '00100030', '00100040'])
            expect(read[attribute]).toEqual(json[0]![attribute])
          const items = (dataset: DicomJSON) => dataset['04000561']!.Value as DicomJSON[]
          expect(items(read).at(-1)!['04000565']).toEqual({ vr: 'CS', Value: ['CORRECT'] })
          expect(Object.keys((items(read).at(-1)!['04000550']!.Value as DicomJSON[])[0]!)).toEqual(
            Object.keys((items(json[0]!).at(-1)!['04000550']!.Value as DicomJSON[])[0]!),
          )
        }
        const [was, is] = await Promise.all([before, after].map((path) => errorsOf(path)))
        expect(is!.filter((line) => !was!.includes(line))).toEqual([])

        // Prepared by the job, the bytes are the same; one that comes back is no other content.
        await until(async () => {
          const { rows } = await program.index.pool.query('select from corrected_header where sop_instance_uid = $1', [sop_instance_uid])
          return rows.length > 0
        })
        expect((await bytesOf(instance)).equals(corrected)).toBe(true)
        const back = await store(corrected)
        expect([back.status, warningOf(back)]).toEqual([stored.status, warningOf(stored)])

        // The same through DIMSE.
        const received = await mkdtemp(join(folder, 'get-'))
        const got = await run('getscu', [
          '-aet',
          'EAST_CT',
          '-aec',
          'ARCHIVE',
          '-S',
          '+B',
          '-od',
          received,
          '-k',
          '0008,0052=STUDY',
          '-k',
          `0020,000D=${study_uid}`,
          '127.0.0.1',
          String(program.dicomPort),
        ])
        const [file] = await readdir(received)
        if (file !== undefined) {
          const name = await run('dcmdump', ['+P', '0010,0010', join(received, file)])
          expect(name.output).toContain('Li^Si=李^四')
        } else expect(got.output).toMatch(/fail|no presentation|refused|warning/i)

        // Taken back, everything is as it was received.
        const { corrections } = (await (await asEast(`/api/studies/${study_uid}/corrections`)).json()) as {
          corrections: { revision: number }[]
        }
        await post(`/api/studies/${study_uid}/corrections/${corrections[0]!.revision}/undo`, { reason: '选对了' })
        expect((await bytesOf(instance)).equals(original)).toBe(true)
        expect(await metadataOf()).toBe(metadata)
        // A copy from the time before is known still.
        expect((await store(corrected)).status).toBe(stored.status)
      },
    )

    test('nobody is asked anything about copies that came back', async () => {
      const { items } = (await (await program.request('administrator', '/api/conflicts')).json()) as { items: { kind: string }[] }
      expect(items.filter(({ kind }) => kind !== 'identity')).toEqual([])
    })

    async function errorsOf(path: string): Promise<string[]> {
      const { output } = await run('dciodvfy', [path])
      return [...new Set(output.split('\n').filter((line) => /^Error/.test(line)))].map((line) => line.replace(/0x[0-9a-f]+|\d+/g, 'n'))
    }
  })
})

/** Without the address of the service. */
const warningOf = (response: Response) => response.headers.get('warning')?.replace(/^299 \S+ /, '') ?? null

function parsed(output: string): DicomJSON | undefined {
  try {
    return JSON.parse(output) as DicomJSON
  } catch {
    // a file that DCMTK itself cannot write as JSON
    return undefined
  }
}
