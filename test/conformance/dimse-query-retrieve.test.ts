/** Foreign hands on Query/Retrieve: DCMTK's findscu, movescu and getscu against the whole archive, storescp as the destination. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { openPart10 } from '../../gateway/dimse/part10-source.ts'
import { openAssociation } from '../../gateway/dimse/scu.ts'
import { upsertAE } from '../../storage/index/ae.ts'
import { ctSeries, drStudy, type Instance, usStudy } from '../../test-images/index.ts'
import { datasetOf, findscu, freePort, type StoreSCP, startStoreSCP } from '../support/dicom-programs.ts'
import { describeWithPeers, run } from '../support/foreign-peers.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

let program: TestProgram
const ct: Instance[] = []
const us: Instance[] = []
const dr: Instance[] = []

async function store(instances: readonly Instance[], callingAETitle: string): Promise<void> {
  const kinds = new Map(
    instances.map(({ SOPClassUID, TransferSyntaxUID }) => [`${SOPClassUID} ${TransferSyntaxUID}`, { SOPClassUID, TransferSyntaxUID }]),
  )
  const association = await openAssociation({
    host: '127.0.0.1',
    port: program.dicomPort,
    callingAETitle,
    calledAETitle: 'ARCHIVE',
    contexts: [...kinds.values()].map(({ SOPClassUID, TransferSyntaxUID }) => ({
      abstractSyntax: SOPClassUID,
      transferSyntaxes: [TransferSyntaxUID],
    })),
  })
  for (const { part10 } of instances) {
    expect((await association.store(await openPart10(one(part10)))).Status).toBe(0)
  }
  await association.release()
}

async function* one(bytes: Uint8Array) {
  yield bytes
}

beforeAll(async () => {
  program = await startTestProgram()
  for await (const instance of ctSeries(4, { seed: 'qr' })) ct.push(instance)
  for await (const instance of usStudy({ seed: 'qr us', transferSyntax: 'jpegBaseline' })) us.push(instance)
  for await (const instance of drStudy({ seed: 'qr dr' })) dr.push(instance)
  await store([...ct, ...us], 'EAST_CT')
  await store(dr, 'WEST_CT')
})
afterAll(() => program?.close())

const asEast = () => ['-aet', 'EAST_CT', '-aec', 'ARCHIVE', '127.0.0.1', String(program.dicomPort)]
const keys = (given: readonly string[]) => given.flatMap((key) => ['-k', key])
const text = (dataset: DicomJSON, tag: string) =>
  (dataset[tag]?.Value ?? []).map((value) => (typeof value === 'object' ? value : String(value)))

describeWithPeers('findscu', ['findscu'], () => {
  const find = (model: string, ...given: string[]) => findscu([model, ...asEast(), ...keys(given)])

  test('a CT console asks for the priors of a patient', async () => {
    const { output, answers } = await find(
      '-P',
      'QueryRetrieveLevel=PATIENT',
      'PatientID=*',
      'PatientName',
      'NumberOfPatientRelatedStudies',
    )
    expect(output).toContain('0x0000: Success')
    expect(answers).toHaveLength(1)
    const { dataset } = answers[0]!
    expect(text(dataset, '00201200')).toEqual(['2'])
    const PatientID = String(text(dataset, '00100020')[0])
    const studies = await find(
      '-P',
      'QueryRetrieveLevel=STUDY',
      `PatientID=${PatientID}`,
      'StudyInstanceUID',
      'StudyDate',
      'ModalitiesInStudy',
    )
    expect(studies.answers.map(({ dataset }) => text(dataset, '00080061')[0]).sort()).toEqual(['CT', 'US'])
  })

  test('every level of the Study Root, with what was asked for and no more', async () => {
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = ct[1]!
    const study = await find(
      '-S',
      'QueryRetrieveLevel=STUDY',
      `StudyInstanceUID=${StudyInstanceUID}`,
      'PatientName',
      'NumberOfStudyRelatedInstances',
    )
    expect(study.answers.map(({ dataset }) => text(dataset, '00201208'))).toEqual([['4']])
    expect(Object.keys(study.answers[0]!.dataset).sort()).toEqual(
      ['00080005', '00080052', '00080054', '00080056', '00100010', '0020000D', '00201208'].sort(),
    )
    const series = await find('-S', 'QueryRetrieveLevel=SERIES', `StudyInstanceUID=${StudyInstanceUID}`, 'SeriesInstanceUID', 'Modality')
    expect(series.answers.map(({ dataset }) => text(dataset, '0020000E'))).toEqual([[SeriesInstanceUID]])
    const images = await find(
      '-S',
      'QueryRetrieveLevel=IMAGE',
      `StudyInstanceUID=${StudyInstanceUID}`,
      `SeriesInstanceUID=${SeriesInstanceUID}`,
      'SOPInstanceUID',
      'InstanceNumber',
    )
    expect(images.answers.map(({ dataset }) => text(dataset, '00080018')[0])).toEqual(ct.map((instance) => instance.SOPInstanceUID))
    expect(images.answers.map(({ dataset }) => text(dataset, '00080018')[0])).toContain(SOPInstanceUID)
  })

  test('what another township has is not found', async () => {
    const { output, answers } = await find('-S', 'QueryRetrieveLevel=STUDY', `StudyInstanceUID=${dr[0]!.StudyInstanceUID}`)
    expect(output).toContain('0x0000: Success')
    expect(answers).toEqual([])
  })
})

describeWithPeers('movescu', ['movescu', 'storescp'], () => {
  let scp: StoreSCP | undefined
  const move = async (options: readonly string[], given: readonly string[], scpOptions: readonly string[] = []) => {
    scp = await startStoreSCP(...scpOptions)
    await upsertAE(program.index.pool, {
      title: 'DESTINATION',
      institution: program.county.townships[0],
      host: '127.0.0.1',
      port: scp.port,
    })
    try {
      const { output } = await run('movescu', ['-d', ...options, '-aem', 'DESTINATION', ...asEast(), ...keys(given)])
      return { output, files: await scp.files(), said: scp.output() }
    } finally {
      await scp.stop()
    }
  }

  test('a study to a destination: every instance, its data set byte for byte', async () => {
    const { output, files, said } = await move(['-S'], ['QueryRetrieveLevel=STUDY', `StudyInstanceUID=${ct[0]!.StudyInstanceUID}`], ['+x='])
    expect(output).toContain('0x0000: Success')
    expect(output).toMatch(/Completed Suboperations +: 4/)
    expect(said).toContain('Move Originator AE Title')
    expect(files).toHaveLength(4)
    for (const { part10, SOPInstanceUID } of ct) {
      const file = files.find(({ bytes }) => bytes.includes(SOPInstanceUID))!
      expect(datasetOf(file.bytes).bytes.equals(datasetOf(Buffer.from(part10)).bytes)).toBe(true)
    }
  })

  test('movescu moves to itself with a receiver of its own', async () => {
    const port = await freePort()
    const out = await mkdtemp(join(tmpdir(), 'movescu-'))
    await upsertAE(program.index.pool, { title: 'EAST_DR', institution: program.county.townships[0], port })
    try {
      // With +B it writes where it runs, whatever -od says.
      const args = [
        ...['-d', '-S', '+B', '--port', String(port), '-aem', 'EAST_DR', '-aet', 'EAST_DR', '-aec', 'ARCHIVE'],
        ...['127.0.0.1', String(program.dicomPort)],
        ...keys([
          'QueryRetrieveLevel=SERIES',
          `StudyInstanceUID=${ct[0]!.StudyInstanceUID}`,
          `SeriesInstanceUID=${ct[0]!.SeriesInstanceUID}`,
        ]),
      ]
      const { output } = await run('movescu', args, { cwd: out })
      expect(output).toContain('0x0000: Success')
      expect(await readdir(out)).toHaveLength(4)
    } finally {
      await rm(out, { recursive: true })
    }
  })

  // Whatever the receiver prefers: uncompressed, each of the compressed ones, deflated.
  const preferences = ['+xe', '+xb', '+xi', '+xs', '+xy', '+xx', '+xv', '+xw', '+xt', '+xu', '+xr', '+xd']
  test.each(preferences)('storescp %s takes the CT', async (option) => {
    const { output, files } = await move(['-S'], ['QueryRetrieveLevel=STUDY', `StudyInstanceUID=${ct[0]!.StudyInstanceUID}`], [option])
    expect(output).toContain('0x0000: Success')
    expect(files).toHaveLength(4)
    const uid = option === '+xi' ? ImplicitVRLittleEndian : ExplicitVRLittleEndian
    for (const { bytes } of files) expect(datasetOf(bytes).TransferSyntaxUID).toBe(uid)
  })

  test.each([
    ['+xa', 'every one', '1.2.840.10008.1.2.4.50'],
    ['+xy', 'JPEG', '1.2.840.10008.1.2.4.50'],
    ['+x=', 'only uncompressed ones', ExplicitVRLittleEndian],
    ['+xi', 'only Implicit VR', ImplicitVRLittleEndian],
  ])('storescp %s takes %s: what is stored as JPEG arrives so, or decoded', async (option, _, uid) => {
    const { output, files } = await move(['-S'], ['QueryRetrieveLevel=STUDY', `StudyInstanceUID=${us[0]!.StudyInstanceUID}`], [option])
    expect(output).toContain('0x0000: Success')
    expect(files).toHaveLength(us.length)
    for (const { bytes } of files) expect(datasetOf(bytes).TransferSyntaxUID).toBe(uid)
  })

  test('an unknown destination is 0xA801, and nothing is sent', async () => {
    const { output } = await run('movescu', [
      '-d',
      '-S',
      '-aem',
      'NOBODY',
      ...asEast(),
      ...keys(['QueryRetrieveLevel=STUDY', 'StudyInstanceUID=1.2']),
    ])
    expect(output).toMatch(/0xa801/i)
  })
})

describeWithPeers('getscu', ['getscu'], () => {
  const get = async (options: readonly string[], given: readonly string[]) => {
    const out = await mkdtemp(join(tmpdir(), 'getscu-'))
    try {
      const { output } = await run('getscu', ['-d', '+B', '-od', out, ...options, ...asEast(), ...keys(given)])
      const files = await Promise.all((await readdir(out)).map((name) => readFile(join(out, name))))
      return { output, files }
    } finally {
      await rm(out, { recursive: true })
    }
  }

  test('a study over the same association, byte for byte', async () => {
    const { output, files } = await get(['-S'], ['QueryRetrieveLevel=STUDY', `StudyInstanceUID=${ct[0]!.StudyInstanceUID}`])
    expect(output).toMatch(/Completed Suboperations +: 4/)
    expect(files).toHaveLength(4)
    for (const { part10, SOPInstanceUID } of ct) {
      const file = files.find((bytes) => bytes.includes(SOPInstanceUID))!
      expect(datasetOf(file).bytes.equals(datasetOf(Buffer.from(part10)).bytes)).toBe(true)
    }
  })

  test('one image of the Patient Root', async () => {
    const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = ct[2]!
    const { files } = await get(
      ['-P'],
      [
        'QueryRetrieveLevel=IMAGE',
        `StudyInstanceUID=${StudyInstanceUID}`,
        `SeriesInstanceUID=${SeriesInstanceUID}`,
        `SOPInstanceUID=${SOPInstanceUID}`,
      ],
    )
    expect(files).toHaveLength(1)
  })
})
