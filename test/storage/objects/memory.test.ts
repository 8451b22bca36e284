/** A gigabyte through a store, in and out, in a process of its own: how much memory it takes beyond what it had when idle. Budget: 64 MB. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { expectS3InCI, missingS3, newBucket, type S3Server, startS3 } from '../../support/ceph.ts'

expectS3InCI()

const size = 1_000_000_000
const budget = 64_000_000
let server: S3Server | undefined
afterAll(() => server?.close())

/** Peak of the resident set above idle, in bytes, while `size` bytes go in and come out again. */
async function peak(open: string): Promise<{ put: number; get: number }> {
  const script = `
    ${open}
    import { readFileSync } from 'node:fs'
    const resident = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
    async function* body(size) {
      for (let left = size; left > 0; left -= 131072) yield Buffer.alloc(Math.min(131072, left), left % 251)
    }
    await store.check()
    await store.put('warm/up', body(30_000_000))
    for await (const _ of await store.get('warm/up'));
    const idle = resident()
    let highest = idle
    const watch = setInterval(() => { highest = Math.max(highest, resident()) }, 10)
    await store.put('k/x', body(${size}))
    const put = highest - idle
    highest = resident()
    let read = 0
    for await (const chunk of await store.get('k/x')) read += chunk.length
    const get = highest - idle
    clearInterval(watch)
    await store.remove('k/x')
    await store.close()
    if (read !== ${size}) throw new Error('read ' + read)
    console.log(JSON.stringify({ put, get }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  return JSON.parse(stdout)
}

describe('memory above idle for one gigabyte', () => {
  test('filesystem: at most 64 MB', { timeout: 120_000 }, async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'memory-'))
    try {
      const used = await peak(
        `import { filesystemStore } from ${JSON.stringify(path.resolve('storage/objects/filesystem.ts'))}
        const store = filesystemStore({ root: ${JSON.stringify(root)} })`,
      )
      expect(used.put).toBeLessThan(budget)
      expect(used.get).toBeLessThan(budget)
    } finally {
      await rm(root, { recursive: true })
    }
  })

  test.skipIf(missingS3 !== undefined)(
    missingS3 === undefined ? 'S3: at most 64 MB' : `S3 (skipped: ${missingS3})`,
    { timeout: 180_000 },
    async () => {
      server = await startS3()
      const used = await peak(
        `import { s3Store } from ${JSON.stringify(path.resolve('storage/objects/minio.ts'))}
      const store = s3Store(${JSON.stringify(newBucket(server))})`,
      )
      expect(used.put).toBeLessThan(budget)
      expect(used.get).toBeLessThan(budget)
    },
  )
})
