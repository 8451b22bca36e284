/**
 * The object store: what the archive asks of a place for bytes. Two stores implement it, `filesystem.ts` and `minio.ts` (any S3);
 * one contract test runs over both.
 *
 * Keys are fresh for every object and never reused, so nothing that was acknowledged is ever overwritten.
 */
import type { Readable } from 'node:stream'

export interface StoredObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly modified: Date
}

export interface ObjectStore {
  /**
   * Writes a stream of unknown length under a fresh key and returns when the bytes are durable. When the source fails, the signal aborts or the
   * store fails, nothing stays under the key and the promise rejects with that reason (the store's own as ObjectStoreFull or ObjectStoreUnavailable).
   * Reads no faster than it writes and holds at most one part (8 MiB).
   */
  put(key: string, bytes: AsyncIterable<Uint8Array>, options?: { signal?: AbortSignal }): Promise<{ size: number }>
  /** The whole object. Rejects with ObjectNotFound before the first byte when there is none. */
  get(key: string): Promise<Readable>
  /** `length` bytes from `offset`; the stream fails if the object ends before. */
  getRange(key: string, offset: number, length: number): Promise<Readable>
  stat(key: string): Promise<StoredObject | undefined>
  /** Removing what is not there is not an error. */
  remove(key: string): Promise<void>
  /** Objects whose key begins with the prefix, in no promised order. */
  list(prefix: string): AsyncIterable<StoredObject>
  /** Proves that the store can be reached, written and read; rejects with one clear sentence. */
  check(): Promise<void>
  close(): Promise<void>
}
