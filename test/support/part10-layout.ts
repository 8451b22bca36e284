/** The File Meta of a Part 10 file, read the plain way: for tests that must not rest on the reader they test. PS3.10 §7.1. */
export interface Part10Layout {
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly TransferSyntaxUID: string
  /** First byte after group 2. */
  readonly datasetOffset: number
}

export function part10Layout(bytes: Buffer): Part10Layout {
  if (bytes.toString('latin1', 128, 132) !== 'DICM') throw new Error('no Part 10 file')
  const values = new Map<number, string>()
  let at = 132
  while (at + 8 <= bytes.length && bytes.readUInt16LE(at) === 2) {
    const long = ['OB', 'UN', 'OW', 'SQ', 'UT'].includes(bytes.toString('latin1', at + 4, at + 6))
    const length = long ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6)
    const start = at + (long ? 12 : 8)
    values.set(bytes.readUInt16LE(at + 2), bytes.toString('latin1', start, start + length).replace(/[\0 ]+$/, ''))
    at = start + length
  }
  return {
    SOPClassUID: values.get(0x0002) ?? '',
    SOPInstanceUID: values.get(0x0003) ?? '',
    TransferSyntaxUID: values.get(0x0010) ?? '',
    datasetOffset: at,
  }
}
