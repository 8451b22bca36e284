/**
 * Reads a `multipart/related` body as it arrives: RFC 2046 §5.1, PS3.18 §8.6.1. Nothing is held but the part header and, where a chunk ends in
 * what may be the beginning of a boundary, those few bytes. The chunks of a part are views of the chunks received.
 *
 * Lenient in: a preamble, white space after a boundary and parts without header are accepted. What follows the last boundary is not read.
 */
import { BadRequest, LimitExceeded, NotUnderstood } from '../../archive/errors.ts'

export interface MultipartLimits {
  /** Bytes of one part's header. */
  readonly headerBytes: number
  /** Bytes before the first boundary, which are read and dropped. */
  readonly preambleBytes: number
  readonly parts: number
  /** Bytes of one part. A longer one fails and ends the list: behind it may be no end. */
  readonly partBytes: number
}

export const defaultMultipartLimits: MultipartLimits = {
  headerBytes: 16 * 1024,
  preambleBytes: 64 * 1024,
  parts: 100_000,
  partBytes: 2 ** 36,
}

export interface Part {
  /** From 1, in the order of the body. */
  readonly number: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** To be read before the next part is asked for; what is left unread then is skipped. Throws NotUnderstood where the body breaks off. */
  readonly body: AsyncIterable<Buffer>
  /** The bytes of the part, once all of them were taken: then the next part may be asked for, whatever the reader still does with them. */
  readonly taken: Promise<number>
}

const CRLF = Buffer.from('\r\n')
const blankLine = Buffer.from('\r\n\r\n')
const longestBoundaryPadding = 256

/**
 * @throws BadRequest when no boundary is found, LimitExceeded, NotUnderstood when the body ends within a part's header,
 *   and whatever the source throws. A part whose content breaks off or is too long fails and ends the list.
 */
export async function* readMultipart(
  bytes: AsyncIterable<Uint8Array>,
  boundary: string,
  limits: MultipartLimits = defaultMultipartLimits,
): AsyncGenerator<Part> {
  const scanner = new BoundaryScanner(bytes, boundary)
  try {
    let preamble = 0
    for (let chunk = await scanner.content(); chunk !== undefined; chunk = await scanner.content()) {
      preamble += chunk.length
      if (preamble > limits.preambleBytes) throw new BadRequest(`No boundary in the first ${limits.preambleBytes} bytes of the body`)
    }
    if (scanner.brokenOff) throw new BadRequest('The body has no part: its boundary does not occur in it')
    for (let number = 1; await scanner.partFollows(); number += 1) {
      if (number > limits.parts) throw new LimitExceeded(`The body has more than ${limits.parts} parts`)
      const headers = parseHeaders(await scanner.header(limits.headerBytes))
      const content = new PartContent(scanner, number, limits.partBytes)
      yield { number, headers, body: content, taken: content.taken }
      if (!(await content.skip())) return
    }
  } finally {
    await scanner.close()
  }
}

class PartContent implements AsyncIterable<Buffer> {
  readonly #scanner: BoundaryScanner
  readonly #number: number
  #left: number
  #bytes = 0
  readonly taken: Promise<number>
  #allTaken!: (bytes: number) => void

  constructor(scanner: BoundaryScanner, number: number, limit: number) {
    this.taken = new Promise((resolve) => {
      this.#allTaken = resolve
    })
    this.#scanner = scanner
    this.#number = number
    this.#left = limit
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk
    if (this.#left < 0) throw new LimitExceeded(`Part ${this.#number} is longer than a part may be`)
    if (this.#scanner.brokenOff) throw new NotUnderstood(`The body ends within part ${this.#number}, before its closing boundary`)
  }

  /** Reads on to the boundary; false when it was not reached. */
  async skip(): Promise<boolean> {
    while ((await this.#next()) !== undefined);
    return this.#left >= 0 && !this.#scanner.brokenOff
  }

  async #next(): Promise<Buffer | undefined> {
    if (this.#left < 0) return undefined
    const chunk = await this.#scanner.content()
    if (chunk === undefined) {
      this.#allTaken(this.#bytes)
      return undefined
    }
    this.#bytes += chunk.length
    this.#left -= chunk.length
    return this.#left < 0 ? undefined : chunk
  }
}

function parseHeaders(block: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  // A line that begins with white space continues the one before (RFC 5322 §2.2.3).
  const lines = block
    .toString('latin1')
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return headers
}

/** Where the reader stands: within content, at a boundary whose line is not yet read, behind the last boundary, or at the end of the bytes. */
class BoundaryScanner {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #delimiter: Buffer
  #buffer: Buffer = CRLF // the first boundary needs no line break before it
  #state: 'content' | 'boundary' | 'ended' = 'content'
  /** The line break that ends a part's header may itself begin the boundary of an empty part. */
  #headerJustRead = false
  /** The bytes ended before the closing boundary. */
  brokenOff = false

  constructor(bytes: AsyncIterable<Uint8Array>, boundary: string) {
    this.#source = bytes[Symbol.asyncIterator]()
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  }

  /** The next bytes before the boundary; undefined when it is reached or the body breaks off. */
  async content(): Promise<Buffer | undefined> {
    while (this.#state === 'content') {
      if (this.#headerJustRead) {
        if (this.#buffer.length < this.#delimiter.length && (await this.#more())) continue
        this.#headerJustRead = false
        if (!this.#buffer.subarray(0, this.#delimiter.length).equals(this.#delimiter)) this.#buffer = this.#buffer.subarray(CRLF.length)
      }
      const found = this.#buffer.indexOf(this.#delimiter)
      if (found > 0) return this.#take(found)
      if (found === 0) {
        const line = await this.#boundaryLine()
        if (line === 'boundary') this.#state = 'boundary'
        // The boundary is only the beginning of a longer line: content after all.
        else if (line === 'content') return this.#take(this.#delimiter.length)
        continue
      }
      const kept = partialMatchAtEnd(this.#buffer, this.#delimiter)
      if (this.#buffer.length > kept) return this.#take(this.#buffer.length - kept)
      if (await this.#more()) continue
      this.#breakOff()
    }
    return undefined
  }

  /** Reads on behind a boundary: whether another part follows it. */
  async partFollows(): Promise<boolean> {
    if (this.#state !== 'boundary') return false
    this.#buffer = this.#buffer.subarray(this.#delimiter.length)
    if (this.#buffer.subarray(0, 2).toString('latin1') !== '--') return true
    this.#state = 'ended'
    return false
  }

  /** The header block of a part, from behind its boundary to the blank line. */
  async header(limit: number): Promise<Buffer> {
    let searched = 0
    for (;;) {
      const end = this.#buffer.indexOf(blankLine, searched)
      if (end > limit || (end < 0 && this.#buffer.length > limit))
        throw new LimitExceeded(`The header of a part is longer than ${limit} bytes`)
      if (end >= 0) {
        const block = this.#buffer.subarray(0, end)
        this.#buffer = this.#buffer.subarray(end + CRLF.length)
        this.#headerJustRead = true
        this.#state = 'content'
        return block
      }
      searched = Math.max(0, this.#buffer.length - blankLine.length + 1)
      if (await this.#more()) continue
      this.#breakOff()
      throw new NotUnderstood('The body ends within the header of a part')
    }
  }

  async close(): Promise<void> {
    this.#state = 'ended'
    await this.#source.return?.()
  }

  /** The buffer begins with the delimiter: is the line a boundary (RFC 2046: then `--`, or white space up to the line break)? */
  async #boundaryLine(): Promise<'boundary' | 'content' | 'broken off'> {
    for (;;) {
      const rest = this.#buffer.subarray(this.#delimiter.length, this.#delimiter.length + longestBoundaryPadding).toString('latin1')
      if (/^(--|[ \t]*\r\n)/.test(rest)) return 'boundary'
      if (!/^(-|[ \t]*\r?)$/.test(rest) || rest.length === longestBoundaryPadding) return 'content'
      if (await this.#more()) continue
      this.#breakOff()
      return 'broken off'
    }
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length)
    this.#buffer = this.#buffer.subarray(length)
    return taken
  }

  #breakOff(): void {
    this.#state = 'ended'
    this.brokenOff = true
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#source.next()
      if (done === true) return false
      const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      if (chunk.length === 0) continue
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
      return true
    }
  }
}

/** How many bytes at the end of the buffer may be the beginning of the delimiter. It begins with CR, which is rare enough to look for. */
function partialMatchAtEnd(buffer: Buffer, delimiter: Buffer): number {
  const first = Math.max(0, buffer.length - delimiter.length + 1)
  for (let at = buffer.indexOf(0x0d, first); at >= 0; at = buffer.indexOf(0x0d, at + 1)) {
    const length = buffer.length - at
    if (buffer.compare(delimiter, 0, length, at) === 0) return length
  }
  return 0
}
