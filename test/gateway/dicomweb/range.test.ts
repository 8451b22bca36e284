/** Byte ranges: RFC 9110 §14.1.2. */
import { expect, test } from 'vitest'
import { parseRange } from '../../../gateway/dicomweb/range.ts'

test.each([
  ['nothing', undefined, undefined],
  ['the first bytes', 'bytes=0-9', { start: 0, end: 9 }],
  ['from a byte on', 'bytes=90-', { start: 90, end: 99 }],
  ['the last bytes', 'bytes=-10', { start: 90, end: 99 }],
  ['more than there is at the end', 'bytes=-1000', { start: 0, end: 99 }],
  ['past the end', 'bytes=50-1000', { start: 50, end: 99 }],
  ['behind the end', 'bytes=100-', 'unsatisfiable'],
  ['no last bytes', 'bytes=-0', 'unsatisfiable'],
  ['backwards', 'bytes=9-1', undefined],
  ['another unit', 'frames=1-2', undefined],
  ['several ranges', 'bytes=0-1,5-6', undefined],
  ['neither end', 'bytes=-', undefined],
] as const)('%s', (_, header, expected) => expect(parseRange(header, 100)).toEqual(expected))

test('an empty representation has no range', () => expect(parseRange('bytes=0-0', 0)).toBe('unsatisfiable'))
