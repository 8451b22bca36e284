/** The VR of an element that comes without one: in Implicit VR, or as UN. PS3.5 §6.2.2, §7.8.1, Annex A.1. */
import { attributeOf, followsPixelRepresentation } from './dictionary.ts'
import { UN, type VR, vrOf } from './value-representations.ts'

/** @param signed Pixel Representation of the data set that holds it is 1 */
export function impliedVR(tag: number, signed: boolean): VR {
  const attribute = attributeOf(tag)
  if (attribute === undefined) {
    // (gggg,0010-00FF) of an odd group: a private creator (PS3.5 §7.8.1). Group lengths are not kept and need no VR.
    const isCreator = (tag >>> 16) % 2 === 1 && (tag & 0xffff) >= 0x10 && (tag & 0xffff) <= 0xff
    return isCreator ? vrOf('LO') : UN
  }
  return signed && followsPixelRepresentation(tag) ? vrOf('SS') : vrOf(attribute.vr)
}
