/** One keep-alive client: how long an answer takes to its last byte, and what came. */
import { Agent, request } from 'node:http'
import { gunzipSync, inflateSync } from 'node:zlib'

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

export interface Answer {
  readonly seconds: number
  readonly bytes: number
  /** The body; absent where only its length was wanted. */
  readonly body?: Buffer
}

/** @throws unless the answer is 200. */
export function get(address: string, headers: Readonly<Record<string, string>>, { keep = false } = {}): Promise<Answer> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const asking = request(address, { agent, headers }, (response) => {
      const pieces: Buffer[] = []
      let bytes = 0
      response.on('error', reject)
      response.on('data', (piece: Buffer) => {
        bytes += piece.length
        if (keep) pieces.push(piece)
      })
      response.on('end', () => {
        const seconds = (performance.now() - began) / 1_000
        if (response.statusCode !== 200) return reject(new Error(`${address} was answered ${response.statusCode}`))
        resolve(keep ? { seconds, bytes, body: decoded(Buffer.concat(pieces), response.headers['content-encoding']) } : { seconds, bytes })
      })
    })
    asking.once('error', reject)
    asking.end()
  })
}

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(body)
  return encoding === 'deflate' ? inflateSync(body) : body
}

/** The items of a DICOM JSON answer. */
export async function getItems(address: string, headers: Readonly<Record<string, string>>): Promise<unknown[]> {
  const { body } = await get(address, { ...headers, Accept: 'application/dicom+json' }, { keep: true })
  return JSON.parse(body!.toString()) as unknown[]
}

export const closeConnections = (): void => agent.destroy()
