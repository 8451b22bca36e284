/** An object store that fails, is slow or full: 0xA700 and 503 with Retry-After, nothing left behind, and all is well again when it is. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ObjectStoreFull, ObjectStoreUnavailable } from '../../archive/errors.ts'
import { filesystemStore } from '../../storage/objects/filesystem.ts'
import type { ObjectStore } from '../../storage/objects/objects.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'
import { type Census, census, examine, nothingWrong, unfinished } from './census.ts'
import { associate, type Doors, missing, newInstance, newStudy, pause, storeByDIMSE, storeBySTOW } from './senders.ts'

const run = promisify(execFile)
const failing = { retryAfter: '30', stored: [], status: 503 }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-store-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const doorsOf = (program: TestProgram): Doors => ({
  ...program,
  authorization: program.basic('east-technologist'),
})

describe('a store that', () => {
  type Trouble = (key: string, bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>
  let trouble: Trouble | undefined
  let unreadable = false
  let breaksOff = false
  const noAnswer = () => Promise.reject(new ObjectStoreUnavailable('The store does not answer'))
  let program: TestProgram
  let doors: Doors
  let root: string
  let before: Census

  const breaking = (bytes: Readable): Readable => {
    if (!breaksOff) return bytes
    const half = async function* () {
      for await (const chunk of bytes) {
        yield chunk.subarray(0, 1_000)
        throw new ObjectStoreUnavailable('The connection was lost')
      }
    }
    return Readable.from(half(), { objectMode: false })
  }

  beforeAll(async () => {
    root = join(folder, 'troubled')
    const disk = filesystemStore({ root })
    const objects: ObjectStore = {
      put: (key, bytes, options) => disk.put(key, trouble === undefined ? bytes : trouble(key, bytes), options),
      get: async (key) => (unreadable ? noAnswer() : breaking(await disk.get(key))),
      getRange: async (...range) => (unreadable ? noAnswer() : breaking(await disk.getRange(...range))),
      stat: (key) => disk.stat(key),
      remove: (key) => disk.remove(key),
      list: (prefix) => disk.list(prefix),
      check: () => disk.check(),
      close: () => disk.close(),
    }
    program = await startTestProgram({ objects })
    doors = doorsOf(program)
  })
  afterAll(() => program?.close())
  beforeEach(async () => {
    trouble = undefined
    before = await census(program.index.pool, program.objects)
  })

  /** Fails with `error` when so many bytes have gone in. */
  const breaksAt = (bytesTaken: number, error: Error): Trouble =>
    async function* (_, bytes) {
      let taken = 0
      for await (const chunk of bytes) {
        taken += chunk.length
        if (taken > bytesTaken) throw error
        yield chunk
      }
    }

  test.each([
    ['does not answer', 0, new ObjectStoreUnavailable('The store does not answer')],
    ['is lost in the middle of an instance', 100_000, new ObjectStoreUnavailable('The connection was lost')],
    ['is full', 0, new ObjectStoreFull('No room')],
    ['becomes full in the middle of an instance', 100_000, new ObjectStoreFull('No room')],
  ])('%s: 0xA700 and 503 with Retry-After, nothing is left behind, and the same association goes on', async (_, at, error) => {
    const study = newStudy()
    const instances = [newInstance(study, 300_000), newInstance(study, 300_000)]
    const association = await associate(doors)
    trouble = breaksAt(at, error)
    for (const instance of instances) expect(await storeByDIMSE(association, instance)).toBe(0xa700)
    expect(await storeBySTOW(doors, instances)).toMatchObject({ ...failing, failureReasons: [0xa700, 0xa700] })
    expect(await census(program.index.pool, program.objects)).toEqual(before)
    expect(await unfinished(root)).toEqual([])

    trouble = undefined
    expect(await storeByDIMSE(association, instances[0]!)).toBe(0x0000)
    await association.release()
    expect((await storeBySTOW(doors, instances)).status).toBe(200)
    expect(await missing(doors, instances)).toEqual([])
  })

  test('fails for one instance of several: those before and after it are stored, and hold', async () => {
    const study = newStudy()
    const instances = [newInstance(study), newInstance(study), newInstance(study)]
    let put = 0
    trouble = (key, bytes) => (++put === 2 ? breaksAt(0, new ObjectStoreFull('No room'))(key, bytes) : bytes)
    const answer = await storeBySTOW(doors, instances)
    trouble = undefined
    expect(answer).toMatchObject({
      status: 202,
      failureReasons: [0xa700],
      stored: [instances[0]!.SOPInstanceUID, instances[2]!.SOPInstanceUID],
    })
    expect(await missing(doors, [instances[0]!, instances[2]!])).toEqual([])
    expect(await missing(doors, [instances[1]!])).toHaveLength(1)
  })

  test('is slow is waited for', async () => {
    const study = newStudy()
    const [one, other] = [newInstance(study, 300_000), newInstance(study, 300_000)]
    trouble = async function* (_, bytes) {
      for await (const chunk of bytes) {
        await pause(50)
        yield chunk
      }
    }
    const association = await associate(doors)
    expect(await Promise.all([storeByDIMSE(association, one), storeBySTOW(doors, [other])])).toMatchObject([0x0000, { status: 200 }])
    await association.release()
    trouble = undefined
    expect(await missing(doors, [one, other])).toEqual([])
  })

  test('cannot be read: 503 with Retry-After; what is stored stays stored', async () => {
    const instance = newInstance(newStudy())
    expect((await storeBySTOW(doors, [instance])).status).toBe(200)
    const path = `/dicomweb/studies/${instance.StudyInstanceUID}/series/${instance.SeriesInstanceUID}/instances/${instance.SOPInstanceUID}`
    const read = () => program.request('east-technologist', path, { headers: { Accept: 'application/dicom' } })
    unreadable = true
    const { status, headers } = await read()
    expect([status, headers.get('retry-after')]).toEqual([503, '30'])
    unreadable = false
    expect((await read()).status).toBe(200)
  })

  test('breaks off while it is read: the answer breaks off as well, and is never taken for whole', async () => {
    const instance = newInstance(newStudy(), 2_000_000)
    expect((await storeBySTOW(doors, [instance])).status).toBe(200)
    const path = `/dicomweb/studies/${instance.StudyInstanceUID}/series/${instance.SeriesInstanceUID}/instances/${instance.SOPInstanceUID}`
    breaksOff = true
    try {
      for (const Accept of ['application/dicom', 'multipart/related; type="application/dicom"']) {
        const response = await program.request('east-technologist', path, { headers: { Accept } })
        await expect(response.arrayBuffer(), Accept).rejects.toThrow()
      }
    } finally {
      breaksOff = false
    }
    expect(await missing(doors, [instance])).toEqual([])
  })

  test('has troubled all these: rows and objects agree', async () => {
    expect(await examine(program.index.pool, program.objects)).toEqual(nothingWrong)
  })
})

/** A disk of 4 MB, where this user may make one. */
const smallDisk = await (async () => {
  const place = await mkdtemp(join(tmpdir(), 'archive-disk-'))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', place])
    return { place, reason: '' }
  } catch (error) {
    await rm(place, { recursive: true, force: true })
    return { place: undefined, reason: String((error as { stderr?: string }).stderr || (error as Error).message).trim() }
  }
})()

describe.skipIf(smallDisk.place === undefined)(`a real disk that is full${smallDisk.reason && ` (not tried: ${smallDisk.reason})`}`, () => {
  const disk = smallDisk.place!
  afterAll(async () => {
    await run('umount', [disk])
    await rm(disk, { recursive: true, force: true })
  })

  test('takes what it has room for and says so of the rest, leaves nothing half-written, and goes on when there is room', async () => {
    const root = join(disk, 'objects')
    await mkdir(root)
    const program = await startTestProgram({ objects: filesystemStore({ root, reserve: 0 }) })
    try {
      const doors = doorsOf(program)
      const study = newStudy()
      const instances = Array.from({ length: 6 }, () => newInstance(study, 1_000_000))
      const association = await associate(doors)
      const statuses: number[] = []
      for (const instance of instances) statuses.push(await storeByDIMSE(association, instance))
      const stored = instances.filter((_, at) => statuses[at] === 0x0000)
      const refused = instances.filter((_, at) => statuses[at] === 0xa700)
      expect([stored.length, refused.length]).toEqual([4, 2])
      expect(await storeBySTOW(doors, refused)).toMatchObject({ ...failing, failureReasons: [0xa700, 0xa700] })
      expect(await unfinished(root)).toEqual([])
      expect(await missing(doors, stored)).toEqual([])
      expect(await census(program.index.pool, program.objects)).toMatchObject({ instances: 4, objects: 4 })

      await run('mount', ['-o', 'remount,size=16m', disk])
      for (const instance of refused) expect(await storeByDIMSE(association, instance)).toBe(0x0000)
      await association.release()
      expect(await missing(doors, instances)).toEqual([])
      expect(await examine(program.index.pool, program.objects)).toEqual(nothingWrong)
    } finally {
      await program.close()
    }
  })

  test('is not filled to the brim, so that a database on it can still write', async () => {
    await expect(startTestProgram({ objects: filesystemStore({ root: join(disk, 'reserved') }) })).rejects.toThrow(/its disk is full/)
  })
})
