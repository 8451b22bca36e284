/** The Native DICOM Model: PS3.19 Annex A.1; against what DCMTK makes of the same files. */
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttributeJSON, DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { HeaderReader } from '../../../archive/dicom/header-reader.ts'
import { inflateFragment } from '../../../archive/dicom/metadata-fragment.ts'
import { NotUnderstood } from '../../../archive/errors.ts'
import { nativeXML } from '../../../gateway/dicomweb/native-xml.ts'
import { readNativeXML } from '../../../gateway/dicomweb/native-xml-reader.ts'
import { pathOf, testWithPeer } from '../../support/foreign-peers.ts'
import { haveSamples, sampleBytes, samplePath } from '../../support/samples.ts'

async function* inChunks(text: string, size = text.length + 1): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const read = (text: string, size?: number) => readNativeXML(inChunks(text, size))
const document = (content: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xml:space="preserve">${content}</NativeDicomModel>`

describe('what is written is read as it was', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((value) => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(value))
  const group = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((value) => !/[\^=\\\0-\x1f\ufffe\uffff]/.test(value))
  const name = fc.record({ Alphabetic: group, Ideographic: fc.tuple(group, group).map((parts) => parts.join('^')) }, { requiredKeys: [] })
  const leaf = fc.oneof(
    fc.array(fc.oneof(text, fc.constant(null)), { minLength: 1, maxLength: 3 }).map((Value): AttributeJSON => ({ vr: 'UT', Value })),
    fc.array(fc.integer(), { minLength: 1, maxLength: 3 }).map((Value): AttributeJSON => ({ vr: 'SL', Value })),
    fc
      .array(
        name.filter((one) => Object.keys(one).length > 0),
        { minLength: 1, maxLength: 2 },
      )
      .map((Value): AttributeJSON => ({ vr: 'PN', Value })),
    fc.constant<AttributeJSON>({ vr: 'LO' }),
    fc
      .base64String()
      .filter((value) => value !== '')
      .map((InlineBinary): AttributeJSON => ({ vr: 'OB', InlineBinary })),
    text.map((BulkDataURI): AttributeJSON => ({ vr: 'OW', BulkDataURI })),
  )
  const tag = fc.constantFrom('00080050', '00081030', '00100010', '00104000', '7FE00010', '54001010')
  const { dataset } = fc.letrec<{ dataset: DicomJSON; item: AttributeJSON }>((tie) => ({
    dataset: fc.dictionary(tag, fc.oneof({ maxDepth: 2 }, leaf, tie('item'))),
    item: fc.array(tie('dataset'), { minLength: 1, maxLength: 2 }).map((Value): AttributeJSON => ({ vr: 'SQ', Value })),
  }))

  test('any data set, cut anywhere', () =>
    fc.assert(
      fc.asyncProperty(dataset, fc.integer({ min: 1, max: 50 }), async (one, size) => {
        expect(await read(nativeXML(one), size)).toEqual(one)
      }),
      { numRuns: 200 },
    ))

  test('any text is read or refused', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map(document),
          fc.string().map((value) => document(`<DicomAttribute ${value}/>`)),
        ),
        (one) =>
          read(one).then(
            () => undefined,
            (error: unknown) => void expect(error).toBeInstanceOf(NotUnderstood),
          ),
      ),
    ))
})

describe('private attributes', () => {
  const dataset: DicomJSON = {
    '00090010': { vr: 'LO', Value: ['ACME 1.1'] },
    '00090011': { vr: 'LO', Value: ['OTHER'] },
    '00091001': { vr: 'LO', Value: ['a'] },
    '00091101': { vr: 'LO', Value: ['b'] },
    '00093001': { vr: 'LO', Value: ['of nobody'] },
  }
  test('are named by their creator and come back in its block', async () => {
    const xml = nativeXML(dataset)
    expect(xml).toContain('<DicomAttribute tag="00090001" vr="LO" privateCreator="ACME 1.1"><Value number="1">a</Value>')
    expect(xml).toContain('<DicomAttribute tag="00090001" vr="LO" privateCreator="OTHER"><Value number="1">b</Value>')
    expect(xml).toContain('<DicomAttribute tag="00093001" vr="LO">')
    expect(await read(xml)).toEqual(dataset)
  })

  test('of a creator without a block get one', async () => {
    expect(
      await read(document('<DicomAttribute tag="00090001" vr="SH" privateCreator="NEW"><Value number="1">x</Value></DicomAttribute>')),
    ).toEqual({
      '00090010': { vr: 'LO', Value: ['NEW'] },
      '00091001': { vr: 'SH', Value: ['x'] },
    })
  })
})

describe('refused with a sentence', () => {
  test.each([
    ['no XML', 'PatientName', 'This is no Native DICOM Model'],
    ['another document', '<html></html>', '<html> cannot stand in the document'],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><NativeDicomModel/>', 'a document type is not taken'],
    [
      'an entity that nobody declared',
      document('<DicomAttribute tag="00080050" vr="SH"><Value>&a;</Value></DicomAttribute>'),
      'undefined entity',
    ],
    ['broken off', '<NativeDicomModel><DicomAttribute tag="00080050" vr="SH">', 'This is no Native DICOM Model'],
    ['no tag', document('<DicomAttribute tag="PatientName" vr="PN"/>'), '"PatientName" is no tag'],
    ['no VR', document('<DicomAttribute tag="00091001"/>'), '00091001 has no VR'],
    ['twice', document('<DicomAttribute tag="00080050" vr="SH"/>'.repeat(2)), '00080050 stands twice'],
    ['numbers out of order', document('<DicomAttribute tag="00080050" vr="SH"><Value number="0"/></DicomAttribute>'), 'has number 0'],
    [
      'a number far out',
      document('<DicomAttribute tag="00080050" vr="SH"><Value number="1000000"/></DicomAttribute>'),
      'has number 1000000',
    ],
    ['another encoding', '<?xml version="1.0" encoding="GBK"?><NativeDicomModel/>', 'not in UTF-8'],
    [
      'items without end',
      `<NativeDicomModel>${'<DicomAttribute tag="00081140" vr="SQ"><Item number="1">'.repeat(100)}`,
      'items stand within items',
    ],
  ])('%s', async (_, xml, sentence) => {
    await expect(read(xml)).rejects.toBeInstanceOf(NotUnderstood)
    await expect(read(xml)).rejects.toThrow(sentence)
  })

  test('bytes that are no UTF-8', async () => {
    const bytes = async function* () {
      yield Buffer.from([0x3c, 0xff, 0xfe])
    }
    await expect(readNativeXML(bytes())).rejects.toThrow('not in UTF-8')
  })
})

/** Of each attribute what both must say alike: bulk values and the last digits of floats are told in more than one way, and DCMTK always says UTF-8. */
function comparable(dataset: DicomJSON): unknown {
  return Object.fromEntries(
    Object.entries(dataset)
      .filter(([tag]) => tag !== '00080005')
      .map(([tag, { vr, Value, BulkDataURI, InlineBinary }]) => {
        if (BulkDataURI !== undefined || InlineBinary !== undefined) return [tag, [vr, 'bytes']]
        if (['OB', 'OW', 'OF', 'OD', 'OL', 'UN'].includes(vr)) return [tag, [vr, 'bytes']]
        return [tag, [vr, (Value ?? []).map((value) => comparableValue(vr, value))]]
      }),
  )
}

function comparableValue(vr: string, value: NonNullable<AttributeJSON['Value']>[number]): unknown {
  if (vr === 'SQ') return comparable((value ?? {}) as DicomJSON)
  if (value === null || typeof value === 'object') return value
  if (vr === 'FL' || vr === 'FD') return Number(Number(value).toPrecision(6))
  if (vr === 'DS' || vr === 'IS') return Number(value)
  return typeof value === 'string' ? value.trim() : value
}

describe.skipIf(!haveSamples)('what dcm2xml of DCMTK says of a file, we say', () => {
  for (const name of [
    'pyd-CT_small.dcm',
    'hd-sr_document.dcm',
    'dicompyl-rtplan.dcm',
    'dicompyl-rtss.dcm',
    'hd-seg_image_ct_binary_overlap.dcm',
    'dcmqaenh-6_1.dcm',
    'pyd-ExplVR_BigEnd.dcm',
  ]) {
    testWithPeer('dcm2xml', name, async () => {
      const xml = execFileSync(pathOf('dcm2xml')!, ['-q', '-nat', '+Eb', '+M', '+U8', samplePath(name)], {
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const reader = new HeaderReader({ publicPath: '' })
      reader.write(sampleBytes(name))
      const ours = JSON.parse(inflateFragment(reader.end().metadata).toString()) as DicomJSON
      const theirs = comparable(await read(xml.toString('utf8')))
      expect(comparable(await read(nativeXML(ours)))).toEqual(theirs)
    })
  }
})
