/** Instances written from DICOM JSON: PS3.5 §7, PS3.18 Annex F; read again by the reader of the archive. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttributeJSON, DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { HeaderReader } from '../../../archive/dicom/header-reader.ts'
import { type BulkBytes, writeInstance } from '../../../archive/dicom/instance-writer.ts'
import { inflateFragment } from '../../../archive/dicom/metadata-fragment.ts'
import { receivedDataset } from '../../../archive/dicom/received-json.ts'
import { NotUnderstood } from '../../../archive/errors.ts'

const identity: DicomJSON = {
  '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
  '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.11'] },
  '00080018': { vr: 'UI', Value: ['1.2.3.4'] },
  '0020000D': { vr: 'UI', Value: ['1.2'] },
  '0020000E': { vr: 'UI', Value: ['1.2.3'] },
}
const bulkOf = (bytes: Buffer): BulkBytes => ({
  length: bytes.length,
  read: async function* () {
    yield bytes
  },
})
async function written(
  dataset: DicomJSON,
  TransferSyntaxUID = '1.2.840.10008.1.2.1',
  bulk: Record<string, Buffer[]> = {},
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of writeInstance({ dataset, TransferSyntaxUID, bulk: (uri) => (bulk[uri] ?? []).map(bulkOf) })) chunks.push(chunk)
  return Buffer.concat(chunks)
}
function read(part10: Buffer) {
  const reader = new HeaderReader({ publicPath: '' })
  reader.write(part10)
  return reader.end()
}
const jsonOf = (part10: Buffer) => JSON.parse(inflateFragment(read(part10).metadata).toString()) as DicomJSON

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((value) => value.trim() === value && !/[\\\0-\x1f\ufeff]/.test(value))
const group = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .filter((value) => value.trim() === value && !/[\^=\\\0-\x1f\ufeff]/.test(value))
const several = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 3 })
const leaf = fc.oneof(
  several(text).map((Value): AttributeJSON => ({ vr: 'LO', Value })),
  text.map((value): AttributeJSON => ({ vr: 'UT', Value: [value] })),
  several(fc.record({ Alphabetic: group, Ideographic: group, Phonetic: group }, { requiredKeys: ['Alphabetic'] })).map(
    (Value): AttributeJSON => ({ vr: 'PN', Value }),
  ),
  several(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })).map((Value): AttributeJSON => ({ vr: 'SL', Value })),
  several(fc.integer({ min: 0, max: 65535 })).map((Value): AttributeJSON => ({ vr: 'US', Value })),
  several(fc.double({ noNaN: true, noDefaultInfinity: true })).map(
    (Value): AttributeJSON => ({ vr: 'FD', Value: Value.map((value) => value + 0) }),
  ),
  several(fc.integer()).map((Value): AttributeJSON => ({ vr: 'IS', Value })),
  several(fc.constantFrom('00100010', '7FE00010')).map((Value): AttributeJSON => ({ vr: 'AT', Value })),
  fc
    .uint8Array({ minLength: 1, maxLength: 60 })
    .map((bytes): AttributeJSON => ({ vr: 'OB', InlineBinary: Buffer.from(bytes.length % 2 ? [...bytes, 0] : bytes).toString('base64') })),
  fc.constant<AttributeJSON>({ vr: 'SH' }),
)
const tag = fc.constantFrom('00091001', '00091002', '00091003', '00189999', '0040A160', '00700010')
const { dataset } = fc.letrec<{ dataset: DicomJSON; items: AttributeJSON }>((tie) => ({
  dataset: fc
    .dictionary(tag, fc.oneof({ maxDepth: 2 }, leaf, tie('items')))
    .map((made) => Object.fromEntries(Object.entries(made).sort(([a], [b]) => (a < b ? -1 : 1)))),
  items: several(tie('dataset')).map((Value): AttributeJSON => ({ vr: 'SQ', Value })),
}))

test('what is written is read as it was', () =>
  fc.assert(
    fc.asyncProperty(dataset, async (more) => {
      const whole = { ...identity, ...more }
      const { dataset: received } = receivedDataset(JSON.parse(JSON.stringify(whole)))
      expect(jsonOf(await written(received))).toEqual(JSON.parse(JSON.stringify(whole)))
    }),
    { numRuns: 200 },
  ))

test('any JSON is a data set or refused', () =>
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      try {
        receivedDataset(value)
      } catch (error) {
        expect(error).toBeInstanceOf(NotUnderstood)
      }
    }),
  ))

describe('bulk data', () => {
  test('at the top and in an item, of odd length', async () => {
    const bytes = Buffer.alloc(301, 7)
    const inItem: DicomJSON = {
      ...identity,
      '00091001': { vr: 'SQ', Value: [{ '00091002': { vr: 'OB', BulkDataURI: 'x' } }] },
      '00091003': { vr: 'UN', BulkDataURI: 'x' },
    }
    const part10 = await written(inItem, undefined, { x: [bytes] })
    for (const { offset, length } of read(part10).bulk)
      expect(part10.subarray(offset, offset + length).equals(Buffer.concat([bytes, Buffer.of(0)]))).toBe(true)
    expect(read(part10).bulk).toHaveLength(2)
  })

  test('compressed frames: one fragment each, with an offset table where there are several', async () => {
    const image: DicomJSON = {
      ...identity,
      '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7.4'] },
      '00280002': { vr: 'US', Value: [1] },
      '00280008': { vr: 'IS', Value: [3] },
      '00280010': { vr: 'US', Value: [8] },
      '00280011': { vr: 'US', Value: [8] },
      '00280100': { vr: 'US', Value: [8] },
      '7FE00010': { vr: 'OW', BulkDataURI: 'pixels' },
    }
    const frames = [11, 20, 31].map((length) => Buffer.alloc(length, length))
    const part10 = await written(image, '1.2.840.10008.1.2.4.50', { pixels: frames })
    const { pixels } = read(part10)
    expect(pixels).toMatchObject({ kind: 'encapsulated', NumberOfFrames: 3, unavailable: null })
    const table = Buffer.from(pixels!.frameTable!)
    expect(table.length).toBe(3 * 16)
  })

  test.each([
    ['no bytes', {}],
    ['bytes twice', { x: [Buffer.alloc(2), Buffer.alloc(2)] }],
  ])('%s: refused', async (_, bulk) => {
    await expect(written({ ...identity, '00091001': { vr: 'OB', BulkDataURI: 'x' } }, undefined, bulk)).rejects.toBeInstanceOf(
      NotUnderstood,
    )
  })
})

test('a text too long for its short form becomes UN, as PS3.5 §6.2.2 wants it', async () => {
  const long = 'x'.repeat(70_000)
  const part10 = await written({ ...identity, '00189999': { vr: 'LO', Value: [long] } })
  expect(read(part10).bulk).toMatchObject([{ path: '00189999', vr: 'UN', length: 70_000 }])
})
