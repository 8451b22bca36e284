/**
 * What compressed streams say about themselves, read before any decoder sees them: a size that differs from the data set is the bound against
 * bombs, and a stream that breaks off is refused, because several decoders would give a wrong picture without a word.
 * JPEG and JPEG-LS: ITU-T T.81 §B.2, T.87 Annex C. JPEG 2000 and HTJ2K: T.800 Annex A and I.
 */
import { PixelsNotDecoded } from './errors.ts'
import type { PixelDescription } from './pixels.ts'

export interface Codestream {
  readonly Rows: number
  readonly Columns: number
  readonly components: number
  /** Bits a sample. */
  readonly precision: number
}

export interface JPEGStream extends Codestream {
  /** SOF marker code: 0xC0 baseline, 0xC1 extended, 0xC2 progressive, 0xC3 lossless, 0xF7 JPEG-LS. */
  readonly process: number
  /** Adobe's colour transform: 0 none, 1 YCbCr. */
  readonly adobeTransform: number | undefined
  readonly jfif: boolean
  readonly componentIds: readonly number[]
}

export interface JPEG2000Stream extends Codestream {
  /** The components went through RCT or ICT: decoded they are RGB. */
  readonly componentTransform: boolean
}

const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const frameMarkers = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xf7])

export function jpegStream(bytes: Uint8Array): JPEGStream {
  const view = viewOf(bytes)
  if (bytes.length < 4 || view.getUint16(0) !== (0xff00 | SOI))
    throw new PixelsNotDecoded('The frame does not begin like JPEG (no SOI marker)')
  let found: Omit<JPEGStream, 'adobeTransform' | 'jfif'> | undefined
  let adobeTransform: number | undefined
  let jfif = false
  for (let at = 2; ; ) {
    if (at + 4 > bytes.length) throw new PixelsNotDecoded('The JPEG stream ends before its picture begins')
    if (bytes[at] !== 0xff) throw new PixelsNotDecoded(`The JPEG stream has no marker at byte ${at}`)
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at += 1 // a fill byte
      continue
    }
    const length = view.getUint16(at + 2)
    const body = at + 4
    if (length < 2 || at + 2 + length > bytes.length) throw new PixelsNotDecoded(`The JPEG segment at byte ${at} breaks off`)
    if (frameMarkers.has(marker)) {
      const components = length >= 8 ? bytes[body + 5]! : 0
      if (length < 8 + 3 * components) throw new PixelsNotDecoded('The JPEG frame header is too short')
      found = {
        process: marker,
        precision: bytes[body]!,
        Rows: view.getUint16(body + 1),
        Columns: view.getUint16(body + 3),
        components,
        componentIds: Array.from({ length: components }, (_, n) => bytes[body + 6 + 3 * n]!),
      }
    }
    if (marker === 0xe0 && length >= 7 && text(bytes, body, 4) === 'JFIF') jfif = true
    if (marker === 0xee && length >= 14 && text(bytes, body, 5) === 'Adobe') adobeTransform = bytes[body + 11]!
    if (marker === SOS) {
      if (found === undefined) throw new PixelsNotDecoded('The JPEG stream has no frame header')
      // entropy-coded bytes never look like a marker, so the last one found is a real one
      if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(Buffer.from([0xff, EOI])) < body) {
        throw new PixelsNotDecoded('The JPEG stream breaks off (no EOI marker)')
      }
      return { ...found, adobeTransform, jfif }
    }
    at += 2 + length
  }
}

const SIZ = 0xff51
const COD = 0xff52
const SOT = 0xff90
const EOC = 0xffd9

/** Where the code stream begins and ends; some devices store whole JP2 files. */
export function jpeg2000Codestream(bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes)
  if (bytes.length < 12 || view.getUint32(0) !== 12 || text(bytes, 4, 4) !== 'jP  ') return bytes
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at)
    if (text(bytes, at + 4, 4) === 'jp2c') return bytes.subarray(at + (size === 1 ? 16 : 8), size > 1 ? at + size : undefined)
    if (size < 8) break
    at += size
  }
  throw new PixelsNotDecoded('The JP2 file holds no code stream')
}

/** @param bytes from SOC on */
export function jpeg2000Stream(bytes: Uint8Array): JPEG2000Stream {
  const view = viewOf(bytes)
  if (bytes.length < 42 || view.getUint32(0) !== 0xff4fff51)
    throw new PixelsNotDecoded('The frame does not begin like JPEG 2000 (no SOC and SIZ markers)')
  const components = view.getUint16(40)
  if (bytes.length < 42 + 3 * components || components === 0) throw new PixelsNotDecoded('The JPEG 2000 header breaks off')
  let componentTransform = false
  let at = 2
  for (let marker = SIZ; marker !== SOT; marker = view.getUint16(at)) {
    if (marker === COD) componentTransform = bytes[at + 8] === 1
    at += 2 + view.getUint16(at + 2)
    if (at + 12 > bytes.length) throw new PixelsNotDecoded('The JPEG 2000 header breaks off')
  }
  needWholeTiles(view, at)
  return {
    Columns: view.getUint32(8) - view.getUint32(16),
    Rows: view.getUint32(12) - view.getUint32(20),
    components,
    precision: (bytes[42]! & 0x7f) + 1,
    componentTransform,
  }
}

/** Every tile-part names its length; together they must lie within the bytes. */
function needWholeTiles(view: DataView, start: number): void {
  let at = start
  while (at + 12 <= view.byteLength && view.getUint16(at) === SOT) {
    const length = view.getUint32(at + 6)
    if (length === 0) {
      // the last tile-part lasts until EOC, behind which only padding stands
      for (let end = view.byteLength - 2; end > at && end >= view.byteLength - 8; end--) if (view.getUint16(end) === EOC) return
      throw new PixelsNotDecoded('The JPEG 2000 stream breaks off (no EOC marker)')
    }
    if (length < 14 || at + length > view.byteLength) throw new PixelsNotDecoded('The JPEG 2000 stream breaks off in a tile')
    at += length
  }
  if (at + 2 <= view.byteLength && view.getUint16(at) !== EOC)
    throw new PixelsNotDecoded('The JPEG 2000 stream has something else than a tile after a tile')
}

/** @throws PixelsNotDecoded unless the stream has the size and the samples that the data set says. */
export function needAgreement(stream: Codestream, description: PixelDescription): void {
  const { Rows, Columns, SamplesPerPixel, BitsAllocated } = description
  if (stream.Rows !== Rows || stream.Columns !== Columns || stream.components !== SamplesPerPixel) {
    throw new PixelsNotDecoded(
      `The compressed frame has ${stream.Columns} × ${stream.Rows} pixels of ${stream.components} samples, the data set says ${Columns} × ${Rows} of ${SamplesPerPixel}`,
    )
  }
  if (stream.precision > BitsAllocated) {
    throw new PixelsNotDecoded(`The compressed frame has ${stream.precision} bits a sample, the data set allots ${BitsAllocated}`)
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function text(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length))
}
