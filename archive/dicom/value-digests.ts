/**
 * The values of a data set in Explicit VR Little Endian, each by its place, to tell whether two data sets say the same. The VR does not count: what came
 * in Implicit VR may have lost it. Nor does what only says how the pixels were encoded.
 */
import { Buffer } from 'node:buffer'
import type { Hash } from 'node:crypto'
import { hexOf } from './dictionary.ts'
import { ElementParser, type ElementSink } from './element-parser.ts'
import { impliedVR } from './implied-vr.ts'
import type { VR } from './value-representations.ts'

interface Digest {
  readonly isPrivate: boolean
  /** Written without its VR. */
  readonly isUnknown: boolean
  readonly digest: string
}

/** PhotometricInterpretation, PlanarConfiguration, the attributes of lossy compression, offset tables, group lengths, trailing padding. */
const ofEncoding = /^(?:00280004|00280006|002821|7FE0000[12]|....0000|FFFCFFFC)/

/** Longer values pass in pieces. */
const short = 64 << 10

export class ValueDigests implements ElementSink {
  readonly values = new Map<string, Digest>()
  readonly #parser: ElementParser
  readonly #newHash: () => Hash
  readonly #path: { tag: number; item: number }[] = []
  /** A long value that is passing, in the stream's offsets. */
  #passing: { readonly path: string; readonly tag: number; readonly vr: VR; readonly hash: Hash; offset: number; left: number } | undefined
  #base = 0
  #chunk: Buffer = Buffer.alloc(0)

  constructor(newHash: () => Hash) {
    this.#newHash = newHash
    this.#parser = new ElementParser(this, { implicit: false, bigEndian: false })
  }

  write(chunk: Buffer): void {
    this.#chunk = chunk
    this.#take()
    this.#parser.write(chunk)
    this.#base += chunk.length
  }

  end(): void {
    this.#parser.end()
  }

  /** What of the passing value stands in this chunk. */
  #take(): void {
    const passing = this.#passing
    if (passing === undefined) return
    const from = passing.offset - this.#base
    const bytes = this.#chunk.subarray(from, from + passing.left)
    passing.hash.update(bytes)
    passing.offset += bytes.length
    passing.left -= bytes.length
    if (passing.left > 0) return
    this.#passing = undefined
    this.#keep(passing.path, passing.tag, passing.vr, passing.hash.digest('hex'))
  }

  #pathOf(tag: number): string {
    return this.#path.map(({ tag, item }) => `${hexOf(tag)}/${item}/`).join('') + hexOf(tag)
  }

  #keep(path: string, tag: number, vr: VR, digest: string): void {
    if (!ofEncoding.test(hexOf(tag))) this.values.set(path, { isPrivate: (tag >>> 16) % 2 === 1, isUnknown: vr.name === 'UN', digest })
  }

  implied(tag: number): VR {
    return impliedVR(tag, false)
  }

  wants(_tag: number, _vr: VR, length: number): boolean {
    return length <= short
  }

  value(tag: number, vr: VR, bytes: Buffer, start: number, end: number): void {
    let last = end
    // One byte of padding, as each writer pads.
    if (vr.kind !== 'number' && vr.kind !== 'tag') while (last > start && (bytes[last - 1] === 0x20 || bytes[last - 1] === 0)) last--
    this.#keep(this.#pathOf(tag), tag, vr, this.#newHash().update(bytes.subarray(start, last)).digest('hex'))
  }

  passes(tag: number, vr: VR, offset: number, length: number): void {
    this.#passing = { path: this.#pathOf(tag), tag, vr, hash: this.#newHash(), offset, left: length }
    this.#take()
  }

  beginSequence(tag: number): void {
    this.#path.push({ tag, item: -1 })
  }

  beginItem(): void {
    this.#path.at(-1)!.item += 1
  }

  endItem(): void {}

  endSequence(): void {
    this.#path.pop()
  }

  // An icon's fragments stay as they are; both forms carry the same.
  beginFragments(): void {}
  basicOffsetTable(): void {}
  fragment(): void {}
  endFragments(): void {}
}

/** Whether two data sets say the same. Of a private value that came without its VR it counts that it is there: nobody knows what its bytes are. */
export function isSameContent({ values: one }: ValueDigests, { values: other }: ValueDigests): boolean {
  const vague = new Set([...one, ...other].flatMap(([place, { isPrivate, isUnknown }]) => (isPrivate && isUnknown ? [place] : [])))
  const isThere = (values: ReadonlyMap<string, Digest>, place: string) =>
    values.has(place) || [...values.keys()].some((inside) => inside.startsWith(`${place}/`))
  if (![...vague].every((place) => isThere(one, place) && isThere(other, place))) return false
  // Of a sequence that came as UN the other form has the items.
  const isVague = (place: string) => vague.has(place) || [...vague].some((outside) => place.startsWith(`${outside}/`))
  return [...new Set([...one.keys(), ...other.keys()])].every(
    (place) => one.get(place)?.digest === other.get(place)?.digest || isVague(place),
  )
}
