/**
 * A critical value as a state machine (危急值, reading.md §3.4): one table of who may do what from which state and what must be given. It starts with the
 * raising and waits for nothing else, no signature and no review. A function of its arguments; `perform.ts` carries a decision out.
 */
import { type Asker, may } from '../../access.ts'
import type { State as WorkitemState } from '../workflow/machine.ts'

export const states = ['NOTIFYING', 'ACKNOWLEDGED', 'ACTED', 'CLOSED', 'WITHDRAWN'] as const
export type State = (typeof states)[number]
export const openStates: readonly State[] = ['NOTIFYING', 'ACKNOWLEDGED', 'ACTED']

/**
 * `ack`: the treating side repeats it and gives a name · `act`: what was done · `call`: told by telephone and repeated · `ring`: a call that nobody
 * answered · `confirm`, `repeat`: what was read back is right, or is not and is told again · `verify`: the centre confirms a suspicion · `escalate`: the clock.
 */
export const verbs = ['ack', 'act', 'call', 'ring', 'confirm', 'repeat', 'verify', 'close', 'withdraw', 'escalate'] as const
export type Verb = (typeof verbs)[number]

export interface Facts {
  readonly state: State
  readonly centre: number
  /** Institutions that treat the patient: the owner of the study, and those that have the patient under their care. */
  readonly treating: readonly number[]
  readonly raisedBy: number
  readonly suspected: boolean
  readonly readBackConfirmed: boolean
  readonly generation: number
}

export type Actor = Asker | 'system'
type Who = 'treating' | 'centre' | 'raiser' | 'reviewer' | 'doubter' | 'system'
type Guard = 'not-own' | 'name' | 'read-back' | 'text' | 'unconfirmed' | 'suspected'

/** Why not, in one word; `gateway/reading/critical-refusals.ts` has the sentences. */
export type CriticalRefusal =
  | 'critical-already'
  | 'critical-state'
  | 'critical-own'
  | 'critical-name'
  | 'critical-read-back'
  | 'critical-other-patient'
  | 'critical-text'
export type Refusal = CriticalRefusal | 'not-yours' | 'stale-generation'

export interface Transition {
  readonly verb: Verb
  readonly from: readonly State[]
  readonly to: State | 'same'
  /** Any of them. */
  readonly who: readonly Who[]
  readonly guards: readonly Guard[]
}

const row = (verb: Verb, from: readonly State[], to: Transition['to'], who: readonly Who[], guards: readonly Guard[] = []): Transition => ({
  verb,
  from,
  to,
  who,
  guards,
})

/** The first row that fits verb, state and person is taken. */
export const transitions: readonly Transition[] = [
  row('ack', ['NOTIFYING'], 'ACKNOWLEDGED', ['treating'], ['not-own', 'name', 'read-back']),
  row('act', ['ACKNOWLEDGED'], 'ACTED', ['treating', 'centre'], ['text']),
  // What was done grows: the first line stays in the log.
  row('act', ['ACTED'], 'same', ['treating', 'centre'], ['text']),
  row('call', ['NOTIFYING'], 'ACKNOWLEDGED', ['centre'], ['name', 'read-back']),
  row('call', ['ACKNOWLEDGED', 'ACTED'], 'same', ['centre'], ['name', 'read-back']),
  row('ring', ['NOTIFYING', 'ACKNOWLEDGED', 'ACTED'], 'same', ['centre'], ['name']),
  row('confirm', ['ACKNOWLEDGED', 'ACTED'], 'same', ['centre'], ['unconfirmed']),
  row('repeat', ['ACKNOWLEDGED'], 'NOTIFYING', ['centre'], ['text']),
  row('verify', openStates, 'same', ['centre'], ['suspected']),
  row('close', ['ACTED'], 'CLOSED', ['centre']),
  // A suspicion is confirmed or taken back by whichever reader has looked; a critical value by who raised it or a reviewer.
  row('withdraw', openStates, 'WITHDRAWN', ['raiser', 'reviewer', 'doubter'], ['text']),
  row('escalate', ['NOTIFYING'], 'same', ['system']),
]

const who: Readonly<Record<Who, (actor: Actor, facts: Facts) => boolean>> = {
  treating: (actor, facts) => actor !== 'system' && may(actor, 'order') && facts.treating.includes(actor.institution.id),
  centre: (actor, facts) => actor !== 'system' && actor.institution.id === facts.centre && may(actor, 'read'),
  raiser: (actor, facts) => actor !== 'system' && actor.account === facts.raisedBy,
  reviewer: (actor, facts) => actor !== 'system' && actor.institution.id === facts.centre && may(actor, 'review'),
  doubter: (actor, facts) => facts.suspected && who.centre(actor, facts),
  system: (actor) => actor === 'system',
}

/** What came with the verb. */
export interface Given {
  readonly generation?: number | undefined
  /** Of whoever answers; on the telephone, of whoever was called. */
  readonly name?: string | undefined
  /** What they repeated. */
  readonly readBack?: string | undefined
  /** Whether the repetition names the patient. */
  readonly namesPatient?: boolean
  /** What was done; why; what was said. */
  readonly text?: string | undefined
}

const isEmpty = (text: string | undefined): boolean => (text ?? '').trim() === ''

const guards: Readonly<Record<Guard, (actor: Actor, facts: Facts, given: Given) => Refusal | null>> = {
  'not-own': (actor, facts) => (actor !== 'system' && actor.account === facts.raisedBy ? 'critical-own' : null),
  name: (_, __, given) => (isEmpty(given.name) ? 'critical-name' : null),
  'read-back': (_, __, given) =>
    isEmpty(given.readBack) ? 'critical-read-back' : given.namesPatient === true ? null : 'critical-other-patient',
  text: (_, __, given) => (isEmpty(given.text) ? 'critical-text' : null),
  unconfirmed: (_, facts) => (facts.readBackConfirmed ? 'critical-state' : null),
  suspected: (_, facts) => (facts.suspected ? null : 'critical-state'),
}

export interface Decision {
  readonly transition: Transition
  readonly to: State
}

export function decide(facts: Facts, verb: Verb, actor: Actor, given: Given): Decision | Refusal {
  const possible = transitions.filter((transition) => transition.verb === verb && transition.from.includes(facts.state))
  if (possible.length === 0) return 'critical-state'
  const mine = possible.find((transition) => transition.who.some((each) => who[each](actor, facts)))
  if (mine === undefined) return 'not-yours'
  if (given.generation !== undefined && given.generation !== facts.generation) return 'stale-generation'
  for (const guard of mine.guards) {
    const refusal = guards[guard](actor, facts, given)
    if (refusal !== null) return refusal
  }
  return { transition: mine, to: mine.to === 'same' ? facts.state : mine.to }
}

/** Guards that hold by state and person alone; what has to be typed is asked for when the verb is used. */
const standing: readonly Guard[] = ['not-own', 'unconfirmed', 'suspected']

/** What the actor may do now, for the portal's buttons. */
export function verbsFor(facts: Facts, actor: Actor): Verb[] {
  const allowed = transitions.filter(
    (transition) =>
      transition.from.includes(facts.state) &&
      transition.who.some((each) => who[each](actor, facts)) &&
      transition.guards.every((guard) => !standing.includes(guard) || guards[guard](actor, facts, {}) === null),
  )
  return [...new Set(allowed.map(({ verb }) => verb))]
}

/** Who raises: reading.md §3.2 #17. Before anybody has claimed the task, and from the imaging room, it is a suspicion. */
interface Raising {
  readonly from: readonly WorkitemState[]
  readonly who: (actor: Asker, place: { readonly institution: number; readonly centre: number }) => boolean
  readonly suspected: boolean
}

const beforeClaim: readonly WorkitemState[] = ['UPLOADING', 'READY', 'RETURNED']
const fromClaimOn: readonly WorkitemState[] = [
  'CLAIMED',
  'QUERIED',
  'SUBMITTED',
  'TEMP_RELEASED',
  'REVIEWING',
  'REWORK',
  'FINAL',
  'AMENDED',
]
const reads = (actor: Asker, { centre }: { readonly centre: number }): boolean => actor.institution.id === centre && may(actor, 'read')

export const raisings: readonly Raising[] = [
  { from: fromClaimOn, who: reads, suspected: false },
  { from: beforeClaim, who: reads, suspected: true },
  {
    from: [...beforeClaim, ...fromClaimOn],
    who: (actor, { institution }) => actor.institution.id === institution && may(actor, 'board'),
    suspected: true,
  },
]

/** Undefined: the actor may not raise one on it now. */
export const raisingOf = (
  actor: Asker,
  workitem: { readonly state: string; readonly institution: number; readonly centre: number },
): Raising | undefined => raisings.find(({ from, who }) => from.some((state) => state === workitem.state) && who(actor, workitem))
