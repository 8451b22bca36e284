/** Instances in other transfer syntaxes: PS3.5 §8.2, §10, Annex A. Decoded again they have the pixels, and but for what has to change the attributes, that they had. */
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { inChunks, inMemory } from '../../archive/checked-object.ts'
import { fileMeta } from '../../archive/dicom/part10.ts'
import { transferSyntaxes } from '../../archive/dicom/transfer-syntaxes.ts'
import { NotTranscodable } from '../../archive/errors.ts'
import type { DICOMJSON } from '../../archive/rendered/display.ts'
import { PixelsNotDecoded } from '../../archive/rendered/errors.ts'
import type { Renderer } from '../../archive/rendered/renderer.ts'
import { type TranscodeRequest, transcodeFrame } from '../../archive/rendered/transcode-frame.ts'
import { type OpenTools, openInstance } from '../../archive/retrieve.ts'
import { targets, transcode, transferSyntaxesOf } from '../../archive/transcode.ts'
import type { InstanceRow } from '../../storage/index/retrieve.ts'
import type { ObjectStore } from '../../storage/objects/objects.ts'
import { element, us } from '../support/dataset.ts'
import { haveSamples, sampleBytes, samples } from '../support/samples.ts'
import { imageOf, type SampleImage } from './rendered/sample.ts'

const syntax = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  bigEndian: '1.2.840.10008.1.2.2',
  baseline: '1.2.840.10008.1.2.4.50',
  jpegLossless: '1.2.840.10008.1.2.4.70',
  jpegLS: '1.2.840.10008.1.2.4.80',
  jpeg2000: '1.2.840.10008.1.2.4.90',
  htj2k: '1.2.840.10008.1.2.4.201',
  rpcl: '1.2.840.10008.1.2.4.202',
  rle: '1.2.840.10008.1.2.5',
}

/** Frames are transcoded here and now: what the workers add is told in `renderer.test.ts`. */
const renderer = { transcode: (request: TranscodeRequest) => transcodeFrame(request) } as unknown as Renderer

const rowOf = (bytes: Buffer, image: SampleImage): InstanceRow => ({ ...image.header, objectKey: 'held', objectSize: bytes.length })

async function transcoded(bytes: Buffer, to: string, chunk?: number): Promise<Buffer> {
  const image = imageOf(bytes)
  const open = async () => (chunk === undefined ? inChunks(bytes) : cut(bytes, chunk))
  const source = { open, objects: inMemory(bytes), frameTable: async () => image.header.pixels?.frameTable ?? null }
  return buffer((await transcode(renderer, rowOf(bytes, image), source, to)).part10)
}

async function* cut(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

/** Of group 0028 and its kin, what transcoding may change. */
const mayChange = [
  '00280004',
  '00280006',
  '00280102',
  '00282110',
  '00282112',
  '00282114',
  '7FE00001',
  '7FE00002',
  '7FE00010',
  '00880200',
  'FFFCFFFC',
]

/** Without what the target cannot say: VRs of private attributes in Implicit VR, and the places of bulk data. */
function comparable(json: DICOMJSON, to: string): string {
  const kept = Object.entries(json).filter(([tag, { vr }]) => {
    if (mayChange.includes(tag)) return false
    return to !== syntax.implicit || (Number.parseInt(tag.slice(0, 4), 16) % 2 === 0 && vr !== 'SQ' && vr !== 'UN')
  })
  return JSON.stringify(Object.fromEntries(kept)).replace(/"BulkDataURI":"[^"]*"/g, '')
}

async function expectSame(before: Buffer, after: Buffer, to: string, frames = 2): Promise<void> {
  const [was, is] = [imageOf(before), imageOf(after)]
  expect(is.header.TransferSyntaxUID).toBe(to)
  expect(is.header.SOPInstanceUID).toBe(was.header.SOPInstanceUID)
  expect(is.frames).toBe(was.frames)
  for (let n = 1; n <= Math.min(frames, was.frames); n++) {
    const [a, b] = [await was.decode(n), await is.decode(n)]
    expect([n, b.PhotometricInterpretation]).toEqual([n, a.PhotometricInterpretation])
    expect([n, digest(Float64Array.from(b.samples))]).toEqual([n, digest(Float64Array.from(a.samples))])
  }
}

const digest = (values: Float64Array) => createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')

/** Not the large ones, which say nothing more, nor all the many of one machine; those with all their frames take long to encode. */
const large = /godicom-I_000007|staticdi|RG3|dcmqauih-dti134057_000000(0[2-9]|1)|rtss|camelyon/
const chosen = samples.filter(({ name, expected }) => expected === 'accept' && !large.test(name))
/** A maker's previews in this one are compressed like its image; it is tried with what is quick. */
const withPreviews = 'fod-GH133.dcm'

describe.skipIf(!haveSamples)('every sample to every target', () => {
  for (const { name } of chosen) {
    test(name, async () => {
      const bytes = sampleBytes(name)
      let image: SampleImage
      try {
        image = imageOf(bytes)
        if (image.frames > 0 && image.header.pixels?.kind !== 'video') await image.decode(1)
      } catch {
        return // told in samples.test.ts
      }
      const possible = transferSyntaxesOf(rowOf(bytes, image))
      const tried = name === withPreviews ? [syntax.explicit, syntax.rle] : targets
      for (const to of tried.filter((target) => target !== image.header.TransferSyntaxUID)) {
        try {
          const made = await transcoded(bytes, to)
          await expectSame(bytes, made, to)
          const vrsFollowTheDictionary = name === 'dicom-1.dcm' && to === syntax.implicit
          if (!vrsFollowTheDictionary && name !== withPreviews) expect(comparable(imageOf(made).json, to)).toBe(comparable(image.json, to))
          expect(possible).toContain(to)
        } catch (error) {
          if (!(error instanceof NotTranscodable)) throw error
          expect([name, to, error.message]).toEqual([name, to, expect.stringContaining(image.header.SOPInstanceUID)])
        }
      }
    }, 60_000)
  }
})

/** An element by its tag, so that they can be put in order. */
type Part = readonly [tag: number, bytes: Buffer]

const numbers: Readonly<Record<string, number>> = {
  SamplesPerPixel: 0x00280002,
  PlanarConfiguration: 0x00280006,
  Rows: 0x00280010,
  Columns: 0x00280011,
  BitsAllocated: 0x00280100,
  BitsStored: 0x00280101,
  HighBit: 0x00280102,
  PixelRepresentation: 0x00280103,
}

/** A data set of an image as a Part 10 file. */
function part10(pixels: Buffer, description: Readonly<Record<string, number | string>>, more: readonly Part[] = []): Buffer {
  const uid = '2.25.77'
  const part = (tag: number, vr: string, value: string | Buffer): Part => [tag, element(tag, vr, value)]
  const parts: Part[] = [
    part(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'),
    part(0x00080018, 'UI', `${uid}.1`),
    part(0x0020000d, 'UI', `${uid}.2`),
    part(0x0020000e, 'UI', `${uid}.3`),
    part(0x00280004, 'CS', String(description.PhotometricInterpretation ?? 'MONOCHROME2')),
    part(0x00280008, 'IS', String(description.NumberOfFrames ?? 1)),
    ...Object.entries(numbers).flatMap(([keyword, tag]): Part[] =>
      description[keyword] === undefined ? [] : [[tag, us(tag, Number(description[keyword]))]],
    ),
    part(0x7fe00010, description.BitsAllocated === 8 ? 'OB' : 'OW', pixels),
    ...more,
  ]
  const meta = fileMeta({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7', SOPInstanceUID: `${uid}.1`, TransferSyntaxUID: syntax.explicit })
  return Buffer.concat([meta, ...parts.sort(([a], [b]) => a - b).map(([, bytes]) => bytes)])
}

const grey = (bits: number, signed: 0 | 1, frames = 1): Buffer => {
  const [Rows, Columns] = [37, 53]
  const pixels = randomBytes(Rows * Columns * 2 * frames)
  const words = new Int16Array(pixels.buffer, pixels.byteOffset, pixels.length / 2)
  for (let at = 0; at < words.length; at++) words[at] = signed ? (words[at]! << (32 - bits)) >> (32 - bits) : words[at]! & (2 ** bits - 1)
  return part10(Buffer.from(pixels), {
    SamplesPerPixel: 1,
    Rows,
    Columns,
    BitsAllocated: 16,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: signed,
    NumberOfFrames: frames,
  })
}

const compressed = [syntax.jpegLS, syntax.jpeg2000, syntax.htj2k, syntax.rpcl, syntax.rle]

describe('noise of every depth', () => {
  for (const [bits, signed] of [
    [10, 0],
    [12, 0],
    [12, 1],
    [14, 0],
    [16, 0],
    [16, 1],
  ] as const) {
    test(`${bits} bits ${signed ? 'signed' : 'unsigned'}, there and back`, async () => {
      const bytes = grey(bits, signed)
      for (const to of compressed) {
        const made = await transcoded(bytes, to)
        await expectSame(bytes, made, to)
        const back = await transcoded(made, syntax.explicit)
        expect([to, pixelsOf(back).equals(pixelsOf(bytes))]).toEqual([to, true])
      }
    })
  }
})

function pixelsOf(bytes: Buffer): Buffer {
  const { pixels } = imageOf(bytes).header
  return bytes.subarray(pixels!.offset, pixels!.offset + pixels!.length)
}

describe('what the data set says afterwards', () => {
  const rgb = (planar: 0 | 1) =>
    part10(randomBytes(3 * 16 * 20), {
      PhotometricInterpretation: 'RGB',
      SamplesPerPixel: 3,
      PlanarConfiguration: planar,
      Rows: 16,
      Columns: 20,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
    })

  test.each([
    [syntax.jpegLS, 'RGB'],
    [syntax.jpeg2000, 'YBR_RCT'],
    [syntax.htj2k, 'YBR_RCT'],
    [syntax.rpcl, 'YBR_RCT'],
    [syntax.rle, 'RGB'],
  ])('colour in %s is %s, by pixel', async (to, photometric) => {
    for (const planar of [0, 1] as const) {
      const bytes = rgb(planar)
      const made = await transcoded(bytes, to)
      await expectSame(bytes, made, to)
      const { json } = imageOf(made)
      expect(json['00280004']?.Value).toEqual([photometric])
      expect(json['00280006']?.Value).toEqual([0])
    }
  })

  test.skipIf(!haveSamples)('what was lossy says so for ever: LossyImageCompression, its ratio and its method', async () => {
    const { json } = imageOf(await transcoded(sampleBytes('plj-JPEGBaseline_1s_1f_u_08_08.dcm'), syntax.explicit))
    expect(json['00282110']?.Value).toEqual(['01'])
    expect(json['00282112']?.Value).toBeDefined()
    expect(json['00282114']?.Value).toBeDefined()
  })

  test.skipIf(!haveSamples)('YBR_FULL_422 of JPEG is RGB when it is decoded', async () => {
    const { json } = imageOf(await transcoded(sampleBytes('fodicomc-PM5644-960x540_JPEG-Baseline_YBR422.dcm'), syntax.explicit))
    expect(json['00280004']?.Value).toEqual(['RGB'])
  })

  test('bits above the stored ones survive RLE, native and back, and are no reason to refuse', async () => {
    const bytes = grey(12, 0)
    const pixels = pixelsOf(bytes)
    for (let at = 1; at < pixels.length; at += 2) pixels[at]! |= 0xf0
    const back = await transcoded(await transcoded(bytes, syntax.rle), syntax.explicit)
    expect(pixelsOf(back).equals(pixels)).toBe(true)
    await expectSame(bytes, await transcoded(bytes, syntax.jpegLS), syntax.jpegLS)
  })

  test('an overlay in the unused bits of the pixels is not lost: refused but for RLE', async () => {
    const position: Part = [0x60000102, us(0x60000102, 12)]
    const words = randomBytes(8 * 8 * 2)
    const bytes = part10(
      words,
      { SamplesPerPixel: 1, Rows: 8, Columns: 8, BitsAllocated: 16, BitsStored: 12, HighBit: 11, PixelRepresentation: 0 },
      [position],
    )
    await expect(transcoded(bytes, syntax.jpegLS)).rejects.toThrow(/overlay/)
    expect(pixelsOf(await transcoded(await transcoded(bytes, syntax.rle), syntax.explicit)).equals(words)).toBe(true)
  })

  test('a fragment for each frame, and a Basic Offset Table that finds them', async () => {
    const bytes = grey(12, 0, 5)
    const made = await transcoded(bytes, syntax.rle)
    await expectSame(bytes, made, syntax.rle, 5)
    const { pixels } = imageOf(made).header
    const table = made.subarray(pixels!.offset + 8, pixels!.offset + 8 + made.readUInt32LE(pixels!.offset + 4))
    expect(table.length).toBe(20)
    for (let n = 0; n < 5; n++) expect(made.readUInt32LE(pixels!.offset + 8 + 20 + table.readUInt32LE(4 * n))).toBe(0xe000fffe)
  })
})

test('a value whose length a short VR cannot say becomes UN when Implicit VR becomes explicit (PS3.5 §6.2.2)', async () => {
  const long = Buffer.alloc(70_000, '1.5\\')
  const explicit = part10(
    Buffer.alloc(8),
    { SamplesPerPixel: 1, Rows: 2, Columns: 2, BitsAllocated: 16, BitsStored: 16, HighBit: 15, PixelRepresentation: 0 },
    [[0x60003000, element(0x60003000, 'OW', long)]],
  )
  const made = await transcoded(explicit, syntax.implicit)
  // in place of the overlay: a decimal string that is as long
  const at = made.indexOf(Buffer.from([0x00, 0x60, 0x00, 0x30]))
  Buffer.from([0x28, 0x00, 0x50, 0x10]).copy(made, at)
  const back = await transcoded(made, syntax.explicit)
  const found = back.indexOf(Buffer.from([0x28, 0x00, 0x50, 0x10]))
  expect(back.toString('latin1', found + 4, found + 6)).toBe('UN')
  expect(back.readUInt32LE(found + 8)).toBe(70_000)
})

test('whatever the chunks, the bytes are the same', async () => {
  for (const bytes of [grey(12, 1, 3), await transcoded(grey(12, 0, 3), syntax.rle)]) {
    for (const to of [syntax.bigEndian, syntax.implicit, syntax.explicit, syntax.jpegLS]) {
      const whole = await transcoded(bytes, to)
      for (const chunk of [1, 7, 1000]) expect((await transcoded(bytes, to, chunk)).equals(whole)).toBe(true)
    }
  }
})

describe('refused, with from and to by name', () => {
  const bytes = grey(12, 0)
  test.each([...transferSyntaxes.keys()].filter((uid) => !targets.includes(uid)))('to %s', async (to) => {
    await expect(transcoded(bytes, to)).rejects.toThrow(NotTranscodable)
    await expect(transcoded(bytes, to)).rejects.toThrow(transferSyntaxes.get(to)!.name)
    await expect(transcoded(bytes, to)).rejects.toThrow('Explicit VR Little Endian')
  })
})

describe('the door', () => {
  const bytes = grey(12, 0, 2)
  const image = imageOf(bytes)
  const row = rowOf(bytes, image)
  const tools = (stored: Buffer) =>
    ({
      renderer,
      index: { pool: { query: async () => ({ rows: [] }) } },
      objects: { get: async () => Readable.from(cut(stored, 500)), getRange: inMemory(stored).getRange } as unknown as ObjectStore,
    }) as unknown as OpenTools

  test('gives the stored bytes where they are accepted, wherever they stand in the list', async () => {
    for (const transferSyntaxes of [undefined, ['*'], [syntax.rle, syntax.explicit]]) {
      const opened = await openInstance(tools(bytes), row, transferSyntaxes === undefined ? {} : { transferSyntaxes })
      expect([opened.TransferSyntaxUID, opened.length]).toEqual([syntax.explicit, bytes.length])
      expect((await buffer(opened.part10)).equals(bytes)).toBe(true)
    }
  })

  test('else the first of those accepted that can be made', async () => {
    const opened = await openInstance(tools(bytes), row, { transferSyntaxes: [syntax.jpegLossless, syntax.rle, syntax.jpegLS] })
    expect([opened.TransferSyntaxUID, opened.length]).toEqual([syntax.rle, undefined])
    await expectSame(bytes, await buffer(opened.part10), syntax.rle)
  })

  test('refuses where none can be made', async () => {
    await expect(openInstance(tools(bytes), row, { transferSyntaxes: [syntax.baseline] })).rejects.toThrow(NotTranscodable)
    await expect(openInstance(tools(bytes), row, { transferSyntaxes: [] })).rejects.toThrow(NotTranscodable)
  })

  test('gives nothing of an object that is not what was stored', async () => {
    const damaged = Buffer.from(bytes)
    damaged[damaged.length - 9]! ^= 1
    await expect(openInstance(tools(damaged), row, { transferSyntaxes: [syntax.rle] })).rejects.toThrow(PixelsNotDecoded)
  })
})

test('a frame that does not come back from its encoder as it went in is not sent', async () => {
  const bytes = grey(12, 0)
  const liar = {
    transcode: async (request: TranscodeRequest) => {
      throw new NotTranscodable(`${request.to} did not give back the pixels`)
    },
  } as unknown as Renderer
  const image = imageOf(bytes)
  const source = { open: async () => inChunks(bytes), objects: inMemory(bytes), frameTable: async () => null }
  await expect(transcode(liar, rowOf(bytes, image), source, syntax.jpegLS)).rejects.toThrow('did not give back')
})

test('frames without end are never held: a bounded memory for 400 MB of them', async () => {
  const [frames, Rows, Columns] = [200, 1024, 1024]
  const length = Rows * Columns * 2 * frames
  const small = part10(Buffer.alloc(Rows * Columns * 2), {
    SamplesPerPixel: 1,
    Rows,
    Columns,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 0,
    NumberOfFrames: 200,
  })
  const { pixels } = imageOfFirst(small, frames)
  const head = Buffer.from(small.subarray(0, pixels.offset))
  head.writeUInt32LE(length, head.length - 4)
  const zeros = Buffer.alloc(256 * 1024)
  async function* open() {
    yield head
    for (let at = 0; at < length; at += zeros.length) yield zeros
  }
  const row = { ...imageOf(grey(16, 0)).header, objectKey: 'held', objectSize: head.length + length, pixels: { ...pixels, length } }
  const pretending = {
    transcode: async ({ pixels: description, frame }: TranscodeRequest) => ({ bytes: new Uint8Array(frame), pixels: description }),
  } as unknown as Renderer
  const objects = { getRange: async (_: string, __: number, size: number) => Readable.from([Buffer.alloc(size)], { objectMode: false }) }
  const source = { open: async () => open(), objects, frameTable: async () => null }
  let most = 0
  let sent = 0
  const before = process.memoryUsage().arrayBuffers
  for await (const chunk of (await transcode(pretending, row, source, syntax.rle)).part10) {
    sent += (chunk as Buffer).length
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  expect(sent).toBeGreaterThan(length)
  // what is not collected yet counts too
  expect(most).toBeLessThan(200 * 1024 * 1024)
})

/** The layout that the header reader would find if all the frames were there. */
function imageOfFirst(bytes: Buffer, frames: number) {
  const one = Buffer.from(bytes)
  const at = one.indexOf(Buffer.from('200 ', 'latin1'))
  one.write('1   ', at, 'latin1')
  const { pixels } = imageOf(one).header
  return { pixels: { ...pixels!, NumberOfFrames: frames } }
}

test('whoever leaves stops the frames that are under way', async () => {
  const bytes = grey(12, 0, 40)
  const signals: AbortSignal[] = []
  const slow = {
    transcode: async (request: TranscodeRequest, { signal }: { signal: AbortSignal }) => {
      signals.push(signal)
      return transcodeFrame(request)
    },
  } as unknown as Renderer
  const image = imageOf(bytes)
  let closed = 0
  const open = async () =>
    (async function* () {
      try {
        yield* cut(bytes, 500)
      } finally {
        closed++
      }
    })()
  const { part10: stream } = await transcode(
    slow,
    rowOf(bytes, image),
    { open, objects: inMemory(bytes), frameTable: async () => null },
    syntax.rle,
  )
  for await (const _ of stream) break
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(signals.at(-1)!.aborted).toBe(true)
  expect(signals.length).toBeLessThan(40)
  expect(closed).toBe(2)
})

test.each([
  [
    'colour of more than 8 bits',
    {
      PhotometricInterpretation: 'RGB',
      SamplesPerPixel: 3,
      PlanarConfiguration: 0,
      BitsAllocated: 16,
      BitsStored: 12,
      HighBit: 11,
      PixelRepresentation: 0,
    },
  ],
  ['signed pixels of 8 bits', { SamplesPerPixel: 1, BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 1 }],
])('%s: refused by the wavelet encoders, which read them wrongly, and had as JPEG-LS and RLE', async (_, description) => {
  const [Rows, Columns] = [16, 16]
  const pixels = Buffer.alloc(Rows * Columns * description.SamplesPerPixel * (description.BitsAllocated / 8))
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = description.BitsAllocated === 8 ? at : at % 2 === 0 ? at : at % 16
  const bytes = part10(pixels, { ...description, Rows, Columns })
  for (const to of [syntax.jpeg2000, syntax.htj2k, syntax.rpcl]) await expect(transcoded(bytes, to)).rejects.toThrow(/JPEG-LS and RLE only/)
  for (const to of [syntax.jpegLS, syntax.rle]) await expectSame(bytes, await transcoded(bytes, to), to)
})
