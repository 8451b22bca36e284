/**
 * The object store on any S3 server (MinIO, Ceph, a cloud), through the `minio` client.
 *
 * The client's `putObject` never gets a stream: of more than one part it can store a corrupt object and report success (it resumes left-over
 * uploads of the same key with wrong part numbers), and a source that fails leaves it waiting for ever. So one part (8 MiB) is collected here; what
 * ends within it goes as one request, the rest as a multipart upload that is completed whole or aborted.
 */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { ArchiveError, ObjectNotFound, ObjectStoreUnavailable } from '../errors.ts'
import { abortable } from './abortable.ts'
import { exactly } from './exact-stream.ts'
import { checkKey, checkPrefix } from './key.ts'
import type { ObjectStore, StoredObject } from './objects.ts'
import { PartBuffer } from './part-buffer.ts'
import { asArchiveError, attempting, type Connection, codeOf, connect, type S3Options } from './s3-connection.ts'
import { S3Upload } from './s3-upload.ts'

/** An upload that was begun so long ago is nobody's any more. */
const abandonedAfter = 24 * 3_600_000
const lifecycleRule = 'abort-incomplete-uploads'

export function s3Store(options: S3Options): ObjectStore {
  return new S3Store(options)
}

class S3Store implements ObjectStore {
  readonly #options: S3Options
  readonly #connection: Connection

  constructor(options: S3Options) {
    this.#options = options
    this.#connection = connect(options)
  }

  get #client() {
    return this.#connection.client
  }

  get #bucket() {
    return this.#options.bucket
  }

  async put(key: string, bytes: AsyncIterable<Uint8Array>, options?: { signal?: AbortSignal }): Promise<{ size: number }> {
    checkKey(key)
    const what = `Object ${key} could not be stored`
    const upload = new S3Upload(this.#connection, this.#bucket, key, what)
    try {
      const part = new PartBuffer()
      for await (const chunk of abortable(bytes, options?.signal)) {
        for (let start = 0; start < chunk.byteLength; ) {
          if (part.full) await upload.add(part)
          start += part.take(chunk, start)
        }
      }
      options?.signal?.throwIfAborted()
      return { size: await upload.finish(part) }
    } catch (error) {
      await upload.undo()
      throw error
    }
  }

  async get(key: string): Promise<Readable> {
    checkKey(key)
    const what = `Object ${key}`
    const body = await attempting(`${what} could not be opened`, () => this.#client.getObject(this.#bucket, key))
    return exactly(body, lengthOf(body), what)
  }

  async getRange(key: string, offset: number, length: number): Promise<Readable> {
    checkKey(key)
    const what = `Object ${key} from byte ${offset}`
    if (length <= 0 || offset < 0) return this.#emptyRange(key, offset, length)
    const body = await attempting(`${what} could not be opened`, () => this.#client.getPartialObject(this.#bucket, key, offset, length))
    return exactly(body, length, what)
  }

  /** HTTP has no empty range; the object must exist all the same. */
  async #emptyRange(key: string, offset: number, length: number): Promise<Readable> {
    const found = await this.stat(key)
    if (found === undefined) throw new ObjectNotFound(`No object ${key}`)
    if (length < 0 || offset < 0 || offset > found.size) {
      throw new ObjectStoreUnavailable(`Object ${key} has ${found.size} bytes, but ${length} were asked for from byte ${offset}`)
    }
    return Readable.from([])
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    checkKey(key)
    try {
      const found = await attempting(`Object ${key} could not be looked up`, () => this.#client.statObject(this.#bucket, key))
      return { key, size: found.size, modified: found.lastModified }
    } catch (error) {
      if (error instanceof ObjectNotFound) return undefined
      throw error
    }
  }

  async remove(key: string): Promise<void> {
    checkKey(key)
    try {
      await attempting(`Object ${key} could not be removed`, () => this.#client.removeObject(this.#bucket, key))
    } catch (error) {
      if (!(error instanceof ObjectNotFound)) throw error
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject, void, undefined> {
    checkPrefix(prefix)
    try {
      for await (const item of this.#client.listObjectsV2(this.#bucket, prefix, true)) {
        if (item.name !== undefined) yield { key: item.name, size: item.size, modified: item.lastModified }
      }
    } catch (error) {
      throw asArchiveError('Objects could not be listed', error)
    }
  }

  async check(): Promise<void> {
    const { endpoint, region } = this.#options
    const what = `Bucket ${this.#bucket} at ${endpoint} cannot be used`
    try {
      const exists = await attempting(what, () => this.#client.bucketExists(this.#bucket))
      if (!exists) await attempting(what, () => this.#client.makeBucket(this.#bucket, region))
      const key = `check/${randomUUID()}`
      const bytes = Buffer.from('check')
      await this.put(key, oneChunk(bytes))
      try {
        for await (const _ of await this.get(key));
      } finally {
        await this.remove(key)
      }
    } catch (error) {
      throw asArchiveError(what, error instanceof ArchiveError && error.cause !== undefined ? error.cause : error)
    }
    await this.#abortAbandoned()
  }

  async close(): Promise<void> {
    this.#connection.close()
  }

  /**
   * Uploads of processes that are gone: aborted here at every start, and by the server itself where it knows the lifecycle rule (MinIO does not,
   * it has a clock of its own). A bucket's existing rules are never replaced. Failing to tidy up is no reason not to start.
   */
  async #abortAbandoned(): Promise<void> {
    try {
      for await (const { key, uploadId, initiated } of incompleteUploads(this.#connection, this.#bucket)) {
        if (Date.now() - initiated.getTime() > abandonedAfter) await this.#client.abortMultipartUpload(this.#bucket, key, uploadId)
      }
    } catch {}
    try {
      await this.#client.getBucketLifecycle(this.#bucket)
    } catch (error) {
      if (codeOf(error) !== 'NoSuchLifecycleConfiguration') return
      const rule = { ID: lifecycleRule, Status: 'Enabled', Prefix: '', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }
      await this.#client.setBucketLifecycle(this.#bucket, { Rule: [rule] }).catch(() => undefined)
    }
  }
}

async function* incompleteUploads({ client }: Connection, bucket: string) {
  for (let keyMarker = '', idMarker = ''; ; ) {
    const page = await client.listIncompleteUploadsQuery(bucket, '', keyMarker, idMarker, '')
    yield* page.uploads
    if (!page.isTruncated) return
    keyMarker = page.nextKeyMarker
    idMarker = page.nextUploadIdMarker
  }
}

function lengthOf(body: Readable): number {
  const headers = (body as { headers?: Record<string, string | undefined> }).headers
  return Number(headers?.['content-length'] ?? Number.NaN)
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
