/**
 * What of an instance is not as its SOP class wants it, although it is stored: who sends it is told (PS3.18 Table I.2-1, B007). Only what makes a
 * difference here: an attribute that cannot be searched by as it stands, pixels that are not there, a File Meta of another instance.
 */
import { indexedAttributes } from '../../storage/index/attributes.ts'
import { nameOf } from './dictionary.ts'
import type { FileMeta } from './file-meta.ts'
import type { Identity } from './header-reader.ts'
import { trimPadding } from './padding.ts'
import { canonicalOf } from './search-values.ts'
import { isImageSOPClass } from './sop-classes.ts'

export interface Irregularity {
  /** `ggggeeee`. */
  readonly tag: string
  /** What is wrong, in one sentence that names the attribute. */
  readonly sentence: string
}

/** All of them have one value (PS3.6). */
const searched = indexedAttributes
  .filter(({ column }) => column !== undefined)
  .map(({ tag, vr }) => ({ tag, vr, number: Number.parseInt(tag, 16) }))

const PixelData = 0x7fe00010
const MediaStorageSOPClassUID = 0x00020002
const MediaStorageSOPInstanceUID = 0x00020003

/** @param texts of the attributes of the data set itself, several values joined by backslashes */
export function irregularitiesOf(
  texts: ReadonlyMap<number, string>,
  identity: Identity,
  meta: FileMeta,
  hasPixels: boolean,
): Irregularity[] {
  const found = searched.flatMap(({ tag, vr, number }): Irregularity[] => {
    const text = trimPadding(texts.get(number) ?? '')
    if (text === '') return []
    const values = text.split('\\')
    if (values.length > 1) return [{ tag, sentence: `${nameOf(number)} has ${values.length} values, one is allowed` }]
    // A name of empty components is none.
    return vr !== 'PN' && canonicalOf(vr, text) === null
      ? [{ tag, sentence: `${nameOf(number)} is not of its VR, ${vr}: ${JSON.stringify(text.slice(0, 40))}` }]
      : []
  })
  const differs = (tag: number, told: string | undefined, stands: string): Irregularity[] =>
    told === undefined || told === '' || told === stands
      ? []
      : [{ tag: tag.toString(16).padStart(8, '0'), sentence: `${nameOf(tag)} in the File Meta Information is not that of the data set` }]
  return [
    ...differs(MediaStorageSOPClassUID, meta.MediaStorageSOPClassUID, identity.SOPClassUID),
    ...differs(MediaStorageSOPInstanceUID, meta.MediaStorageSOPInstanceUID, identity.SOPInstanceUID),
    ...found,
    ...(isImageSOPClass(identity.SOPClassUID) && !hasPixels
      ? [{ tag: '7FE00010', sentence: `${nameOf(PixelData)} is missing in an image` }]
      : []),
  ]
}
