/**
 * The audit: what was done by whom (reading.md §8; ATNA in spirit). Views are counted once per person, study and five minutes and written in batches;
 * signing and whatever else must not be missed is written in the deed's own transaction (`auditIn`). The audit holds identifiers, never a name or a text.
 */
import type { Index } from '../storage/index/postgres.ts'
import type { Queryable } from '../storage/index/query.ts'
import {
  type AuditRow,
  type AuditSearch,
  type AuditView,
  brokenSeal,
  insertAudit,
  listAudit,
  sealAudit,
} from '../storage/index/reading/audit.ts'
import type { Asker } from './access.ts'
import { ValueNotStorable } from './errors.ts'

export interface AuditedDeed {
  readonly action: string
  /** Default: done. */
  readonly outcome?: 'done' | 'refused'
  readonly StudyInstanceUID?: string
  readonly object?: string
  readonly detail?: Readonly<Record<string, unknown>>
}

const rowOf = (asker: Asker, deed: AuditedDeed, span: number | null = null): AuditRow => ({
  account: asker.account,
  username: asker.username,
  institution: asker.institution.id,
  action: deed.action,
  outcome: deed.outcome ?? 'done',
  StudyInstanceUID: deed.StudyInstanceUID ?? null,
  object: deed.object ?? null,
  address: asker.address,
  detail: deed.detail ?? null,
  span,
})

/** Never in the middle of a character: half of one cannot be stored. */
const cutShort = (text: string): string => text.slice(0, 64).replace(/\p{Surrogate}/gu, '')

/** In the transaction of the deed itself: both are committed, or neither. */
export const auditIn = (client: Queryable, asker: Asker, deed: AuditedDeed): Promise<void> => insertAudit(client, [rowOf(asker, deed)])

export interface AuditOptions {
  readonly index: Index
  readonly clock: () => Date
  readonly log: { warn(about: object, message: string): void }
  /** How long views wait for company. */
  readonly flushMs?: number
}

const spanMs = 300_000
/** While the database is away, so many rows wait; after that the oldest views are given up, and the log says how many. */
const maxWaiting = 10_000

export class Audit {
  readonly #options: AuditOptions
  #waiting: AuditRow[] = []
  /** Views of this span that have been noted already. */
  readonly #noted = new Set<string>()
  #notedSpan = 0
  #flushing: Promise<void> = Promise.resolve()
  readonly #timer: NodeJS.Timeout
  #dropped = 0

  constructor(options: AuditOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.flush(), options.flushMs ?? 1_000)
    this.#timer.unref()
  }

  /** Somebody has seen something of this study. Costs nothing when it was noted within the same five minutes. */
  view(asker: Asker, StudyInstanceUID: string): void {
    const span = Math.floor(this.#options.clock().getTime() / spanMs)
    if (span !== this.#notedSpan) {
      this.#noted.clear()
      this.#notedSpan = span
    }
    const key = `${asker.account} ${StudyInstanceUID}`
    if (this.#noted.has(key)) return
    this.#noted.add(key)
    this.#add(rowOf(asker, { action: 'view', StudyInstanceUID }, span))
  }

  /** Something that needs no transaction of its own: a sign-in, a refusal, a search of the ward. */
  note(asker: Asker, deed: AuditedDeed): void {
    this.#add(rowOf(asker, deed))
  }

  /** Somebody whose account is not known: a failed sign-in. What was typed as a username is kept cut short. */
  noteUnknown(username: string, address: string | null, deed: AuditedDeed): void {
    this.#add({
      account: 0,
      username: cutShort(username),
      institution: null,
      action: deed.action,
      outcome: deed.outcome ?? 'refused',
      StudyInstanceUID: null,
      object: null,
      address,
      detail: deed.detail ?? null,
      span: null,
    })
  }

  #add(row: AuditRow): void {
    this.#waiting.push(row)
    if (this.#waiting.length <= maxWaiting) return
    this.#waiting.shift()
    this.#dropped += 1
  }

  /** Writes what is waiting. A failure keeps it for the next time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(async () => {
      if (this.#waiting.length === 0) return
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#write(batch)
        if (this.#dropped > 0) this.#options.log.warn({ dropped: this.#dropped }, 'audit rows were given up while the database was away')
        this.#dropped = 0
      } catch (error) {
        this.#waiting = [...batch, ...this.#waiting].slice(-maxWaiting)
        this.#options.log.warn({ err: error, waiting: this.#waiting.length }, 'the audit cannot be written now')
      }
    })
    return this.#flushing
  }

  /** A row that cannot be stored holds up no other. */
  async #write(rows: readonly AuditRow[]): Promise<void> {
    try {
      await insertAudit(this.#options.index.pool, rows)
    } catch (error) {
      if (!(error instanceof ValueNotStorable)) throw error
      const [first] = rows
      if (rows.length === 1)
        return this.#options.log.warn({ action: first?.action, account: first?.account }, 'an audit row cannot be stored')
      const half = Math.ceil(rows.length / 2)
      await this.#write(rows.slice(0, half))
      await this.#write(rows.slice(half))
    }
  }

  search(search: AuditSearch): Promise<AuditView[]> {
    return listAudit(this.#options.index.pool, search)
  }

  /** Chains what is not chained yet; one gateway at a time does it. */
  seal(): Promise<number> {
    return sealAudit(this.#options.index.pool, 1_000)
  }

  /** Number of the first seal that is broken, or null. */
  verify(): Promise<number | null> {
    return brokenSeal(this.#options.index.pool)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }
}
