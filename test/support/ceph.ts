/**
 * A real S3 server for tests: the one at S3_TEST_ENDPOINT (with S3_TEST_ACCESS_KEY, S3_TEST_SECRET_KEY, S3_TEST_REGION), else a Ceph RADOS gateway
 * started for the asking test file. Where there is neither, `missingS3` says why; in CI that is a failure (`expectS3InCI`).
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import type { S3Options } from '../../storage/objects/s3-connection.ts'

export interface S3Server {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly region: string
  /** Process id of the gateway, where it is ours: a test may stop and continue it. */
  readonly gatewayPid: number | undefined
  close(): Promise<void>
}

const { S3_TEST_ENDPOINT, S3_TEST_ACCESS_KEY, S3_TEST_SECRET_KEY, S3_TEST_REGION, PATH, CI } = process.env
const daemons = ['ceph-mon', 'ceph-osd', 'radosgw']

/** Why there is no S3 server, or undefined. */
export const missingS3: string | undefined = (() => {
  if (S3_TEST_ENDPOINT !== undefined) return undefined
  const absent = daemons.filter((program) => !isInstalled(program))
  if (absent.length === 0) return undefined
  return `no S3 server: S3_TEST_ENDPOINT is not set and ${absent.join(', ')} not installed (test/support/start-ceph.sh install)`
})()

/** Every file with S3 tests calls it once: where tests are meant to be complete, skipping is failing. */
export function expectS3InCI(): void {
  if (CI !== undefined && CI !== '') test('CI has an S3 server', () => expect(missingS3).toBeUndefined())
}

export async function startS3(settings: { store?: 'memstore' | 'bluestore' } = {}): Promise<S3Server> {
  if (S3_TEST_ENDPOINT !== undefined) {
    return {
      endpoint: S3_TEST_ENDPOINT,
      accessKey: S3_TEST_ACCESS_KEY ?? '',
      secretKey: S3_TEST_SECRET_KEY ?? '',
      region: S3_TEST_REGION ?? 'us-east-1',
      gatewayPid: undefined,
      close: async () => {},
    }
  }
  const script = path.join(import.meta.dirname, 'start-ceph.sh')
  const CEPH_DIR = mkdtempSync(path.join(tmpdir(), 'ceph-'))
  const env = { ...process.env, CEPH_DIR, CEPH_PORT: String(await freePorts()), CEPH_STORE: settings.store ?? 'memstore' }
  const child = spawn(script, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const said = new Map<string, string>()
  for await (const line of createInterface(child.stdout)) {
    if (line === 'READY') break
    const [name, value] = line.split('=', 2)
    said.set(name!, value!)
  }
  if (!said.has('RGW_PID')) throw new Error('The Ceph object store did not start')
  return {
    endpoint: said.get('S3_ENDPOINT')!,
    accessKey: said.get('S3_ACCESS_KEY')!,
    secretKey: said.get('S3_SECRET_KEY')!,
    region: said.get('S3_REGION')!,
    gatewayPid: Number(said.get('RGW_PID')),
    async close() {
      child.stdin.end()
      await ended
    },
  }
}

let buckets = 0

/** Settings for a bucket of its own; `check` makes it. */
export function newBucket({ endpoint, accessKey, secretKey, region }: S3Server): S3Options {
  return { endpoint, accessKey, secretKey, region, bucket: `test-${process.pid}-${Date.now()}-${buckets++}` }
}

function isInstalled(program: string): boolean {
  return (PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** First of forty ports below the ephemeral range, of which the two that are needed for certain are free. */
async function freePorts(): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const first = 20_000 + ((process.pid + attempt) % 250) * 40
    if ((await isFree(first)) && (await isFree(first + 1))) return first
    if (attempt === 250) throw new Error('No free ports')
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
