import { describe, expect, test } from 'vitest'
import { Fragments, type FrameSources, frameEntryOf, frameTableOf } from '../../../archive/dicom/frame-table.ts'

/** Fragments of these contents, the first item header at 100. */
function fragmentsOf(contents: readonly (string | number)[]): Fragments {
  const fragments = new Fragments()
  let offset = 100
  for (const content of contents) {
    const bytes = typeof content === 'number' ? Buffer.alloc(content) : Buffer.from(content, 'hex')
    fragments.add(offset, bytes.length, bytes, 0, Math.min(4, bytes.length))
    offset += 8 + bytes.length
  }
  return fragments
}

const begin = 'ffd8ffe0'
const frames = (NumberOfFrames: number, contents: readonly (string | number)[], sources: Partial<FrameSources> = {}) => {
  const { table, unavailable } = frameTableOf({
    NumberOfFrames,
    fragments: fragmentsOf(contents),
    isRLE: false,
    basicOffsets: new Uint32Array(),
    extendedOffsets: undefined,
    extendedLengths: undefined,
    origin: 1000,
    ...sources,
  })
  return table === null ? unavailable : Array.from({ length: NumberOfFrames }, (_, i) => frameEntryOf(table, i + 1))
}
const big = (...values: number[]) => BigUint64Array.from(values, BigInt)

describe('which fragments make which frame', () => {
  test('one frame takes all fragments, whatever the offset table says', () => {
    expect(frames(1, [10, 20, 30], { basicOffsets: Uint32Array.of(0, 18) })).toEqual([{ offset: 1100, length: 60, fragments: 3 }])
  })

  test('as many fragments as frames', () => {
    expect(frames(2, [10, 20])).toEqual([
      { offset: 1100, length: 10, fragments: 1 },
      { offset: 1118, length: 20, fragments: 1 },
    ])
  })

  test('a Basic Offset Table that rises and hits items', () => {
    expect(frames(2, [10, 20, 30], { basicOffsets: Uint32Array.of(0, 46) })).toEqual([
      { offset: 1100, length: 30, fragments: 2 },
      { offset: 1146, length: 30, fragments: 1 },
    ])
  })

  test.each([
    ['falls', [0, 0]],
    ['does not begin with the first fragment', [18, 46]],
    ['hits no item', [0, 20]],
    ['has too few entries', [0]],
    ['points behind the end', [0, 9999]],
  ])('a Basic Offset Table that %s is not trusted: a frame begins where a code stream does', (_, offsets) => {
    expect(frames(2, [begin, 20, begin], { basicOffsets: Uint32Array.from(offsets) })).toEqual([
      { offset: 1100, length: 24, fragments: 2 },
      { offset: 1140, length: 4, fragments: 1 },
    ])
  })

  test('JPEG 2000 code streams begin frames too', () => {
    expect(frames(2, ['ff4fff51', 20, 'ff4fff51', 8])).toMatchObject([{ fragments: 2 }, { fragments: 2 }])
  })

  test('an Extended Offset Table is trusted before the basic one, and knows the length without the pad byte', () => {
    expect(frames(2, [10, 20], { basicOffsets: Uint32Array.of(0, 5), extendedOffsets: big(0, 18), extendedLengths: big(9, 20) })).toEqual([
      { offset: 1100, length: 9, fragments: 1 },
      { offset: 1118, length: 20, fragments: 1 },
    ])
  })

  test('lengths that an Extended Offset Table cannot mean are not believed', () => {
    expect(frames(2, [10, 20], { extendedOffsets: big(0, 18), extendedLengths: big(2 ** 40, 3) })).toMatchObject([
      { length: 10 },
      { length: 20 },
    ])
  })

  test('RLE has a fragment a frame, whatever its offset table says', () => {
    expect(frames(2, [10, 20], { isRLE: true, basicOffsets: Uint32Array.of(0, 0) })).toMatchObject([{ length: 10 }, { length: 20 }])
  })

  test('frames that nothing tells apart are unavailable, with the reason', () => {
    expect(frames(3, [10, 20])).toBe('2 fragments and no usable offset table do not tell 3 frames apart')
    expect(frames(2, [begin, begin, begin])).toContain('3 fragments')
    expect(frames(2, [])).toContain('no fragments')
  })

  test('offsets beyond four gigabytes are kept', () => {
    expect(frames(1, [10], { origin: 2 ** 40 })).toEqual([{ offset: 2 ** 40 + 100, length: 10, fragments: 1 }])
  })
})
