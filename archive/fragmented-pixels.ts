/**
 * Encapsulated Pixel Data: one fragment a frame, with a Basic Offset Table. PS3.5 §A.4.
 *
 * The table stands before the frames, so they are held until the last is there, up to a limit. What is longer leaves with an empty table, which is as
 * good (one fragment, one frame), rather than being held or being made twice.
 */
import { Buffer } from 'node:buffer'
import type { ElementWriter } from './dicom/element-writer.ts'
import { encapsulatedPixels } from './dicom/recoder.ts'

const mostHeld = 16 * 1024 * 1024
/** Offsets have 32 bits, and a table of a value's length. */
const itemHeader = 8

export class FragmentedPixels {
  readonly #writer: ElementWriter
  readonly #count: number
  #held: Buffer[] | undefined = []
  #bytes = 0

  constructor(writer: ElementWriter, count: number) {
    this.#writer = writer
    this.#count = count
  }

  *frame(bytes: Buffer): Iterable<Buffer> {
    const padded = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(0)])
    if (this.#held === undefined) return yield* this.#fragment(padded)
    this.#held.push(padded)
    this.#bytes += padded.length
    if (this.#bytes > mostHeld && this.#held.length < this.#count) yield* this.#release([])
  }

  *end(): Iterable<Buffer> {
    if (this.#held !== undefined) {
      let offset = 0
      const offsets = this.#held.map((fragment) => {
        const at = offset
        offset += itemHeader + fragment.length
        return at
      })
      yield* this.#release(offset > 0xffffffff ? [] : offsets)
    }
    yield this.#writer.endSequence()
  }

  *#release(offsets: readonly number[]): Iterable<Buffer> {
    const table = Buffer.alloc(4 * offsets.length)
    for (const [n, offset] of offsets.entries()) table.writeUInt32LE(offset, 4 * n)
    const held = this.#held ?? []
    this.#held = undefined
    yield encapsulatedPixels(this.#writer)
    yield this.#writer.fragment(table.length)
    yield table
    for (const fragment of held) yield* this.#fragment(fragment)
  }

  *#fragment(bytes: Buffer): Iterable<Buffer> {
    yield this.#writer.fragment(bytes.length)
    yield bytes
  }
}
