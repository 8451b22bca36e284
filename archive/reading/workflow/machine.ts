/**
 * The reading task as a state machine (reading.md §3.2): what the table in `transitions.ts` means. Everything here is a function of its arguments:
 * no clock, no database. `perform.ts` runs a decision inside a transaction.
 */
import { type Asker, may } from '../../access.ts'
import type { Amendment, Correction, Effect, Guard, Refusal, Who } from './transition-words.ts'
import { type Goal, type State, type Transition, transitions, type Verb } from './transitions.ts'

export type { Amendment, Correction, Refusal } from './transition-words.ts'
export { corrections } from './transition-words.ts'
export { openStates, type State, states, type Transition, transitions, type Verb, verbs } from './transitions.ts'

/** A verb that somebody may have, not the archive alone. */
export const isPersonsVerb = (text: string): text is Verb => transitions.some(({ verb, who }) => verb === text && !who.includes('system'))

/** The report that stood when an amendment began: where it returns to when the amendment is given up. */
export type Standing = {
  readonly state: 'FINAL' | 'AMENDED'
  readonly author: number | null
  readonly reviewer: number | null
  readonly samePerson: boolean
}

/** What was before the last signature, for whoever takes it back within a minute. */
export type BeforeSignature = {
  readonly amending: Amendment | null
  readonly amendingClass: Correction | null
  readonly standing: Standing | null
  readonly waiting: State | null
  readonly temporary: boolean
}

/** What the machine must know of a workitem. Times are the database's. */
export interface Facts {
  readonly state: State
  /** Institution that owns the study, and the one that reads it. */
  readonly institution: number
  readonly centre: number
  /** Who holds it: the writer in CLAIMED, QUERIED and REWORK, the reviewer in REVIEWING, else nobody. */
  readonly assignee: number | null
  /** Who submitted the text that stands. */
  readonly author: number | null
  readonly reviewer: number | null
  /** Author and reviewer are one person, by the centre's policy for the night: 同一人签. */
  readonly samePerson: boolean
  /** Whether the lease has run out by the database's clock. */
  readonly leaseExpired: boolean
  readonly generation: number
  readonly newImages: boolean
  /** Findings, impression and 阴性/阳性 are all there. */
  readonly draftComplete: boolean
  /** Whoever asks has had all images on the screen, the newest too. */
  readonly imagesSeen: boolean
  readonly urgency: number
  /** A critical value was raised and is not closed. */
  readonly critical: boolean
  /** Whom it is kept for, while that lasts. */
  readonly reservedFor: number | null
  /** A temporary report stands. */
  readonly temporary: boolean
  readonly amending: Amendment | null
  readonly amendingClass: Correction | null
  readonly standing: Standing | null
  readonly beforeSignature: BeforeSignature | null
  /** The state that the review took it from. */
  readonly waiting: State | null
  /** The turnaround clock stands. */
  readonly paused: boolean
  /** The signature is younger than the time that it may be taken back in. */
  readonly withinUndo: boolean
  /** Somebody outside opened, printed or received the report that stands. */
  readonly reportSeen: boolean
  /** What the centre allows at this moment. */
  readonly policy: { readonly sameSigner: boolean; readonly tempRelease: boolean }
}

/** Somebody, or the clock. */
export type Actor = Asker | 'system'

/** What came with the verb. */
export interface Request {
  /** Why, for the event log; the comment of a rework. */
  readonly reason?: string | undefined
  /** The generation that the asker saw; another one means that the workitem has changed hands since. */
  readonly generation?: number | undefined
  /** The PIN was given now, or in the signing session of this browser. */
  readonly pinProved?: boolean
  /** Of `restore`: where it returns to. */
  readonly before?: State
  /** Of `urgency`. */
  readonly urgency?: number | undefined
  /** Of `assign`: whom it is kept for, and whether that person reads at the centre; null ends the reservation. */
  readonly assignee?: { readonly account: number; readonly reads: boolean } | null | undefined
  /** Of `amend`. */
  readonly amending?: Amendment | undefined
  readonly amendingClass?: Correction | undefined
  /** What else a verb needs; whoever owns the verb's side effect checks it (side-effects.ts). */
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

const isProgram = (actor: Actor): actor is Asker => actor !== 'system' && actor.kind === 'program'
const isAt = (actor: Actor, institution: number): actor is Asker => actor !== 'system' && actor.institution.id === institution
const reads = (actor: Actor, facts: Facts): actor is Asker => isAt(actor, facts.centre) && may(actor, 'read')

const who: Readonly<Record<Who, (actor: Actor, facts: Facts) => boolean>> = {
  technologist: (actor, facts) => isAt(actor, facts.institution) && may(actor, 'board'),
  owner: (actor, facts) => isAt(actor, facts.institution) && may(actor, 'order'),
  radiologist: reads,
  reviewer: (actor, facts) => isAt(actor, facts.centre) && may(actor, 'review'),
  chief: (actor, facts) => isAt(actor, facts.centre) && may(actor, 'direct'),
  coordinator: (actor, facts) => isAt(actor, facts.centre) && may(actor, 'coordinate'),
  program: (actor, facts) => isProgram(actor) && isAt(actor, facts.centre) && may(actor, 'perform'),
  holder: (actor, facts) => reads(actor, facts) && actor.account === facts.assignee,
  'holding-program': (actor, facts) =>
    isProgram(actor) && isAt(actor, facts.centre) && may(actor, 'perform') && actor.account === facts.assignee,
  'reviewing-holder': (actor, facts) => isAt(actor, facts.centre) && may(actor, 'review') && actor.account === facts.assignee,
  author: (actor, facts) => reads(actor, facts) && actor.account === facts.author,
  signer: (actor, facts) => isAt(actor, facts.centre) && may(actor, 'review') && actor.account === facts.reviewer,
  system: (actor) => actor === 'system',
}

const unless = (holds: boolean, refusal: Refusal): Refusal | null => (holds ? null : refusal)
const isSelf = (actor: Actor, account: number | null): boolean => actor !== 'system' && actor.account === account

const guards: Readonly<Record<Guard, (actor: Actor, facts: Facts, request: Request) => Refusal | null>> = {
  'lease-expired': (_, facts) => unless(facts.leaseExpired, 'lease-running'),
  reason: (_, __, request) => unless(hasReason(request), 'reason-missing'),
  reasons: (_, __, { details }) => unless(Array.isArray(details?.reasons) && details.reasons.length > 0, 'reasons-missing'),
  'draft-complete': (_, facts) => unless(facts.draftComplete, 'draft-incomplete'),
  'images-seen': (_, facts, request) => unless(facts.imagesSeen || hasReason(request), 'images-unseen'),
  // Who began to review under the policy of the night may end it in the morning.
  'reviewer-is-not-author': (actor, facts) =>
    unless(!isSelf(actor, facts.author) || facts.policy.sameSigner || (facts.samePerson && isSelf(actor, facts.reviewer)), 'same-person'),
  'not-held-by-self': (actor, facts) => unless(!isSelf(actor, facts.assignee), 'wrong-state'),
  pin: (_, __, request) => unless(request.pinProved === true, 'pin-needed'),
  'new-images': (_, facts) => unless(facts.newImages, 'nothing-new'),
  'not-reserved': (actor, facts) => unless(facts.reservedFor === null || isSelf(actor, facts.reservedFor), 'reserved'),
  'assignee-reads': (_, __, { assignee }) => unless(assignee === null || assignee?.reads === true, 'assignee-unfit'),
  urgency: (_, facts, { urgency }) => unless(urgency !== undefined && urgency !== facts.urgency, 'urgency-missing'),
  'may-release-early': (_, facts) => (facts.urgency > 1 && !facts.critical ? 'not-urgent' : unless(facts.policy.tempRelease, 'policy-off')),
  amending: (_, facts) => unless(facts.amending !== null, 'not-amending'),
  'not-amending': (_, facts) => unless(facts.amending === null, 'amending'),
  amendment: (actor, facts, request) => amendmentRefused(actor, facts, request),
  'nothing-stands': (_, facts) => unless(facts.amending === null && !facts.temporary, 'report-stands'),
  'within-undo': (_, facts) => unless(facts.withinUndo && facts.beforeSignature !== null, 'undo-over'),
  unseen: (_, facts) => unless(!facts.reportSeen, 'report-seen'),
}

const hasReason = ({ reason }: Request): boolean => (reason ?? '').trim() !== ''

/** An addendum is any reader's; a correction a reviewer's or the chief's, with its class and a reason. */
function amendmentRefused(actor: Actor, facts: Facts, request: Request): Refusal | null {
  if (request.amending === undefined) return 'amendment-missing'
  if (request.amending === 'addendum') return null
  if (!who.reviewer(actor, facts) && !who.chief(actor, facts)) return 'amendment-not-yours'
  if (request.amendingClass === undefined) return 'amendment-missing'
  return guards.reason(actor, facts, request)
}

export interface Decision {
  readonly transition: Transition
  readonly to: State
}

const goals: Readonly<Record<Exclude<Goal, State>, (facts: Facts, request: Request) => State>> = {
  same: (facts) => facts.state,
  before: (facts, request) => request.before ?? facts.state,
  waiting: (facts) => facts.waiting ?? 'SUBMITTED',
  signed: (facts) => (facts.amending === null ? 'FINAL' : 'AMENDED'),
  standing: (facts) => facts.standing?.state ?? 'FINAL',
}
const isGoal = (goal: Goal): goal is Exclude<Goal, State> => goal in goals

const fits = (transition: Transition, facts: Facts): boolean =>
  transition.from.includes(facts.state) && (transition.when === undefined || facts.amending !== null)
const isFor = (transition: Transition, facts: Facts, actor: Actor): boolean => transition.who.some((one) => who[one](actor, facts))

export function decide(facts: Facts, verb: Verb, actor: Actor, request: Request): Decision | Refusal {
  const possible = transitions.filter((transition) => transition.verb === verb && fits(transition, facts))
  const mine = possible.find((transition) => isFor(transition, facts, actor))
  if (mine === undefined) {
    if (possible.length === 0) return 'wrong-state'
    return facts.assignee !== null ? 'held-by-another' : 'not-yours'
  }
  if (request.generation !== undefined && request.generation !== facts.generation) return 'stale-generation'
  for (const guard of mine.guards) {
    const refusal = guards[guard](actor, facts, request)
    if (refusal !== null) return refusal
  }
  return { transition: mine, to: isGoal(mine.to) ? goals[mine.to](facts, request) : mine.to }
}

/** Guards that hold or not by state and person alone; the others (a reason, a PIN, a complete text) are asked for when the verb is used. */
const askedForLater: ReadonlySet<Guard> = new Set([
  'reason',
  'reasons',
  'draft-complete',
  'images-seen',
  'pin',
  'assignee-reads',
  'urgency',
  'amendment',
])

/** What the actor may do now, for the portal's buttons. */
export function verbsFor(facts: Facts, actor: Actor): Verb[] {
  const allowed = transitions.filter(
    (transition) =>
      fits(transition, facts) &&
      isFor(transition, facts, actor) &&
      transition.guards.every((guard) => askedForLater.has(guard) || guards[guard](actor, facts, {}) === null),
  )
  return [...new Set(allowed.map(({ verb }) => verb))]
}

/** Whether the actor may write the draft now: whoever holds the workitem. */
export const mayWrite = (facts: Facts, actor: Actor): boolean =>
  (facts.state === 'CLAIMED' || facts.state === 'REVIEWING') && who.holder(actor, facts)

/** Where a task returns to when its study is restored: hands that have let go of it have to take it again. */
export const afterRestoration = (state: State): State =>
  state === 'CLAIMED' || state === 'QUERIED' ? 'READY' : state === 'REVIEWING' ? 'SUBMITTED' : state

/** The columns that a decision changes; lease, clocks and times are the database's to fill in. */
export interface Changes {
  readonly state: State
  readonly assignee: number | null
  readonly author: number | null
  readonly reviewer: number | null
  readonly samePerson: boolean
  readonly lease: 'take' | 'drop' | 'keep'
  /** `start` goes on where the clock stood. */
  readonly clock: 'start' | 'start-anew' | 'pause' | 'resume' | 'keep'
  readonly newImages: boolean
  readonly reworked: boolean
  readonly keepDraft: boolean
  readonly temporary: boolean
  readonly amending: Amendment | null
  readonly amendingClass: Correction | null
  readonly standing: Standing | null
  readonly beforeSignature: BeforeSignature | null
  readonly waiting: State | null
  /** Undefined leaves the reservation as it is. */
  readonly reservedFor: number | null | undefined
  /** Added to the number of retakes asked for. */
  readonly returned: 1 | 0 | -1
  readonly urgency: number
}

export function changesOf(facts: Facts, { transition, to }: Decision, actor: Actor, request: Request = {}): Changes {
  const does = (effect: Effect) => transition.effects.includes(effect)
  const self = actor === 'system' ? null : actor.account
  const anew = does('begin-anew')
  // What comes back: the report that stood, or what was before the signature.
  const back = does('back-to-standing') ? facts.standing : undefined
  const undone = does('unsigned') ? facts.beforeSignature : undefined
  const author = back?.author ?? (anew ? null : does('set-author') ? self : facts.author)
  const reviewer = back?.reviewer ?? (does('set-reviewer') ? self : does('drop-reviewer') || anew ? null : facts.reviewer)
  const signed = does('signed')
  const stands: Standing | null =
    facts.state === 'FINAL' || facts.state === 'AMENDED'
      ? { state: facts.state, author: facts.author, reviewer: facts.reviewer, samePerson: facts.samePerson }
      : null
  return {
    state: to,
    // Rework is always its author's, also when it comes back from a rejection of the study.
    assignee: does('assign-actor') ? self : does('assign-author') || to === 'REWORK' ? author : does('unassign') ? null : facts.assignee,
    author,
    reviewer,
    samePerson: back?.samePerson ?? (reviewer !== null && reviewer === author),
    lease: does('take-lease') ? 'take' : does('drop-lease') ? 'drop' : 'keep',
    clock: anew ? 'start-anew' : does('start-clock') ? 'start' : does('pause') ? 'pause' : does('resume') ? 'resume' : 'keep',
    newImages: does('seen') ? false : facts.newImages,
    reworked: does('reworked'),
    keepDraft: does('keep-draft'),
    temporary: undone?.temporary ?? (does('released-early') || (facts.temporary && !signed && !anew)),
    ...(undone !== undefined && undone !== null
      ? { amending: undone.amending, amendingClass: undone.amendingClass, standing: undone.standing }
      : does('stand')
        ? {
            amending: request.amending ?? null,
            amendingClass: request.amending === 'correction' ? (request.amendingClass ?? null) : null,
            standing: stands,
          }
        : signed || anew || does('back-to-standing')
          ? { amending: null, amendingClass: null, standing: null }
          : { amending: facts.amending, amendingClass: facts.amendingClass, standing: facts.standing }),
    beforeSignature: signed
      ? {
          amending: facts.amending,
          amendingClass: facts.amendingClass,
          standing: facts.standing,
          waiting: facts.waiting,
          temporary: facts.temporary,
        }
      : anew || does('unsigned')
        ? null
        : facts.beforeSignature,
    waiting: undone?.waiting ?? (does('remember-waiting') ? facts.state : facts.waiting),
    reservedFor: does('reserve')
      ? (request.assignee?.account ?? null)
      : does('reserve-actor')
        ? self
        : does('unreserve')
          ? null
          : undefined,
    returned: does('returned') ? 1 : does('not-returned') ? -1 : 0,
    urgency: does('set-urgency') ? (request.urgency ?? facts.urgency) : facts.urgency,
  }
}
