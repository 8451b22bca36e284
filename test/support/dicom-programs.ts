/** DCMTK's receiver as a destination of ours, and what it wrote. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDataset } from '../../archive/dicom/dataset-reader.ts'
import { run } from './foreign-peers.ts'

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

export interface StoreSCP {
  readonly port: number
  readonly out: string
  /** The files received so far, by name. */
  files(): Promise<{ readonly name: string; readonly bytes: Buffer }[]>
  /** Everything it said. */
  output(): string
  stop(): Promise<void>
}

/** `storescp +B`: bytes as they came. */
export async function startStoreSCP(...args: readonly string[]): Promise<StoreSCP> {
  const port = await freePort()
  const out = await mkdtemp(join(tmpdir(), 'storescp-'))
  const scp = spawn('storescp', ['-d', '+B', '-od', out, ...args, String(port)], { env: { ...process.env, TCP_NODELAY: '1' } })
  const said: Buffer[] = []
  scp.stdout.on('data', (chunk) => said.push(chunk))
  scp.stderr.on('data', (chunk) => said.push(chunk))
  const ended = once(scp, 'exit')
  await listening(port)
  return {
    port,
    out,
    output: () => Buffer.concat(said).toString('latin1'),
    async files() {
      const names = (await readdir(out)).sort()
      return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(out, name)) })))
    },
    async stop() {
      scp.kill()
      await ended
      await rm(out, { recursive: true, force: true })
    },
  }
}

export async function listening(port: number, milliseconds = 10_000): Promise<void> {
  for (const deadline = Date.now() + milliseconds; ; ) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)))
    socket.destroy()
    if (isOpen) return
    if (Date.now() > deadline) throw new Error(`nothing listens on port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The data set behind File Meta, and the transfer syntax that it names. */
export function datasetOf(part10: Buffer): { readonly bytes: Buffer; readonly TransferSyntaxUID: string } {
  let at = 132
  let TransferSyntaxUID = ''
  while (at + 8 <= part10.length && part10.readUInt16LE(at) === 2) {
    const long = ['OB', 'UN'].includes(part10.toString('latin1', at + 4, at + 6))
    const start = at + (long ? 12 : 8)
    const end = start + (long ? part10.readUInt32LE(at + 8) : part10.readUInt16LE(at + 6))
    if (part10.readUInt16LE(at + 2) === 0x10) TransferSyntaxUID = part10.toString('latin1', start, end).replace(/\0$/, '')
    at = end
  }
  return { bytes: part10.subarray(at), TransferSyntaxUID }
}

/** `findscu`, and its answers as data sets. */
export async function findscu(args: readonly string[]): Promise<{ output: string; answers: Awaited<ReturnType<typeof readDataset>>[] }> {
  const out = await mkdtemp(join(tmpdir(), 'findscu-'))
  try {
    await mkdir(out, { recursive: true })
    const { output } = await run('findscu', ['-d', '-X', '-od', out, ...args])
    const names = (await readdir(out)).sort()
    const answers = await Promise.all(
      names.map(async (name) => {
        const { bytes, TransferSyntaxUID } = datasetOf(await readFile(join(out, name)))
        return readDataset([bytes], TransferSyntaxUID)
      }),
    )
    return { output, answers }
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}
