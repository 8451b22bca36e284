/** What the filesystem store asks of the disk, and the disk's failures in the archive's words. */
import type { Dirent } from 'node:fs'
import { type FileHandle, link, lstat, opendir, rename } from 'node:fs/promises'
import { ArchiveError, ObjectStoreFull, ObjectStoreUnavailable } from '../errors.ts'

/** Fails with EEXIST when the name is taken. Disks without hard links (some network shares) get a look and a rename instead. */
export async function nameOnce(unfinished: string, final: string): Promise<void> {
  try {
    await link(unfinished, final)
  } catch (error) {
    if (!linkless.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    const taken = await lstat(final).catch(() => undefined)
    if (taken !== undefined) throw Object.assign(new Error(`${final} exists`), { code: 'EEXIST' })
    await rename(unfinished, final)
  }
}

/** All chunks, also when the system takes fewer bytes than it was given. */
export async function writeWhole(file: FileHandle, chunks: readonly Uint8Array[], expected: number): Promise<void> {
  const { bytesWritten } = await file.writev(chunks)
  if (bytesWritten === expected) return
  const rest = Buffer.concat(chunks).subarray(bytesWritten)
  for (let written = 0; written < rest.length; ) {
    const step = await file.write(rest, written)
    if (step.bytesWritten === 0) throw new ObjectStoreUnavailable('The disk took no bytes')
    written += step.bytesWritten
  }
}

export async function* entriesOf(folder: string): AsyncGenerator<Dirent, void, undefined> {
  try {
    yield* await opendir(folder)
  } catch (error) {
    if (!isAbsence(error)) throw asArchiveError(`Folder ${folder} could not be listed`, error)
  }
}

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const linkless = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])
const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

export function isAbsence(error: unknown): boolean {
  return absent.has((error as NodeJS.ErrnoException).code ?? '')
}

export async function during<T>(attempt: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asArchiveError(attempt, error)
  }
}

export function asArchiveError(attempt: string, cause: unknown): ArchiveError {
  if (cause instanceof ArchiveError) return cause
  if (full.has((cause as NodeJS.ErrnoException).code ?? '')) return new ObjectStoreFull(`${attempt}: the disk is full`, { cause })
  return new ObjectStoreUnavailable(`${attempt}: ${reasonOf(cause)}`, { cause })
}

export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
