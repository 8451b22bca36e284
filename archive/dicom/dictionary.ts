/** The data dictionary. PS3.6; the retired attributes and repeating groups (50xx, 60xx) included, private ones not. The data come from dcmjs. */
import dictionary from 'dcmjs/dictionary'

export interface Attribute {
  readonly keyword: string
  /** The VR; where the standard leaves two, the one of Implicit VR Little Endian (PS3.5 A.1). */
  readonly vr: string
  /** `ggggeeee`, upper case, as in DICOM JSON. */
  readonly tag: string
}

/** VRs that depend on something else, as the table writes them, and what they are in Implicit VR Little Endian. */
const dependentVRs: Readonly<Record<string, string>> = { ox: 'OW', xs: 'US', lt: 'OW', up: 'UL' }

const byTag = new Map<number, Attribute>()
const byKeyword = new Map<string, number>()
const signedWithPixels = new Set<number>()

/** `(6000-60FF,3000)` → the first tag, and the bits in which the others differ from it. */
const repeating: { readonly first: number; readonly mask: number; readonly attribute: Attribute }[] = []

function add(entry: { tag: string; vr: string; name: string }): void {
  const match = /^\(([0-9A-F]{4})(-[0-9A-F]{4})?,([0-9A-F]{4})(-[0-9A-F]{4})?\)$/.exec(entry.tag)
  if (match === null || entry.vr === undefined || entry.vr === 'na') return
  const [, group, lastGroup, element, lastElement] = match
  const tag = Number.parseInt(group! + element!, 16)
  if ((tag >>> 16) % 2 === 1) return
  const retired = entry.name.startsWith('RETIRED_')
  const attribute = { keyword: entry.name.replace('RETIRED_', ''), vr: dependentVRs[entry.vr] ?? entry.vr, tag: group! + element! }
  if (entry.vr === 'xs') signedWithPixels.add(tag)
  if (lastGroup !== undefined || lastElement !== undefined)
    repeating.push({ first: tag, mask: lastGroup === undefined ? ~0xff : ~0xff0000, attribute })
  if (!retired || !byTag.has(tag)) byTag.set(tag, attribute)
  if (!retired || !byKeyword.has(attribute.keyword)) byKeyword.set(attribute.keyword, tag)
}

for (const key in dictionary) add(dictionary[key]!)

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'))

/** `ggggeeee`, upper case. */
export function hexOf(tag: number): string {
  return (
    byTag.get(tag)?.tag ??
    `${hexOfByte[tag >>> 24]}${hexOfByte[(tag >>> 16) & 0xff]}${hexOfByte[(tag >>> 8) & 0xff]}${hexOfByte[tag & 0xff]}`
  )
}

/** The attribute with this tag; undefined for private and unknown ones. */
export function attributeOf(tag: number): Attribute | undefined {
  const attribute = byTag.get(tag)
  if (attribute !== undefined) return attribute
  if ((tag & 0xffff) === 0) return { keyword: 'GenericGroupLength', vr: 'UL', tag: hexOf(tag) }
  for (const family of repeating) {
    if ((tag & family.mask) >>> 0 === (family.first & family.mask) >>> 0 && (tag >>> 16) % 2 === 0)
      return { ...family.attribute, tag: hexOf(tag) }
  }
  return undefined
}

/** The tag of a keyword, for a repeating group the first of them. */
export function tagOf(keyword: string): number | undefined {
  return byKeyword.get(keyword)
}

/** Whether the attribute is US or SS by the Pixel Representation of its data set. */
export function followsPixelRepresentation(tag: number): boolean {
  return signedWithPixels.has(tag)
}

/** `(0020,000D) StudyInstanceUID`, as people and error messages say it. */
export function nameOf(tag: number): string {
  const hex = hexOf(tag)
  const attribute = attributeOf(tag)
  return `(${hex.slice(0, 4)},${hex.slice(4)})${attribute === undefined ? '' : ` ${attribute.keyword}`}`
}
