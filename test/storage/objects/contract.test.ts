/** The contract of `storage/objects/objects.ts`: one set of facts, every store. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ArchiveError, ObjectNotFound, ObjectStoreUnavailable } from '../../../storage/errors.ts'
import { filesystemStore } from '../../../storage/objects/filesystem.ts'
import { s3Store } from '../../../storage/objects/minio.ts'
import type { ObjectStore } from '../../../storage/objects/objects.ts'
import { partSize } from '../../../storage/objects/part-buffer.ts'
import { connect } from '../../../storage/objects/s3-connection.ts'
import { expectS3InCI, missingS3, newBucket, type S3Server, startS3 } from '../../support/ceph.ts'

interface Tried {
  store: ObjectStore
  /** Unfinished objects that nobody will finish. */
  leftovers(): Promise<string[]>
  close(): Promise<void>
}

async function onDisk(): Promise<Tried> {
  const root = await mkdtemp(path.join(tmpdir(), 'objects-'))
  const store = filesystemStore({ root })
  await store.check()
  return {
    store,
    leftovers: () => readdir(path.join(root, '.incoming')),
    async close() {
      await store.close()
      await rm(root, { recursive: true })
    },
  }
}

let server: S3Server | undefined

async function onS3(): Promise<Tried> {
  server ??= await startS3()
  const options = newBucket(server)
  const store = s3Store(options)
  await store.check()
  return {
    store,
    async leftovers() {
      const { client, close } = connect(options)
      const page = await client.listIncompleteUploadsQuery(options.bucket, '', '', '', '')
      close()
      return page.uploads.map(({ key }) => key)
    },
    close: () => store.close(),
  }
}

afterAll(() => server?.close())

expectS3InCI()
contract('filesystem', onDisk, undefined)
contract('S3', onS3, missingS3)

function contract(name: string, open: () => Promise<Tried>, missing: string | undefined): void {
  describe.skipIf(missing !== undefined)(missing === undefined ? name : `${name} (skipped: ${missing})`, () => {
    let tried: Tried
    let store: ObjectStore
    beforeAll(async () => {
      tried = await open()
      store = tried.store
    })
    afterAll(() => tried?.close())

    const sizes = [0, 1, 65_536, partSize - 1, partSize, partSize + 1, 2 * partSize, 3 * partSize + 12_345]
    test.each(sizes)('gives back %i bytes as they were put', async (size) => {
      const key = newKey()
      const bytes = pattern(size)
      expect(await store.put(key, chunks(bytes, 100_003))).toEqual({ size })
      expect((await store.stat(key))?.size).toBe(size)
      expect(digest(await buffer(await store.get(key)))).toBe(digest(bytes))
    })

    test('takes chunks of any size, empty ones too', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 20 }), async (parts) => {
          const key = newKey()
          await store.put(key, from(parts))
          expect(Buffer.compare(await buffer(await store.get(key)), Buffer.concat(parts))).toBe(0)
        }),
        { numRuns: 20 },
      )
    })

    test('takes one chunk that is longer than two parts', async () => {
      const key = newKey()
      const bytes = pattern(2 * partSize + 7)
      await store.put(key, from([bytes]))
      expect(digest(await buffer(await store.get(key)))).toBe(digest(bytes))
    })

    describe('a range', () => {
      const key = newKey()
      const bytes = pattern(2 * partSize + 100)
      beforeAll(() => store.put(key, chunks(bytes, 65_536)))

      test('is exactly the bytes asked for', async () => {
        await fc.assert(
          fc.asyncProperty(fc.nat(bytes.length), fc.nat(70_000), async (offset, wanted) => {
            const length = Math.min(wanted, bytes.length - offset)
            const range = await buffer(await store.getRange(key, offset, length))
            expect(Buffer.compare(range, bytes.subarray(offset, offset + length))).toBe(0)
          }),
          {
            numRuns: 25,
            examples: [
              [0, 1],
              [0, 0],
              [bytes.length, 0],
              [partSize - 1, 2],
              [bytes.length - 1, 1],
            ],
          },
        )
      })

      test.each([
        [bytes.length - 1, 2],
        [bytes.length, 1],
        [bytes.length + 10, 1],
        [bytes.length + 10, 0],
        [-1, 1],
        [0, -1],
      ])('from %i of %i bytes fails where the object ends, and is never short', async (offset, length) => {
        await expect(store.getRange(key, offset, length).then(buffer)).rejects.toThrow(ObjectStoreUnavailable)
      })

      test('may be left half read', async () => {
        for (let turn = 0; turn < 20; turn++) {
          const stream = await store.getRange(key, 0, partSize)
          for await (const _ of stream) break
          expect(stream.destroyed).toBe(true)
        }
      })
    })

    test('what is not there is ObjectNotFound before the first byte, has no stat, and removing it is no error', async () => {
      const key = newKey()
      await expect(store.get(key)).rejects.toThrow(ObjectNotFound)
      await expect(store.getRange(key, 0, 10)).rejects.toThrow(ObjectNotFound)
      await expect(store.getRange(key, 0, 0)).rejects.toThrow(ObjectNotFound)
      expect(await store.stat(key)).toBeUndefined()
      await store.remove(key)
    })

    test('a removed object is gone', async () => {
      const key = newKey()
      await store.put(key, from([pattern(10)]))
      await store.remove(key)
      expect(await store.stat(key)).toBeUndefined()
      await expect(store.get(key)).rejects.toThrow(ObjectNotFound)
    })

    test.each([100, partSize + 100])('a key that is taken keeps its first object (%i bytes)', async (size) => {
      const key = newKey()
      await store.put(key, from([pattern(500)]))
      await expect(store.put(key, chunks(pattern(size), 65_536))).rejects.toThrow(/taken/)
      expect(digest(await buffer(await store.get(key)))).toBe(digest(pattern(500)))
      expect(await tried.leftovers()).toEqual([])
    })

    test.each([
      ['at once', 0],
      ['in the first part', 100_000],
      ['after a part', partSize + 100_000],
      ['after two parts', 2 * partSize + 100_000],
    ])('a source that fails %s leaves nothing, and its own reason comes out', async (_, before) => {
      const key = newKey()
      const reason = new Error('the line is dead')
      await expect(store.put(key, failing(before, reason))).rejects.toBe(reason)
      expect(await store.stat(key)).toBeUndefined()
      expect(await tried.leftovers()).toEqual([])
    })

    test.each([
      ['before it begins', undefined],
      ['while the source is silent', 0],
      ['while the source is silent after a part', partSize + 1],
    ])('a signal that aborts %s leaves nothing, and its reason comes out', async (_, before) => {
      const key = newKey()
      const reason = new Error('no longer wanted')
      const controller = new AbortController()
      if (before === undefined) controller.abort(reason)
      const put = store.put(key, stalling(before ?? 0), { signal: controller.signal })
      setTimeout(() => controller.abort(reason), 200)
      await expect(put).rejects.toBe(reason)
      expect(await store.stat(key)).toBeUndefined()
      expect(await tried.leftovers()).toEqual([])
    })

    test('a source is told when its bytes are no longer wanted', async () => {
      let told = false
      async function* source() {
        try {
          for (;;) yield pattern(1_000_000)
        } finally {
          told = true
        }
      }
      await expect(store.put(newKey(), source(), { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/)
      await sleep(1)
      expect(told).toBe(true)
    })

    test('thirty-two writers of one folder do not disturb each other', async () => {
      const folder = newKey()
      const bodies = Array.from({ length: 32 }, (_, n) => pattern(50_000 + n))
      await Promise.all(bodies.map((body, n) => store.put(`${folder}/${n}`, chunks(body, 7_001))))
      const read = await Promise.all(bodies.map(async (_, n) => digest(await buffer(await store.get(`${folder}/${n}`)))))
      expect(read).toEqual(bodies.map(digest))
    })

    test('lists every object under a prefix and no other, past a thousand', async () => {
      const folder = newKey()
      const names = Array.from({ length: 1_005 }, (_, n) => `${folder}/${n % 2 === 0 ? 'even' : 'odd'}/${n}`)
      const waiting = [...names, `${folder}x`]
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) await store.put(name, from([Buffer.from(name)]))
        }),
      )
      expect(await keysOf(store, `${folder}/`)).toEqual(names.toSorted())
      expect(await keysOf(store, `${folder}/e`)).toEqual(names.filter((name) => name.includes('even')).toSorted())
      expect(await keysOf(store, `${folder}/even/100`)).toEqual([
        `${folder}/even/100`,
        `${folder}/even/1000`,
        `${folder}/even/1002`,
        `${folder}/even/1004`,
      ])
      expect(await keysOf(store, folder)).toEqual([...names, `${folder}x`].toSorted())
      expect(await keysOf(store, `${folder}/none/`)).toEqual([])
      for await (const { key, size, modified } of store.list(`${folder}/odd/1`)) {
        expect(size).toBe(key.length)
        expect(Math.abs(Date.now() - modified.getTime())).toBeLessThan(120_000)
      }
    })

    test.each([
      '',
      '/',
      '/etc/passwd',
      '..',
      '../x',
      'a/../b',
      'a//b',
      'a/',
      './a',
      '.incoming/x',
      'a/.b',
      'a b',
      'ä',
      'a\0b',
      'a\\b',
      'x'.repeat(600),
    ])('refuses %j as a key', async (key) => {
      await expect(store.put(key, from([]))).rejects.toThrow(ArchiveError)
      await expect(store.get(key)).rejects.toThrow(/Not an object key/)
      await expect(store.getRange(key, 0, 1)).rejects.toThrow(/Not an object key/)
      await expect(store.stat(key)).rejects.toThrow(/Not an object key/)
      await expect(store.remove(key)).rejects.toThrow(/Not an object key/)
    })

    test('check proves that it can be written and read, again and again, and leaves nothing', async () => {
      await store.check()
      await store.check()
      expect(await keysOf(store, 'check/')).toEqual([])
    })
  })
}

function newKey(): string {
  return `county/2026/03/01/7/${randomUUID()}`
}

/** Bytes that no two parts or chunks have in common. */
function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += 4) bytes[at] = ((at >>> 2) * 2_654_435_761) >>> 24
  for (let at = 0; at + 4 <= size; at += 1_024) bytes.writeUInt32LE(at, at)
  return bytes
}

async function* from(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts
}

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function* failing(before: number, reason: Error): AsyncGenerator<Uint8Array> {
  yield* chunks(pattern(before), 65_536)
  throw reason
}

/** A source that gives some bytes and then never another, and does not answer when told to stop. */
async function* stalling(before: number): AsyncGenerator<Uint8Array> {
  yield* chunks(pattern(before), 65_536)
  await new Promise(() => {})
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys.sort()
}
