/** An authority, and certificates that it or another one signed, made by openssl. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './foreign-peers.ts'

export interface Pair {
  readonly cert: string
  readonly key: string
}

export interface Certificates {
  /** Who signs. */
  readonly authority: Pair
  readonly archive: Pair
  readonly modality: Pair
  /** Somebody else's, and what that signed. */
  readonly strangers: Pair
  readonly stranger: Pair
  remove(): Promise<void>
}

export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'))
  const pair = (name: string): Pair => ({ cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) })
  const openssl = async (...args: string[]) => {
    const { code, output } = await run('openssl', args)
    if (code !== 0) throw new Error(`openssl ${args.join(' ')}: ${output}`)
  }
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
  const authority = async (name: string): Promise<Pair> => {
    const { cert, key } = pair(name)
    await openssl('req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', cert)
    return { cert, key }
  }
  const signed = async (name: string, by: Pair): Promise<Pair> => {
    const { cert, key } = pair(name)
    await openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', key, '-out', `${cert}.csr`)
    await openssl('x509', '-req', '-days', '2', '-in', `${cert}.csr`, '-CA', by.cert, '-CAkey', by.key, '-CAcreateserial', '-out', cert)
    return { cert, key }
  }
  const [ours, theirs] = [await authority('county'), await authority('strangers')]
  return {
    authority: ours,
    archive: await signed('archive', ours),
    modality: await signed('modality', ours),
    strangers: theirs,
    stranger: await signed('stranger', theirs),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
