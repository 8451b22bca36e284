/** What a data set says of its pixels, read as far as where they begin. PS3.3 §C.7.6.3, §C.7.6.1.1.5 (lossy compression), §C.9.2 (overlays). */
import type { Buffer } from 'node:buffer'
import { hexOf } from './dictionary.ts'
import type { ElementSink } from './element-parser.ts'
import { impliedVR } from './implied-vr.ts'
import { numbersOf } from './value-json.ts'
import type { VR } from './value-representations.ts'

/** Numbers and texts as DICOM JSON has them. */
export type SurveyedValues = Record<string, { vr: string; Value?: unknown[] }>

const pixelTags = new Set([0x7fe00008, 0x7fe00009, 0x7fe00010])
const PixelRepresentation = 0x00280103
const OverlayBitPosition = 0x0102
const OverlayData = 0x3000

/** Attributes of the Image Pixel Module and its neighbours: group 0028 but for its tables. */
const isWanted = (tag: number, length: number) => tag >>> 16 === 0x0028 && length <= 256

export class PixelSurvey implements ElementSink {
  readonly values: SurveyedValues = {}
  /** VR of the pixels, once they have begun. */
  pixels: { readonly tag: number; readonly vr: VR; readonly encapsulated: boolean } | undefined
  /** Sequences of the top level that hold something compressed, as the image is: an icon, a maker's preview. */
  readonly compressedInside = new Set<number>()
  readonly #embedded = new Set<number>()
  readonly #nested: number[] = []
  readonly #signed: boolean[] = [false]

  /** Overlay planes stand in bits of the pixels that those do not use (retired). */
  get hasEmbeddedOverlay(): boolean {
    return this.#embedded.size > 0
  }

  implied(tag: number): VR {
    return impliedVR(tag, this.#signed.at(-1)!)
  }

  wants(tag: number, _vr: VR, length: number): boolean {
    return tag === PixelRepresentation || (this.#nested.length === 0 && isWanted(tag, length))
  }

  value(tag: number, vr: VR, bytes: Buffer, start: number, end: number, _offset: number, bigEndian: boolean): void {
    const numbers = vr.kind === 'number' ? numbersOf(vr, bytes, start, end, bigEndian) : []
    if (tag === PixelRepresentation) this.#signed[this.#signed.length - 1] = numbers[0] === 1
    if (this.#nested.length > 0) return
    if (pixelTags.has(tag)) this.pixels ??= { tag, vr, encapsulated: false }
    if (!isWanted(tag, end - start)) return
    const text = bytes.toString('latin1', start, end).replace(/[\0 ]+$/, '')
    const Value = vr.kind === 'number' ? [...numbers] : text === '' ? [] : text.split('\\').map((one) => one.trim())
    this.values[hexOf(tag)] = { vr: vr.name, Value }
  }

  passes(tag: number, vr: VR): void {
    if (this.#nested.length > 0) return
    if (pixelTags.has(tag)) {
      this.pixels ??= { tag, vr, encapsulated: false }
      this.values[hexOf(tag)] = { vr: vr.name }
    }
    this.#noteOverlay(tag)
  }

  /** A plane that has its position in the pixels and no data of its own (§C.9.2 of the 2004 edition). */
  #noteOverlay(tag: number): void {
    const group = tag >>> 16
    if (group < 0x6000 || group > 0x60ff) return
    if ((tag & 0xffff) === OverlayBitPosition) this.#embedded.add(group)
    if ((tag & 0xffff) === OverlayData) this.#embedded.delete(group)
  }

  beginSequence(tag: number): void {
    this.#nested.push(tag)
  }

  beginItem(): void {
    this.#signed.push(this.#signed.at(-1)!)
  }

  endItem(): void {
    this.#signed.pop()
  }

  endSequence(): void {
    this.#nested.pop()
  }

  beginFragments(tag: number, vr: VR): void {
    if (this.#nested.length === 0 && pixelTags.has(tag)) this.pixels ??= { tag, vr, encapsulated: true }
    else this.compressedInside.add(this.#nested[0] ?? tag)
  }

  basicOffsetTable(): void {}
  fragment(): void {}
  endFragments(): void {}
}
