/**
 * The program as a process: reads the settings, makes the pages, starts, plays the demo county where it is wanted, says where to go, and stops on
 * Ctrl-C or SIGTERM. What cannot be started is told in one sentence, with a non-zero exit.
 */
import { existsSync } from 'node:fs'
import { access, constants, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { pino } from 'pino'
import { ArchiveError } from '../archive/errors.ts'
import { buildPortal } from '../viewer/build.mjs'
import { installOHIF } from '../viewer/ohif/install.mjs'
import { type Config, ConfigurationRefused, isLoopback, readConfig } from './config.ts'
import type { Called } from './demo/send.ts'
import { keepSending } from './demo/traffic.ts'
import { demoAccounts, playDemoCounty } from './demo.ts'
import { fail } from './install.mjs'
import { type Program, startProgram } from './program.ts'

export async function main(): Promise<void> {
  const began = performance.now()
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  const stopping = new Stopping(print)
  try {
    const config = readConfig()
    await openDataFolder(config)
    const demo = await demoFor(config)
    // At a console and in the demo people read the lines below; the log of every association is for machines.
    const isForPeople = process.stdout.isTTY || demo.wanted
    const log = pino({ level: isForPeople && config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL })

    // Noted before anything can fail: a start that broke off (a port that is taken) is made good by the next.
    if (demo.wanted && !demo.played) await demo.mark('playing')
    print('Starting the imaging archive …')
    const [portal, ohif] = await Promise.all([buildPortal({ log: print }), installOHIF({ log: print })])
    const program = await startProgram(config, {
      log,
      pages: { portal: portal.folder, ohif: ohif.folder },
      ...(demo.wanted ? { demoAccounts: () => demoAccounts } : {}),
    })
    stopping.started(program)
    if (stopping.wished) return
    const origin = `http://${config.HTTP_HOST}:${program.httpPort}`
    if (demo.wanted) {
      await play(demo, program, config, origin, print)
      stopping.first(keepSending({ origin, dicom: calledBy(config, program), clock: () => new Date(), log }))
    }
    tellWhereToGo(program, config, origin, demo, print, (performance.now() - began) / 1_000)
  } catch (error) {
    // Whatever breaks off because it is being stopped is not a failure.
    if (stopping.wished) return
    // What the person at the console can mend is one sentence; a mistake of ours is shown whole.
    fail(error instanceof ArchiveError || isSystemError(error) ? sentenceFor(error) : String((error as Error).stack))
  }
}

/** The demo county is for a first look: an empty data folder of our own, on loopback; later starts of the same folder go on with it. */
async function demoFor({ DEMO, DATA_DIR, DATABASE_URL, S3_ENDPOINT, HTTP_HOST, DICOM_HOST }: Config): Promise<Demo> {
  const marker = join(DATA_DIR, 'demo')
  const state = await readFile(marker, 'utf8').catch(() => undefined)
  const isOurs = DATABASE_URL === undefined && S3_ENDPOINT === undefined
  const mayBegin = DEMO === 'on' || (DEMO === undefined && isOurs && (await isEmpty(DATA_DIR)))
  const wanted = DEMO !== 'off' && isLoopback(HTTP_HOST) && isLoopback(DICOM_HOST) && (state !== undefined || mayBegin)
  return { wanted, played: state === 'played', mark: (now) => writeFile(marker, now) }
}

interface Demo {
  readonly wanted: boolean
  /** Its studies are all there; a run that broke off is played again. */
  readonly played: boolean
  readonly mark: (state: 'playing' | 'played') => Promise<void>
}

const isEmpty = (folder: string): Promise<boolean> =>
  readdir(folder).then(
    (names) => names.length === 0,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )

/** @throws ConfigurationRefused: nothing can be kept there. */
async function openDataFolder({ DATA_DIR, DATABASE_URL, S3_ENDPOINT }: Config): Promise<void> {
  if (DATABASE_URL !== undefined && S3_ENDPOINT !== undefined) return
  try {
    // Asked of the nearest folder that exists: in a file system that takes no folders at all, Node's own search for it never ends.
    let existing = DATA_DIR
    while (!existsSync(existing) && existing !== dirname(existing)) existing = dirname(existing)
    await access(existing, constants.W_OK | constants.X_OK)
    if (existing !== DATA_DIR) await mkdir(join(existing, relative(existing, DATA_DIR).split(sep)[0]!))
    await mkdir(DATA_DIR, { recursive: true })
    await access(DATA_DIR, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new ConfigurationRefused(
      `DATA_DIR=${DATA_DIR} cannot be written (${(cause as NodeJS.ErrnoException).code}); choose a folder that can`,
      { cause },
    )
  }
}

async function play(demo: Demo, program: Program, config: Config, origin: string, print: (line: string) => void): Promise<void> {
  // A database that was thrown away since knows nothing of it.
  if (demo.played && (await program.accounts.list()).some((account) => account.demo)) return
  print('Playing the demo county: township studies arrive by C-STORE and STOW-RS …')
  const { index, accounts } = program
  await playDemoCounty({ index, accounts, origin, dicom: calledBy(config, program), clock: () => new Date() })
  await demo.mark('played')
}

/** How the machines of the demo county call the archive. */
const calledBy = ({ DICOM_HOST, AE_TITLE }: Config, { dicomPort }: Program): Called => ({
  host: DICOM_HOST,
  port: dicomPort,
  AETitle: AE_TITLE,
})

/**
 * Ctrl-C reaches the process two or three times (terminal and npm): within two seconds that is one wish; after that it is impatience. Wished while
 * the program is still starting, it is stopped as soon as it stands, so that the database is never left running.
 */
class Stopping {
  #wishedAt: number | undefined
  #program: Program | undefined
  #first: { close(): Promise<void> } | undefined

  constructor(print: (line: string) => void) {
    const stop = (signal: NodeJS.Signals): void => {
      if (this.#wishedAt !== undefined) {
        if (performance.now() - this.#wishedAt > 2_000) process.exit(1)
        return
      }
      this.#wishedAt = performance.now()
      print(signal === 'SIGINT' ? '\nStopping …' : 'Stopping …')
      void this.#stop()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  }

  get wished(): boolean {
    return this.#wishedAt !== undefined
  }

  started(program: Program): void {
    this.#program = program
    if (this.wished) void this.#stop()
  }

  /** What uses the program ends before it. */
  first(running: { close(): Promise<void> }): void {
    this.#first = running
  }

  async #stop(): Promise<void> {
    if (this.#program === undefined) return
    await this.#first?.close()
    await this.#program.close()
    process.exit(0)
  }
}

function tellWhereToGo(program: Program, config: Config, origin: string, demo: Demo, print: (line: string) => void, seconds: number): void {
  const tls = program.dicomTLSPort === undefined ? '' : `, TLS at ${config.DICOM_HOST}:${program.dicomTLSPort}`
  const plain = config.DICOM_PLAIN === 'on' ? ` at ${config.DICOM_HOST}:${program.dicomPort}` : ''
  print(`Ready in ${seconds.toFixed(1)} s. DICOM: ${config.AE_TITLE}${plain}${tls}`)
  if (program.setupToken !== undefined) {
    print(`There is no administrator yet: open ${origin}/setup and enter the one-time token ${program.setupToken} (good for a day)`)
  }
  print(`\n  ${origin}${config.PUBLIC_PATH}/\n`)
  if (!demo.wanted) return
  for (const { username, password, displayName, role, institution } of demoAccounts) {
    print(`  ${username.padEnd(12)} ${password.padEnd(10)} ${role.padEnd(14)} ${displayName}，${institution}`)
  }
}

/** What the system said, in words; the numbers behind it are in `cause`. */
function sentenceFor(error: Error): string {
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is taken by another program; stop it, or set HTTP_PORT or DICOM_PORT to another.`
  if (code === 'EACCES' && syscall === 'listen') return `Port ${port} on ${address} may not be opened by this user; choose one above 1023.`
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine; set HTTP_HOST or DICOM_HOST to one that is.`
  return `The archive was not started: ${error.message}`
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error && 'code' in error
