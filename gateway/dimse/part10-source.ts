/** Reads a Part 10 stream as what C-STORE sends: the File Meta names it, the data set behind it goes over the wire. PS3.10 §7.1. */
import { NotUnderstood } from '../../archive/errors.ts'
import { textOf } from './items.ts'
import type { StoreRequest } from './scu.ts'

const PREAMBLE = 132
/** File Meta holds a dozen short values; one that claims more is not File Meta. */
const MAXIMUM_FILE_META = 65_536

/** VRs with a four-byte length (PS3.5 §7.1.2) that may stand in group 2. */
const longVRs = new Set(['OB', 'UN'])

/** @throws NotUnderstood when the stream does not begin with a File Meta that names class, instance and transfer syntax. */
export async function openPart10(bytes: AsyncIterable<Uint8Array>): Promise<StoreRequest> {
  const iterator = bytes[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  const has = async (length: number): Promise<boolean> => {
    while (head.length < length) {
      const { done, value } = await iterator.next()
      if (done) return false
      head = Buffer.concat([head, value])
    }
    return true
  }
  if (!(await has(PREAMBLE)) || head.toString('latin1', 128, PREAMBLE) !== 'DICM')
    throw new NotUnderstood('not a Part 10 file: no DICM prefix')
  const values = new Map<number, string>()
  let at = PREAMBLE
  // Group 2 is always Explicit VR Little Endian; it ends where another group begins, whatever its group length says.
  while ((await has(at + 8)) && head.readUInt16LE(at) === 0x0002) {
    const long = longVRs.has(head.toString('latin1', at + 4, at + 6))
    const start = at + (long ? 12 : 8)
    if (!(await has(start))) throw new NotUnderstood('the File Meta breaks off')
    const end = start + (long ? head.readUInt32LE(at + 8) : head.readUInt16LE(at + 6))
    if (end > MAXIMUM_FILE_META || !(await has(end))) throw new NotUnderstood('the File Meta breaks off or is far too long')
    values.set(head.readUInt16LE(at + 2), textOf(head.subarray(start, end)))
    at = end
  }
  const named = (element: number, keyword: string): string => {
    const value = values.get(element)
    if (!value) throw new NotUnderstood(`the File Meta has no ${keyword}`, { attribute: keyword })
    return value
  }
  const rest = head.subarray(at)
  return {
    SOPClassUID: named(0x0002, 'MediaStorageSOPClassUID'),
    SOPInstanceUID: named(0x0003, 'MediaStorageSOPInstanceUID'),
    TransferSyntaxUID: named(0x0010, 'TransferSyntaxUID'),
    dataset: (async function* () {
      try {
        yield rest
        for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
      } finally {
        await iterator.return?.()
      }
    })(),
  }
}
