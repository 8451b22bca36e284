/**
 * Live events: what the change feed says, told to each browser that may know (index.md §7). One watcher a gateway; each listener hears only of studies
 * in its scope. The last few thousand events are kept, so that a browser that lost its line goes on from the last number it saw.
 */

import type { Index } from '../../storage/index/postgres.ts'
import { criticalStates, messagesSaid, orderPlaces, studySizes, workitemStates } from '../../storage/index/reading/live.ts'
import type { Scope } from '../../storage/index/records.ts'
import { type Change, watchChanges } from '../changes.ts'

/** `reset`: more was missed than is remembered; ask for everything again. */
export interface LiveEvent {
  readonly number: number
  readonly name: 'workitem' | 'study' | 'order' | 'critical' | 'report' | 'question' | 'reset'
  readonly data: object
}

interface Remembered extends LiveEvent {
  readonly institutions: Scope
}

/** Events that a browser may have missed: at 40 studies an hour, half a day. */
const defaultRemembered = 4_000

export class LiveEvents {
  readonly #index: Index
  readonly #recent: Remembered[] = []
  readonly #listeners = new Set<{ scope: Scope; hear: (event: LiveEvent) => void }>()
  readonly #watching: { close(): Promise<void> }
  /** The number up to which events have been told; undefined before the first look. */
  #position: number | undefined
  #forgotten = 0
  readonly #remembered: number

  constructor(index: Index, log?: (sentence: string) => void, remembered: number = defaultRemembered) {
    this.#index = index
    this.#remembered = remembered
    this.#watching = watchChanges({ index, handle: (changes) => this.#tell(changes), ...(log === undefined ? {} : { log }) })
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** Hears of everything in scope after a number, or from now on. Ends with the answered function. */
  listen(scope: Scope, after: number | undefined, hear: (event: LiveEvent) => void): () => void {
    if (after !== undefined) {
      if (after < this.#forgotten || this.#position === undefined) hear({ number: this.#position ?? after, name: 'reset', data: {} })
      else for (const event of this.#recent) if (event.number > after && overlaps(event.institutions, scope)) hear(event)
    }
    const listener = { scope, hear }
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async #tell(changes: readonly Change[]): Promise<void> {
    if (this.#position === undefined) this.#forgotten = (changes[0]?.number ?? 1) - 1
    for (const event of await this.#eventsOf(changes)) {
      this.#recent.push(event)
      for (const { scope, hear } of this.#listeners) if (overlaps(event.institutions, scope)) hear(event)
    }
    this.#position = changes.at(-1)?.number ?? this.#position
    const surplus = this.#recent.length - this.#remembered
    if (surplus > 0) this.#forgotten = this.#recent.splice(0, surplus).at(-1)!.number
  }

  /** A batch as events: of each workitem, study, order and critical value the last change, once. */
  async #eventsOf(changes: readonly Change[]): Promise<Remembered[]> {
    const workitems = new Map<number, Change>()
    const studies = new Map<number, Change>()
    const orders = new Map<number, Change>()
    const criticals = new Map<number, Change>()
    const reports = new Map<number, Change>()
    const messages = new Map<number, Change>()
    for (const change of changes) {
      if (change.kind === 'order' && change.ref !== null) orders.set(Number(change.ref), change)
      if (change.studyPk === null || change.StudyInstanceUID === null) continue
      if (change.kind === 'workitem' && change.ref !== null) workitems.set(Number(change.ref), change)
      else if (change.kind === 'report' && change.ref !== null) reports.set(Number(change.ref), change)
      else if (change.kind === 'critical' && change.ref !== null) criticals.set(Number(change.ref), change)
      else if (change.kind === 'question' && change.ref !== null) messages.set(Number(change.ref), change)
      else if (studyKinds.has(change.kind)) studies.set(change.studyPk, change)
    }
    const [states, sizes, places, calls, said] = await Promise.all([
      workitemStates(this.#index.pool, [...workitems.keys()]),
      studySizes(this.#index.pool, [...studies.keys()]),
      orderPlaces(this.#index.pool, [...orders.keys()]),
      criticalStates(this.#index.pool, [...criticals.keys()]),
      messagesSaid(this.#index.pool, [...messages.keys()]),
    ])
    const events: Remembered[] = []
    for (const [id, { number, institutions, StudyInstanceUID }] of workitems) {
      events.push({ number, institutions, name: 'workitem', data: { id: String(id), state: states.get(id) ?? null, StudyInstanceUID } })
    }
    for (const [pk, { number, institutions, StudyInstanceUID }] of studies) {
      events.push({ number, institutions, name: 'study', data: { StudyInstanceUID, instances: sizes.get(pk) ?? 0 } })
    }
    // A version was published or taken back: whoever has one is told by their notices, not by the event.
    for (const [id, { number, institutions, StudyInstanceUID }] of reports) {
      events.push({ number, institutions, name: 'report', data: { id: String(id), StudyInstanceUID } })
    }
    for (const [id, { number, institutions, StudyInstanceUID }] of criticals) {
      events.push({ number, institutions, name: 'critical', data: { id: String(id), ...calls.get(id), StudyInstanceUID } })
    }
    for (const [id, { number, institutions, StudyInstanceUID }] of messages) {
      events.push({ number, institutions, name: 'question', data: { id: String(id), ...said.get(id), StudyInstanceUID } })
    }
    // An order is told of before it has a study: to the institution that it belongs to.
    for (const [id, { number, StudyInstanceUID }] of orders) {
      const place = places.get(id)
      if (place === undefined) continue
      const data = { id: String(id), state: place.state, StudyInstanceUID }
      events.push({ number, institutions: [place.institution], name: 'order', data })
    }
    return events.sort((a, b) => a.number - b.number)
  }

  close(): Promise<void> {
    return this.#watching.close()
  }
}

/** What shows in the row of a study. */
const studyKinds: ReadonlySet<string> = new Set(['instance', 'update', 'study', 'correction', 'patient'])

const overlaps = (institutions: Scope, scope: Scope): boolean => institutions.some((institution) => scope.includes(institution))
