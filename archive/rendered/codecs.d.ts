/** The decoders and encoders in WebAssembly, as far as they are used here. They come without types. */
declare module '@cornerstonejs/codec-*/wasmjs' {
  interface FrameInfo {
    readonly width: number
    readonly height: number
    readonly bitsPerSample: number
    readonly componentCount: number
    readonly isSigned?: boolean
  }
  interface Decoder {
    /** A view of the decoder's memory to write the stream to. */
    getEncodedBuffer(length: number): Uint8Array
    decode(): void
    /** A view of the decoder's memory, gone after `delete`. */
    getDecodedBuffer(): Uint8Array
    getFrameInfo(): FrameInfo
    /** JPEG-LS: 0 planes, 1 lines, 2 samples. */
    getInterleaveMode?(): number
    delete(): void
  }
  interface Encoder {
    /** A view of the encoder's memory to write the samples to. */
    getDecodedBuffer(frame: FrameInfo & { readonly isUsingColorTransform: boolean }): Uint8Array
    /** The second is the quantization step of lossy encoding. */
    setQuality?(lossless: boolean, step: number): void
    setProgressionOrder?(order: number): void
    setTLMMarker?(present: boolean): void
    setDecompositions?(levels: number): void
    setNearLossless?(difference: number): void
    setInterleaveMode?(mode: number): void
    encode(): void
    /** A view of the encoder's memory, gone after `delete`. */
    getEncodedBuffer(): Uint8Array
    delete(): void
  }
  type DecoderClass = new () => Decoder
  type EncoderClass = new () => Encoder
  interface Codec {
    readonly J2KDecoder?: DecoderClass
    readonly HTJ2KDecoder?: DecoderClass
    readonly JpegLSDecoder?: DecoderClass
    readonly JPEGDecoder?: DecoderClass
    readonly J2KEncoder?: EncoderClass
    readonly HTJ2KEncoder?: EncoderClass
    readonly JpegLSEncoder?: EncoderClass
  }
  export default function load(settings?: { print?(text: string): void; printErr?(text: string): void }): Promise<Codec>
}
