/** A whole archive on free ports: the program as `npm start` runs it, with a database and an object folder of its own and a small county in it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Role } from '../../archive/access.ts'
import { askerOf } from '../../archive/access.ts'
import { setPIN } from '../../archive/reading/signing/pin.ts'
import { type Config, readConfig } from '../../gateway/config.ts'
import { type Program, type ProgramOptions, startProgram } from '../../gateway/program.ts'
import { upsertAE } from '../../storage/index/ae.ts'
import { findCredentials } from '../../storage/index/reading/accounts.ts'
import { writePolicy } from '../../storage/index/reading/policies.ts'
import { type County, makeCounty } from './institutions.ts'
import { openTestIndex } from './postgres.ts'

export const testPassword = 'correct horse battery'
/** What the doctors among them sign with. */
export const testPIN = '135790'

/** One account of each kind that the tests need; all have the same password. */
const people: readonly { username: string; displayName: string; role: Role; at: 'county' | 'east' | 'west' }[] = [
  { username: 'radiologist', displayName: '李娜', role: 'radiologist', at: 'county' },
  { username: 'colleague', displayName: '张伟', role: 'radiologist', at: 'county' },
  { username: 'reviewer', displayName: '王敏', role: 'reviewer', at: 'county' },
  { username: 'administrator', displayName: '系统管理员', role: 'administrator', at: 'county' },
  { username: 'east-technologist', displayName: '赵磊', role: 'technologist', at: 'east' },
  { username: 'east-clinician', displayName: '陈静', role: 'clinician', at: 'east' },
  { username: 'west-technologist', displayName: '孙燕', role: 'technologist', at: 'west' },
  { username: 'west-clinician', displayName: '胡芳', role: 'clinician', at: 'west' },
]

export interface TestProgram extends Program {
  readonly origin: string
  readonly county: County
  /** `Authorization` of an account, for requests without a browser. */
  basic(username: string): string
  /** `fetch` as an account; `undefined` is nobody. */
  request(username: string | undefined, path: string, init?: RequestInit): Promise<Response>
}

export interface TestProgramOptions extends Partial<Pick<ProgramOptions, 'objects' | 'pages' | 'connection' | 'log'>> {
  readonly config?: Partial<Config>
}

export async function startTestProgram(options: TestProgramOptions = {}): Promise<TestProgram> {
  const { config: changed = {}, ...programOptions } = options
  const folder = await mkdtemp(join(tmpdir(), 'archive-'))
  const database = options.connection === undefined ? await openTestIndex({ max: 1 }) : undefined
  const config: Config = {
    ...readConfig({ DATA_DIR: folder, HTTP_PORT: '0', DICOM_PORT: '0', DEMO: 'off', QUIET_SECONDS: '3600' }),
    ...changed,
  }
  const program = await startProgram(config, {
    log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
    ...(database === undefined ? {} : { connection: database.connection }),
    ...programOptions,
  })
  const county = await makeCounty(program.index.pool)
  const ids = { county: county.county, east: county.townships[0], west: county.townships[1] }
  for (const [at, title] of [
    ['east', 'EAST_CT'],
    ['east', 'EAST_DR'],
    ['west', 'WEST_CT'],
  ] as const) {
    await upsertAE(program.index.pool, { title, institution: ids[at], quietSeconds: 3_600 })
  }
  await Promise.all(
    people.map(({ role, at, ...person }) =>
      program.accounts.create({ ...person, roles: [role], institution: ids[at], password: testPassword }),
    ),
  )
  await writePolicy(program.index.pool, 'undoSeconds', 0, null)
  for (const { username } of people.filter(({ at }) => at === 'county')) {
    const account = await findCredentials(program.index.pool, username)
    await setPIN(program, askerOf(account!, null, null), testPassword, testPIN)
  }
  const origin = `http://127.0.0.1:${program.httpPort}`
  const basic = (username: string) => `Basic ${Buffer.from(`${username}:${testPassword}`).toString('base64')}`
  return {
    ...program,
    origin,
    county,
    basic,
    request: (username, path, init = {}) =>
      fetch(`${origin}${path}`, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), ...(username === undefined ? {} : { Authorization: basic(username) }) },
      }),
    async close() {
      await program.close()
      await database?.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
