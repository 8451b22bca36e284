/** The words of the table of transitions: people, guards, effects. What each means stands in `machine.ts`. */

export type Who =
  | 'technologist' // of the institution that owns the study
  | 'owner' // technologist or clinician there
  | 'radiologist' // whoever reads at the centre
  | 'reviewer'
  | 'chief'
  | 'coordinator'
  | 'program'
  | 'holder'
  | 'holding-program'
  | 'reviewing-holder'
  | 'author'
  | 'signer'
  | 'system'

/** Of two rows for the same verb and person: the one for a report that stands already. */
export type When = 'amending'

/** Why not, in one word; `gateway/reading/refusals.ts` has the sentences. */
export type Refusal =
  | 'wrong-state'
  | 'not-yours'
  | 'held-by-another'
  | 'stale-generation'
  | 'lease-running'
  | 'reason-missing'
  | 'reasons-missing'
  | 'draft-incomplete'
  | 'images-unseen'
  | 'same-person'
  | 'pin-needed'
  | 'nothing-new'
  | 'reserved'
  | 'assignee-unfit'
  | 'urgency-missing'
  | 'not-urgent'
  | 'policy-off'
  | 'amending'
  | 'not-amending'
  | 'amendment-missing'
  | 'amendment-not-yours'
  | 'report-stands'
  | 'undo-over'
  | 'report-seen'

export type Guard =
  | 'lease-expired'
  | 'reason'
  | 'reasons' // codes of CID 7011 or our own
  | 'draft-complete'
  | 'images-seen' // whoever signs has opened the images in the viewer, as they are now, or a reason says why not
  | 'reviewer-is-not-author'
  | 'not-held-by-self'
  | 'pin'
  | 'new-images'
  | 'not-reserved'
  | 'assignee-reads'
  | 'urgency'
  | 'may-release-early'
  | 'amending'
  | 'not-amending'
  | 'amendment'
  | 'nothing-stands'
  | 'within-undo'
  | 'unseen'

export type Effect =
  | 'start-clock' // READY: the time that the reading is due counts from here, or goes on after a retake
  | 'pause'
  | 'resume'
  | 'take-lease'
  | 'drop-lease'
  | 'assign-actor'
  | 'assign-author'
  | 'unassign'
  | 'set-author'
  | 'set-reviewer'
  | 'drop-reviewer'
  | 'remember-waiting' // the state that the review took it from
  | 'keep-draft' // the text as it stands is kept as a version of its own
  | 'signed' // a report is frozen: hashed, never changed again (sign.ts)
  | 'unsigned'
  | 'released-early'
  | 'stand' // what is signed stands while it is amended
  | 'back-to-standing'
  | 'begin-anew'
  | 'reserve'
  | 'reserve-actor' // the same reader is preferred after the retake
  | 'unreserve'
  | 'returned'
  | 'not-returned'
  | 'set-urgency'
  | 'seen' // the new images have been looked at
  | 'reworked'

export const corrections = ['typo', 'missed', 'misread', 'side', 'identity'] as const
/** 笔误 · 漏诊 · 误诊 · 左右 · 身份 (reading.md §3.2 #19). */
export type Correction = (typeof corrections)[number]
export type Amendment = 'addendum' | 'correction'
