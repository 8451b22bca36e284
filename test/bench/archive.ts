/** Ours: the program as `npm start` runs it, in a data folder of its own, with a county, a machine and the people who read and send. */
import { join } from 'node:path'
import { Accounts } from '../../archive/accounts.ts'
import { upsertAE } from '../../storage/index/ae.ts'
import { openIndex } from '../../storage/index/postgres.ts'
import { makeCounty } from '../support/institutions.ts'
import { freePort, startProgramProcess } from './child.ts'
import type { Database } from './database.ts'
import { callingAETitle, type Peer } from './peer.ts'

const password = 'correct horse battery'
const AETitle = 'ARCHIVE'
const start = join(import.meta.dirname, '../../gateway/start.mjs')

export interface ArchiveOptions {
  /** Its `postgres` folder is the database's. */
  readonly folder: string
  /** The server of that folder, where it runs already; the program takes it over. */
  readonly database?: Database
  /** Settings by name (gateway/config.ts). */
  readonly settings?: Readonly<Record<string, string>>
  /** Folder for a CPU profile of the run. */
  readonly profile?: string | undefined
}

export async function startArchive({ folder, database, settings = {}, profile }: ArchiveOptions): Promise<Peer> {
  const [httpPort, dicomPort] = [await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${httpPort}`
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const running = await startProgramProcess([process.execPath, ...profiling, start], {
    environment: {
      DATA_DIR: folder,
      HTTP_PORT: String(httpPort),
      DICOM_PORT: String(dicomPort),
      AE_TITLE: AETitle,
      DEMO: 'off',
      LOG_LEVEL: 'warn',
      ...settings,
    },
    isReady: async () => (await fetch(`${origin}/readyz`)).ok,
  })
  if (database !== undefined) await fillCounty(database)
  const sessionOf = async (username: string) => ({ Cookie: database === undefined ? '' : await signIn(origin, username) })
  return {
    name: 'this archive',
    pid: running.pid,
    dicom: { port: dicomPort, AETitle },
    studies: `${origin}/dicomweb/studies`,
    reader: await sessionOf('radiologist'),
    sender: await sessionOf('technologist'),
    secondsToReady: running.secondsToReady,
    close: running.close,
  }
}

async function fillCounty({ connection }: Database): Promise<void> {
  const index = openIndex({ connection, max: 2 })
  const { county, townships } = await makeCounty(index.pool)
  await upsertAE(index.pool, { title: callingAETitle, institution: townships[0], quietSeconds: 3_600 })
  const accounts = new Accounts(index)
  await accounts.create({ username: 'radiologist', displayName: '李娜', roles: ['radiologist'], institution: county, password })
  await accounts.create({ username: 'technologist', displayName: '赵磊', roles: ['technologist'], institution: townships[0], password })
  await index.close()
}

/** The cookie of a session, as a browser has it. */
async function signIn(origin: string, username: string): Promise<string> {
  const answer = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  if (!answer.ok) throw new Error(`signing in as ${username} was answered ${answer.status}`)
  return answer.headers.getSetCookie()[0]!.split(';')[0]!
}
