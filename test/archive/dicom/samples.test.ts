import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AttributeJSON, DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { type Header, HeaderReader } from '../../../archive/dicom/header-reader.ts'
import { inflateFragment } from '../../../archive/dicom/metadata-json.ts'
import { displayName } from '../../../archive/dicom/person-name.ts'
import { ArchiveError } from '../../../archive/errors.ts'
import { haveSamples, type Sample, sampleBytes, samples } from '../../support/samples.ts'

const run = promisify(execFile)

function read(bytes: Buffer): Header {
  const reader = new HeaderReader({ publicPath: '' })
  reader.write(bytes)
  return reader.end()
}

const metadataOf = (header: Header): DicomJSON => JSON.parse(inflateFragment(header.metadata).toString('utf8'))

/** What the refusals must name. Samples with a policy: UIDs that are none are refused; the other files are sound and stored. */
const refusals: Readonly<Record<string, RegExp>> = {
  'pyd-chrSQEncoding.dcm': /SOPClassUID is missing/,
  'pydd-bad_sequence.dcm': /SOPInstanceUID is not a UID/,
  'pyd-no_meta_group_length.dcm': /SOPClassUID is missing/,
  'pyd-nested_priv_SQ.dcm': /SOPClassUID is missing/,
  'pydd-HTJ2KLossless_08_RGB.dcm': /StudyInstanceUID is missing/,
  'syn-missing-studyuid.dcm': /StudyInstanceUID is missing/,
  'syn-zero-length.dcm': /Not a DICOM file/,
  'syn-not-dicom-text.dcm': /Not a DICOM file/,
  'pyd-pet.dcm': /Color Palette Storage are not stored/,
  'godicom-testdicomdir.dcm': /Media Storage Directory Storage are not stored/,
  'pyd-MR_truncated.dcm': /breaks off .* inside \(7FE0,0010\) PixelData/,
  'pyd-rtplan_truncated.dcm': /breaks off .* inside \(300A,012C\) IsocenterPosition/,
  'pydd-emri_small_jpeg_2k_lossless_too_short.dcm': /PixelData: the sequence delimiter is missing/,
  'pyd-no_meta.dcm': /Not a DICOM file/,
  'pyd-meta_missing_tsyntax.dcm': /\(0002,0010\) TransferSyntaxUID is missing/,
}

describe.each(samples.map((sample) => [sample.name, sample] as const))('%s', (name, sample) => {
  const refusal = refusals[name]
  if (refusal !== undefined) {
    test(`is refused: ${sample.why}`, () => {
      expect(sample.expected).not.toBe('accept')
      let error: unknown
      try {
        read(sampleBytes(name))
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(ArchiveError)
      expect((error as Error).message).toMatch(refusal)
    })
    return
  }
  test('is understood: identity, pixels, JSON', () => {
    expect(sample.expected).not.toBe('reject-with-clear-error')
    const header = read(sampleBytes(name))
    expect(header).toMatchObject({
      TransferSyntaxUID: sample.transfer_syntax_uid,
      SOPClassUID: sample.sop_class_uid,
      SOPInstanceUID: sample.sop_instance_uid,
      SeriesInstanceUID: sample.series_uid,
      StudyInstanceUID: sample.study_uid,
    })
    expect(header.pixels !== null).toBe(/^(Float|Double)?Pixel/.test(sample.pixel))
    checkJSON(metadataOf(header))
    for (const level of Object.values(header.json)) checkJSON(JSON.parse(level))
  })
})

/** PS3.18 F.2: a value that is empty absent, null only beside others, numbers as numbers. */
function checkJSON(dataset: DicomJSON): void {
  for (const [tag, attribute] of Object.entries(dataset)) {
    const { vr, Value, BulkDataURI, InlineBinary } = attribute
    expect(tag).toMatch(/^[0-9A-F]{8}$/)
    expect(vr).toMatch(/^[A-Z]{2}$/)
    expect([Value, BulkDataURI, InlineBinary].filter((content) => content !== undefined).length, tag).toBeLessThanOrEqual(1)
    if (Value === undefined) continue
    expect(Value.length, tag).toBeGreaterThan(0)
    expect(
      Value.some((value) => value !== null && value !== ''),
      tag,
    ).toBe(true)
    expect(Value.includes(''), tag).toBe(false)
    for (const value of Value) if (vr === 'SQ') checkJSON(value as DicomJSON)
  }
}

describe('text is what people wrote', () => {
  test.each([
    ['pyd-chrX1.dcm', 'Wang^XiaoDong=王^小東', '王小東', false],
    ['pyd-chrX2.dcm', 'Wang^XiaoDong=王^小东', '王小东', false],
    ['fod-chrGB2312.dcm', 'Zhang^XiaoDong=张^小东', '张小东', false],
    ['pyd-chrH31.dcm', 'Yamada^Tarou=山田^太郎=やまだ^たろう', '山田太郎', false],
    ['pyd-chrI2.dcm', 'Hong^Gildong=洪^吉洞=홍^길동', '洪吉洞', false],
    ['pyd-chrGreek.dcm', 'Διονυσιος', 'Διονυσιος', false],
  ])('%s', { skip: !haveSamples }, (name, PatientName, shown, repaired) => {
    const { values, characterSet } = read(sampleBytes(name))
    expect(values.patient_name).toBe(PatientName)
    expect(displayName(values.patient_name!)).toBe(shown)
    expect(characterSet.repaired).toBe(repaired)
  })

  test('a DR that says nothing and writes GBK is read as GB18030, and marked', { skip: !haveSamples }, () => {
    const { values, characterSet } = read(sampleBytes('syn-cn-dr-nocharset-gbk.dcm'))
    expect(characterSet).toEqual({ declared: null, used: 'GB18030', repaired: true })
    expect(values.patient_name).toMatch(/^\p{Script=Han}+[\^\p{Script=Han}]*$/u)
  })

  test('no other sample is repaired', { skip: !haveSamples }, () => {
    const repaired = samples
      .filter(({ name, expected }) => expected === 'accept' && refusals[name] === undefined)
      .filter(({ name }) => read(sampleBytes(name)).characterSet.repaired)
    expect(repaired.map(({ name }) => name)).toEqual(['syn-cn-dr-nocharset-gbk.dcm'])
  })
})

const haveDCMTK = await run('dcm2json', ['--version']).then(
  () => true,
  () => false,
)
if (!haveDCMTK) console.warn('dcm2json (DCMTK) is not installed: the JSON of the samples is not compared with it')

describe('the JSON is what DCMTK makes of the same header', { skip: !haveDCMTK || !haveSamples }, () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'dcm2json-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** DCMTK of Debian 12 cannot: undeclared GBK, ISO 2022 IR 87 with glibc, a character set that is a list of numbers, a compressed icon. */
  const beyondDCMTK = new Set(['syn-cn-dr-nocharset-gbk.dcm', 'pyd-chrH31.dcm', 'pydd-explicit_VR-UN.dcm', 'fod-GH133.dcm'])
  const comparable = samples.filter(({ name, expected }) => expected === 'accept' && !beyondDCMTK.has(name))
  // One of each kind: a program is started for each.
  const kindOf = ({ category, transfer_syntax, charset }: Sample) => [category, transfer_syntax, charset].join()
  const chosen = comparable.filter((sample, i) => comparable.findIndex((other) => kindOf(other) === kindOf(sample)) === i)

  test.each(chosen.map((sample) => [sample.name, sample] as const))('%s', async (_, sample) => {
    const bytes = sampleBytes(sample.name)
    const header = read(bytes)
    const theirs = await dcm2json(sample, bytes, header)
    const ours = metadataOf(header)
    const implicit = sample.transfer_syntax_uid === '1.2.840.10008.1.2'
    expect(differences(ours, theirs, implicit)).toEqual([])
  })

  /** Of the header up to compressed pixels, which dcm2json refuses. */
  async function dcm2json({ name, pixel, frame_kind }: Sample, bytes: Buffer, { pixels }: Header): Promise<DicomJSON> {
    const file = path.join(folder, name)
    const cut = frame_kind !== 'native' && pixel.startsWith('PixelData') && pixels !== null && pixels.kind !== 'native'
    await writeFile(file, cut ? bytes.subarray(0, pixels.offset - 12) : bytes)
    const { stdout } = await run('dcm2json', [file], { maxBuffer: 1 << 28 })
    return JSON.parse(stdout)
  }
})

function differences(ours: DicomJSON, theirs: DicomJSON, implicit: boolean, where = ''): string[] {
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].flatMap((tag) => {
    const [a, b] = [ours[tag], theirs[tag]]
    // Where they stopped before the pixels, and where private attributes without a VR are named from their own dictionary.
    if (tag >= '7FE00000' && b === undefined) return []
    if (a === undefined || b === undefined) return [`${where}${tag} is missing`]
    if (implicit && Number.parseInt(tag.slice(0, 4), 16) % 2 === 1) return []
    if (a.vr === 'SQ' && b.vr === 'SQ') {
      const items = Math.max(a.Value?.length ?? 0, b.Value?.length ?? 0)
      return Array.from({ length: items }, (_, i) => i).flatMap((i) =>
        differences((a.Value?.[i] ?? {}) as DicomJSON, (b.Value?.[i] ?? {}) as DicomJSON, implicit, `${where}${tag}/${i}/`),
      )
    }
    return sameValue(tag, a, b) ? [] : [`${where}${tag}: ${JSON.stringify(a)} is not ${JSON.stringify(b).slice(0, 200)}`]
  })
}

function sameValue(tag: string, a: AttributeJSON, b: AttributeJSON): boolean {
  if (a.vr !== b.vr) return false
  // They leave the label of nested items as it was.
  if (tag === '00080005') return true
  if (a.BulkDataURI !== undefined) return b.InlineBinary !== undefined
  if (a.InlineBinary !== undefined) return a.InlineBinary === b.InlineBinary
  if (['DS', 'IS', 'FL', 'FD'].includes(a.vr)) {
    const [x = [], y = []] = [a.Value, b.Value]
    return (
      x.length === y.length &&
      x.every((value, i) => value === y[i] || Math.abs(Number(value) - Number(y[i])) <= 1e-6 * Math.abs(Number(value)))
    )
  }
  // A text of nothing but spaces is empty; they write [null].
  if (a.Value === undefined) return b.Value === undefined || b.Value.every((value) => value === null)
  return JSON.stringify(a.Value) === JSON.stringify(b.Value)
}
