/** Key Object Selection documents (PS3.16 TID 2010), held against a foreign reader. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dcmjs from 'dcmjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KeyObjectSelection, keyObjectSelection } from '../../archive/key-object-selection.ts'
import { run, testWithPeer } from '../support/foreign-peers.ts'

const rejection: KeyObjectSelection = {
  study: {
    PatientName: 'Li^BingZhi=李^丙治',
    PatientID: 'P1',
    IssuerOfPatientID: 'EAST',
    PatientBirthDate: '19700101',
    PatientSex: 'M',
    StudyInstanceUID: '2.25.1',
    StudyID: '1',
    StudyDate: '20261122',
    StudyTime: '101500',
    AccessionNumber: 'A1',
    ReferringPhysicianName: '',
    StudyDescription: '胸部正位',
    InstitutionName: '东乡卫生院',
  },
  SeriesInstanceUID: '2.25.9',
  SOPInstanceUID: '2.25.10',
  SeriesNumber: 9003,
  SeriesDescription: 'Rejected for Quality Reasons',
  title: { value: '113001', meaning: 'Rejected for Quality Reasons' },
  modifiers: [{ value: '111210', meaning: 'Motion' }],
  description: '体位不正\n重拍',
  observer: '赵磊',
  at: new Date('2026-11-22T02:15:00Z'),
  objects: [
    { SeriesInstanceUID: '2.25.2', SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', SOPInstanceUID: '2.25.3', isImage: true },
    { SeriesInstanceUID: '2.25.2', SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', SOPInstanceUID: '2.25.4', isImage: true },
    { SeriesInstanceUID: '2.25.5', SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.67', SOPInstanceUID: '2.25.6', isImage: false },
  ],
}
function empty<T extends object>(values: T): T {
  return Object.fromEntries(Object.keys(values).map((keyword) => [keyword, ''])) as T
}

/** Nothing known of patient and study, nobody who selected. */
const sparse: KeyObjectSelection = {
  ...rejection,
  study: { ...empty(rejection.study), StudyInstanceUID: '2.25.1' },
  title: { value: '113000', meaning: 'Of Interest' },
  modifiers: [],
  description: '',
  observer: null,
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'key-objects-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('foreign readers', () => {
  for (const [name, selection] of Object.entries({ rejection, sparse })) {
    testWithPeer('dciodvfy', `find no error: ${name}`, async () => {
      const path = join(folder, `${name}.dcm`)
      await writeFile(path, keyObjectSelection(selection))
      const { output } = await run('dciodvfy', [path])
      expect(output).toContain('KeyObjectSelectionDocument')
      expect(output).not.toMatch(/^Error/m)
    })
  }
})

test('lists its objects by series as evidence, and each in its content; images apart from others', () => {
  const bytes = keyObjectSelection(rejection)
  const file = dcmjs.data.DicomMessage.readFile(new Uint8Array(bytes).buffer)
  // biome-ignore lint/suspicious/noExplicitAny: dcmjs has no types for what it reads
  const dataset = dcmjs.data.DicomMetaDictionary.naturalizeDataset(file.dict) as any
  const [evidence] = dataset.CurrentRequestedProcedureEvidenceSequence
  const series = evidence.ReferencedSeriesSequence.map(
    ({ SeriesInstanceUID, ReferencedSOPSequence }: { SeriesInstanceUID: string; ReferencedSOPSequence: object[] }) => [
      SeriesInstanceUID,
      ReferencedSOPSequence.length,
    ],
  )
  expect(series).toEqual([
    ['2.25.2', 2],
    ['2.25.5', 1],
  ])
  const types = dataset.ContentSequence.map(({ ValueType }: { ValueType: string }) => ValueType)
  expect(types).toEqual(['CODE', 'CODE', 'PNAME', 'TEXT', 'IMAGE', 'IMAGE', 'COMPOSITE'])
  expect(dataset.PatientName).toMatchObject([{ Alphabetic: 'Li^BingZhi', Ideographic: '李^丙治' }])
})
