/** One object on its way to an S3 server: a single request, or a multipart upload as soon as it needs a second part. */
import { ArchiveError, ObjectNotFound, ObjectStoreFull, ObjectStoreUnavailable } from '../errors.ts'
import { type PartBuffer, partSize } from './part-buffer.ts'
import { attempting, type Connection, codeOf } from './s3-connection.ts'

/** S3 takes 10,000 parts: objects up to 80 GB. */
const maximumParts = 10_000

export class S3Upload {
  readonly #connection: Connection
  readonly #bucket: string
  readonly #key: string
  readonly #what: string
  readonly #parts: { part: number; etag: string }[] = []
  #uploadId: string | undefined
  #size = 0
  /** Something of ours may stand under the key. */
  #mayStand = false

  constructor(connection: Connection, bucket: string, key: string, what: string) {
    this.#connection = connection
    this.#bucket = bucket
    this.#key = key
    this.#what = what
  }

  get #client() {
    return this.#connection.client
  }

  /** Sends one part and empties it. */
  async add(part: PartBuffer): Promise<void> {
    this.#uploadId ??= await this.#begin()
    const partNumber = this.#parts.length + 1
    if (partNumber > maximumParts) throw new ObjectStoreFull(`${this.#what}: it is longer than ${maximumParts * partSize} bytes`)
    const payload = part.content()
    const where = { bucketName: this.#bucket, objectName: this.#key, uploadID: this.#uploadId, partNumber, headers: {} }
    const { etag } = await attempting(this.#what, () => this.#client.uploadPart(where, payload))
    this.#parts.push({ part: partNumber, etag })
    this.#size += payload.length
    part.clear()
  }

  /** Sends the rest and makes the object stand under its key; answers its size. */
  async finish(rest: PartBuffer): Promise<number> {
    if (this.#uploadId === undefined) {
      await this.#putWhole(rest.content())
      return rest.used
    }
    if (rest.used > 0) await this.add(rest)
    this.#mayStand = true
    await this.#complete(this.#uploadId)
    return this.#size
  }

  /** Best effort: what cannot be undone now is found by the server's lifecycle rule or the archive's sweeper. */
  async undo(): Promise<void> {
    if (this.#uploadId !== undefined) {
      await this.#client.abortMultipartUpload(this.#bucket, this.#key, this.#uploadId).catch(() => undefined)
    }
    if (this.#mayStand) await this.#client.removeObject(this.#bucket, this.#key).catch(() => undefined)
  }

  async #begin(): Promise<string> {
    if ((await this.#storedSize()) !== undefined) throw this.#taken()
    return attempting(this.#what, () => this.#client.initiateNewMultipartUpload(this.#bucket, this.#key, {}))
  }

  async #putWhole(content: Buffer): Promise<void> {
    this.#mayStand = true
    const headers = { 'If-None-Match': '*', 'Content-Type': 'application/octet-stream' }
    try {
      await attempting(this.#what, async (retried) => {
        try {
          await this.#client.putObject(this.#bucket, this.#key, content, content.length, headers)
        } catch (error) {
          if (codeOf(error) !== 'PreconditionFailed' || !retried || (await this.#storedSize()) !== content.length) throw error
        }
      })
    } catch (error) {
      if (codeOf(error) !== 'PreconditionFailed') throw error
      this.#mayStand = false
      throw this.#taken(error)
    }
  }

  /** The answer of a completed upload may get lost: then the upload is unknown and the object stands. */
  async #complete(uploadId: string): Promise<void> {
    await attempting(this.#what, async (retried) => {
      try {
        await this.#client.completeMultipartUpload(this.#bucket, this.#key, uploadId, this.#parts)
      } catch (error) {
        if (!retried || codeOf(error) !== 'NoSuchUpload') throw error
      }
    })
    this.#uploadId = undefined
    const stored = await this.#storedSize()
    if (stored !== this.#size)
      throw new ObjectStoreUnavailable(`${this.#what}: ${this.#size} bytes were sent, ${stored ?? 'none'} are there`)
  }

  async #storedSize(): Promise<number | undefined> {
    try {
      return (await attempting(this.#what, () => this.#client.statObject(this.#bucket, this.#key))).size
    } catch (error) {
      if (error instanceof ObjectNotFound) return undefined
      throw error
    }
  }

  #taken(cause?: unknown): ArchiveError {
    return new ArchiveError(`${this.#what}: the key is taken`, { cause })
  }
}
