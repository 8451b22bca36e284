/** The WebAssembly encoders: loaded at first use, given stored values, emptied. What they made is believed only after it was decoded (`transcode-frame.ts`). */
import { NotEncodable } from './errors.ts'

type Module = typeof import('@cornerstonejs/codec-openjpeg/wasmjs')
type Loaded = Awaited<ReturnType<Module['default']>>
type Encoder = InstanceType<NonNullable<Loaded['J2KEncoder']>>

/** What is to be encoded: colour by pixel, one byte a sample up to 8 bits and two above, little endian. */
export interface EncodeRequest {
  readonly values: Uint8Array
  readonly Rows: number
  readonly Columns: number
  readonly components: number
  readonly bits: number
  /** Two's complement, extended to the whole sample; otherwise nothing stands above `bits`. */
  readonly signed: boolean
  /** RGB goes through the reversible component transform. */
  readonly componentTransform: boolean
}

/** The order of packets RPCL, and the lengths of tile-parts in the header (TLM), as the RPCL transfer syntax wants them (PS3.5 §A.4.13). */
const RPCL = 2
/** Wavelet levels: as many as make the smallest picture 64 pixels or less, five at least, but no more than the picture can be halved. */
const levelsOf = ({ Rows, Columns }: EncodeRequest) =>
  Math.min(Math.max(5, Math.ceil(Math.log2(Math.max(Rows, Columns) / 64))), Math.floor(Math.log2(Math.min(Rows, Columns))))

const encoders = {
  'jpeg-ls': {
    name: 'JPEG-LS',
    load: () => import('@cornerstonejs/codec-charls/wasmjs'),
    kind: 'JpegLSEncoder',
    prepare(encoder: Encoder, { components }: EncodeRequest) {
      encoder.setNearLossless?.(0)
      encoder.setInterleaveMode?.(components > 1 ? 2 : 0)
    },
  },
  jpeg2000: {
    name: 'JPEG 2000',
    load: () => import('@cornerstonejs/codec-openjpeg/wasmjs'),
    kind: 'J2KEncoder',
    prepare(encoder: Encoder, request: EncodeRequest) {
      encoder.setQuality?.(true, 0)
      encoder.setDecompositions?.(levelsOf(request))
    },
  },
  htj2k: {
    name: 'HTJ2K',
    load: () => import('@cornerstonejs/codec-openjph/wasmjs'),
    kind: 'HTJ2KEncoder',
    prepare(encoder: Encoder, request: EncodeRequest) {
      encoder.setQuality?.(true, 0)
      encoder.setProgressionOrder?.(RPCL)
      encoder.setTLMMarker?.(true)
      encoder.setDecompositions?.(levelsOf(request))
    },
  },
} as const satisfies Record<
  string,
  { name: string; load: () => Promise<Module>; kind: keyof Loaded; prepare: (encoder: Encoder, request: EncodeRequest) => void }
>

export type WasmEncoder = keyof typeof encoders

const loaded = new Map<WasmEncoder, Promise<() => Encoder>>()

function encoderOf(codec: WasmEncoder): Promise<() => Encoder> {
  let making = loaded.get(codec)
  if (making === undefined) {
    const { load, kind, name } = encoders[codec]
    making = load().then(async ({ default: start }) => {
      const Encoder = (await start({ print() {}, printErr() {} }))[kind]
      if (Encoder === undefined) throw new NotEncodable(`The ${name} encoder could not be loaded`)
      return () => new Encoder()
    })
    loaded.set(codec, making)
  }
  return making
}

/** @throws NotEncodable */
export async function encodeWasm(codec: WasmEncoder, request: EncodeRequest): Promise<Uint8Array> {
  const { name, prepare } = encoders[codec]
  const encoder = (await encoderOf(codec))()
  try {
    const room = encoder.getDecodedBuffer({
      width: request.Columns,
      height: request.Rows,
      bitsPerSample: request.bits,
      componentCount: request.components,
      isSigned: request.signed,
      isUsingColorTransform: request.componentTransform,
    })
    if (room.length !== request.values.length) throw new NotEncodable(`The ${name} encoder has no room for ${request.values.length} bytes`)
    room.set(request.values)
    prepare(encoder, request)
    encoder.encode()
    return new Uint8Array(encoder.getEncodedBuffer()) // leaves the encoder's memory
  } catch (error) {
    if (error instanceof NotEncodable) throw error
    // what failed in the middle may have left its memory in any state
    loaded.delete(codec)
    const reason = error instanceof Error ? error.message : `code ${String(error)}`
    throw new NotEncodable(`The ${name} encoder failed (${reason})`, { cause: error })
  } finally {
    encoder.delete()
  }
}
