/**
 * The JPEG process that a frame was really compressed with: ITU-T T.81 §B.1.1.3, PS3.5 §8.2.1, §A.4.1. Some devices write a lossy frame into an instance that
 * is called lossless, and the reverse; a decoder that believes the instance draws noise.
 */
const JPEGBaseline = '1.2.840.10008.1.2.4.50'
const JPEGExtended = '1.2.840.10008.1.2.4.51'
const JPEGLossless = '1.2.840.10008.1.2.4.57'
const JPEGLosslessSV1 = '1.2.840.10008.1.2.4.70'

/** By the code of the frame header (SOF): the transfer syntaxes that such a frame may stand in, the narrowest first. */
const processes: Readonly<Record<number, readonly string[]>> = {
  192: [JPEGBaseline, JPEGExtended],
  193: [JPEGExtended],
  195: [JPEGLossless, JPEGLosslessSV1],
}

/** Their frames can be told apart by looking at them; all these UIDs have the same length. */
export const isClassicJPEG = (TransferSyntaxUID: string): boolean => Object.values(processes).flat().includes(TransferSyntaxUID)

/**
 * The transfer syntax of one frame.
 * @param start the first bytes of the frame, its headers among them @param declared what the instance says; also the answer where the bytes say nothing
 */
export function transferSyntaxOfJPEG(start: Uint8Array, declared: string): string {
  if (!isClassicJPEG(declared) || start[0] !== 0xff || start[1] !== 0xd8) return declared
  for (let at = 2; at + 4 <= start.length && start[at] === 0xff; ) {
    const marker = start[at + 1]!
    if (marker === 0xff) {
      at += 1 // a fill byte
      continue
    }
    const possible = processes[marker]
    if (possible !== undefined) return possible.includes(declared) ? declared : possible[0]!
    // Any other frame header, or no header before the picture begins.
    if (marker === 0xda || (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)) return declared
    at += 2 + ((start[at + 2]! << 8) | start[at + 3]!)
  }
  return declared
}
