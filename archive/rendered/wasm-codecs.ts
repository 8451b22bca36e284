/** The WebAssembly decoders: loaded at first use, given bytes, checked for length, emptied. */
import type { Codestream } from './codestream.ts'
import { PixelsNotDecoded } from './errors.ts'

type Module = typeof import('@cornerstonejs/codec-openjpeg/wasmjs')
type Loaded = Awaited<ReturnType<Module['default']>>
type Decoder = InstanceType<NonNullable<Loaded['J2KDecoder']>>

const decoders = {
  'jpeg-ls': { name: 'JPEG-LS', load: () => import('@cornerstonejs/codec-charls/wasmjs'), kind: 'JpegLSDecoder' },
  jpeg: { name: 'JPEG', load: () => import('@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs'), kind: 'JPEGDecoder' },
  jpeg2000: { name: 'JPEG 2000', load: () => import('@cornerstonejs/codec-openjpeg/wasmjs'), kind: 'J2KDecoder' },
  htj2k: { name: 'HTJ2K', load: () => import('@cornerstonejs/codec-openjph/wasmjs'), kind: 'HTJ2KDecoder' },
} as const satisfies Record<string, { name: string; load: () => Promise<Module>; kind: keyof Loaded }>

export type WasmCodec = keyof typeof decoders

const loaded = new Map<WasmCodec, Promise<() => Decoder>>()

/** The decoders talk on the console; what they say is told by what they return. Each takes the object over and fills it: never share one. */
const silent = { print() {}, printErr() {} }

function decoderOf(codec: WasmCodec): Promise<() => Decoder> {
  let making = loaded.get(codec)
  if (making === undefined) {
    const { load, kind } = decoders[codec]
    making = load().then(async ({ default: start }) => {
      const Decoder = (await start({ ...silent }))[kind]
      if (Decoder === undefined) throw new PixelsNotDecoded(`The ${codec} decoder could not be loaded`)
      return () => new Decoder()
    })
    loaded.set(codec, making)
  }
  return making
}

export interface WasmDecoded {
  /** Values as the stream has them, one or two bytes each by its precision. */
  readonly raw: Uint8Array | Uint16Array
  /** Colour by plane. */
  readonly planar: boolean
}

/** @param stream what the bytes say of themselves, already compared with the data set */
export async function decodeWasm(codec: WasmCodec, bytes: Uint8Array, stream: Codestream): Promise<WasmDecoded> {
  const { name } = decoders[codec]
  const decoder = (await decoderOf(codec))()
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes)
    decoder.decode()
    const { width, height, componentCount, bitsPerSample } = decoder.getFrameInfo()
    const pixels = decoder.getDecodedBuffer()
    const samples = stream.Rows * stream.Columns * stream.components
    const depth = stream.precision > 8 ? 2 : 1
    const agrees =
      width === stream.Columns &&
      height === stream.Rows &&
      componentCount === stream.components &&
      bitsPerSample > 8 === stream.precision > 8 &&
      pixels.length === samples * depth
    if (!agrees) throw new PixelsNotDecoded(`The ${name} decoder made ${pixels.length} bytes where ${samples * depth} were expected`)
    const own = new Uint8Array(pixels) // leaves the decoder's memory
    return {
      raw: depth === 1 ? own : new Uint16Array(own.buffer),
      planar: stream.components > 1 && decoder.getInterleaveMode?.() === 0,
    }
  } catch (error) {
    if (error instanceof PixelsNotDecoded) throw error
    // what failed in the middle may have left its memory in any state
    loaded.delete(codec)
    const reason = error instanceof Error ? error.message : `code ${String(error)}`
    throw new PixelsNotDecoded(`The ${name} stream is damaged (${reason})`, { cause: error })
  } finally {
    decoder.delete()
  }
}
