/**
 * The reading task as a state machine (reading.md §3.2): one table of who may do what from which state, under which guard, with which effect.
 * A further part of the machine (temporary release, consultation, addendum, …) is further rows, and further guards or effects where they are new.
 *
 * Everything here is a function of its arguments: no clock, no database. `perform.ts` runs a decision inside a transaction.
 */
import { type Asker, may } from '../access.ts'

export const states = ['UPLOADING', 'READY', 'CLAIMED', 'SUBMITTED', 'REVIEWING', 'REWORK', 'FINAL', 'CANCELED'] as const
export type State = (typeof states)[number]

export const verbs = [
  'ready',
  'claim',
  'heartbeat',
  'release',
  'expire',
  'takeover',
  'submit',
  'recall',
  'review',
  'rework',
  'sign',
  'acknowledge',
  'cancel',
  'reject',
  'restore',
  'arrive',
] as const
export type Verb = (typeof verbs)[number]
/** A verb that somebody may have, not the archive alone. */
export const isPersonsVerb = (text: string): text is Verb => transitions.some(({ verb, who }) => verb === text && who !== 'system')

/** What the machine must know of a workitem. Times are the database's. */
export interface Facts {
  readonly state: State
  /** Institution that owns the study, and the one that reads it. */
  readonly institution: number
  readonly centre: number
  /** Who holds it: the writer in CLAIMED and REWORK, the reviewer in REVIEWING, else nobody. */
  readonly assignee: number | null
  /** Who submitted the text that stands. */
  readonly author: number | null
  readonly reviewer: number | null
  /** Whether the lease has run out by the database's clock. */
  readonly leaseExpired: boolean
  readonly generation: number
  readonly newImages: boolean
  /** Findings, impression and 阴性/阳性 are all there. */
  readonly draftComplete: boolean
}

/** Somebody, or the clock. */
export type Actor = Asker | 'system'

type Who =
  | 'technologist'
  | 'radiologist'
  | 'program'
  | 'reviewer'
  | 'holder'
  | 'holding-program'
  | 'reviewing-holder'
  | 'author'
  | 'reader'
  | 'system'

/** Why not, in one word; `gateway/reading/refusals.ts` has the sentences. */
export type Refusal =
  | 'wrong-state'
  | 'not-yours'
  | 'held-by-another'
  | 'stale-generation'
  | 'lease-running'
  | 'reason-missing'
  | 'draft-incomplete'
  | 'same-person'
  | 'password-needed'
  | 'nothing-new'

type Guard = 'lease-expired' | 'reason' | 'draft-complete' | 'reviewer-is-not-author' | 'not-held-by-self' | 'password' | 'new-images'

type Effect =
  | 'start-clock' // READY: the time that the reading is due counts from here
  | 'take-lease'
  | 'drop-lease'
  | 'assign-actor'
  | 'assign-author'
  | 'unassign'
  | 'set-author'
  | 'set-reviewer'
  | 'drop-reviewer'
  | 'keep-draft' // the text as it stands is kept as a version of its own
  | 'freeze' // the report: hashed, never changed again
  | 'seen' // the new images have been looked at
  | 'reworked'

export interface Transition {
  readonly verb: Verb
  readonly from: readonly State[]
  /** `same`: a deed that does not move it. `before`: to where the request says that it was. */
  readonly to: State | 'same' | 'before'
  readonly who: Who
  readonly guards: readonly Guard[]
  readonly effects: readonly Effect[]
  /** Not worth a line in the event log (heartbeats). */
  readonly quiet?: boolean
}

const row = (
  verb: Verb,
  from: readonly State[],
  to: Transition['to'],
  who: Who,
  guards: readonly Guard[],
  effects: readonly Effect[],
): Transition => ({ verb, from, to, who, guards, effects })

/** The first row that fits verb, state and person is taken. Numbers are those of reading.md §3.2. */
export const transitions: readonly Transition[] = [
  /*  5 */ row('ready', ['UPLOADING', 'CANCELED'], 'READY', 'technologist', [], ['start-clock']),
  /*  5 */ row('ready', ['UPLOADING'], 'READY', 'system', [], ['start-clock']),
  /*  6 */ row('claim', ['READY'], 'CLAIMED', 'radiologist', [], ['assign-actor', 'take-lease', 'seen']),
  /*  6 */ row('claim', ['CLAIMED', 'REWORK'], 'CLAIMED', 'holder', [], ['take-lease', 'seen']),
  { ...row('heartbeat', ['CLAIMED', 'REVIEWING'], 'same', 'holder', [], ['take-lease']), quiet: true },
  // A program (UPS-RS) holds a task while it prepares something for whoever reads it. It has seen no image and writes no text.
  /*  6 */ row('claim', ['READY'], 'CLAIMED', 'program', [], ['assign-actor', 'take-lease']),
  { ...row('heartbeat', ['CLAIMED'], 'same', 'holding-program', [], ['take-lease']), quiet: true },
  /*  7 */ row('release', ['CLAIMED'], 'READY', 'holding-program', [], ['unassign', 'drop-lease']),
  /*  7 */ row('release', ['CLAIMED', 'REWORK'], 'READY', 'holder', [], ['unassign', 'drop-lease']),
  /*  7 */ row('release', ['REVIEWING'], 'SUBMITTED', 'holder', [], ['unassign', 'drop-lease', 'drop-reviewer']),
  /*  7 */ row('expire', ['CLAIMED'], 'READY', 'system', ['lease-expired'], ['unassign', 'drop-lease']),
  /*  7 */ row('expire', ['REVIEWING'], 'SUBMITTED', 'system', ['lease-expired'], ['unassign', 'drop-lease', 'drop-reviewer']),
  /*  8 */ row(
    'takeover',
    ['CLAIMED', 'REWORK'],
    'CLAIMED',
    'reviewer',
    ['not-held-by-self', 'reason'],
    ['keep-draft', 'assign-actor', 'take-lease'],
  ),
  /*  8 */ row(
    'takeover',
    ['REVIEWING'],
    'REVIEWING',
    'reviewer',
    ['not-held-by-self', 'reviewer-is-not-author', 'reason'],
    ['keep-draft', 'assign-actor', 'set-reviewer', 'take-lease'],
  ),
  /* 12 */ row('submit', ['CLAIMED'], 'SUBMITTED', 'holder', ['draft-complete'], ['keep-draft', 'set-author', 'unassign', 'drop-lease']),
  /*    */ row('recall', ['SUBMITTED'], 'CLAIMED', 'author', [], ['assign-author', 'take-lease']),
  /* 14 */ row(
    'review',
    ['SUBMITTED'],
    'REVIEWING',
    'reviewer',
    ['reviewer-is-not-author'],
    ['assign-actor', 'set-reviewer', 'take-lease'],
  ),
  /* 14 */ row('review', ['REVIEWING'], 'REVIEWING', 'holder', [], ['take-lease']),
  /* 15 */ row(
    'rework',
    ['REVIEWING'],
    'REWORK',
    'reviewing-holder',
    ['reason'],
    ['keep-draft', 'assign-author', 'drop-lease', 'reworked'],
  ),
  /* 16 */ row(
    'sign',
    ['REVIEWING'],
    'FINAL',
    'reviewing-holder',
    ['reviewer-is-not-author', 'draft-complete', 'password'],
    ['keep-draft', 'set-reviewer', 'unassign', 'drop-lease', 'freeze'],
  ),
  /*    */ row(
    'acknowledge',
    ['READY', 'CLAIMED', 'SUBMITTED', 'REVIEWING', 'REWORK', 'FINAL'],
    'same',
    'reader',
    ['new-images'],
    ['seen'],
  ),
  /* 22 */ row('cancel', ['UPLOADING', 'READY'], 'CANCELED', 'technologist', ['reason'], []),
  // The study was wholly rejected, or its rejection taken back (archive/delete.ts). Whoever held it has lost it, as when a lease runs out; text stays.
  /*    */ row('reject', ['UPLOADING', 'READY', 'SUBMITTED', 'REWORK'], 'CANCELED', 'system', [], []),
  /*    */ row('reject', ['CLAIMED'], 'CANCELED', 'system', [], ['keep-draft', 'unassign', 'drop-lease']),
  /*    */ row('reject', ['REVIEWING'], 'CANCELED', 'system', [], ['keep-draft', 'unassign', 'drop-lease', 'drop-reviewer']),
  /*    */ row('restore', ['CANCELED'], 'before', 'system', [], []),
  /* 10 */ row('arrive', ['CANCELED'], 'UPLOADING', 'system', [], []),
]

const isProgram = (actor: Actor): actor is Asker => actor !== 'system' && actor.kind === 'program'
const atCentre = (actor: Asker, facts: Facts) => actor.institution.id === facts.centre

const who: Readonly<Record<Who, (actor: Actor, facts: Facts) => boolean>> = {
  technologist: (actor, facts) => actor !== 'system' && actor.institution.id === facts.institution && may(actor, 'board'),
  radiologist: (actor, facts) => actor !== 'system' && atCentre(actor, facts) && may(actor, 'read'),
  program: (actor, facts) => isProgram(actor) && atCentre(actor, facts) && may(actor, 'perform'),
  'holding-program': (actor, facts) =>
    isProgram(actor) && atCentre(actor, facts) && may(actor, 'perform') && actor.account === facts.assignee,
  reviewer: (actor, facts) => actor !== 'system' && atCentre(actor, facts) && may(actor, 'review'),
  holder: (actor, facts) => actor !== 'system' && atCentre(actor, facts) && may(actor, 'read') && actor.account === facts.assignee,
  'reviewing-holder': (actor, facts) =>
    actor !== 'system' && atCentre(actor, facts) && may(actor, 'review') && actor.account === facts.assignee,
  author: (actor, facts) => actor !== 'system' && atCentre(actor, facts) && may(actor, 'read') && actor.account === facts.author,
  reader: (actor, facts) => actor !== 'system' && atCentre(actor, facts) && may(actor, 'read'),
  system: (actor) => actor === 'system',
}

/** What came with the verb. */
export interface Request {
  /** Why, for the event log; the comment of a rework. */
  readonly reason?: string | undefined
  /** The generation that the asker saw; another one means that the workitem has changed hands since. */
  readonly generation?: number | undefined
  /** The password was given or given lately (30 minutes). */
  readonly passwordProved?: boolean
  /** Of `restore`: where it returns to. */
  readonly before?: State
}

const guards: Readonly<Record<Guard, (actor: Actor, facts: Facts, request: Request) => Refusal | null>> = {
  'lease-expired': (_, facts) => (facts.leaseExpired ? null : 'lease-running'),
  reason: (_, __, request) => ((request.reason ?? '').trim() === '' ? 'reason-missing' : null),
  'draft-complete': (_, facts) => (facts.draftComplete ? null : 'draft-incomplete'),
  'reviewer-is-not-author': (actor, facts) => (actor !== 'system' && actor.account === facts.author ? 'same-person' : null),
  'not-held-by-self': (actor, facts) => (actor !== 'system' && actor.account === facts.assignee ? 'wrong-state' : null),
  password: (_, __, request) => (request.passwordProved === true ? null : 'password-needed'),
  'new-images': (_, facts) => (facts.newImages ? null : 'nothing-new'),
}

export interface Decision {
  readonly transition: Transition
  readonly to: State
}

export function decide(facts: Facts, verb: Verb, actor: Actor, request: Request): Decision | Refusal {
  const rows = transitions.filter((transition) => transition.verb === verb)
  const possible = rows.filter((transition) => transition.from.includes(facts.state))
  const mine = possible.find((transition) => who[transition.who](actor, facts))
  if (mine === undefined) {
    if (possible.length === 0) return 'wrong-state'
    return facts.assignee !== null ? 'held-by-another' : 'not-yours'
  }
  if (request.generation !== undefined && request.generation !== facts.generation) return 'stale-generation'
  for (const guard of mine.guards) {
    const refusal = guards[guard](actor, facts, request)
    if (refusal !== null) return refusal
  }
  return { transition: mine, to: mine.to === 'same' ? facts.state : mine.to === 'before' ? (request.before ?? facts.state) : mine.to }
}

/** Guards that hold or not by state and person alone; the others (a reason, a password, a complete text) are asked for when the verb is used. */
const askedForLater: readonly Guard[] = ['reason', 'draft-complete', 'password']

/** What the actor may do now, for the portal's buttons. */
export function verbsFor(facts: Facts, actor: Actor): Verb[] {
  const allowed = transitions.filter(
    (transition) =>
      transition.from.includes(facts.state) &&
      who[transition.who](actor, facts) &&
      transition.guards.every((guard) => askedForLater.includes(guard) || guards[guard](actor, facts, {}) === null),
  )
  return [...new Set(allowed.map(({ verb }) => verb))]
}

/** Whether the actor may write the draft now: whoever holds the workitem. */
export const mayWrite = (facts: Facts, actor: Actor): boolean =>
  (facts.state === 'CLAIMED' || facts.state === 'REVIEWING') && who.holder(actor, facts)

/** Where a task returns to when its study is restored: hands that have let go of it have to take it again. */
export const afterRestoration = (state: State): State => (state === 'CLAIMED' ? 'READY' : state === 'REVIEWING' ? 'SUBMITTED' : state)

/** The columns that a decision changes, apart from the state itself; `lease` and times are the database's to fill in. */
export interface Changes {
  readonly state: State
  readonly assignee: number | null
  readonly author: number | null
  readonly reviewer: number | null
  readonly lease: 'take' | 'drop' | 'keep'
  readonly startClock: boolean
  readonly newImages: boolean
  readonly reworked: boolean
  readonly keepDraft: boolean
  readonly freeze: boolean
}

export function changesOf(facts: Facts, { transition, to }: Decision, actor: Actor): Changes {
  const does = (effect: Effect) => transition.effects.includes(effect)
  const self = actor === 'system' ? null : actor.account
  const author = does('set-author') ? self : facts.author
  return {
    state: to,
    assignee: does('assign-actor') ? self : does('assign-author') ? author : does('unassign') ? null : facts.assignee,
    author,
    reviewer: does('set-reviewer') ? self : does('drop-reviewer') ? null : facts.reviewer,
    lease: does('take-lease') ? 'take' : does('drop-lease') ? 'drop' : 'keep',
    startClock: does('start-clock'),
    newImages: does('seen') ? false : facts.newImages,
    reworked: does('reworked'),
    keepDraft: does('keep-draft'),
    freeze: does('freeze'),
  }
}
