/**
 * The table of the reading task (reading.md §3.2): who may do what from which state, under which guard, with which effect. A further part of the machine is
 * further rows, and further guards or effects where they are new. `machine.ts` reads it.
 */
import type { Effect, Guard, When, Who } from './transition-words.ts'

export const states = [
  'UPLOADING',
  'READY',
  'CLAIMED',
  'QUERIED',
  'RETURNED',
  'SUBMITTED',
  'TEMP_RELEASED',
  'REVIEWING',
  'REWORK',
  'FINAL',
  'AMENDED',
  'RETRACTED',
  'CANCELED',
] as const
export type State = (typeof states)[number]

export const verbs = [
  'ready',
  'claim',
  'heartbeat',
  'release',
  'expire',
  'takeover',
  'assign',
  'return',
  'withdraw-return',
  'retake',
  'query',
  'answer',
  'withdraw-query',
  'submit',
  'recall',
  'temp-release',
  'review',
  'rework',
  'sign',
  'unsign',
  'amend',
  'abandon',
  'retract',
  'acknowledge',
  'urgency',
  'cancel',
  'reject',
  'restore',
  'arrive',
] as const
export type Verb = (typeof verbs)[number]

/**
 * Where a transition leads, when it is not a state by name. `same`: a deed that does not move it. `before`: where the request says that it was.
 * `waiting`: where the review took it from. `signed`: FINAL, or AMENDED when a report stands already. `standing`: the report that stood before an amendment.
 */
export type Goal = State | 'same' | 'before' | 'waiting' | 'signed' | 'standing'

export interface Transition {
  readonly verb: Verb
  readonly from: readonly State[]
  readonly to: Goal
  /** Any of them. */
  readonly who: readonly Who[]
  readonly guards: readonly Guard[]
  readonly effects: readonly Effect[]
  readonly when?: When
  /** Not worth a line in the event log (heartbeats). */
  readonly quiet?: boolean
}

const row = (
  verb: Verb,
  from: readonly State[],
  to: Goal,
  who: Who | readonly Who[],
  guards: readonly Guard[],
  effects: readonly Effect[],
  more: Pick<Transition, 'when' | 'quiet'> = {},
): Transition => ({ verb, from, to, who: typeof who === 'string' ? [who] : who, guards, effects, ...more })

/** Somebody may still work on it: everything before the report stands for good. */
export const openStates = states.filter((state) => !['FINAL', 'AMENDED', 'RETRACTED', 'CANCELED'].includes(state))

const letGo = ['unassign', 'drop-lease'] as const
const amending = { when: 'amending' } as const

/** The first row that fits verb, state, person and `when` is taken. Numbers are those of reading.md §3.2. */
export const transitions: readonly Transition[] = [
  /*  5 */ row('ready', ['UPLOADING', 'CANCELED'], 'READY', 'technologist', [], ['start-clock']),
  /*  5 */ row('ready', ['UPLOADING'], 'READY', 'system', [], ['start-clock']),
  // What was retracted is read anew, when the chief says so.
  /*    */ row('ready', ['RETRACTED'], 'READY', 'chief', ['reason'], ['start-clock', 'begin-anew']),
  /*  6 */ row('claim', ['READY'], 'CLAIMED', 'radiologist', ['not-reserved'], ['assign-actor', 'take-lease', 'seen', 'unreserve']),
  /*  6 */ row('claim', ['CLAIMED', 'REWORK'], 'CLAIMED', 'holder', [], ['take-lease', 'seen']),
  row('heartbeat', ['CLAIMED', 'REVIEWING'], 'same', 'holder', [], ['take-lease'], { quiet: true }),
  // A program (UPS-RS) holds a task while it prepares something for whoever reads it. It has seen no image and writes no text.
  /*  6 */ row('claim', ['READY'], 'CLAIMED', 'program', ['not-reserved'], ['assign-actor', 'take-lease']),
  row('heartbeat', ['CLAIMED'], 'same', 'holding-program', [], ['take-lease'], { quiet: true }),
  /*  7 */ row('release', ['CLAIMED'], 'READY', 'holding-program', [], letGo),
  // Whoever lets go of an amendment leaves the report that stands.
  /*  7 */ row('release', ['CLAIMED', 'REWORK'], 'standing', 'holder', [], ['keep-draft', 'back-to-standing', ...letGo], amending),
  /*  7 */ row('release', ['CLAIMED', 'REWORK'], 'READY', 'holder', [], letGo),
  /*  7 */ row('release', ['REVIEWING'], 'waiting', 'holder', [], [...letGo, 'drop-reviewer']),
  /*  7 */ row('expire', ['CLAIMED'], 'standing', 'system', ['lease-expired'], ['keep-draft', 'back-to-standing', ...letGo], amending),
  /*  7 */ row('expire', ['CLAIMED'], 'READY', 'system', ['lease-expired'], letGo),
  /*  7 */ row('expire', ['REVIEWING'], 'waiting', 'system', ['lease-expired'], [...letGo, 'drop-reviewer']),
  /*  8 */ row(
    'takeover',
    ['CLAIMED', 'REWORK', 'QUERIED'],
    'CLAIMED',
    ['reviewer', 'chief'],
    ['not-held-by-self', 'reason'],
    ['keep-draft', 'assign-actor', 'take-lease', 'resume'],
  ),
  /*  8 */ row(
    'takeover',
    ['REVIEWING'],
    'REVIEWING',
    ['reviewer', 'chief'],
    ['not-held-by-self', 'reviewer-is-not-author', 'reason'],
    ['keep-draft', 'assign-actor', 'set-reviewer', 'take-lease'],
  ),
  // The coordinator keeps it for one reader for a while; without a name the reservation ends.
  /*    */ row('assign', ['UPLOADING', 'READY', 'RETURNED'], 'same', 'coordinator', ['assignee-reads'], ['reserve']),
  /*  9 */ row('return', ['READY'], 'RETURNED', 'radiologist', ['reasons', 'not-reserved'], ['pause', 'reserve-actor', 'returned']),
  /*  9 */ row(
    'return',
    ['CLAIMED'],
    'RETURNED',
    'holder',
    ['not-amending', 'reasons'],
    ['keep-draft', ...letGo, 'pause', 'reserve-actor', 'returned'],
  ),
  /*  9 */ row('withdraw-return', ['RETURNED'], 'READY', 'radiologist', [], ['start-clock', 'not-returned']),
  /* 10 */ row('retake', ['RETURNED'], 'UPLOADING', 'system', [], []),
  /* 11 */ row('query', ['CLAIMED'], 'QUERIED', 'holder', ['not-amending'], ['drop-lease', 'pause']),
  /* 11 */ row('answer', ['QUERIED'], 'CLAIMED', 'owner', [], ['take-lease', 'resume']),
  /* 11 */ row('withdraw-query', ['QUERIED'], 'CLAIMED', ['holder', 'reviewer'], [], ['take-lease', 'resume']),
  /* 12 */ row(
    'submit',
    ['CLAIMED'],
    'SUBMITTED',
    'holder',
    ['draft-complete', 'images-seen', 'pin'],
    ['keep-draft', 'set-author', ...letGo],
  ),
  /*    */ row('recall', ['SUBMITTED', 'TEMP_RELEASED'], 'CLAIMED', 'author', [], ['assign-author', 'take-lease']),
  /* 13 */ row(
    'temp-release',
    ['SUBMITTED'],
    'TEMP_RELEASED',
    'author',
    ['not-amending', 'may-release-early', 'images-seen', 'pin'],
    ['released-early'],
  ),
  /* 14 */ row(
    'review',
    ['SUBMITTED', 'TEMP_RELEASED'],
    'REVIEWING',
    'reviewer',
    ['reviewer-is-not-author'],
    ['assign-actor', 'set-reviewer', 'take-lease', 'remember-waiting'],
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
    'signed',
    'reviewing-holder',
    ['reviewer-is-not-author', 'draft-complete', 'images-seen', 'pin'],
    ['keep-draft', 'set-reviewer', ...letGo, 'signed'],
  ),
  // The signer thinks better of it within a minute, while nobody has seen the report.
  /*    */ row(
    'unsign',
    ['FINAL', 'AMENDED'],
    'REVIEWING',
    'signer',
    ['within-undo', 'unseen'],
    ['assign-actor', 'take-lease', 'unsigned'],
  ),
  /* 18 */ row(
    'amend',
    ['FINAL', 'AMENDED'],
    'CLAIMED',
    'radiologist',
    ['amendment'],
    ['keep-draft', 'stand', 'assign-actor', 'take-lease', 'drop-reviewer', 'seen'],
  ),
  /* 18 */ row('abandon', ['CLAIMED', 'REWORK'], 'standing', 'holder', ['amending'], ['keep-draft', 'back-to-standing', ...letGo]),
  /* 20 */ row('retract', ['FINAL', 'AMENDED'], 'RETRACTED', 'chief', ['reason'], []),
  /*    */ row(
    'acknowledge',
    ['READY', 'CLAIMED', 'QUERIED', 'SUBMITTED', 'TEMP_RELEASED', 'REVIEWING', 'REWORK', 'FINAL', 'AMENDED'],
    'same',
    'radiologist',
    ['new-images'],
    ['seen'],
  ),
  /*    */ row('urgency', openStates, 'same', ['coordinator', 'technologist', 'radiologist'], ['urgency'], ['set-urgency']),
  /* 22 */ row('cancel', ['UPLOADING', 'READY'], 'CANCELED', ['technologist', 'coordinator'], ['reason'], ['unreserve']),
  /* 22 */ row(
    'cancel',
    ['CLAIMED', 'QUERIED', 'RETURNED', 'SUBMITTED', 'REVIEWING', 'REWORK'],
    'CANCELED',
    ['technologist', 'coordinator'],
    ['nothing-stands', 'reason'],
    ['keep-draft', ...letGo, 'drop-reviewer', 'unreserve'],
  ),
  // The study was wholly rejected, or its rejection taken back (archive/delete.ts). Whoever held it has lost it, as when a lease runs out; text stays.
  /*    */ row('reject', ['UPLOADING', 'READY', 'SUBMITTED', 'REWORK'], 'CANCELED', 'system', ['nothing-stands'], ['unassign']),
  /*    */ row('reject', ['CLAIMED', 'QUERIED'], 'CANCELED', 'system', ['nothing-stands'], ['keep-draft', ...letGo]),
  /*    */ row('reject', ['REVIEWING'], 'CANCELED', 'system', ['nothing-stands'], ['keep-draft', ...letGo, 'drop-reviewer']),
  /*    */ row('restore', ['CANCELED'], 'before', 'system', [], ['resume']),
  /* 10 */ row('arrive', ['CANCELED'], 'UPLOADING', 'system', [], []),
]
