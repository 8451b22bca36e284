/** The Part 10 file format: preamble, prefix and File Meta Information. PS3.10 §7.1. */
import { Buffer } from 'node:buffer'

/** PS3.7 D.3.3.2: who wrote this file, or speaks in this association. */
export const ImplementationClassUID = '2.25.183447903552911372860410427263214052911'
export const ImplementationVersionName = 'COUNTY_ARCHIVE'

export const preambleLength = 128
export const prefix = Buffer.from('DICM', 'latin1')

export interface FileMetaRequest {
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly TransferSyntaxUID: string
  /** (0002,0016): the AE title that sent the data set. */
  readonly sourceAETitle?: string
}

/** One group 2 element, Explicit VR Little Endian, its value padded to an even length. */
function element(tag: number, vr: 'UI' | 'SH' | 'AE', value: string): Buffer {
  const padded = value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' ')
  const header = Buffer.alloc(8)
  header.writeUInt16LE(tag >>> 16, 0)
  header.writeUInt16LE(tag & 0xffff, 2)
  header.write(vr, 4, 'latin1')
  header.writeUInt16LE(padded.length, 6)
  return Buffer.concat([header, Buffer.from(padded, 'latin1')])
}

/** Everything that stands before the data set of a Part 10 file: 128 zero bytes, `DICM` and group 2, for a data set that came without (C-STORE). */
export function fileMeta(request: FileMetaRequest): Buffer {
  const elements = [
    Buffer.from([0x02, 0x00, 0x01, 0x00, 0x4f, 0x42, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01]), // (0002,0001) OB 00\01
    element(0x00020002, 'UI', request.SOPClassUID),
    element(0x00020003, 'UI', request.SOPInstanceUID),
    element(0x00020010, 'UI', request.TransferSyntaxUID),
    element(0x00020012, 'UI', ImplementationClassUID),
    element(0x00020013, 'SH', ImplementationVersionName),
    ...(request.sourceAETitle === undefined ? [] : [element(0x00020016, 'AE', request.sourceAETitle)]),
  ]
  const groupLength = Buffer.from([0x02, 0x00, 0x00, 0x00, 0x55, 0x4c, 0x04, 0x00, 0, 0, 0, 0]) // (0002,0000) UL
  groupLength.writeUInt32LE(
    elements.reduce((sum, bytes) => sum + bytes.length, 0),
    8,
  )
  return Buffer.concat([Buffer.alloc(preambleLength), prefix, groupLength, ...elements])
}
