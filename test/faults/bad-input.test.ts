/**
 * Bad input at every door of the whole program: a clear error, nothing left behind, and the next good instance is stored. The same data sets by
 * C-STORE and STOW-RS; then bodies that stall or break off, associations that stall, and requests that are none.
 */
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fileMeta } from '../../archive/dicom/part10.ts'
import { ExplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { element, header, image, sequence } from '../support/dataset.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'
import { type Census, census, examine, nothingWrong } from './census.ts'
import {
  associate,
  type Doors,
  inPieces,
  missing,
  newInstance,
  newStudy,
  pause,
  SecondaryCapture,
  storeByDIMSE,
  storeBySTOW,
} from './senders.ts'

let program: TestProgram
let doors: Doors
let before: Census
beforeAll(async () => {
  program = await startTestProgram({ config: { STOW_TIMEOUT: 1, DIMSE_TIMEOUT: 1 } })
  doors = { ...program, authorization: program.basic('east-technologist') }
})
afterAll(() => program?.close())
const count = () => census(program.index.pool, program.objects)
beforeEach(async () => {
  before = await count()
})

const SOPInstanceUID = '1.2.3.4.5'
const long = `1.2.${'3'.repeat(61)}`

/** A data set of these UIDs, where absent without the attribute. */
function dataset(
  rest: readonly Uint8Array[],
  { study, series, instance }: { study?: string; series?: string; instance?: string } = {
    study: '1.2.3',
    series: '1.2.3.4',
    instance: SOPInstanceUID,
  },
): Buffer {
  const uid = (tag: number, value: string | undefined) => (value === undefined ? [] : [element(tag, 'UI', value)])
  return Buffer.concat([
    element(0x00080016, 'UI', SecondaryCapture),
    ...uid(0x00080018, instance),
    ...uid(0x0020000d, study),
    ...uid(0x0020000e, series),
    ...rest,
  ])
}
const pixels = element(0x7fe00010, 'OW', Buffer.alloc(8))
const whole = [...image(), pixels]
/** An item in an item in an item …; each names its own end. */
const nested = (depth: number): Buffer => {
  let inner: Buffer = Buffer.alloc(0)
  for (let level = 0; level < depth; level += 1) inner = sequence(0x00081140, [inner])
  return inner
}

interface Bad {
  readonly bytes: Buffer
  /** By C-STORE, and as FailureReason. */
  readonly status: number
  readonly sentence: RegExp
  /** By STOW-RS, where it is not 409. */
  readonly http?: number
}

const bad: Readonly<Record<string, Bad>> = {
  'no StudyInstanceUID': {
    bytes: dataset(whole, { series: '1.2.3.4', instance: SOPInstanceUID }),
    status: 0xa900,
    sentence: /StudyInstanceUID/,
  },
  'no SeriesInstanceUID': {
    bytes: dataset(whole, { study: '1.2.3', instance: SOPInstanceUID }),
    status: 0xa900,
    sentence: /SeriesInstanceUID/,
  },
  'no SOPInstanceUID': { bytes: dataset(whole, { study: '1.2.3', series: '1.2.3.4' }), status: 0xa900, sentence: /SOPInstanceUID/ },
  'an empty StudyInstanceUID': {
    bytes: dataset(whole, { study: '', series: '1.2.3.4', instance: SOPInstanceUID }),
    status: 0xa900,
    sentence: /StudyInstanceUID/,
  },
  'a StudyInstanceUID of 65 characters': {
    bytes: dataset(whole, { study: long, series: '1.2.3.4', instance: SOPInstanceUID }),
    status: 0xa900,
    sentence: /StudyInstanceUID/,
  },
  'a SeriesInstanceUID with letters': {
    bytes: dataset(whole, { study: '1.2.3', series: '1.2.x', instance: SOPInstanceUID }),
    status: 0xa900,
    sentence: /SeriesInstanceUID/,
  },
  'another SOPInstanceUID than announced, or none in File Meta': {
    bytes: dataset(whole, { study: '1.2.3', series: '1.2.3.4', instance: '1.2.3.4/../../etc/passwd' }),
    status: 0xa900,
    sentence: /SOPInstanceUID/,
  },
  'an image without pixel data': { bytes: dataset(image()), status: 0xc000, sentence: /[Pp]ixel/ },
  'pixel data shorter than Rows and Columns need': {
    bytes: dataset([...image(), element(0x7fe00010, 'OW', Buffer.alloc(6))]),
    status: 0xc000,
    sentence: /[Pp]ixel/,
  },
  'pixel data cut off': { bytes: dataset(whole).subarray(0, -3), status: 0xc000, sentence: /./ },
  'a value longer than what follows': {
    bytes: dataset([header(0x00204000, 'LT', 60_000), Buffer.from('short')]),
    status: 0xc000,
    sentence: /./,
  },
  'a sequence without its end': { bytes: dataset([header(0x00400275, 'SQ', 0xffffffff)]), status: 0xc000, sentence: /./ },
  'an item that reaches beyond its sequence': {
    bytes: dataset([Buffer.concat([header(0x00400275, 'SQ', 12), item(100), Buffer.alloc(4)]), ...whole]),
    status: 0xc000,
    sentence: /./,
  },
  'sequences 5,000 deep': { bytes: dataset([nested(5_000), ...whole]), status: 0xc000, sentence: /deep|level|depth|nest/i, http: 413 },
  noise: { bytes: Buffer.from('<html><body>502 Bad Gateway</body></html>'.repeat(20)), status: 0xc000, sentence: /./ },
  nothing: { bytes: Buffer.alloc(0), status: 0xc000, sentence: /./ },
}

function item(length: number): Buffer {
  const bytes = Buffer.from('feff00e000000000', 'hex')
  bytes.writeUInt32LE(length, 4)
  return bytes
}

describe('a data set with', () => {
  const meta = fileMeta({ SOPClassUID: SecondaryCapture, SOPInstanceUID, TransferSyntaxUID: ExplicitVRLittleEndian })
  const families = (status: number) => (status === 0xa900 ? [0xa900] : [0xc000, 0xa900])

  test.each(Object.entries(bad))('%s, by C-STORE: its Status, and the association goes on', async (_, { bytes, status }) => {
    const association = await associate(doors)
    const good = newInstance(newStudy(), 1_000)
    expect(families(status)).toContain(await storeByDIMSE(association, { ...good, SOPInstanceUID, dataset: bytes }))
    expect(await count()).toEqual(before)
    expect(await storeByDIMSE(association, good)).toBe(0x0000)
    await association.release()
  })

  test.each(Object.entries(bad))(
    '%s, by STOW-RS: an error with its FailureReason and a sentence; its neighbour is stored',
    async (_, one) => {
      const broken = { part10: one.bytes.length === 0 ? one.bytes : Buffer.concat([meta, one.bytes]) }
      const alone = await storeBySTOW(doors, [broken])
      expect(alone).toMatchObject({ status: one.http ?? 409, stored: [] })
      expect(families(one.status)).toContain(alone.failureReasons[0])
      expect(alone.warning).toMatch(one.sentence)
      expect(await count()).toEqual(before)
      const good = newInstance(newStudy(), 1_000)
      expect(await storeBySTOW(doors, [broken, good])).toMatchObject({
        status: 202,
        stored: [good.SOPInstanceUID],
        failureReasons: [expect.any(Number)],
      })
      expect(await missing(doors, [good])).toEqual([])
    },
  )
})

describe('a STOW-RS body that', () => {
  const good = newInstance(newStudy(), 200_000)
  const body = Buffer.concat([Buffer.from('\r\n--b\r\nContent-Type: application/dicom\r\n\r\n'), good.part10, Buffer.from('\r\n--b--\r\n')])
  const post = (length: string) =>
    `POST /dicomweb/studies HTTP/1.1\r\nHost: archive\r\nAuthorization: ${doors.authorization}\r\n` +
    `Content-Type: multipart/related; type="application/dicom"; boundary=b\r\n${length}\r\n\r\n`

  test('stalls in the middle of an instance: 408, nothing left', async () => {
    const answer = await raw(program.httpPort, [post(`Content-Length: ${body.length}`), body.subarray(0, 90_000)])
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*connection: close/is)
    expect(await count()).toEqual(before)
  })

  test('stalls before its first byte: 408', async () => {
    expect(await raw(program.httpPort, [post(`Content-Length: ${body.length}`)])).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('trickles, a byte now and then, and never ends: 408, nothing left', async () => {
    const drip = async (socket: Socket) => {
      for (let at = 0; !socket.destroyed && at < 60; at += 1) {
        socket.write(`1\r\n${at % 10}\r\n`)
        await pause(100)
      }
    }
    const begin = `${body.subarray(0, 1_000).length.toString(16)}\r\n`
    const answer = await raw(program.httpPort, [post('Transfer-Encoding: chunked'), begin, body.subarray(0, 1_000), '\r\n'], drip)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(await count()).toEqual(before)
  })

  test('is cut in the middle by the sender: nothing left', async () => {
    await raw(program.httpPort, [post(`Content-Length: ${body.length}`), body.subarray(0, 90_000)], async (socket) => {
      await pause(50)
      socket.destroy()
    })
    await expect.poll(count).toEqual(before)
  })

  test('ends before its boundary does: 409, nothing left', async () => {
    const cut = body.subarray(0, -6)
    const answer = await raw(program.httpPort, [post(`Connection: close\r\nContent-Length: ${cut.length}`), cut])
    expect(answer).toMatch(/^HTTP\/1\.1 409 .*ends within part 1/s)
    expect(await count()).toEqual(before)
  })

  test('has chunks of a wrong length: 400, nothing left', async () => {
    const answer = await raw(program.httpPort, [post('Transfer-Encoding: chunked'), 'ffff\r\n', body.subarray(0, 70_000), '\r\n'])
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    await expect.poll(count).toEqual(before)
  })

  test('is whole is stored all the same', async () => {
    expect(await raw(program.httpPort, [post(`Connection: close\r\nContent-Length: ${body.length}`), body])).toMatch(/^HTTP\/1\.1 200 /)
    expect(await missing(doors, [good])).toEqual([])
  })
})

describe('an association that', () => {
  test('stalls in the middle of a data set is aborted: nothing left, and others go on meanwhile', async () => {
    const stalling = await associate(doors)
    const sent = newInstance(newStudy(), 300_000)
    let pieces = 0
    const never = new Promise(() => undefined)
    const answer = storeByDIMSE(
      stalling,
      sent,
      inPieces(sent.dataset, () => (++pieces > 2 ? never : undefined)),
    )
    const other = await associate(doors)
    const good = newInstance(newStudy(), 1_000)
    expect(await storeByDIMSE(other, good)).toBe(0x0000)
    await other.release()
    await expect(Promise.race([answer, pause(5_000).then(() => 'still there')])).rejects.toThrow()
    before = { ...before, ...(await count()), objects: before.objects + 1 }
    expect(await count()).toEqual(before)
    expect(await missing(doors, [sent])).toHaveLength(1)
  })

  test('is cut in the middle of a data set: nothing left', async () => {
    const association = await associate(doors)
    const sent = newInstance(newStudy(), 300_000)
    let pieces = 0
    const cut = () => {
      if (++pieces === 3) association.abort()
      return undefined
    }
    await expect(storeByDIMSE(association, sent, inPieces(sent.dataset, cut))).rejects.toThrow()
    await expect.poll(count).toEqual(before)
  })

  test('speaks HTTP is aborted, and so is HTTP that speaks DICOM', async () => {
    const hangUp = (socket: Socket) => new Promise((resolve) => socket.once('data', () => resolve(socket.end())))
    expect(await raw(program.dicomPort, ['GET / HTTP/1.1\r\nHost: archive\r\n\r\n'], hangUp)).toMatch(/^\x07\0\0\0\0\x04/)
    expect(await raw(program.httpPort, [Buffer.from('01000000010000010000', 'hex')])).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('a request that is', () => {
  const ask = (path: string, init: RequestInit = {}) => program.request('east-technologist', path, init)

  test.each([
    ['no JSON', '{"username":', 400],
    ['JSON of another shape', '[]', 400],
    ['JSON 100,000 deep', '['.repeat(100_000), 400],
    ['a body of a megabyte', JSON.stringify({ username: 'x'.repeat(1_000_000) }), 413],
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 400],
  ])('%s to sign in: refused, and the next one on the connection is answered', async (_, body, status) => {
    const signIn = (bytes: string | Uint8Array<ArrayBuffer>) =>
      fetch(`${program.origin}/api/session`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: bytes })
    const response = await signIn(body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { code: expect.any(String), zh: expect.any(String) } })
    const right = JSON.stringify({ username: 'east-technologist', password: testPassword })
    for (let time = 0; time < 3; time += 1) expect((await signIn(right)).status).toBe(201)
  })

  test.each([
    ['/dicomweb/studies?PatientName=%ff', 400],
    ['/dicomweb/studies?StudyDate=yesterday', 400],
    ['/dicomweb/studies?NoSuchAttribute=1', 400],
    ['/dicomweb/studies?limit=-1', 400],
    [`/dicomweb/studies/${'1'.repeat(65)}`, 400],
    ['/dicomweb/studies/..%2f..%2fetc%2fpasswd', 400],
    ['/dicomweb/studies/%', 400],
    ['/dicomweb/studies/1.2/series/1.2/instances/1.2/frames/0', 400],
    ['/dicomweb/studies/1.2/series/1.2/instances/1.2/frames/1', 404],
    ['/dicomweb/studies/1.2/series/1.2/instances/1.2/bulkdata/..%2f..%2f', 404],
    ['/api/workitems/1%00', 404],
    ['/api/nothing', 404],
  ])('%s: %i', async (path, status) => {
    expect((await ask(path)).status).toBe(status)
  })
})

test('after all this rows and objects agree, and the program is ready', async () => {
  expect(await examine(program.index.pool, program.objects)).toEqual(nothingWrong)
  expect((await fetch(`${program.origin}/readyz`)).status).toBe(200)
})

/** Writes bytes by hand, then does `more`; what is answered until the connection is closed. */
function raw(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  more: (socket: Socket) => Promise<unknown> = async () => undefined,
): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', async () => {
      for (const piece of pieces) socket.write(piece)
      await more(socket)
    })
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', () => undefined).on('close', () => resolve(answer))
  })
}
