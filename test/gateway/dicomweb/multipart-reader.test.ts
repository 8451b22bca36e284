/** Reading multipart/related bodies: RFC 2046 §5.1. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BadRequest, LimitExceeded, NotUnderstood } from '../../../archive/errors.ts'
import { type MultipartLimits, readMultipart } from '../../../gateway/dicomweb/multipart-reader.ts'

interface ReadPart {
  headers: Record<string, string>
  body: Buffer
}

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes.length === 0 ? bytes.length : sizes[i % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function readAll(
  bytes: Uint8Array | string,
  boundary = 'b',
  sizes: readonly number[] = [],
  limits?: MultipartLimits,
): Promise<ReadPart[]> {
  const parts: ReadPart[] = []
  const source = inChunks(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, sizes)
  for await (const part of readMultipart(source, boundary, limits)) {
    expect(part.number).toBe(parts.length + 1)
    const chunks: Buffer[] = []
    for await (const chunk of part.body) chunks.push(Buffer.from(chunk))
    parts.push({ headers: Object.fromEntries(part.headers), body: Buffer.concat(chunks) })
  }
  return parts
}

const texts = (parts: ReadPart[]) => parts.map(({ body }) => body.toString('latin1'))

describe('well-formed bodies', () => {
  test('gives every part with its header and its bytes', async () => {
    const body = '--b\r\nContent-Type: application/dicom\r\nContent-Location: /x\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n'
    expect(await readAll(body)).toEqual([
      { headers: { 'content-type': 'application/dicom', 'content-location': '/x' }, body: Buffer.from('one') },
      { headers: {}, body: Buffer.from('two') },
    ])
  })

  test('drops the preamble and does not read the epilogue', async () => {
    expect(texts(await readAll('for old readers\r\n--b\r\n\r\none\r\n--b--\r\nend\r\n--b\r\n\r\nnot a part'))).toEqual(['one'])
  })

  test('white space may follow a boundary on its line', async () => {
    expect(texts(await readAll('--b \t\r\n\r\none\r\n--b  \r\n\r\ntwo\r\n--b--'))).toEqual(['one', 'two'])
  })

  test('a longer line that begins like a boundary is content', async () => {
    expect(texts(await readAll('--b\r\n\r\none\r\n--bc\r\n--b-\r\n--b--'))).toEqual(['one\r\n--bc\r\n--b-'])
  })

  test('an empty part is empty, with and without a line break of its own', async () => {
    expect(texts(await readAll('--b\r\nA: 1\r\n\r\n\r\n--b\r\nA: 2\r\n\r\n--b--'))).toEqual(['', ''])
  })

  test('a body without parts has none', async () => {
    expect(await readAll('--b--\r\n')).toEqual([])
  })

  test('a header line may be continued on the next', async () => {
    const [part] = await readAll('--b\r\nContent-Type: application/dicom;\r\n transfer-syntax=1.2\r\n\r\none\r\n--b--')
    expect(part!.headers).toEqual({ 'content-type': 'application/dicom; transfer-syntax=1.2' })
  })

  test('what the reader of a part leaves is skipped', async () => {
    const names: string[] = []
    for await (const part of readMultipart(inChunks(Buffer.from('--b\r\n\r\none\r\n--b\r\nN: 2\r\n\r\ntwo\r\n--b--'), [3]), 'b')) {
      names.push(part.headers.get('n') ?? '-')
      for await (const _ of part.body) break
    }
    expect(names).toEqual(['-', '2'])
  })

  test('any parts in any chunks come out as they went in', async () => {
    // Pieces of the boundary itself are the interesting content.
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom('\r', '\n', '\r\n', '\r\n-', '\r\n--', '\r\n--boun', '--boundary', '\r\r\n--bounda').map((text) => Buffer.from(text)),
    )
    const content = fc
      .array(piece, { maxLength: 6 })
      .map((pieces) => Buffer.concat(pieces))
      .filter((bytes) => !bytes.includes('\r\n--boundary') && !bytes.subarray(0, 10).equals(Buffer.from('--boundary')))
    await fc.assert(
      fc.asyncProperty(
        fc.array(content, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (bodies, sizes, withHeader) => {
          const header = withHeader ? 'Content-Type: application/dicom\r\n\r\n' : '\r\n'
          const bytes = Buffer.concat([
            ...bodies.flatMap((body) => [Buffer.from(`\r\n--boundary\r\n${header}`), body]),
            Buffer.from('\r\n--boundary--\r\n'),
          ])
          const parts = await readAll(bytes, 'boundary', sizes)
          expect(parts.map(({ body }) => body.toString('hex'))).toEqual(bodies.map((body) => body.toString('hex')))
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('bodies that are not what they say', () => {
  test('a body cut within a part fails that part and ends', async () => {
    await expect(readAll('--b\r\n\r\none\r\n--b\r\n\r\ntw')).rejects.toThrow(
      new NotUnderstood('The body ends within part 2, before its closing boundary'),
    )
    const seen: number[] = []
    for await (const part of readMultipart(inChunks(Buffer.from('--b\r\n\r\none\r\n--b\r\n\r\ntw'), []), 'b')) {
      seen.push(part.number)
      try {
        for await (const _ of part.body);
      } catch (error) {
        expect(error).toBeInstanceOf(NotUnderstood)
      }
    }
    expect(seen).toEqual([1, 2])
  })

  test('a body cut within a boundary fails the part before it', async () => {
    await expect(readAll('--b\r\n\r\none\r\n--')).rejects.toThrow(NotUnderstood)
    await expect(readAll('--b\r\n\r\none\r\n--b')).rejects.toThrow(NotUnderstood)
    await expect(readAll('--b\r\n\r\none\r\n--b-')).rejects.toThrow(NotUnderstood)
  })

  test('a body cut within the header of a part says so', async () => {
    await expect(readAll('--b\r\nContent-Ty')).rejects.toThrow('ends within the header')
  })

  test('a body without its boundary is not a multipart body', async () => {
    await expect(readAll('DICM, but no boundary')).rejects.toThrow(BadRequest)
    await expect(readAll('')).rejects.toThrow(BadRequest)
  })

  test('headers, preamble and number of parts are bounded', async () => {
    const limits = { headerBytes: 50, preambleBytes: 50, parts: 2, partBytes: 100 }
    await expect(readAll(`--b\r\nA: ${'x'.repeat(60)}\r\n\r\n`, 'b', [], limits)).rejects.toThrow(LimitExceeded)
    await expect(readAll(`--b\r\nA: ${'x'.repeat(600)}`, 'b', [7], limits)).rejects.toThrow(LimitExceeded)
    await expect(readAll('x'.repeat(60), 'b', [7], limits)).rejects.toThrow(BadRequest)
    await expect(readAll('--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b\r\n\r\n3\r\n--b--', 'b', [], limits)).rejects.toThrow(LimitExceeded)
  })

  test('a part without end fails and ends the list, whether it is read or not', async () => {
    const limits = { headerBytes: 50, preambleBytes: 50, parts: 9, partBytes: 100 }
    const endless = async function* () {
      yield Buffer.from('--b\r\n\r\none\r\n--b\r\n\r\n')
      for (;;) yield Buffer.alloc(30)
    }
    for (const read of [true, false]) {
      const failed: unknown[] = []
      for await (const { number, body } of readMultipart(endless(), 'b', limits)) {
        if (!read && number === 2) continue
        try {
          for await (const _ of body);
        } catch (error) {
          failed.push(error)
        }
      }
      expect(failed).toEqual(read ? [new LimitExceeded('Part 2 is longer than a part may be')] : [])
    }
  })

  test('an error of the source is passed on as it is', async () => {
    const failing = async function* () {
      yield Buffer.from('--b\r\n\r\none')
      throw new Error('socket hang up')
    }
    const read = async () => {
      for await (const part of readMultipart(failing(), 'b')) for await (const _ of part.body);
    }
    await expect(read()).rejects.toThrow('socket hang up')
  })

  test('nothing hangs or grows on arbitrary bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 20 }),
            fc.constantFrom('--b', '\r\n--b', '\r\n', '--', ':').map((text) => Buffer.from(text)),
          ),
          {
            maxLength: 30,
          },
        ),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        async (pieces, sizes) => {
          const bytes = Buffer.concat(pieces)
          const parts = await readAll(bytes, 'b', sizes).catch((error: unknown) => {
            expect(error instanceof BadRequest || error instanceof NotUnderstood).toBe(true)
            return []
          })
          expect(parts.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(bytes.length)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
