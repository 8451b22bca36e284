/** Every sample that is stored, fetched by C-MOVE: as it is, and by a machine that takes nothing but uncompressed data sets. */
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDataset } from '../../archive/dicom/dataset-reader.ts'
import { HeaderReader } from '../../archive/dicom/header-reader.ts'
import { fileMeta } from '../../archive/dicom/part10.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { upsertAE } from '../../storage/index/ae.ts'
import { type DestinationOptions, startDestination, type TestDestination } from '../gateway/dimse/destination.ts'
import { contextOf, keysOf, QueryPeer, valuesOf } from '../gateway/dimse/query-peer.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'
import { haveSamples, sampleBytes, samples } from '../support/samples.ts'

/** What nobody can give uncompressed: a codestream that contradicts its data set, and a video. */
const undecodable = ['pyd-JPEG2000-embedded-sequence-delimiter.dcm', 'syn-video-mpeg2-mpml.dcm']

interface Stored {
  readonly SOPInstanceUID: string
  readonly TransferSyntaxUID: string
  readonly dataset: Buffer
}

describe.skipIf(!haveSamples)('samples by C-MOVE', () => {
  let program: TestProgram
  const stored = new Map<string, Stored>()
  const studies = new Set<string>()

  beforeAll(async () => {
    program = await startTestProgram()
    for (const { name } of samples.filter(({ expected }) => expected === 'accept')) {
      const headers = { 'Content-Type': 'application/dicom', Accept: 'application/dicom+json' }
      await program.request('east-technologist', '/dicomweb/studies', { method: 'POST', headers, body: Uint8Array.from(sampleBytes(name)) })
    }
    const { rows } = await program.index.pool.query(
      `select s.study_instance_uid as study, i.sop_instance_uid as uid, i.transfer_syntax_uid as syntax, i.object_key as key, i.dataset_offset as at
       from instance i join study s using (study_pk)`,
    )
    for (const { study, uid, syntax, key, at } of rows) {
      studies.add(study)
      const dataset = (await buffer(await program.objects.get(key))).subarray(at)
      stored.set(`${study} ${uid}`, { SOPInstanceUID: uid, TransferSyntaxUID: syntax, dataset })
    }
  }, 120_000)
  afterAll(() => program?.close())

  async function moveAll(options: DestinationOptions): Promise<{ target: TestDestination; failed: unknown[]; status: number | undefined }> {
    const target = await startDestination(options)
    await upsertAE(program.index.pool, { title: 'TARGET', institution: program.county.county, host: '127.0.0.1', port: target.port })
    const peer = await QueryPeer.open(program.dicomPort)
    try {
      const keys = keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: [...studies] })
      peer.raw.send(peer.request(contextOf.study.MOVE, 'C-MOVE', keys, { MoveDestination: 'TARGET' }))
      const last = (await peer.responses()).at(-1)!
      const list = last.dataset && (await readDataset([last.dataset], ExplicitVRLittleEndian)).dataset
      return { target, failed: list ? valuesOf(list, 'FailedSOPInstanceUIDList')! : [], status: last.command.Status }
    } finally {
      peer.close()
      await target.close()
    }
  }

  test('each as it is stored, byte for byte', async () => {
    const { target, status } = await moveAll({})
    expect(stored.size).toBeGreaterThan(80)
    expect(status).toBe(0)
    const whole = ({ dataset, TransferSyntaxUID }: Pick<Stored, 'dataset' | 'TransferSyntaxUID'>) =>
      `${TransferSyntaxUID} ${dataset.toString('base64')}`
    const expected = [...stored.values()].map(whole).sort()
    expect(target.arrived.map(({ dataset, context }) => whole({ dataset, TransferSyntaxUID: context.transferSyntax })).sort()).toEqual(
      expected,
    )
  }, 120_000)

  test.each([
    ['Explicit VR', ExplicitVRLittleEndian],
    ['Implicit VR', ImplicitVRLittleEndian],
  ])(
    'each in %s Little Endian for who takes nothing else, or on the list of what failed',
    async (_, uid) => {
      const { target, failed } = await moveAll({ choose: ({ transferSyntaxes }) => transferSyntaxes.find((one) => one === uid) })
      expect(target.arrived.length + failed.length).toBe(stored.size)
      for (const { dataset, command } of target.arrived) {
        const reader = new HeaderReader({ publicPath: '' })
        const { AffectedSOPClassUID: SOPClassUID = '', AffectedSOPInstanceUID: SOPInstanceUID = '' } = command
        reader.write(fileMeta({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID: uid }))
        reader.write(dataset)
        expect(reader.end().pixels?.kind ?? 'none', SOPInstanceUID).toMatch(/^(native|none)$/)
      }
      const notDecoded = failed.map((one) => samples.find(({ sop_instance_uid }) => sop_instance_uid === one)?.name).sort()
      expect(notDecoded).toEqual(undecodable)
    },
    240_000,
  )
})
