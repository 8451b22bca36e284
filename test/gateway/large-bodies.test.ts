/**
 * Every route that changes something, of the portal and of DICOMweb, with bodies without measure: 50 MB at once, chunks without an end, a length that lies.
 * Whoever is refused reads why, the connection ends, and the program goes on as before.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { routes as dicomwebRoutes } from '../../gateway/dicomweb/routes.ts'
import { worklistRoutes } from '../../gateway/dicomweb/ups/routes.ts'
import { portalRoutes } from '../../gateway/reading/routes.ts'
import type { PortalTools } from '../../gateway/reading/tools.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

const changing = [
  ...portalRoutes({ fonts: () => undefined } as unknown as PortalTools).stack.flatMap(({ methods, path }) =>
    methods.map((method) => ({ method, path: String(path) })),
  ),
  ...[...dicomwebRoutes, ...worklistRoutes].map(({ method, path }) => ({ method, path: `/dicomweb${path}` })),
]
  .filter(({ method }) => ['POST', 'PUT', 'DELETE'].includes(method))
  .map(({ method, path }) => ({ method, path: path.replace(/:(study|series|instance|workitem|uid)\b/g, '2.25.1').replace(/:\w+/g, '1') }))

interface Route {
  readonly method: string
  readonly path: string
}

let program: TestProgram
beforeAll(async () => {
  program = await startTestProgram()
}, 120_000)
afterAll(() => program.close())

const mebibyte = Buffer.alloc(1024 * 1024, ' ')

interface Answered {
  readonly text: string
  readonly sent: number
}

/** Sends until it is answered or the line is cut, at most so many pieces; then waits for the end of the line. */
async function pour({ method, path }: Route, headers: readonly string[], piece: Buffer, pieces: number): Promise<Answered> {
  const socket = connect(program.httpPort, '127.0.0.1')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  let text = ''
  let over = false
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk
  })
  socket
    .on('error', () => undefined)
    .on('close', () => {
      over = true
    })
  socket.setTimeout(20_000, () => {
    text += ' … and the line stays open'
    socket.destroy()
  })
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: x', `Authorization: ${program.basic('reviewer')}`, 'Content-Type: application/json']
  socket.write(`${[...lines, ...headers].join('\r\n')}\r\n\r\n`)
  let sent = 0
  for (let n = 0; n < pieces && !over; n += 1) {
    sent += piece.length
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain').catch(() => undefined), closed])
  }
  await closed
  return { text, sent }
}

/** Answered, or cut while it went on sending; in neither case heard to its end. */
const faultOf = ({ text, sent }: Answered, offered: number): string | undefined => {
  if (sent >= offered) return 'it was heard to its end'
  if (/stays open/.test(text)) return text.slice(0, 300)
  return text === '' || /^HTTP\/1\.1 [2-4]\d\d .*\r\nConnection: close\r\n/is.test(text) ? undefined : text.slice(0, 300)
}

test.each([
  ['of 50 MB', `Content-Length: ${50 * mebibyte.length}`, mebibyte, 50],
  [
    'of chunks without an end',
    'Transfer-Encoding: chunked',
    Buffer.concat([Buffer.from('100000\r\n'), mebibyte, Buffer.from('\r\n')]),
    200,
  ],
] as const)(
  'no route goes on reading a body %s',
  async (_, header, piece, pieces) => {
    const faults: string[] = []
    const left = [...changing]
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let route = left.pop(); route !== undefined; route = left.pop()) {
          const fault = faultOf(await pour(route, [header], piece, pieces), pieces * piece.length)
          if (fault !== undefined) faults.push(`${route.method} ${route.path}: ${fault}`)
        }
      }),
    )
    expect(changing.length).toBeGreaterThan(80)
    expect(faults).toEqual([])
  },
  120_000,
)

test('lengths that lie are refused, and what comes after is no request of anybody', async () => {
  const route = { method: 'POST', path: '/api/orders/check' }
  const short = await pour(route, ['Content-Length: 2'], Buffer.from('{}}}}}\r\n\r\n'), 1)
  expect(short.text).toMatch(/^HTTP\/1\.1 400 /)
  expect(short.text).not.toMatch(/HTTP\/1\.1 2|stays open/)
  const both = await pour(route, ['Content-Length: 2', 'Transfer-Encoding: chunked'], Buffer.from('0\r\n\r\n'), 1)
  expect(both.text).toMatch(/^HTTP\/1\.1 400 /)
  const twice = await pour(route, ['Content-Length: 2', 'Content-Length: 3'], Buffer.from('{}'), 1)
  expect(twice.text).toMatch(/^HTTP\/1\.1 400 /)
})

test('afterwards the program answers, and holds nothing of it', async () => {
  expect((await program.request('reviewer', '/api/session')).status).toBe(200)
  // Eight gibibytes were offered.
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(200 * mebibyte.length)
})
