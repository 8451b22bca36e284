/** One request to `/api`. Every failure becomes an error that can be told to a person in either language. */
import type { Language } from '../language/words.ts'

/** The server answered, and did not do it. */
export class NotDone extends Error {
  readonly status: number
  readonly code: string
  readonly zh: string
  readonly en: string
  /** What stands on the server now, where a conflict says so. */
  readonly current: unknown
  constructor(status: number, body: { code?: string; zh?: string; en?: string; detail?: string; current?: unknown }) {
    super(body.detail ?? body.en ?? `HTTP ${status}`)
    this.status = status
    this.code = body.code ?? `http-${status}`
    this.zh = body.zh ?? `操作没有完成（${status}）`
    this.en = body.en ?? `This was not done (${status})`
    this.current = body.current
  }
}

/** No answer: the line is dead or the server is away. Whether it was done is not known. */
export class Unreachable extends Error {}

export function sentenceOf(error: unknown, language: Language): string {
  if (error instanceof NotDone) {
    const sentence = language === 'zh' ? error.zh : error.en
    // The door names the field at fault; the table's sentence does not.
    return error.code === 'bad-request' && error.message !== sentence ? `${sentence} (${error.message})` : sentence
  }
  if (error instanceof Unreachable)
    return language === 'zh' ? '连不上服务器，请检查网络后再试' : 'The server cannot be reached; check the network and try again'
  return language === 'zh' ? '程序出错，操作没有完成' : 'The program failed; this was not done'
}

/** The session is gone. A wrong password is 401 too, and is no such thing. */
export const isSignedOut = (error: unknown): boolean => error instanceof NotDone && error.code === 'signed-out'
/** Said to the window whenever an answer says so, whoever asked; `session/session.ts` listens. */
export const signedOutEvent = 'portal:signed-out'
export const isConflict = (error: unknown): error is NotDone => error instanceof NotDone && (error.status === 409 || error.status === 412)

interface Options {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Lets the request outlive the page, for the last autosave. */
  readonly keepalive?: boolean
}

export async function request<Answer>(method: string, path: string, { body, headers, signal, keepalive }: Options = {}): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      ...(keepalive ? { keepalive } : {}),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Unreachable('no answer', { cause: error })
  }
  const text = await response.text()
  let answer: unknown
  try {
    answer = text === '' ? undefined : JSON.parse(text)
  } catch (error) {
    if (response.ok) throw new Unreachable('the answer is not JSON', { cause: error })
  }
  if (response.ok) return answer as Answer
  const failure = (answer as { error?: ConstructorParameters<typeof NotDone>[1] } | undefined)?.error
  // A proxy that lost its gateway says 502–504 without our JSON: that is the line, not an answer.
  if (!failure && response.status >= 502 && response.status <= 504) throw new Unreachable(`HTTP ${response.status}`)
  const refusal = new NotDone(response.status, failure ?? {})
  if (isSignedOut(refusal)) dispatchEvent(new Event(signedOutEvent))
  throw refusal
}

/** 128 random bits in hex; `crypto.randomUUID` does not exist on a plain-http LAN address. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A verb on a weak link: repeated with the same Idempotency-Key while nothing answers, so that it happens once. */
export async function act<Answer>(path: string, body: unknown = {}): Promise<Answer> {
  const headers = { 'idempotency-key': newKey() }
  for (let attempt = 1; ; attempt++) {
    try {
      return await request<Answer>('POST', path, { body, headers })
    } catch (error) {
      if (!(error instanceof Unreachable) || attempt === 3) throw error
      await new Promise((resolve) => setTimeout(resolve, 600 * attempt))
    }
  }
}
