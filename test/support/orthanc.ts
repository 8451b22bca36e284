/** Debian's Orthanc as a peer: a process of its own on free ports, with nothing but its defaults, and its REST API. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening } from './dicom-programs.ts'
import { pathOf } from './foreign-peers.ts'

export interface OrthancProcess {
  readonly httpPort: number
  readonly dicomPort: number
  send(method: string, path: string, body?: Buffer | string): Promise<Response>
  /** @throws with its words when the answer is no success */
  json<T>(method: string, path: string, body?: unknown): Promise<T>
  stop(): Promise<void>
}

/** @param modalities AE title, host and port by the name that its REST API uses */
export async function startOrthancProcess(
  modalities: Readonly<Record<string, readonly [AETitle: string, host: string, port: number]>>,
  configuration: Readonly<Record<string, unknown>> = {},
): Promise<OrthancProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'orthanc-'))
  const [httpPort, dicomPort] = [await freePort(), await freePort()]
  const file = join(folder, 'orthanc.json')
  await writeFile(
    file,
    JSON.stringify({
      StorageDirectory: folder,
      IndexDirectory: folder,
      HttpPort: httpPort,
      DicomPort: dicomPort,
      DicomAet: 'ORTHANC',
      RemoteAccessAllowed: false,
      AuthenticationEnabled: false,
      DicomModalities: modalities,
      ...configuration,
    }),
  )
  const child = spawn(pathOf('Orthanc')!, [file], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  await Promise.race([listening(httpPort, 30_000), ended.then(() => Promise.reject(new Error('Orthanc has ended')))])
  await listening(dicomPort, 30_000)
  const send = (method: string, path: string, body?: Buffer | string) =>
    fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    })
  return {
    httpPort,
    dicomPort,
    send,
    async json<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await send(method, path, body === undefined ? undefined : JSON.stringify(body))
      const text = await response.text()
      if (!response.ok) throw new Error(`Orthanc answered ${response.status} to ${method} ${path}: ${text}`)
      return JSON.parse(text) as T
    },
    async stop() {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
