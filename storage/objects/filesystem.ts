/**
 * The object store on a local disk. An object is a file whose path is its key.
 *
 * Durable means: the bytes are synced under a temporary name, linked to their key (which fails if the key is taken), and the folder is synced;
 * many writers of one dated folder share that last sync. After a crash a key either names the whole object or nothing. Links are never followed:
 * every folder on the way to an object must be a real one below the root.
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, realpath, statfs, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { ArchiveError, ObjectNotFound, ObjectStoreFull, ObjectStoreUnavailable } from '../errors.ts'
import { abortable } from './abortable.ts'
import { asArchiveError, during, entriesOf, isAbsence, nameOnce, reasonOf, writeWhole } from './disk.ts'
import { FileStream } from './file-stream.ts'
import { checkKey, checkPrefix } from './key.ts'
import type { ObjectStore, StoredObject } from './objects.ts'
import { SharedSync } from './shared-sync.ts'

export interface FilesystemOptions {
  /** The folder of the objects; made when it is missing. */
  readonly root: string
  /** Bytes of the disk that objects never take, so that a database on the same disk can still write. 256 MiB. */
  readonly reserve?: number
}

/** Where unfinished objects stand: a name that no key can have. */
const incoming = '.incoming'
/** Unfinished objects that nobody has written to for so long belong to a process that is gone. */
const abandonedAfter = 3_600_000
/** Chunks are gathered to this many bytes before they are written. */
const writeSize = 512 * 1024
/** Chunks in one write; the system takes 1,024. */
const writeChunks = 512
/** Folders remembered as durable. */
const knownFolders = 10_000
/** How long a look at the free space holds. */
const roomHolds = 1_000
/** … and one at a folder, that it is reached through no link: the instances of an hour lie in one. */
const folderHolds = 1_000

export function filesystemStore(options: FilesystemOptions): ObjectStore {
  return new FilesystemStore(path.resolve(options.root), options.reserve ?? 256 * 1024 * 1024)
}

class FilesystemStore implements ObjectStore {
  readonly #root: string
  readonly #reserve: number
  readonly #syncs = new SharedSync()
  /** Folders whose names are known to be durable. */
  readonly #folders = new Set<string>()
  #rootIsReal: Promise<string> | undefined
  #roomSeen = 0
  readonly #seenReal = new SeenLately(folderHolds)

  constructor(root: string, reserve: number) {
    this.#root = root
    this.#reserve = reserve
  }

  async put(key: string, bytes: AsyncIterable<Uint8Array>, options?: { signal?: AbortSignal }): Promise<{ size: number }> {
    checkKey(key)
    options?.signal?.throwIfAborted()
    const attempt = `Object ${key} could not be stored`
    const root = await this.#realRoot(attempt)
    const unfinished = path.join(root, incoming, randomUUID())
    const file = await during(attempt, async () => {
      await this.#makeFolder(root, [incoming])
      return open(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
    })
    try {
      let size: number
      try {
        size = await this.#write(file, bytes, options?.signal, attempt)
        await during(attempt, () => file.datasync())
      } finally {
        await file.close()
      }
      options?.signal?.throwIfAborted()
      await this.#name(root, key, unfinished, attempt)
      return { size }
    } finally {
      await unlink(unfinished).catch(() => undefined)
    }
  }

  /** Writes what comes, no faster than the disk takes it. Failures of the source pass through as they are. */
  async #write(file: FileHandle, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined, attempt: string): Promise<number> {
    let size = 0
    let gathered: Uint8Array[] = []
    let gatheredSize = 0
    const write = async () => {
      const chunks = gathered
      const expected = gatheredSize
      gathered = []
      gatheredSize = 0
      await during(attempt, async () => {
        await this.#needRoom(attempt)
        await writeWhole(file, chunks, expected)
      })
      size += expected
    }
    for await (const chunk of abortable(bytes, signal)) {
      if (chunk.byteLength === 0) continue
      gathered.push(chunk)
      gatheredSize += chunk.byteLength
      if (gatheredSize >= writeSize || gathered.length === writeChunks) await write()
    }
    if (gathered.length > 0) await write()
    return size
  }

  /** Gives the finished file its key, for good. */
  async #name(root: string, key: string, unfinished: string, attempt: string): Promise<void> {
    const final = path.join(root, key)
    const folder = path.dirname(final)
    const segments = key.split('/').slice(0, -1)
    await during(attempt, async () => {
      await this.#makeFolder(root, segments)
      await nameOnce(unfinished, final).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') throw new ArchiveError(`${attempt}: the key is taken`, { cause: error })
        if (error.code !== 'ENOENT') throw error
        this.#folders.clear() // somebody removed an empty folder: make it again
        await this.#makeFolder(root, segments)
        await nameOnce(unfinished, final)
      })
      try {
        await this.#syncs.of(folder)
      } catch (error) {
        await unlink(final).catch(() => undefined)
        throw error
      }
    })
  }

  async get(key: string): Promise<Readable> {
    const file = await this.#open(key)
    return new FileStream(file, key, 0, await this.#sizeOf(file, key))
  }

  async getRange(key: string, offset: number, length: number): Promise<Readable> {
    const file = await this.#open(key)
    const size = await this.#sizeOf(file, key)
    if (offset < 0 || length < 0 || offset + length > size) {
      await file.close()
      throw new ObjectStoreUnavailable(`Object ${key} has ${size} bytes, but ${length} were asked for from byte ${offset}`)
    }
    return new FileStream(file, key, offset, length)
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    checkKey(key)
    const attempt = `Object ${key} could not be looked up`
    const root = await this.#realRoot(attempt)
    return during(attempt, async () => {
      try {
        const place = path.join(root, key)
        const found = await lstat(place)
        if (!found.isFile() || (await realpath(place)) !== place) return undefined
        return { key, size: found.size, modified: found.mtime }
      } catch (error) {
        if (isAbsence(error)) return undefined
        throw error
      }
    })
  }

  async remove(key: string): Promise<void> {
    if ((await this.stat(key)) === undefined) return
    const attempt = `Object ${key} could not be removed`
    const root = await this.#realRoot(attempt)
    await during(attempt, () =>
      unlink(path.join(root, key)).catch((error) => {
        if (!isAbsence(error)) throw error
      }),
    )
  }

  async *list(prefix: string): AsyncGenerator<StoredObject, void, undefined> {
    checkPrefix(prefix)
    const root = await this.#realRoot('Objects could not be listed')
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    if (folder !== '' && (await realpath(path.join(root, folder)).catch(() => undefined)) !== path.join(root, folder.slice(0, -1))) return
    yield* this.#walk(root, folder, prefix)
  }

  async *#walk(root: string, folder: string, prefix: string): AsyncGenerator<StoredObject, void, undefined> {
    for await (const entry of entriesOf(path.join(root, folder))) {
      const key = `${folder}${entry.name}`
      if (entry.name.startsWith('.')) continue
      if (entry.isDirectory() && (key.startsWith(prefix) || prefix.startsWith(`${key}/`))) yield* this.#walk(root, `${key}/`, prefix)
      if (!entry.isFile() || !key.startsWith(prefix)) continue
      const found = await lstat(path.join(root, key)).catch(() => undefined)
      if (found?.isFile()) yield { key, size: found.size, modified: found.mtime }
    }
  }

  async check(): Promise<void> {
    const attempt = `The object folder ${this.#root} cannot be used`
    try {
      const key = `check/${randomUUID()}`
      await this.put(key, probe())
      try {
        for await (const _ of await this.get(key));
      } finally {
        await this.remove(key)
      }
      await this.#clearAbandoned()
    } catch (cause) {
      if (cause instanceof ObjectStoreFull) throw new ObjectStoreFull(`${attempt}: its disk is full`, { cause })
      throw new ObjectStoreUnavailable(`${attempt}: ${reasonOf(cause)}`, { cause })
    }
  }

  async close(): Promise<void> {}

  /** Removes what a killed process left unfinished. */
  async #clearAbandoned(): Promise<void> {
    const folder = path.join(await this.#realRoot('Unfinished objects could not be removed'), incoming)
    for await (const entry of entriesOf(folder)) {
      const place = path.join(folder, entry.name)
      const found = await lstat(place).catch(() => undefined)
      if (found !== undefined && Date.now() - found.mtimeMs > abandonedAfter) await unlink(place).catch(() => undefined)
    }
  }

  async #open(key: string): Promise<FileHandle> {
    checkKey(key)
    const attempt = `Object ${key} could not be opened`
    const place = path.join(await this.#realRoot(attempt), key)
    try {
      await this.#refuseLinks(path.dirname(place), key)
      return await open(place, constants.O_RDONLY | constants.O_NOFOLLOW)
    } catch (error) {
      if (error instanceof ArchiveError) throw error
      if (isAbsence(error)) throw new ObjectNotFound(`No object ${key}`, { cause: error })
      throw asArchiveError(attempt, error)
    }
  }

  async #refuseLinks(folder: string, key: string): Promise<void> {
    if (this.#seenReal.has(folder)) return
    if ((await realpath(folder)) !== folder) throw new ObjectNotFound(`No object ${key}: a link stands in its way`)
    this.#seenReal.add(folder)
  }

  /** Closes the file when it turns out to be no object. */
  async #sizeOf(file: FileHandle, key: string): Promise<number> {
    try {
      const found = await file.stat()
      if (!found.isFile()) throw new ObjectNotFound(`No object ${key}`)
      return found.size
    } catch (error) {
      await file.close()
      throw asArchiveError(`Object ${key} could not be opened`, error)
    }
  }

  async #realRoot(attempt: string): Promise<string> {
    this.#rootIsReal ??= mkdir(this.#root, { recursive: true, mode: 0o700 }).then(() => realpath(this.#root))
    try {
      return await this.#rootIsReal
    } catch (error) {
      this.#rootIsReal = undefined
      throw asArchiveError(attempt, error)
    }
  }

  /** Makes a folder below the root and its name durable, one level at a time, refusing links. */
  async #makeFolder(root: string, segments: readonly string[]): Promise<void> {
    const whole = path.join(root, ...segments)
    if (!this.#folders.has(whole)) {
      for (let depth = 1; depth <= segments.length; depth++) {
        const folder = path.join(root, ...segments.slice(0, depth))
        if (this.#folders.has(folder)) continue
        await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error
        })
        if (!(await lstat(folder)).isDirectory()) throw new ObjectStoreUnavailable(`${folder} is not a folder`)
        await this.#syncs.of(path.dirname(folder))
        if (this.#folders.size > knownFolders) this.#folders.clear()
        this.#folders.add(folder)
      }
    } else if (!this.#seenReal.has(whole)) {
      if ((await realpath(whole).catch(() => whole)) !== whole) throw new ObjectStoreUnavailable(`${whole} is reached through a link`)
      this.#seenReal.add(whole)
    }
  }

  async #needRoom(attempt: string): Promise<void> {
    const now = Date.now()
    if (this.#reserve === 0 || now - this.#roomSeen < roomHolds) return
    const { bavail, bsize } = await statfs(this.#root)
    if (bavail * bsize < this.#reserve) throw new ObjectStoreFull(`${attempt}: less than ${this.#reserve} bytes are free on its disk`)
    this.#roomSeen = now
  }
}

async function* probe(): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from('check')
}

/** What was seen to be so a moment ago. */
class SeenLately {
  readonly #at = new Map<string, number>()
  readonly #holds: number
  constructor(holds: number) {
    this.#holds = holds
  }

  has(place: string): boolean {
    const at = this.#at.get(place)
    return at !== undefined && Date.now() - at < this.#holds
  }

  add(place: string): void {
    if (this.#at.size > 100) this.#at.clear()
    this.#at.set(place, Date.now())
  }
}
