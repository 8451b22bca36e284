import { expect, test } from 'vitest'
import { isClassicJPEG, transferSyntaxOfJPEG } from '../../../archive/dicom/jpeg-process.ts'

const [baseline, extended, lossless, losslessSV1, jpegLS] = ['50', '51', '57', '70', '80'].map((end) => `1.2.840.10008.1.2.4.${end}`) as [
  string,
  string,
  string,
  string,
  string,
]

/** SOI, an APP0 segment, a table, then the frame header with this code. */
const frame = (code: number) => Buffer.from(`ffd8ffe00004abcdffffc40003aaff${code.toString(16)}000b080001000101011100`, 'hex')

test.each([
  ['SOF0 in an instance that is called lossless', 0xc0, losslessSV1, baseline],
  ['SOF1 in an instance that is called lossless', 0xc1, lossless, extended],
  ['SOF1 in an instance that is called baseline', 0xc1, baseline, extended],
  ['SOF3 in an instance that is called baseline', 0xc3, baseline, lossless],
  ['SOF0 is one of the processes of JPEG Extended (2)', 0xc0, extended, extended],
  ['SOF3 of either selection value', 0xc3, losslessSV1, losslessSV1],
  ['SOF3 of any selection value', 0xc3, lossless, lossless],
  ['a process without a transfer syntax (progressive)', 0xc2, losslessSV1, losslessSV1],
])('%s', (_, code, declared, real) => {
  expect(transferSyntaxOfJPEG(frame(code), declared)).toBe(real)
})

test('what does not look like JPEG, or breaks off, is what the instance says', () => {
  for (const start of [Buffer.alloc(0), Buffer.from('ffd8', 'hex'), Buffer.from('0102030405060708', 'hex'), frame(0xc0).subarray(0, 12)])
    expect(transferSyntaxOfJPEG(start, losslessSV1)).toBe(losslessSV1)
  expect(transferSyntaxOfJPEG(frame(0xc0), jpegLS)).toBe(jpegLS)
  expect(isClassicJPEG(jpegLS)).toBe(false)
})
