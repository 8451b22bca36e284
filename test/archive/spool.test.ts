import { Readable } from 'node:stream'
import { beforeEach, describe, expect, test } from 'vitest'
import { LimitExceeded, ObjectStoreFull } from '../../archive/errors.ts'
import { Spool } from '../../archive/spool.ts'

const objects = new Map<string, Buffer>()
let keys = 0
let full = false
const store = {
  put: async (key: string, bytes: AsyncIterable<Uint8Array>) => {
    if (full) throw new ObjectStoreFull('no room')
    const chunks: Uint8Array[] = []
    for await (const chunk of bytes) chunks.push(chunk)
    objects.set(key, Buffer.concat(chunks))
    return { size: objects.get(key)!.length }
  },
  get: async (key: string) => Readable.from([objects.get(key)!]),
  remove: async (key: string) => void objects.delete(key),
}
const spool = () => new Spool(store, () => `key ${keys++}`, { piece: 10, memory: 25, total: 100 })
async function* bytes(length: number, chunk = 7): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += chunk) yield Buffer.alloc(Math.min(chunk, length - at), at)
}
const read = async (from: AsyncIterable<Uint8Array>) => {
  const chunks: Uint8Array[] = []
  for await (const chunk of from) chunks.push(chunk)
  return Buffer.concat(chunks)
}

beforeEach(() => {
  objects.clear()
  full = false
})

test.each([0, 1, 10, 11, 99])('%i bytes come back as they were, more than once', async (length) => {
  const one = await spool().take(bytes(length))
  expect(one.length).toBe(length)
  for (let i = 0; i < 2; i += 1) expect((await read(one.read())).equals(await read(bytes(length)))).toBe(true)
})

test('small pieces are held in memory until there are too many; dropping makes room', async () => {
  const one = spool()
  const held = [await one.take(bytes(10)), await one.take(bytes(10))]
  expect(objects.size).toBe(0)
  const third = await one.take(bytes(10))
  expect(objects.size).toBe(1)
  await third.drop()
  expect(objects.size).toBe(0)
  await held[0]!.drop()
  await one.take(bytes(10))
  expect(objects.size).toBe(0)
})

describe('bounds', () => {
  test('more than may wait is refused, and leaves nothing', async () => {
    const one = spool()
    await one.take(bytes(60))
    await expect(one.take(bytes(41))).rejects.toBeInstanceOf(LimitExceeded)
    expect(objects.size).toBe(1)
    await one.take(bytes(40))
    await one.close()
    expect(objects.size).toBe(0)
    expect((await one.take(bytes(100))).length).toBe(100)
  })

  test('what breaks off or finds no room leaves the room that it took', async () => {
    const one = spool()
    const broken = async function* () {
      yield* bytes(50)
      throw new Error('broken off')
    }
    await expect(one.take(broken())).rejects.toThrow('broken off')
    full = true
    await expect(one.take(bytes(50))).rejects.toBeInstanceOf(ObjectStoreFull)
    full = false
    expect((await one.take(bytes(100))).length).toBe(100)
    expect(objects.size).toBe(1)
  })

  test('dropped twice counts once', async () => {
    const one = spool()
    const piece = await one.take(bytes(50))
    await piece.drop()
    await piece.drop()
    await one.take(bytes(100))
    await expect(one.take(bytes(1))).rejects.toBeInstanceOf(LimitExceeded)
  })
})
