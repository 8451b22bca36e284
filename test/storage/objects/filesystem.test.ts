/** What is particular to a disk: links, full and failing disks, names that must be durable, and what a killed process leaves. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { access, type FileHandle, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ObjectNotFound, ObjectStoreFull, ObjectStoreUnavailable } from '../../../storage/errors.ts'
import { filesystemStore } from '../../../storage/objects/filesystem.ts'

let folder: string
let root: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'disk-'))
  root = path.join(folder, 'objects')
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

async function* bytes(size: number, step = 65_536): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= step) yield Buffer.alloc(Math.min(step, left), 7)
}

async function fails(method: 'writev' | 'write' | 'datasync' | 'sync' | 'read', code: string): Promise<void> {
  const handle = await open(folder, 'r')
  const prototype = Object.getPrototypeOf(handle) as Record<typeof method, FileHandle[typeof method]>
  await handle.close()
  vi.spyOn(prototype, method).mockRejectedValue(Object.assign(new Error(`${code}: of the test`), { code }))
}

const unfinished = () => readdir(path.join(root, '.incoming')).catch(() => [])

test('an object is a file whose path is its key, for its owner only', async () => {
  const store = filesystemStore({ root })
  await store.put('a/2026/x', bytes(10))
  expect(await readFile(path.join(root, 'a/2026/x'))).toEqual(Buffer.alloc(10, 7))
  expect(execFileSync('stat', ['-c', '%a', path.join(root, 'a/2026/x'), path.join(root, 'a')], { encoding: 'utf8' })).toBe('600\n700\n')
})

describe('links', () => {
  beforeEach(async () => {
    await mkdir(path.join(folder, 'outside'), { recursive: true })
    await writeFile(path.join(folder, 'outside/secret'), 'secret')
    await mkdir(path.join(root, 'a'), { recursive: true })
    await symlink(path.join(folder, 'outside'), path.join(root, 'a/out'))
    await symlink(path.join(folder, 'outside/secret'), path.join(root, 'a/file'))
    await symlink(path.join(folder, 'outside/nothing'), path.join(root, 'a/dangling'))
  })

  test.each(['a/out/secret', 'a/file', 'a/dangling', 'a/out'])('are not followed to read (%s)', async (key) => {
    const store = filesystemStore({ root })
    await expect(store.get(key)).rejects.toThrow(ObjectNotFound)
    await expect(store.getRange(key, 0, 1)).rejects.toThrow(ObjectNotFound)
    expect(await store.stat(key)).toBeUndefined()
  })

  test.each(['a/out/new', 'a/out/deep/new', 'a/file', 'a/dangling'])('are not followed to write (%s)', async (key) => {
    await expect(filesystemStore({ root }).put(key, bytes(1))).rejects.toThrow()
    expect(await readdir(path.join(folder, 'outside'))).toEqual(['secret'])
    expect(await readFile(path.join(folder, 'outside/secret'), 'utf8')).toBe('secret')
    expect(await unfinished()).toEqual([])
  })

  test('are not followed when a folder becomes one later', async () => {
    const store = filesystemStore({ root })
    await store.put('b/one', bytes(1))
    await rm(path.join(root, 'b'), { recursive: true })
    await symlink(path.join(folder, 'outside'), path.join(root, 'b'))
    await expect(store.put('b/two', bytes(1))).rejects.toThrow(/link/)
    expect(await readdir(path.join(folder, 'outside'))).toEqual(['secret'])
  })

  test('are not followed to remove or to list', async () => {
    const store = filesystemStore({ root })
    await store.remove('a/out/secret')
    await store.remove('a/file')
    await access(path.join(folder, 'outside/secret'))
    for (const prefix of ['', 'a/', 'a/out/', 'a/out/s', 'a/f']) for await (const found of store.list(prefix)) expect.unreachable(found.key)
  })

  test('the root itself may be reached through one', async () => {
    await symlink(root, path.join(folder, 'mount'))
    const store = filesystemStore({ root: path.join(folder, 'mount') })
    await store.put('c/x', bytes(3))
    expect((await buffer(await store.get('c/x'))).length).toBe(3)
  })
})

describe('a full disk', () => {
  test.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('%s is ObjectStoreFull, and nothing stays', async (code) => {
    const store = filesystemStore({ root })
    await fails('writev', code)
    await expect(store.put('a/x', bytes(10_000_000))).rejects.toThrow(ObjectStoreFull)
    expect(await unfinished()).toEqual([])
    expect(await store.stat('a/x')).toBeUndefined()
  })

  test('that says so only at the sync is ObjectStoreFull too', async () => {
    const store = filesystemStore({ root })
    await fails('datasync', 'ENOSPC')
    await expect(store.put('a/x', bytes(10))).rejects.toThrow(ObjectStoreFull)
    expect(await unfinished()).toEqual([])
  })

  const mountable = process.getuid?.() === 0 && canMount()
  test.skipIf(!mountable)('a real one: refuses what does not fit, and takes the next that does', async () => {
    const disk = path.join(folder, 'small')
    await mkdir(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    try {
      const store = filesystemStore({ root: disk, reserve: 0 })
      await store.put('a/fits', bytes(600_000))
      await expect(store.put('a/not', bytes(2_000_000))).rejects.toThrow(ObjectStoreFull)
      expect(await store.stat('a/not')).toBeUndefined()
      expect(await readdir(path.join(disk, '.incoming'))).toEqual([])
      await store.put('a/small', bytes(100_000))
      expect((await buffer(await store.get('a/fits'))).length).toBe(600_000)
    } finally {
      execFileSync('umount', [disk])
    }
  })

  test('leaves the reserve to others', async () => {
    await expect(filesystemStore({ root, reserve: Number.MAX_SAFE_INTEGER }).put('a/x', bytes(1))).rejects.toThrow(ObjectStoreFull)
    expect(await unfinished()).toEqual([])
  })
})

describe('a failing disk', () => {
  test.each(['writev', 'datasync', 'sync'] as const)('EIO at %s is ObjectStoreUnavailable, and nothing stays', async (method) => {
    const store = filesystemStore({ root })
    await store.put('a/first', bytes(1))
    await fails(method, 'EIO')
    await expect(store.put('a/x', bytes(100))).rejects.toThrow(ObjectStoreUnavailable)
    expect(await unfinished()).toEqual([])
    expect(await store.stat('a/x')).toBeUndefined()
  })

  test('EIO while reading fails the stream with ObjectStoreUnavailable', async () => {
    const store = filesystemStore({ root })
    await store.put('a/x', bytes(100))
    await fails('read', 'EIO')
    await expect(store.get('a/x').then(buffer)).rejects.toThrow(ObjectStoreUnavailable)
  })

  test('a write that the disk takes only in part goes on with the rest', async () => {
    const handle = await open(folder, 'r')
    const prototype = Object.getPrototypeOf(handle) as { writev: FileHandle['writev'] }
    await handle.close()
    const whole = prototype.writev
    vi.spyOn(prototype, 'writev').mockImplementation(function (this: FileHandle, chunks) {
      return whole.call(this, [Buffer.from(chunks[0]!.buffer, chunks[0]!.byteOffset, 3)]) as ReturnType<typeof whole>
    })
    const store = filesystemStore({ root })
    const content = Buffer.from(Array.from({ length: 1_000 }, (_, n) => n % 251))
    await store.put(
      'a/x',
      (async function* () {
        yield content.subarray(0, 400)
        yield content.subarray(400)
      })(),
    )
    expect(Buffer.compare(await buffer(await store.get('a/x')), content)).toBe(0)
  })

  test('an object that became shorter fails, and is never handed out as whole', async () => {
    const store = filesystemStore({ root })
    await store.put('a/x', bytes(2_000_000))
    const stream = await store.get('a/x')
    await writeFile(path.join(root, 'a/x'), Buffer.alloc(1_000_000))
    await expect(buffer(stream)).rejects.toThrow(ObjectStoreUnavailable)
  })
})

describe('check', () => {
  test('says in one sentence which folder cannot be used and why', async () => {
    await writeFile(root, 'a file')
    await expect(filesystemStore({ root }).check()).rejects.toThrow(`The object folder ${root} cannot be used: `)
    await expect(filesystemStore({ root: path.join(root, 'below') }).check()).rejects.toThrow(ObjectStoreUnavailable)
  })

  test('says that the disk is full', async () => {
    await expect(filesystemStore({ root, reserve: Number.MAX_SAFE_INTEGER }).check()).rejects.toThrow(/its disk is full/)
  })

  test('removes what a killed process left an hour ago, and nothing younger', async () => {
    const store = filesystemStore({ root })
    await store.check()
    await writeFile(path.join(root, '.incoming/old'), 'x')
    await writeFile(path.join(root, '.incoming/young'), 'x')
    const twoHoursAgo = new Date(Date.now() - 7_200_000)
    await utimes(path.join(root, '.incoming/old'), twoHoursAgo, twoHoursAgo)
    await store.check()
    expect(await unfinished()).toEqual(['young'])
  })
})

test('after kill -9 in the middle of many writes, what was acknowledged is whole and every other key is whole or absent', async () => {
  const script = `
    import { filesystemStore } from ${JSON.stringify(path.resolve('storage/objects/filesystem.ts'))}
    const store = filesystemStore({ root: ${JSON.stringify(root)} })
    async function* body(n) { for (let i = 0; i < 20; i++) yield Buffer.alloc(20_000, n) }
    let next = 0
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (;;) { const n = next++; await store.put('k/' + n, body(n % 256)); process.stdout.write(n + '\\n') }
    }))`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of child.stdout) {
    said += chunk
    if (said.split('\n').length > 60) child.kill('SIGKILL')
  }
  const acknowledged = said.split('\n').slice(0, -1)
  const store = filesystemStore({ root })
  const keys = new Set<string>()
  for await (const { key, size } of store.list('k/')) {
    keys.add(key)
    expect(size).toBe(400_000)
    const content = await buffer(await store.get(key))
    expect(content.equals(Buffer.alloc(400_000, Number(key.slice(2)) % 256))).toBe(true)
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(60)
  for (const n of acknowledged) expect(keys).toContain(`k/${n}`)
})

test('no descriptor stays open, whatever happens', async () => {
  const store = filesystemStore({ root })
  const count = async () => (await readdir('/proc/self/fd')).length
  await store.put('a/x', bytes(3_000_000))
  const before = await count()
  for (let turn = 0; turn < 20; turn++) {
    await store.get('a/x').then(async (stream) => {
      for await (const _ of stream) break
    })
    await store.getRange('a/x', 2_999_999, 9).catch(() => undefined)
    await store.get('a').catch(() => undefined)
    await store.get('a/none').catch(() => undefined)
    await store.put('a/x', bytes(10)).catch(() => undefined)
  }
  expect(await count()).toBeLessThanOrEqual(before + 1)
})

function canMount(): boolean {
  const place = mkdtempSync(path.join(tmpdir(), 'mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', place], { stdio: 'ignore' })
    execFileSync('umount', [place], { stdio: 'ignore' })
    return true
  } catch {
    return false
  } finally {
    rmdirSync(place)
  }
}
