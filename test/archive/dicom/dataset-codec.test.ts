/** Small data sets read and written whole: identifiers, procedure steps. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDataset } from '../../../archive/dicom/dataset-reader.ts'
import { writeDataset } from '../../../archive/dicom/dataset-writer.ts'
import type { DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import {
  DeflatedExplicitVRLittleEndian,
  ExplicitVRBigEndian,
  ExplicitVRLittleEndian,
  ImplicitVRLittleEndian,
} from '../../../archive/dicom/transfer-syntaxes.ts'
import { LimitExceeded, NotUnderstood, TransferSyntaxNotSupported } from '../../../archive/errors.ts'
import { element, header, us } from '../../support/dataset.ts'
import { describeWithPeers } from '../../support/foreign-peers.ts'

const utf8 = { '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } }

const identifier: DicomJSON = {
  '00080052': { vr: 'CS', Value: ['STUDY'] },
  '00080061': { vr: 'CS', Value: ['CT', 'MR'] },
  '00081030': { vr: 'LO', Value: ['胸部CT平扫'] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Zhang^San', Ideographic: '张^三' }] },
  '00100020': { vr: 'LO' },
  '00101030': { vr: 'DS', Value: [60.5] },
  '00201208': { vr: 'IS', Value: [300] },
  '00280010': { vr: 'US', Value: [512] },
  '00400275': { vr: 'SQ', Value: [{ '00400009': { vr: 'SH', Value: ['步骤1'] } }, {}] },
  '00720026': { vr: 'AT', Value: ['00100010', '7FE00010'] },
}

describe('a data set that is written and read again', () => {
  for (const [name, uid, implicit] of [
    ['Implicit VR', ImplicitVRLittleEndian, true],
    ['Explicit VR', ExplicitVRLittleEndian, false],
  ] as const) {
    test(`is the same in ${name} Little Endian`, async () => {
      const { bytes, substituted } = writeDataset(identifier, { implicit, characterSet: 'ISO_IR 192' })
      expect(bytes.length % 2).toBe(0)
      expect(substituted).toBe(false)
      expect((await readDataset([bytes], uid)).dataset).toEqual({ ...utf8, ...identifier })
    })
  }

  test('whatever texts, numbers and sequences are in it, and however the bytes are cut', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.replace(/[\p{C}\\=^]/gu, '').trim())
    const dataset = fc.record({
      '00080050': text.map((value): DicomJSON[string] => ({ vr: 'SH', ...(value !== '' && { Value: [value] }) })),
      '00280010': fc.array(fc.nat(65_535), { minLength: 1, maxLength: 3 }).map((Value) => ({ vr: 'US', Value })),
      '00400275': fc.array(text, { minLength: 1, maxLength: 3 }).map((values) => ({
        vr: 'SQ',
        Value: values.map((value) => ({ '00400007': { vr: 'LO', ...(value !== '' && { Value: [value] }) } })),
      })),
    })
    await fc.assert(
      fc.asyncProperty(dataset, fc.boolean(), fc.integer({ min: 1, max: 40 }), async (json, implicit, size) => {
        const { bytes } = writeDataset(json, { implicit, characterSet: 'ISO_IR 192' })
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
        const { dataset: read } = await readDataset(pieces, implicit ? ImplicitVRLittleEndian : ExplicitVRLittleEndian)
        const { '00080005': _, ...rest } = read
        expect(rest).toEqual(json)
      }),
    )
  })

  test('a DS has 16 characters at most, whatever number it is', () => {
    const written = (value: number) =>
      writeDataset({ '00101030': { vr: 'DS', Value: [value] } }, { implicit: true, characterSet: 'ISO_IR 6' })
        .bytes.toString('latin1', 8)
        .trimEnd()
    expect(written(-0.000012345678901)).toBe('-1.2345678901e-5')
    expect(written(0.1 + 0.2)).toBe('3e-1')
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), (value) => {
        const text = written(value)
        expect(text.length).toBeLessThanOrEqual(16)
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-7)
      }),
    )
  })

  test('a value too long for the short form of explicit VR travels as UN (PS3.5 §6.2.2)', async () => {
    const Value = Array.from({ length: 2_000 }, (_, i) => `1.2.840.113619.2.55.3.604688119.971.${1_000_000 + i}`)
    const { bytes } = writeDataset({ '00080018': { vr: 'UI', Value } }, { implicit: false, characterSet: 'ISO_IR 6' })
    expect(bytes.toString('latin1', 4, 6)).toBe('UN')
    expect((await readDataset([bytes], ExplicitVRLittleEndian)).dataset).toEqual({ '00080018': { vr: 'UI', Value } })
  })
})

describe('(0008,0005)', () => {
  test('is left out where everything is in the default repertoire', () => {
    const { bytes } = writeDataset({ '00100020': { vr: 'LO', Value: ['P1'] } }, { implicit: false, characterSet: 'ISO_IR 192' })
    expect(bytes).toEqual(element(0x00100020, 'LO', 'P1'))
  })

  test('says what was used where something is not, before any text', async () => {
    const json = { '00080052': { vr: 'CS', Value: ['STUDY'] }, '00100010': { vr: 'PN', Value: [{ Alphabetic: '张^三' }] } }
    const { bytes } = writeDataset(json, { implicit: false, characterSet: 'GB18030' })
    const { dataset, declared } = await readDataset([bytes], ExplicitVRLittleEndian)
    expect(declared).toBe('GB18030')
    expect(dataset).toEqual({ ...utf8, ...json })
    expect(bytes.readUInt32LE(0)).toBe(0x00050008)
  })

  test('that is missing is assumed as its equipment is known to mean it', async () => {
    const bytes = element(0x00081030, 'LO', Buffer.from([0xd0, 0xd8]))
    const { dataset } = await readDataset([bytes], ExplicitVRLittleEndian, { fallbackCharacterSet: 'GB18030' })
    expect(dataset['00081030']).toEqual({ vr: 'LO', Value: ['胸'] })
  })
})

describe('what is read', () => {
  test('big endian and deflated data sets too', async () => {
    const big = us(0x00280010, 512, { bigEndian: true })
    expect((await readDataset([big], ExplicitVRBigEndian)).dataset).toEqual({ '00280010': { vr: 'US', Value: [512] } })
    const deflated = deflateRawSync(us(0x00280010, 512))
    expect((await readDataset([deflated], DeflatedExplicitVRLittleEndian)).dataset).toEqual({ '00280010': { vr: 'US', Value: [512] } })
  })

  test('is bounded: in bytes, in what deflated ones become, in depth', async () => {
    const long = element(0x00081030, 'LO', ' '.repeat(2_000))
    await expect(readDataset([long], ExplicitVRLittleEndian, { maximumBytes: 1_000 })).rejects.toThrow(LimitExceeded)
    await expect(readDataset([deflateRawSync(long)], DeflatedExplicitVRLittleEndian, { maximumBytes: 1_000 })).rejects.toThrow(
      LimitExceeded,
    )
    const item = Buffer.from('feff00e0ffffffff', 'hex')
    const deep = Array.from({ length: 40 }, () => [header(0x00400275, 'SQ', 0xffffffff), item]).flat()
    await expect(readDataset(deep, ExplicitVRLittleEndian)).rejects.toThrow(LimitExceeded)
  })

  test('does not break off, and has no pixels', async () => {
    await expect(readDataset([element(0x00081030, 'LO', 'CHEST').subarray(0, 10)], ExplicitVRLittleEndian)).rejects.toThrow(NotUnderstood)
    await expect(readDataset([], '1.2.840.10008.1.2.4.50')).rejects.toThrow(TransferSyntaxNotSupported)
  })

  test('any bytes: a data set or an error that says what is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, implicit) => {
        try {
          await readDataset([bytes], implicit ? ImplicitVRLittleEndian : ExplicitVRLittleEndian)
        } catch (error) {
          expect(error).toBeInstanceOf(NotUnderstood)
        }
      }),
    )
  })
})

describeWithPeers('dcmdump reads what was written', ['dcmdump'], () => {
  for (const [option, implicit] of [
    ['-ti', true],
    ['-te', false],
  ] as const) {
    test(implicit ? 'Implicit VR' : 'Explicit VR', () => {
      const folder = mkdtempSync(join(tmpdir(), 'dataset-'))
      try {
        writeFileSync(join(folder, 'dataset'), writeDataset(identifier, { implicit, characterSet: 'ISO_IR 192' }).bytes)
        const { stdout, status } = spawnSync('dcmdump', ['-f', option, '+U8', join(folder, 'dataset')], { encoding: 'utf8' })
        expect(status).toBe(0)
        expect(stdout).toContain('(0008,0005) CS [ISO_IR 192]')
        expect(stdout).toContain('(0010,0010) PN [Zhang^San=张^三]')
        expect(stdout).toContain('(0040,0009) SH [步骤1]')
        expect(stdout).toContain('(0028,0010) US 512')
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  }
})
