/** From the order to the reader, through the whole program: worklist, images, order, reading task. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDataset } from '../../archive/dicom/dataset-reader.ts'
import { writeDataset } from '../../archive/dicom/dataset-writer.ts'
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { commandField } from '../../gateway/dimse/command-set.ts'
import { openPart10 } from '../../gateway/dimse/part10-source.ts'
import { openAssociation } from '../../gateway/dimse/scu.ts'
import { MODALITY_WORKLIST_FIND } from '../../gateway/dimse/worklist.ts'
import { upsertAE } from '../../storage/index/ae.ts'
import { drStudy, patients } from '../../test-images/index.ts'
import { datasetOf, enterOrder, orderOf } from '../support/orders.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

let program: TestProgram
beforeAll(async () => {
  program = await startTestProgram()
  await upsertAE(program.index.pool, {
    title: 'EAST_DR',
    institution: program.county.townships[0],
    quietSeconds: 2,
    worklistCharacterSet: 'ISO_IR 6',
  })
})
afterAll(() => program?.close())

const call = (abstractSyntax: string, transferSyntaxes: readonly string[]) =>
  openAssociation({
    host: '127.0.0.1',
    port: program.dicomPort,
    callingAETitle: 'EAST_DR',
    calledAETitle: 'ARCHIVE',
    contexts: [{ abstractSyntax, transferSyntaxes }],
  })

async function until<T>(look: () => Promise<T>, isThere: (seen: T) => boolean): Promise<T> {
  for (let i = 0; ; i++) {
    const seen = await look()
    if (isThere(seen) || i === 200) return seen
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function* one(bytes: Uint8Array) {
  yield bytes
}

test('a radiograph ordered in Chinese, taken on a machine that has none, is read with its name and its question', async () => {
  const { pinyin: _, ...patient } = patients.qin
  const order = await enterOrder(
    program,
    { modality: 'DX', procedure: '胸部正位片', clinicalInformation: '外伤后左胸痛', urgency: 0 },
    { PatientName: '覃秀兰', sex: patient.PatientSex, birthDate: patient.PatientBirthDate },
  )
  // The machine asks for its day and gets the name in pinyin.
  const asking = await call(MODALITY_WORKLIST_FIND, [ImplicitVRLittleEndian])
  const { bytes } = writeDataset(datasetOf({ PatientName: '', PatientID: '', AccessionNumber: '', StudyInstanceUID: '' }), {
    implicit: true,
    characterSet: 'ISO_IR 6',
  })
  const answer = await asking.call(
    MODALITY_WORKLIST_FIND,
    { CommandField: commandField['C-FIND'], AffectedSOPClassUID: MODALITY_WORKLIST_FIND, Priority: 0 },
    bytes,
  )
  const item = (await readDataset([answer.dataset!], ImplicitVRLittleEndian)).dataset
  const said = (tag: string, of: DicomJSON = item) => of[tag]!.Value![0]
  expect(said('00100010')).toEqual({ Alphabetic: 'Qin^Xiulan' })
  expect(said('0020000D')).toBe(order.StudyInstanceUID)
  asking.abort()
  // It writes what it was told into its images.
  const AccessionNumber = String(said('00080050'))
  const images = drStudy({ patient: patients.qin, characterSet: 'none', AccessionNumber, seed: 'order path' })
  let association: Awaited<ReturnType<typeof call>> | undefined
  for await (const { SOPClassUID, TransferSyntaxUID, part10 } of images) {
    association ??= await call(SOPClassUID, [TransferSyntaxUID])
    expect((await association.store(await openPart10(one(part10)))).Status).toBe(0)
  }
  await association!.release()
  const linked = await until(
    () => orderOf(program, order.id),
    ({ studies }) => studies.length > 0,
  )
  expect(linked.studies).toHaveLength(1)
  const workitem = await until(
    async () => {
      const response = await program.request('radiologist', '/api/workitems?view=all')
      return (
        (await response.json()) as { items: { patient: { name: string }; urgency: number; clinicalInformation: string; state: string }[] }
      ).items[0]
    },
    (seen) => seen?.state === 'READY',
  )
  expect(workitem).toMatchObject({ patient: { name: '覃秀兰' }, urgency: 0, clinicalInformation: '外伤后左胸痛', state: 'READY' })
  // The images have all come: the exam is over.
  expect(
    (
      await until(
        () => orderOf(program, order.id),
        ({ state }) => state === 'completed',
      )
    ).state,
  ).toBe('completed')
  // And nothing of it is offered to the machine again.
  const again = await call(MODALITY_WORKLIST_FIND, [ImplicitVRLittleEndian])
  const none = await again.call(
    MODALITY_WORKLIST_FIND,
    { CommandField: commandField['C-FIND'], AffectedSOPClassUID: MODALITY_WORKLIST_FIND, Priority: 0 },
    bytes,
  )
  expect([none.command.Status, none.dataset]).toEqual([0, undefined])
  await again.release()
}, 60_000)
