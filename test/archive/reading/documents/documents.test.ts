/** SR (TID 2000) and Encapsulated PDF of a signed report, held against foreign readers. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dcmjs from 'dcmjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { doctorName } from '../../../../archive/reading/documents/doctor-name.ts'
import { encapsulatedPDF } from '../../../../archive/reading/documents/encapsulated-pdf.ts'
import { loadFonts } from '../../../../archive/reading/documents/glyphs.ts'
import { reportHTML } from '../../../../archive/reading/documents/report-html.ts'
import { noPictures, reportPDF, storedCopy } from '../../../../archive/reading/documents/report-pdf.ts'
import { reportText } from '../../../../archive/reading/documents/report-text.ts'
import { structuredReport } from '../../../../archive/reading/documents/structured-report.ts'
import { hashOf } from '../../../../archive/reading/reports/canonical-json.ts'
import { freeze, type ReportContent } from '../../../../archive/reading/reports/report-content.ts'
import { pathOf, run, testWithPeer } from '../../../support/foreign-peers.ts'
import { sampleReport } from './sample-report.ts'

const fonts = loadFonts()
const hash = freeze(sampleReport).hash
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'))
})
afterAll(() => rm(folder, { recursive: true }))

const file = async (name: string, bytes: Uint8Array) => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}
const pdfText = async (content: ReportContent, withFonts = fonts) => {
  const path = await file('text.pdf', await reportPDF(freeze(content), withFonts, noPictures, storedCopy))
  await run('pdftotext', ['-enc', 'UTF-8', '-layout', path, `${path}.txt`])
  return readFile(`${path}.txt`, 'utf8')
}
const pagesOf = (bytes: Buffer) => bytes.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0
const long = { ...sampleReport, findings: Array(14).fill(sampleReport.findings).join('\n') }
/** What a report may hold at worst: nothing known of the patient, no images listed. */
const sparse: ReportContent = {
  ...sampleReport,
  patient: { ...sampleReport.patient, PatientName: '', PatientID: '', PatientSex: '', PatientBirthDate: '', age: '' },
  study: { ...sampleReport.study, StudyID: '', StudyDate: '', StudyTime: '', AccessionNumber: '', StudyDescription: '', evidence: [] },
  clinical: { information: '', department: '', requester: '' },
  advice: '',
}

describe('the structured report', () => {
  for (const [name, content] of [
    ['a full report', sampleReport],
    ['a long report', long],
    ['a sparse report', sparse],
  ] as const) {
    testWithPeer('dciodvfy', `${name} has no error for dciodvfy`, async () => {
      const { output } = await run('dciodvfy', [await file('sr.dcm', structuredReport(content))])
      expect(output).toContain('EnhancedSR')
      expect(output).not.toMatch(/^Error/m)
    })
  }

  test('is complete, verified and final, by author and verifying observer', () => {
    const dataset = naturalized(structuredReport(sampleReport))
    expect(dataset).toMatchObject({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.22',
      SOPInstanceUID: '2.25.2001',
      StudyInstanceUID: '2.25.1001',
      CompletionFlag: 'COMPLETE',
      VerificationFlag: 'VERIFIED',
      PreliminaryFlag: 'FINAL',
    })
  })

  testWithPeer('dsrdump', 'is read by DCMTK as TID 2000, with every section', async () => {
    const { output } = await run('dsrdump', [await file('dump.dcm', structuredReport(sampleReport))])
    for (const words of [
      'Enhanced SR Document',
      'Clinical information',
      'Procedure findings',
      'Impressions',
      'Recommendations',
      'VERIFIED',
    ]) {
      expect(output).toContain(words)
    }
    expect(output).not.toMatch(/^[EF]:/m)
  })

  test('the same report gives the same bytes', () => {
    expect(structuredReport(sampleReport).equals(structuredReport(structuredClone(sampleReport)))).toBe(true)
  })
})

describe('the printed report', () => {
  test('is one page where it fits, and the same bytes every time', async () => {
    const once = await reportPDF(freeze(sampleReport), fonts, noPictures, storedCopy)
    expect(once.equals(await reportPDF(freeze(sampleReport), fonts, noPictures, storedCopy))).toBe(true)
    expect(pagesOf(once)).toBe(1)
    expect(once.length).toBeLessThan(120_000)
    expect(pagesOf(await reportPDF(freeze(long), fonts, noPictures, storedCopy))).toBe(2)
  })

  test.skipIf(pathOf('pdftotext') === undefined)(
    'names patient, both institutions, both doctors and the hash, as text that can be searched',
    async () => {
      const text = await pdfText(sampleReport)
      for (const words of [
        '单晓敏',
        '47岁',
        '青石镇中心卫生院',
        '清河县医共体远程影像诊断中心',
        '王丽',
        '曾国强',
        '2026-11-22 10:48',
        hash,
        '右肺下叶背段',
      ]) {
        expect(text).toContain(words)
      }
    },
  )

  test.skipIf(pathOf('pdftotext') === undefined)('writes a character that its font lacks by its code point, never as a box', async () => {
    const rare = { ...sampleReport, patient: { ...sampleReport.patient, name: '吴𠮷喆' } }
    expect(fonts.missing(rare.patient.name)).toEqual(['𠮷'])
    expect(await pdfText(rare)).toContain('吴〔U+20BB7〕喆')
  })

  test.skipIf(pathOf('pdftotext') === undefined)(
    'says in which ward and bed the patient lies, and of an older report nothing of it',
    async () => {
      const { clinical } = sampleReport
      const lying = { ...sampleReport, clinical: { ...clinical, department: '内科', ward: '内科3病区', bed: '加12' } }
      const now = await pdfText(lying)
      const before = await pdfText(sampleReport)
      expect(now.replaceAll(/\s/g, '')).toMatch(/床号：加12.*科室：内科3病区/)
      expect(before.replaceAll(/\s/g, '')).toMatch(/床号：—.*科室：内科门诊/)
      expect(reportText(freeze(lying), 'standing')).toMatch(/床号：加12\r\n科室：内科3病区\r\n/)
      expect(reportText(freeze(sampleReport), 'standing')).not.toContain('床号')
      const html = await reportHTML(freeze(lying), noPictures, storedCopy)
      expect(html).toContain('加12')
      expect(html).toContain('内科3病区')
    },
  )

  test.skipIf(pathOf('pdfdetach') === undefined)('carries what was signed: the attachment has the printed hash', async () => {
    const path = await file('attached.pdf', await reportPDF(freeze(sampleReport), fonts, noPictures, storedCopy))
    await run('pdfdetach', ['-save', '1', '-o', `${path}.json`, path])
    const signed = await readFile(`${path}.json`, 'utf8')
    expect(hashOf(signed)).toBe(hash)
    expect(JSON.parse(signed)).toEqual(sampleReport)
  })

  test.skipIf(pathOf('pdffonts') === undefined)('embeds its fonts', async () => {
    const { output } = await run('pdffonts', [
      await file('fonts.pdf', await reportPDF(freeze(sampleReport), fonts, noPictures, storedCopy)),
    ])
    const rows = output
      .split('\n')
      .slice(2)
      .filter((row) => row !== '')
    expect(rows.length).toBe(2)
    for (const row of rows) expect(row).toMatch(/NotoSansSC.*\byes +yes +yes\b/)
  })
})

describe('the encapsulated PDF', () => {
  testWithPeer('dciodvfy', 'has no error for dciodvfy', async () => {
    for (const content of [sampleReport, sparse]) {
      const { output } = await run('dciodvfy', [
        await file('pdf.dcm', encapsulatedPDF(content, await reportPDF(freeze(content), fonts, noPictures, storedCopy))),
      ])
      expect(output).toContain('EncapsulatedPDF')
      expect(output).not.toMatch(/^Error/m)
    }
  })

  test('holds the printed report to the byte; an odd length is padded and the true one told', () => {
    for (const length of [1000, 1001]) {
      const dataset = naturalized(encapsulatedPDF(sampleReport, Buffer.alloc(length, 7)))
      expect(dataset.EncapsulatedDocumentLength).toBe(length)
      const value = [dataset.EncapsulatedDocument].flat()[0] as ArrayBuffer
      expect(value.byteLength).toBe(length + (length % 2))
      expect(Buffer.from(value).subarray(0, length).equals(Buffer.alloc(length, 7))).toBe(true)
    }
  })
})

test.each([
  ['王丽', 'Wang^Li=王^丽'],
  ['欧阳明', 'Ouyang^Ming=欧阳^明'],
  ['单国强', 'Shan^Guoqiang=单^国强'],
  ['曾^国=强', '=曾 国 强'],
  ['吴𠮷', '=吴^𠮷'],
  ['Dr. Smith', 'Dr. Smith'],
])('the doctor %s is written %s', (displayName, pn) => {
  expect(doctorName(displayName)).toBe(pn)
})

function naturalized(part10: Buffer): Record<string, unknown> {
  const bytes = part10.buffer.slice(part10.byteOffset, part10.byteOffset + part10.length) as ArrayBuffer
  return dcmjs.data.DicomMetaDictionary.naturalizeDataset(dcmjs.data.DicomMessage.readFile(bytes).dict)
}
