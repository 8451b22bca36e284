/** The key images of a report as a Key Object Selection for Report Attachment. PS3.16 CID 7010. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dcmjs from 'dcmjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attachedObjects, reportKeyObjects, studiesShown } from '../../../../archive/reading/documents/report-key-objects.ts'
import { run, testWithPeer } from '../../../support/foreign-peers.ts'
import { sampleReport } from './sample-report.ts'

const image = {
  SeriesInstanceUID: '2.25.1002',
  SOPInstanceUID: '2.25.1003',
  frame: 1,
  caption: '右肺下叶',
  window: { center: -600, width: 1500 },
}
const report = {
  ...sampleReport,
  keyImages: [image, { ...image, SOPInstanceUID: '2.25.1004', caption: '' }],
  documents: { ...sampleReport.documents, kos: { SOPInstanceUID: '2.25.5001', SeriesInstanceUID: '2.25.5002' } },
}
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-kos-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('names the images that the report shows, in its own study, by whoever signed', () => {
  const { dict } = dcmjs.data.DicomMessage.readFile(new Uint8Array(reportKeyObjects(report)).buffer)
  // biome-ignore lint/suspicious/noExplicitAny: dcmjs has no types for what it reads
  const dataset = dcmjs.data.DicomMetaDictionary.naturalizeDataset(dict) as any
  expect(dataset).toMatchObject({
    SOPInstanceUID: '2.25.5001',
    SeriesInstanceUID: '2.25.5002',
    StudyInstanceUID: '2.25.1001',
    Modality: 'KO',
  })
  expect(dataset.ConceptNameCodeSequence[0]).toMatchObject({ CodeValue: '113020', CodeMeaning: 'For Report Attachment' })
  const images = dataset.ContentSequence.filter(({ ValueType }: { ValueType: string }) => ValueType === 'IMAGE')
  expect(
    images.map(
      (item: { ReferencedSOPSequence: { ReferencedSOPInstanceUID: string }[] }) => item.ReferencedSOPSequence[0]!.ReferencedSOPInstanceUID,
    ),
  ).toEqual(['2.25.1003', '2.25.1004'])
})

test('the same report gives the same bytes', () => {
  expect(reportKeyObjects(report).equals(reportKeyObjects(report))).toBe(true)
})

test('what the signed evidence does not have is not named, several frames of one image together', () => {
  const stray = { ...image, SOPInstanceUID: '2.25.9' }
  const objects = attachedObjects({ ...report, keyImages: [stray, { ...image, frame: 7 }, { ...image, frame: 3 }, { ...image, frame: 7 }] })
  expect(objects).toEqual([
    {
      StudyInstanceUID: '2.25.1001',
      SeriesInstanceUID: '2.25.1002',
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      SOPInstanceUID: '2.25.1003',
      isImage: true,
      frames: [3, 7],
    },
  ])
})

/** A report that reads two studies, and shows an image of each. */
const ofTwo = {
  ...report,
  alsoStudies: [
    {
      StudyInstanceUID: '2.25.6001',
      AccessionNumber: 'B7',
      StudyDescription: '右膝关节',
      evidence: [{ SeriesInstanceUID: '2.25.6002', instances: [['1.2.840.10008.5.1.4.1.1.1.1', '2.25.6003']] as [string, string][] }],
      described: {
        PatientName: 'Shan^XiaoMin',
        PatientID: 'K-9',
        IssuerOfPatientID: 'KNEE',
        PatientSex: 'F',
        PatientBirthDate: '19790304',
        StudyID: '2',
        StudyDate: '20261121',
        StudyTime: '101500',
        ReferringPhysicianName: '',
      },
    },
  ],
  keyImages: [
    image,
    { ...image, StudyInstanceUID: '2.25.6001', SeriesInstanceUID: '2.25.6002', SOPInstanceUID: '2.25.6003', caption: '髌骨' },
  ],
  documents: {
    ...report.documents,
    alsoKos: [{ StudyInstanceUID: '2.25.6001', SOPInstanceUID: '2.25.7001', SeriesInstanceUID: '2.25.7002' }],
  },
}
const readBack = (bytes: Buffer) =>
  // biome-ignore lint/suspicious/noExplicitAny: dcmjs has no types for what it reads
  dcmjs.data.DicomMetaDictionary.naturalizeDataset(dcmjs.data.DicomMessage.readFile(new Uint8Array(bytes).buffer).dict) as any

test('of several studies lies in each of them: the same selection, each naming the other as identical', () => {
  const [own, copy] = [readBack(reportKeyObjects(ofTwo)), readBack(reportKeyObjects(ofTwo, '2.25.6001'))]
  expect(own).toMatchObject({ StudyInstanceUID: '2.25.1001', SOPInstanceUID: '2.25.5001', PatientID: 'P0001' })
  expect(copy).toMatchObject({
    StudyInstanceUID: '2.25.6001',
    SeriesInstanceUID: '2.25.7002',
    SOPInstanceUID: '2.25.7001',
    PatientID: 'K-9',
    StudyDate: '20261121',
    AccessionNumber: 'B7',
  })
  // biome-ignore lint/suspicious/noExplicitAny: as read
  const plain = (value: any) => JSON.parse(JSON.stringify(value))
  expect(plain(copy.CurrentRequestedProcedureEvidenceSequence)).toEqual(plain(own.CurrentRequestedProcedureEvidenceSequence))
  expect(plain(copy.ContentSequence)).toEqual(plain(own.ContentSequence))
  expect(own.CurrentRequestedProcedureEvidenceSequence).toMatchObject([
    { StudyInstanceUID: '2.25.1001', ReferencedSeriesSequence: [{ SeriesInstanceUID: '2.25.1002' }] },
    {
      StudyInstanceUID: '2.25.6001',
      ReferencedSeriesSequence: [{ SeriesInstanceUID: '2.25.6002', ReferencedSOPSequence: [{ ReferencedSOPInstanceUID: '2.25.6003' }] }],
    },
  ])
  const naming = (study: string, series: string, uid: string) => [
    {
      StudyInstanceUID: study,
      ReferencedSeriesSequence: [
        {
          SeriesInstanceUID: series,
          ReferencedSOPSequence: [{ ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.88.59', ReferencedSOPInstanceUID: uid }],
        },
      ],
    },
  ]
  expect(own.IdenticalDocumentsSequence).toMatchObject(naming('2.25.6001', '2.25.7002', '2.25.7001'))
  expect(copy.IdenticalDocumentsSequence).toMatchObject(naming('2.25.1001', '2.25.5002', '2.25.5001'))
  expect(reportKeyObjects(ofTwo, '2.25.6001').equals(reportKeyObjects(ofTwo, '2.25.6001'))).toBe(true)
})

test('of a joined study alone lies there alone, and has no other', () => {
  const { kos: _, ...documents } = ofTwo.documents
  const alone = { ...ofTwo, keyImages: ofTwo.keyImages.slice(1), documents }
  expect(studiesShown(alone)).toEqual(['2.25.6001'])
  const read = readBack(reportKeyObjects(alone, '2.25.6001'))
  expect(read.CurrentRequestedProcedureEvidenceSequence).toMatchObject([{ StudyInstanceUID: '2.25.6001' }])
  expect(read.IdenticalDocumentsSequence).toBeUndefined()
  expect(() => reportKeyObjects(alone)).toThrow('no key images of this study')
})

test('signed before there were copies stays what it was, to the byte', () => {
  const { alsoKos: _, ...documents } = ofTwo.documents
  const before = { ...report, keyImages: ofTwo.keyImages }
  expect(reportKeyObjects({ ...ofTwo, documents }).equals(reportKeyObjects(before))).toBe(true)
})

testWithPeer('dciodvfy', 'has no error for a foreign reader, of one study or of two', async () => {
  for (const bytes of [reportKeyObjects(report), reportKeyObjects(ofTwo), reportKeyObjects(ofTwo, '2.25.6001')]) {
    const path = join(folder, 'kos.dcm')
    await writeFile(path, bytes)
    const { output } = await run('dciodvfy', [path])
    expect(output).toContain('KeyObjectSelectionDocument')
    expect(output).not.toMatch(/^Error/m)
  }
})
