/** The key images of a report as a Key Object Selection for Report Attachment. PS3.16 CID 7010. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dcmjs from 'dcmjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attachedObjects, reportKeyObjects } from '../../../../archive/reading/documents/report-key-objects.ts'
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
      SeriesInstanceUID: '2.25.1002',
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      SOPInstanceUID: '2.25.1003',
      isImage: true,
      frames: [3, 7],
    },
  ])
})

testWithPeer('dciodvfy', 'has no error for a foreign reader', async () => {
  const path = join(folder, 'kos.dcm')
  await writeFile(path, reportKeyObjects(report))
  const { output } = await run('dciodvfy', [path])
  expect(output).toContain('KeyObjectSelectionDocument')
  expect(output).not.toMatch(/^Error/m)
})
