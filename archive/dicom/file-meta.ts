/**
 * File Meta Information out of the first bytes of a file. PS3.10 §7.1: 128 bytes of preamble, `DICM`, group 2 in Explicit VR Little Endian.
 * Group 2 ends where another group begins: its length (0002,0000) is missing, zero or wrong in real files.
 */
import type { Buffer } from 'node:buffer'
import { LimitExceeded, NotUnderstood } from '../errors.ts'
import { nameOf } from './dictionary.ts'
import { preambleLength, prefix } from './part10.ts'
import { DeflatedExplicitVRLittleEndian } from './transfer-syntaxes.ts'
import { trimUID } from './uid.ts'
import { vrOfBytes } from './value-representations.ts'

export interface FileMeta {
  readonly TransferSyntaxUID: string | undefined
  readonly MediaStorageSOPClassUID: string | undefined
  readonly MediaStorageSOPInstanceUID: string | undefined
  /** First byte of the data set. */
  readonly end: number
}

const FileMetaInformationGroupLength = 0x00020000
const MediaStorageSOPClassUID = 0x00020002
const MediaStorageSOPInstanceUID = 0x00020003
const TransferSyntaxUID = 0x00020010

/** More File Meta than this is none. */
export const maximumFileMeta = 256 << 10

/**
 * The File Meta at the beginning of these bytes, or how many bytes are needed at least to know where it ends.
 * @param last no more bytes will come.
 * @throws NotUnderstood when this is not a Part 10 file, LimitExceeded when its File Meta is larger than 256 KiB.
 */
export function parseFileMeta(bytes: Buffer, last = false): FileMeta | number {
  const start = preambleLength + prefix.length
  if (bytes.length < start) {
    if (last) throw new NotUnderstood(`Not a DICOM file: ${bytes.length} bytes are less than a preamble`)
    return start + 8
  }
  if (bytes.compare(prefix, 0, prefix.length, preambleLength, start) !== 0)
    throw new NotUnderstood('Not a DICOM file: DICM is missing at byte 128')

  const uids = new Map<number, string>()
  let groupEnd = -1
  let at = start
  for (;;) {
    if (at > start + maximumFileMeta) throw new LimitExceeded(`The File Meta Information is larger than ${maximumFileMeta} bytes`)
    // Behind the announced end of a deflated file anything may stand, also bytes that look like group 2.
    const deflatedFollows = at === groupEnd && uids.get(TransferSyntaxUID) === DeflatedExplicitVRLittleEndian
    if (deflatedFollows || (bytes.length < at + 8 && last) || (bytes.length >= at + 2 && bytes.readUInt16LE(at) !== 2)) {
      return {
        TransferSyntaxUID: uids.get(TransferSyntaxUID),
        MediaStorageSOPClassUID: uids.get(MediaStorageSOPClassUID),
        MediaStorageSOPInstanceUID: uids.get(MediaStorageSOPInstanceUID),
        end: at,
      }
    }
    if (bytes.length < at + 8) return at + 8
    const tag = ((bytes.readUInt16LE(at) << 16) | bytes.readUInt16LE(at + 2)) >>> 0
    const vr = vrOfBytes(bytes[at + 4]!, bytes[at + 5]!)
    if (vr === undefined) throw new NotUnderstood(`${nameOf(tag)} at byte ${at} has no value representation`, { attribute: nameOf(tag) })
    if (vr.long && bytes.length < at + 12) return incomplete(tag, at + 12, last)
    const length = vr.long ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6)
    const value = at + (vr.long ? 12 : 8)
    if (length > maximumFileMeta)
      throw new LimitExceeded(`${nameOf(tag)} announces ${length} bytes of File Meta`, { attribute: nameOf(tag) })
    if (bytes.length < value + length) return incomplete(tag, value + length, last)
    if (vr.name === 'UI') uids.set(tag, trimUID(bytes.toString('latin1', value, value + length)))
    else if (tag === FileMetaInformationGroupLength && length === 4) groupEnd = value + length + bytes.readUInt32LE(value)
    at = value + length
  }
}

function incomplete(tag: number, needed: number, last: boolean): number {
  if (last) throw new NotUnderstood(`The file breaks off inside ${nameOf(tag)}`, { attribute: nameOf(tag) })
  return needed
}
