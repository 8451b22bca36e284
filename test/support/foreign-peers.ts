/**
 * Foreign peers: programs of other makers, installed or not, that our services are tried against.
 *
 * Where one is missing its tests are skipped and say why; with `CI` set they run and fail, so that a skip cannot pass unnoticed.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from 'vitest'

/** Debian's package for each program, for the sentence. */
const packages: Record<string, string> = {
  echoscu: 'dcmtk',
  storescu: 'dcmtk',
  storescp: 'dcmtk',
  termscu: 'dcmtk',
  findscu: 'dcmtk',
  movescu: 'dcmtk',
  getscu: 'dcmtk',
  dcmdump: 'dcmtk',
  dcm2xml: 'dcmtk',
  dcm2json: 'dcmtk',
  dcmdjpeg: 'dcmtk',
  dcmconv: 'dcmtk',
  dcmmkdir: 'dcmtk',
  unzip: 'unzip',
  dciodvfy: 'dicom3tools',
  Orthanc: 'orthanc',
  'libOrthancDicomWeb.so': 'orthanc-dicomweb',
  'libOrthancPostgreSQLIndex.so': 'orthanc-postgresql',
  openssl: 'openssl',
}

/** Where Orthanc's plugins lie. */
const pluginFolders = ['/usr/share/orthanc/plugins', '/usr/lib/orthanc', '/usr/local/share/orthanc/plugins']

/** The path of a program, or of a plugin (`….so`) of one; undefined where it is not installed. */
export function pathOf(program: string): string | undefined {
  const isPlugin = program.endsWith('.so')
  for (const folder of isPlugin ? pluginFolders : (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, program), isPlugin ? constants.R_OK : constants.X_OK)
      return join(folder, program)
    } catch {
      // look in the next folder
    }
  }
  return undefined
}

/** Why tests that need these programs cannot run; undefined when they can. */
function missing(programs: readonly string[]): string | undefined {
  const absent = programs.filter((program) => pathOf(program) === undefined)
  if (absent.length === 0) return undefined
  return absent.map((program) => `${program} is not installed (Debian: ${packages[program] ?? program})`).join(', ')
}

function refuseToSkip(reason: string): never {
  throw new Error(`${reason}; in CI no foreign peer may be missing`)
}

/** A group of tests that need these programs. */
export function describeWithPeers(name: string, programs: readonly string[], tests: () => void): void {
  const reason = missing(programs)
  if (reason === undefined) describe(name, tests)
  else if (process.env.CI) test(name, () => refuseToSkip(reason))
  else describe.skip(`${name} (skipped: ${reason})`, tests)
}

/** One test that needs this program. */
export function testWithPeer(program: string, name: string, fact: () => unknown, timeout?: number): void {
  const reason = missing([program])
  if (reason === undefined) test(name, async () => void (await fact()), timeout)
  else if (process.env.CI) test(name, () => refuseToSkip(reason))
  else test.skip(`${name} (skipped: ${reason})`, fact as () => void)
}

export interface Finished {
  readonly code: number | null
  /** What it wrote on both outputs. */
  readonly output: string
}

/** Runs a program to its end. DCMTK leaves Nagle's algorithm on unless `TCP_NODELAY` is set, which would measure timers, not programs. */
export function run(program: string, args: readonly string[], options: { cwd?: string; timeout?: number } = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...options,
      timeout: options.timeout ?? 20_000,
      env: { ...process.env, TCP_NODELAY: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('latin1') }))
  })
}
