import { buffer } from 'node:stream/consumers'
import { crc32, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32Combine } from '../../../archive/dicom/crc32.ts'
import { gzipOf, jsonArrayOf } from '../../../archive/dicom/gzip-array.ts'
import { fragmentOf, onDemand } from '../../../archive/dicom/metadata-fragment.ts'
import { inflateFragment, metadataOf } from '../../../archive/dicom/metadata-json.ts'
import { element, instance, part10 } from '../../support/dataset.ts'

async function* each<T>(items: readonly T[]) {
  yield* items
}

test('the CRC-32 of two texts together comes from those of each', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      expect(crc32Combine(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])))
    }),
  )
  const zeros = Buffer.alloc(3_000_000)
  expect(crc32Combine(crc32(Buffer.from('a')), crc32(zeros), zeros.length)).toBe(crc32(Buffer.concat([Buffer.from('a'), zeros])))
})

describe('metadata fragments as one array', () => {
  const texts = [
    '{"00100010":{"vr":"PN","Value":[{"Alphabetic":"张^三"}]}}',
    '{}',
    `{"00204000":{"vr":"LT","Value":["${'x'.repeat(100_000)}"]}}`,
  ]
  const fragments = texts.map(fragmentOf)

  test('each inflates to its own text', () => {
    expect(fragments.map((fragment) => inflateFragment(fragment).toString())).toEqual(texts)
  })

  test.each([0, 1, 2, 3])('%i of them: one gzip member, and the same plain', async (count) => {
    const array = `[${texts.slice(0, count).join(',')}]`
    const gzip = await buffer(gzipOf(each(fragments.slice(0, count))))
    expect(gunzipSync(gzip).toString()).toBe(array)
    expect((await buffer(jsonArrayOf(each(fragments.slice(0, count))))).toString()).toBe(array)
  })

  test('is one member by the letter: header, CRC-32 and length of the whole (RFC 1952)', async () => {
    const gzip = await buffer(gzipOf(each(fragments)))
    const array = Buffer.from(`[${texts.join(',')}]`)
    expect(gzip.subarray(0, 4)).toEqual(Buffer.from([0x1f, 0x8b, 8, 0]))
    expect(gzip.readUInt32LE(gzip.length - 8)).toBe(crc32(array))
    expect(gzip.readUInt32LE(gzip.length - 4)).toBe(array.length)
  })

  test('a fragment that is to be made on demand is not sent empty', async () => {
    await expect(buffer(gzipOf(each([onDemand])))).rejects.toThrow('on demand')
    await expect(buffer(jsonArrayOf(each([onDemand])))).rejects.toThrow('on demand')
  })

  test('metadata on demand come from the object', async () => {
    const file = part10(instance({ before: [element(0x00100020, 'LO', '4711')] }))
    const fragment = await metadataOf(each([file.subarray(0, 300), file.subarray(300)]), '/p')
    expect(JSON.parse(inflateFragment(fragment).toString())['00100020']).toEqual({ vr: 'LO', Value: ['4711'] })
  })
})
