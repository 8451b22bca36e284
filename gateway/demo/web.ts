/** One person's way through the front door: signed in with a cookie, JSON and STOW-RS over loopback HTTP. */
import { ArchiveError } from '../../archive/errors.ts'
import type { Instance } from '../../test-images/index.ts'

/** The demonstration could not be played on; what was done before stands. */
export class DemoNotPlayed extends ArchiveError {}

export interface Session {
  get<T>(path: string): Promise<T>
  send<T>(method: 'POST' | 'PUT', path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<T>
  store(instances: AsyncIterable<Instance>): Promise<void>
}

async function answerOf(response: Response, what: string): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new DemoNotPlayed(`${what} answered ${response.status}: ${text.slice(0, 300)}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** `origin`: `http://127.0.0.1:8080`. */
export async function signIn(origin: string, username: string, password: string): Promise<Session> {
  const json = { 'Content-Type': 'application/json' }
  const response = await fetch(`${origin}/api/session`, { method: 'POST', headers: json, body: JSON.stringify({ username, password }) })
  await answerOf(response, `signing in as ${username}`)
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

  return {
    async get<T>(path: string) {
      return (await answerOf(await fetch(origin + path, { headers: { cookie, accept: 'application/json' } }), `GET ${path}`)) as T
    },
    async send<T>(method: 'POST' | 'PUT', path: string, body: unknown = {}, headers: Readonly<Record<string, string>> = {}) {
      const response = await fetch(origin + path, { method, headers: { cookie, ...json, ...headers }, body: JSON.stringify(body) })
      return (await answerOf(response, `${method} ${path}`)) as T
    },
    async store(instances) {
      const boundary = 'demo-county'
      const response = await fetch(`${origin}/dicomweb/studies`, {
        method: 'POST',
        headers: {
          cookie,
          accept: 'application/dicom+json',
          'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
        },
        body: ReadableStream.from(multipart(instances, boundary)),
        duplex: 'half',
      } as RequestInit)
      await answerOf(response, 'STOW-RS')
      if (response.status !== 200) throw new DemoNotPlayed(`STOW-RS stored not all of a study (${response.status})`)
    },
  }
}

async function* multipart(instances: AsyncIterable<Instance>, boundary: string): AsyncGenerator<Buffer> {
  for await (const { part10 } of instances) {
    yield Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`)
    yield part10
    yield Buffer.from('\r\n')
  }
  yield Buffer.from(`--${boundary}--\r\n`)
}
