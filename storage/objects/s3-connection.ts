/**
 * How we talk to an S3 server: the client with timeouts of our own, a few attempts where the server may only be restarting, and its failures in
 * the archive's words. The client's own retries are off: they print to the console, hide the reason and leave the failed answer unread.
 */
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, S3Error } from 'minio'
import { ArchiveError, ObjectNotFound, ObjectStoreFull, ObjectStoreUnavailable } from '../errors.ts'

export interface S3Options {
  /** `http://host:port` or `https://host`. */
  readonly endpoint: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  /** Always named: without it every new bucket costs a question, and some servers answer it wrongly. */
  readonly region: string
  /** Milliseconds without a byte from the server until a request counts as failed. 30,000. */
  readonly idle?: number
  /** Requests at once. 64. */
  readonly connections?: number
}

/** Milliseconds before the second and the third attempt. */
const pauses = [100, 500]
/** Answers that mean `try again`; the client throws on them before it reads the body. */
const busy = new Set([408, 429, 499, 500, 502, 503, 504, 520])
const fullCodes = new Set([
  'QuotaExceeded',
  'XMinioStorageFull',
  'XMinioAdminBucketQuotaExceeded',
  'InsufficientCapacity',
  'EntityTooLarge',
])
const absentCodes = new Set(['NoSuchKey', 'NotFound'])

/** The server went silent; asking again would only wait again. */
class NoAnswer extends Error {}

export interface Connection {
  readonly client: Client
  close(): void
}

export function connect(options: S3Options): Connection {
  const url = new URL(options.endpoint)
  const secure = url.protocol === 'https:'
  const { request: send, Agent } = secure ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? 64, scheduling: 'lifo' })
  const idle = options.idle ?? 30_000

  function request(parameters: http.RequestOptions, onResponse?: (response: http.IncomingMessage) => void): http.ClientRequest {
    let answer: http.IncomingMessage | undefined
    const asked = send(parameters, (response) => {
      answer = response
      if (busy.has(response.statusCode ?? 0)) response.resume()
      onResponse?.(response)
    })
    asked.setTimeout(idle, () => {
      const readerIsSlow = answer !== undefined && answer.readableLength > 0
      if (!readerIsSlow) asked.destroy(new NoAnswer(`the object store sent nothing for ${idle / 1000} s`))
    })
    return asked
  }

  const client = new Client({
    endPoint: url.hostname,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    useSSL: secure,
    accessKey: options.accessKey,
    secretKey: options.secretKey,
    region: options.region,
    transport: { request: request as typeof http.request },
    transportAgent: agent,
    retryOptions: { disableRetry: true },
  })
  return { client, close: () => agent.destroy() }
}

/** Up to three attempts, as long as the failure may pass; `retried` tells the work that an earlier attempt may have succeeded unheard. */
export async function attempting<T>(what: string, work: (retried: boolean) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt > 0)
    } catch (error) {
      const pause = pauses[attempt]
      if (pause === undefined || !mayPass(error)) throw asArchiveError(what, error)
      await sleep(pause)
    }
  }
}

/** An S3 error code is an answer; anything else (reset connections, 5xx) may be a restart. */
function mayPass(error: unknown): boolean {
  return !(error instanceof ArchiveError || error instanceof S3Error || error instanceof NoAnswer)
}

export function codeOf(error: unknown): string {
  const source = error instanceof ArchiveError ? error.cause : error
  return source instanceof S3Error ? (source.code ?? '') : ''
}

export function asArchiveError(what: string, cause: unknown): ArchiveError {
  if (cause instanceof ArchiveError) return cause
  const code = codeOf(cause)
  if (absentCodes.has(code)) return new ObjectNotFound(`${what}: there is no such object`, { cause })
  if (fullCodes.has(code)) return new ObjectStoreFull(`${what}: the object store is full`, { cause })
  return new ObjectStoreUnavailable(`${what}: ${cause instanceof Error && cause.message !== '' ? cause.message : String(code || cause)}`, {
    cause,
  })
}
