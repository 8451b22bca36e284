/** The decoders in WebAssembly, as far as they are used here. They come without types. */
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
  type DecoderClass = new () => Decoder
  interface Codec {
    readonly J2KDecoder?: DecoderClass
    readonly HTJ2KDecoder?: DecoderClass
    readonly JpegLSDecoder?: DecoderClass
    readonly JPEGDecoder?: DecoderClass
  }
  export default function load(settings?: { print?(text: string): void; printErr?(text: string): void }): Promise<Codec>
}
