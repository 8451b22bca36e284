/** Deflated data sets are inflated once for many frames, within bounds. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { InflatedObjects, inflatedObjectsOf } from '../../archive/inflated-objects.ts'

function storeOf(bytes: Buffer) {
  let reads = 0
  return {
    reads: () => reads,
    getRange: async (_: string, offset: number, length: number) => {
      reads += 1
      return Readable.from([bytes.subarray(offset, offset + length)], { objectMode: false })
    },
  }
}
const instance = (objectKey: string, objectSize: number) => ({
  objectKey,
  objectSize,
  datasetOffset: 4,
  TransferSyntaxUID: '1.2.840.10008.1.2.1.99',
})
const objectOf = (dataset: Buffer) => Buffer.concat([Buffer.from('meta'), deflateRawSync(dataset)])

test('one read for all who ask, also at once', async () => {
  const dataset = Buffer.from('a data set '.repeat(1000))
  const object = objectOf(dataset)
  const store = storeOf(object)
  const cache = inflatedObjectsOf(store)
  const all = await Promise.all(Array.from({ length: 5 }, () => cache.get(instance('one', object.length))))
  for (const bytes of all) expect(bytes?.equals(dataset)).toBe(true)
  expect(inflatedObjectsOf(store)).toBe(cache)
  expect(store.reads()).toBe(1)
})

test('what is larger than 32 MiB is not kept, and not tried again', async () => {
  const object = objectOf(Buffer.alloc(33 * 1024 * 1024))
  const store = storeOf(object)
  const cache = new InflatedObjects(store)
  expect(await cache.get(instance('large', object.length))).toBeNull()
  expect(await cache.get(instance('large', object.length))).toBeNull()
  expect(store.reads()).toBe(1)
})

test('all together stay within 64 MiB: what was not used for longest goes', async () => {
  const object = objectOf(Buffer.alloc(25 * 1024 * 1024))
  const store = storeOf(object)
  const cache = new InflatedObjects(store)
  for (const key of ['a', 'b', 'a', 'c']) await cache.get(instance(key, object.length))
  expect(store.reads()).toBe(3)
  await cache.get(instance('a', object.length))
  expect(store.reads()).toBe(3)
  await cache.get(instance('b', object.length))
  expect(store.reads()).toBe(4)
})

test('a damaged stream is told each time, and nothing of it is kept', async () => {
  const object = Buffer.concat([Buffer.from('meta'), Buffer.from([0xff, 0xff, 0xff, 0xff])])
  const store = storeOf(object)
  const cache = new InflatedObjects(store)
  for (let n = 0; n < 2; n++) await expect(cache.get(instance('damaged', object.length))).rejects.toThrow()
  expect(store.reads()).toBe(2)
  expect(await buffer(await store.getRange('', 0, 4))).toHaveLength(4)
})
