/**
 * Accounts: passwords (Argon2id), lock-out, sessions, bearer tokens. reading.md §8.4.
 *
 * A session token is 256 random bits in a cookie; the table keeps its SHA-256. What a request costs here is one indexed read, and nothing at all
 * within `cacheMs` of the one before: a viewer asks for hundreds of frames.
 */
import { createHash, randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { Index } from '../storage/index/postgres.ts'
import {
  type AccountChange,
  type AccountRow,
  countAdministrators,
  countTry,
  deleteSession,
  deleteSessionsOf,
  findAccount,
  findAccountByToken,
  findCredentials,
  findSession,
  forgetFailures,
  insertAccount,
  insertSession,
  listAccounts,
  markSignedIn,
  sweepAccounts,
  touchSession,
  updateAccount,
} from '../storage/index/reading/accounts.ts'
import { markPINGiven } from '../storage/index/reading/signing.ts'
import { type Asker, askerOf, fits, type Role } from './access.ts'
import { BadRequest, Conflict, NotFound } from './errors.ts'
import { Refused } from './reading/refused.ts'

export interface AccountOptions {
  /** A session ends after so many seconds, whatever happens (a working day). */
  readonly sessionSeconds: number
  /** … and after so many without a request. */
  readonly idleSeconds: number
  /** So many wrong passwords in a row lock the name … */
  readonly failures: number
  /** … for so many seconds. */
  readonly lockSeconds: number
  /** How long an answer of the database is believed; sign-out on another gateway takes effect within it. */
  readonly cacheMs: number
  /** Accounts of the demo county may enter: their passwords are published. Otherwise they are as good as gone. */
  readonly demo: boolean
}

export const accountDefaults: AccountOptions = {
  sessionSeconds: 12 * 3600,
  idleSeconds: 2 * 3600,
  failures: 5,
  lockSeconds: 15 * 60,
  cacheMs: 3_000,
  demo: false,
}

/** OWASP's second choice: 19 MiB, two passes; about 60 ms of one core. `algorithm: 2` is Argon2id (an ambient const enum in the package). */
const argon2id = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** At most so many passwords are tried at once, so that a flood of sign-ins cannot take all memory and all threads. */
const maxVerifying = 4
const maxWaiting = 64

const sha256 = (token: string): Buffer => createHash('sha256').update(token).digest()
export const newToken = (): string => randomBytes(32).toString('base64url')

interface Cached<T> {
  readonly value: T
  readonly until: number
}

export class Accounts {
  readonly #index: Index
  readonly #options: AccountOptions
  readonly #sessions = new Map<string, Cached<{ account: AccountRow; pinGivenAt: Date | null }>>()
  readonly #passwords = new Map<string, Cached<AccountRow>>()
  /** By name and password, while it is being looked at. */
  readonly #trying = new Map<string, Promise<AccountRow>>()
  #verifying = 0
  readonly #waiting: (() => void)[] = []
  /** Compared against when there is no such account, so that the answer takes as long. */
  readonly #nobody = hash(newToken(), argon2id)

  constructor(index: Index, options: Partial<AccountOptions> = {}) {
    this.#index = index
    this.#options = { ...accountDefaults, ...options }
  }

  /**
   * Signs a person in. The answer is the same for a wrong name and a wrong password.
   * @throws Refused `wrong-password`, `locked`.
   */
  async signIn(username: string, password: string, address: string | null): Promise<{ token: string; asker: Asker }> {
    const account = await this.#checkPassword(username, password)
    const token = newToken()
    await insertSession(this.#index.pool, sha256(token), account.id, this.#options.sessionSeconds)
    await markSignedIn(this.#index.pool, account.id)
    return { token, asker: askerOf(account, null, address) }
  }

  async askerOfSession(token: string, address: string | null): Promise<Asker | undefined> {
    const cached = fresh(this.#sessions, token)
    if (cached !== undefined) return askerOf(cached.account, cached.pinGivenAt, address)
    const digest = sha256(token)
    const session = await findSession(this.#index.pool, digest, this.#options.idleSeconds)
    if (session === undefined || !this.#mayEnter(session)) return undefined
    await touchSession(this.#index.pool, digest)
    remember(this.#sessions, token, { account: session, pinGivenAt: session.pinGivenAt }, this.#options.cacheMs)
    return askerOf(session, session.pinGivenAt, address)
  }

  /** Whether the session still lives, without keeping it alive: for streams that outlast many requests. */
  async isAlive(token: string): Promise<boolean> {
    return (await findSession(this.#index.pool, sha256(token), this.#options.idleSeconds)) !== undefined
  }

  /** Whether the account may enter at all: for the streams of programs, which have no session. */
  async isEnabled(account: number): Promise<boolean> {
    const found = await findAccount(this.#index.pool, account)
    return found !== undefined && this.#mayEnter(found)
  }

  async signOut(token: string): Promise<void> {
    this.#sessions.delete(token)
    await deleteSession(this.#index.pool, sha256(token))
  }

  /** HTTP Basic, for programs (people sign in). A right password is believed for a minute, while the account stays as it was. */
  async askerOfPassword(username: string, password: string, address: string | null): Promise<Asker> {
    const key = sha256(`${username}\0${password}`).toString('base64')
    const cached = fresh(this.#passwords, key)
    if (cached !== undefined) {
      const now = await findAccount(this.#index.pool, cached.id)
      if (now !== undefined && this.#mayEnter(now) && now.revision === cached.revision) return askerOf(now, null, address)
      this.#passwords.delete(key)
    }
    const account = await this.#checkPassword(username, password)
    remember(this.#passwords, key, account, 60_000)
    return askerOf(account, null, address)
  }

  async askerOfBearer(token: string, address: string | null): Promise<Asker | undefined> {
    const account = await findAccountByToken(this.#index.pool, sha256(token))
    return account === undefined ? undefined : askerOf(account, null, address)
  }

  /** The password again, before something that a page left open must not do. @throws Refused */
  async provePassword(asker: Asker, password: string): Promise<void> {
    await this.#checkPassword(asker.username, password)
  }

  /** The signing session of a browser begins (its PIN was proved) or ends. */
  async markSigning(token: string, given: boolean): Promise<void> {
    await markPINGiven(this.#index.pool, sha256(token), given)
    this.#sessions.delete(token)
  }

  list(): Promise<AccountRow[]> {
    return listAccounts(this.#index.pool)
  }

  async hasAdministrator(): Promise<boolean> {
    return (await countAdministrators(this.#index.pool, this.#options.demo)) > 0
  }

  /** Answers the bearer token of a program, once: it is kept nowhere. @throws Conflict, BadRequest */
  async create(account: NewAccount): Promise<{ id: number; token?: string }> {
    const token = account.kind === 'program' && account.password === undefined ? newToken() : undefined
    const id = await insertAccount(this.#index.pool, await this.#changeOf(account, token))
    if (id === undefined) throw new Conflict(`The username ${account.username} is taken`)
    return token === undefined ? { id } : { id, token }
  }

  /** Whoever is signed in with the account is signed out. @throws NotFound, BadRequest */
  async change(account: NewAccount, options: { renewToken?: boolean } = {}): Promise<{ token?: string }> {
    const token = options.renewToken === true ? newToken() : undefined
    const id = await updateAccount(this.#index.pool, await this.#changeOf(account, token))
    if (id === undefined) throw new NotFound(`There is no account ${account.username}`)
    await deleteSessionsOf(this.#index.pool, id)
    await forgetFailures(this.#index.pool, account.username)
    for (const [key, { value }] of this.#sessions) if (value.account.id === id) this.#sessions.delete(key)
    return token === undefined ? {} : { token }
  }

  /** Removes what is over: ended sessions, old failures, week-old idempotency keys. Now and then, on any gateway. */
  sweep(): Promise<void> {
    return sweepAccounts(this.#index.pool, this.#options.idleSeconds)
  }

  async #changeOf(account: NewAccount, token: string | undefined): Promise<AccountChange> {
    const kind = account.kind ?? 'person'
    const misfit = account.roles.find((role) => !fits(role, kind))
    if (misfit !== undefined) throw new BadRequest(`The role ${misfit} is not one for a ${kind}`)
    return {
      username: normalUsername(account.username),
      displayName: account.displayName,
      kind,
      roles: account.roles,
      institution: account.institution,
      enabled: account.enabled ?? true,
      demo: account.demo ?? false,
      passwordHash: account.password === undefined ? undefined : await hash(checkedPassword(account), argon2id),
      tokenSHA256: token === undefined ? undefined : sha256(token),
    }
  }

  /** A program that begins with many requests at once tries its password once. */
  async #checkPassword(typed: string, password: string): Promise<AccountRow> {
    const username = normalUsername(typed)
    const key = sha256(`${username}\0${password}`).toString('base64')
    const trying = this.#trying.get(key)
    if (trying !== undefined) return trying
    const tried = this.#tryPassword(username, password).finally(() => this.#trying.delete(key))
    this.#trying.set(key, tried)
    return tried
  }

  async #tryPassword(username: string, password: string): Promise<AccountRow> {
    const { pool } = this.#index
    // Before it counts: in a flood of sign-ins nobody's name is locked for tries that nobody looked at.
    if (this.#waiting.length >= maxWaiting) throw new Refused('busy', 'Too many sign-ins at once')
    const locked = await countTry(pool, username, this.#options.failures, this.#options.lockSeconds)
    if (locked !== null) throw new Refused('locked', `Too many wrong passwords; try again after ${locked.toISOString()}`, { until: locked })
    const account = await findCredentials(pool, username)
    const right = await this.#verify(account?.passwordHash ?? (await this.#nobody), password)
    if (account === undefined || account.passwordHash === null || !this.#mayEnter(account) || !right) {
      throw new Refused('wrong-password', 'The username or the password is wrong')
    }
    await forgetFailures(pool, username)
    const { passwordHash: _, ...row } = account
    return row
  }

  #mayEnter({ enabled, demo }: AccountRow): boolean {
    return enabled && (!demo || this.#options.demo)
  }

  async #verify(passwordHash: string, password: string): Promise<boolean> {
    if (this.#verifying >= maxVerifying) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#verifying += 1
    }
    try {
      return await verify(passwordHash, password)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#verifying -= 1
      else next()
    }
  }
}

export interface NewAccount {
  readonly username: string
  readonly displayName: string
  /** Default: person. */
  readonly kind?: 'person' | 'program'
  readonly roles: readonly Role[]
  /** Key of the institution. */
  readonly institution: number
  readonly password?: string | undefined
  readonly enabled?: boolean
  readonly demo?: boolean
}

const normalUsername = (typed: string): string => {
  const username = typed.normalize('NFKC').trim().toLowerCase()
  if (username.length > 64) throw new BadRequest('A username has at most 64 characters')
  return username
}

/** Length is what counts (NIST SP 800-63B §3.1.1); demo accounts, whose passwords are published, are let off. */
function checkedPassword({ password = '', username, demo }: NewAccount): string {
  if (password.length > 256) throw new BadRequest('A password has at most 256 characters')
  if (demo === true) return password
  if (password.length < 10) throw new BadRequest('A password has at least 10 characters')
  if (password.toLowerCase().includes(username.toLowerCase())) throw new BadRequest('The password contains the username')
  return password
}

/** The most that is remembered: one entry a browser. The oldest goes first. */
const cacheSize = 10_000

function fresh<T>(cache: Map<string, Cached<T>>, key: string): T | undefined {
  const cached = cache.get(key)
  if (cached === undefined) return undefined
  if (cached.until > performance.now()) return cached.value
  cache.delete(key)
  return undefined
}

function remember<T>(cache: Map<string, Cached<T>>, key: string, value: T, ms: number): void {
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!)
  cache.set(key, { value, until: performance.now() + ms })
}
