/** Corrected instances, byte by byte: the metadata of what goes out is the corrected metadata, and nothing else is another. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inMemory } from '../../../archive/checked-object.ts'
import { correctedBytes, makeCorrection } from '../../../archive/corrected-instance.ts'
import type { DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { edited } from '../../../archive/dicom/edits.ts'
import { HeaderReader } from '../../../archive/dicom/header-reader.ts'
import { inflateFragment } from '../../../archive/dicom/metadata-fragment.ts'
import { laidOver, membersOf } from '../../../archive/dicom/overlay.ts'
import type { OverlayStep } from '../../../storage/index/records.ts'
import type { InstanceRow } from '../../../storage/index/retrieve.ts'
import { type Encoding, element, image, instance, part10, sequence } from '../../support/dataset.ts'
import { haveSamples, sampleBytes, samples } from '../../support/samples.ts'

const steps: readonly OverlayStep[] = [
  {
    at: '20261122101500.000000+0000',
    reason: 'CORRECT',
    set: {
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Zhang^San', Ideographic: '张^三' }] },
      '00100030': { vr: 'DA', Value: ['19800229'] },
      '00080050': { vr: 'SH', Value: ['登记0815'] },
      '00081030': { vr: 'LO' },
    },
  },
  {
    at: '20261122111500.000000+0000',
    reason: 'CORRECT',
    set: { '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Li^Si', Ideographic: '李^四' }] } },
  },
  {
    at: '20261122121500.000000+0000',
    reason: 'COERCE',
    set: { '00100020': { vr: 'LO', Value: ['患者-77'] }, '00100021': { vr: 'LO', Value: ['EAST'] } },
    append: {
      '00101002': [
        { '00100020': { vr: 'LO', Value: ['旧-1'] }, '00100021': { vr: 'LO', Value: ['EAST'] }, '00100022': { vr: 'CS', Value: ['TEXT'] } },
      ],
    },
  },
]

const read = (bytes: Buffer) => {
  const reader = new HeaderReader({ publicPath: '' })
  reader.write(bytes)
  return reader.end()
}

const rowOf = (header: ReturnType<typeof read>, size: number, overlay: readonly OverlayStep[]): InstanceRow => ({
  ...header,
  objectKey: 'k',
  objectSize: size,
  overlay: { key: 'k', steps: overlay },
})

async function* chunksOf(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function corrected(bytes: Buffer, overlay = steps, AETitle: string | null = 'EAST_CT') {
  const header = read(bytes)
  const row = rowOf(header, bytes.length, overlay)
  const bulk = Object.fromEntries(header.bulk.map(({ path, vr, offset, length }) => [path, [vr, offset, length] as const]))
  const objects = { ...inMemory(bytes), get: async () => expect.fail('only ranges are read') }
  const source = { metadata: header.metadata, bulk, AETitle, fallbackCharacterSet: null, prepared: null }
  const correction = await makeCorrection({ objects } as never, row, source)
  if (correction === undefined) return { header, row, correction, out: bytes }
  const pieces: Buffer[] = []
  for await (const piece of correctedBytes(chunksOf(bytes), row, correction)) pieces.push(piece)
  return { header, row, correction, out: Buffer.concat(pieces) }
}

const json = (header: ReturnType<typeof read>) => inflateFragment(header.metadata).toString('utf8')

const stored = samples.filter((sample) => {
  if (sample.expected !== 'accept' && sample.expected !== 'policy') return false
  try {
    return read(sampleBytes(sample.name)).metadata.length > 0
  } catch {
    return false
  }
})

describe.skipIf(!haveSamples)('of every sample file', () => {
  test.each(stored.map((sample) => [sample.name, sample.transfer_syntax, sample.charset]))('%s (%s, %s)', async (name) => {
    const bytes = sampleBytes(name)
    const { header, out } = await corrected(bytes)
    const again = read(out)
    // The bytes say what the corrected metadata say, every attribute of them.
    expect(JSON.parse(json(again))).toEqual(JSON.parse(laidOver(json(header), steps, 'EAST_CT')))
    // Pixels: the same layout, moved by what the header has grown.
    const [was, is] = [header.pixels, again.pixels]
    expect({ ...is, offset: 0, frameTable: null }).toEqual({ ...was, offset: 0, frameTable: null })
    if (was !== null && was.kind !== 'deflated') {
      const pixels = (of: Buffer, { offset, length }: typeof was) => of.subarray(offset, offset + length)
      expect(pixels(out, is!).equals(pixels(bytes, was))).toBe(true)
      // File Meta and preamble too.
      expect(out.subarray(0, header.datasetOffset).equals(bytes.subarray(0, header.datasetOffset))).toBe(true)
    }
    // What is laid over it a second time changes nothing: a copy that comes back and is corrected here is not corrected again.
    expect((await corrected(out)).correction).toBeUndefined()
  })
})

test.skipIf(!haveSamples)('the same bytes, however they are cut', async () => {
  const bytes = sampleBytes(stored[0]!.name)
  const { correction, out } = await corrected(bytes)
  for (const size of [1, 7, 1_000]) {
    const pieces: Buffer[] = []
    for await (const piece of edited(chunksOf(bytes, size), correction!.edits)) pieces.push(piece)
    expect(Buffer.concat(pieces).equals(out)).toBe(true)
  }
})

test.skipIf(!haveSamples)('what stood before each step is remembered, and who changed it when', async () => {
  const sample = stored.find(({ name }) => name === 'pyd-CT_small.dcm')!
  const { out } = await corrected(sampleBytes(sample.name))
  const { '04000561': originals } = JSON.parse(json(read(out))) as DicomJSON
  const items = originals!.Value as DicomJSON[]
  expect(items.length).toBe(3)
  expect(items[0]).toMatchObject({
    '04000562': { vr: 'DT', Value: ['20261122101500.000000+0000'] },
    '04000563': { vr: 'LO', Value: ['COUNTY_ARCHIVE'] },
    '04000564': { vr: 'LO', Value: ['EAST_CT'] },
    '04000565': { vr: 'CS', Value: ['CORRECT'] },
  })
  const before = items.map((item) => (item['04000550']!.Value as DicomJSON[])[0]!)
  expect(before[0]!['00100010']).toEqual({ vr: 'PN', Value: [{ Alphabetic: 'CompressedSamples^CT1' }] })
  expect(before[1]!['00100010']).toEqual({ vr: 'PN', Value: [{ Alphabetic: 'Zhang^San', Ideographic: '张^三' }] })
  expect(Object.keys(before[2]!)).toEqual(['00100020', '00100021', '00101002'])
  expect(items[2]!['04000565']).toEqual({ vr: 'CS', Value: ['COERCE'] })
})

test('members are told apart whatever stands in their strings', () => {
  const text =
    '{"00080005":{"vr":"CS"},"00081030":{"vr":"LO","Value":["a\\"}{\\\\","]}"]},"00400275":{"vr":"SQ","Value":[{"00080050":{"vr":"SH"}}]}}'
  expect([...membersOf(text)]).toEqual([
    [0x00080005, '{"vr":"CS"}'],
    [0x00081030, '{"vr":"LO","Value":["a\\"}{\\\\","]}"]}'],
    [0x00400275, '{"vr":"SQ","Value":[{"00080050":{"vr":"SH"}}]}'],
  ])
  expect([...membersOf('{}')]).toEqual([])
  expect(laidOver(text, [], null)).toBe(text)
})

/** Bytes of a Chinese text in each set, and plain ones; odd lengths too. */
const texts: Readonly<Record<string, readonly Buffer[]>> = {
  GB18030: [Buffer.from([0xd5, 0xc5, 0x5e, 0xc8, 0xfd]), Buffer.from([0xb7, 0xbd, 0x5c, 0xb7, 0xbd, 0x20]), Buffer.from('plain')],
  'ISO_IR 192': [Buffer.from('张^三'), Buffer.from('ЦÄ'), Buffer.from('x')],
  'ISO_IR 144': [Buffer.from([0xbb, 0xee, 0xda, 0x20]), Buffer.from('y ')],
  '\\ISO 2022 IR 58': [Buffer.from('Zhang^San=\x1b$)A\xd5\xc5^\x1b$)A\xc8\xfd', 'latin1'), Buffer.from('z')],
}

interface Node {
  readonly kind: 'text' | 'private' | 'sequence' | 'bytes'
  readonly at: number
  readonly pick: number
  readonly defined: boolean
  readonly charset: string | null
  readonly inside: readonly Node[]
}

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.record({
    kind: fc.constantFrom('text', 'private', 'sequence', 'bytes'),
    at: fc.nat(3),
    pick: fc.nat(5),
    defined: fc.boolean(),
    charset: fc.option(fc.constantFrom(...Object.keys(texts)), { nil: null, freq: 4 }),
    inside: fc.oneof({ maxDepth: 3, depthIdentifier: 'sequences' }, fc.constant([]), fc.array(tie('node'), { maxLength: 3 })),
  }),
}))

const names = [0x00081048, 0x00081050, 0x00081060, 0x00081070]
const sequences = [0x00081110, 0x00081115, 0x00081140, 0x00081199]

/** One element for each place of a data set, in ascending order. */
function elementsOf(nodes: readonly Node[], charset: string, encoding: Encoding): Buffer[] {
  const of = texts[charset]!
  const made = nodes.map(({ kind, at, pick, defined, charset: own, inside }): [number, Buffer] => {
    const text = padded(of[pick % of.length]!)
    if (kind === 'text') return [names[at]!, element(names[at]!, 'PN', text, encoding)]
    if (kind === 'private') return [0x00091001 + at, element(0x00091001 + at, 'LO', text, encoding)]
    if (kind === 'bytes') return [0x00281201 + at, element(0x00281201 + at, 'OW', Buffer.alloc(70_000, pick), encoding)]
    const declared = own ?? charset
    const item = [...(own === null ? [] : [element(0x00080005, 'CS', own, encoding)]), ...elementsOf(inside, declared, encoding)]
    const items = pick === 0 ? [] : [Buffer.concat(item), Buffer.concat(item)]
    return [sequences[at]!, sequence(sequences[at]!, items, { defined, ...encoding })]
  })
  return [...new Map(made.sort(([a], [b]) => a - b)).values()]
}

const padded = (bytes: Buffer) => (bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(' ')]))

test('any data set: nested, of known and unknown lengths, in any character set, implicit or explicit, little or big endian', {
  timeout: 120_000,
}, async () => {
  const encodings = [
    ['1.2.840.10008.1.2', { implicit: true }],
    ['1.2.840.10008.1.2.1', {}],
    ['1.2.840.10008.1.2.2', { bigEndian: true }],
  ] as const
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...encodings),
      fc.constantFrom(...Object.keys(texts)),
      fc.array(node, { maxLength: 5 }),
      fc.array(node, { maxLength: 3 }),
      async ([syntax, encoding], charset, nodes, behind) => {
        const tagged = (from: number, to: number, list: readonly Buffer[]) =>
          list.filter((bytes) => {
            const tag = 'bigEndian' in encoding ? bytes.readUInt32BE(0) : ((bytes.readUInt16LE(0) << 16) | bytes.readUInt16LE(2)) >>> 0
            return tag >= from && tag < to
          })
        const made = elementsOf(nodes, charset, encoding)
        const dataset = Buffer.concat([
          instance({
            encoding,
            before: [element(0x0008002a, 'DT', '20260101', encoding), ...tagged(0x00080000, 0x00200000, made)],
            after: [
              ...image(1, encoding).slice(0, -1),
              element(0x00280103, 'US', Buffer.alloc(2), encoding),
              ...tagged(0x00281000, 0x00290000, made),
            ],
          }),
          element(0x7fe00010, 'OW', Buffer.alloc(8, 7), encoding),
          ...(behind.length === 0 ? [] : [element(0xfffcfffc, 'OB', Buffer.alloc(6), encoding)]),
        ])
        const bytes = part10(Buffer.concat([element(0x00080005, 'CS', charset, encoding), dataset]), syntax)
        const { header, out } = await corrected(bytes)
        expect(JSON.parse(json(read(out)))).toEqual(JSON.parse(laidOver(json(header), steps, 'EAST_CT')))
      },
    ),
    { numRuns: 300 },
  )
})
