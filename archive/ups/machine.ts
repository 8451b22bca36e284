/**
 * The states of a Unified Procedure Step and what each request does in each: PS3.4 Table CC.1.1-2. The cells are data; `decide` looks one up.
 * Numbers are the Status of PS3.4 §CC.2.1.4, §CC.2.2.4, §CC.2.6.4; `status.ts` says what each is over HTTP.
 */
export const upsStates = ['SCHEDULED', 'IN PROGRESS', 'COMPLETED', 'CANCELED'] as const
export type UPSState = (typeof upsStates)[number]

/** The rows. `…, locked`: with the correct Transaction UID; `…, unlocked`: without. */
export type UPSRequest =
  | 'create'
  | 'IN PROGRESS, locked'
  | 'IN PROGRESS, unlocked'
  | 'SCHEDULED'
  | 'COMPLETED, locked'
  | 'COMPLETED, unlocked'
  | 'CANCELED, locked'
  | 'CANCELED, unlocked'
  | 'request cancel'

/**
 * `to`: the states that follow one another, each reported · `requirements`: first the final state's must be met · `report`: who asked for a cancellation
 * is told to the subscribers, nothing else happens · `warning`: done already · `error`: refused.
 */
export type Cell =
  | { readonly to: readonly UPSState[]; readonly requirements?: true }
  | { readonly report: 'cancel requested' }
  | { readonly warning: number }
  | { readonly error: number }

type Row = Readonly<Record<UPSState | 'none', Cell>>

const error = (status: number): Cell => ({ error: status })
const row = (none: Cell, scheduled: Cell, inProgress: Cell, completed: Cell, canceled: Cell): Row => ({
  none,
  SCHEDULED: scheduled,
  'IN PROGRESS': inProgress,
  COMPLETED: completed,
  CANCELED: canceled,
})
const unlocked = row(error(0xc307), error(0xc301), error(0xc301), error(0xc301), error(0xc301))

export const transitions: Readonly<Record<UPSRequest, Row>> = {
  create: row({ to: ['SCHEDULED'] }, error(0x0111), error(0x0111), error(0x0111), error(0x0111)),
  'IN PROGRESS, locked': row(error(0xc307), { to: ['IN PROGRESS'] }, error(0xc302), error(0xc300), error(0xc300)),
  'IN PROGRESS, unlocked': unlocked,
  SCHEDULED: row(error(0xc307), error(0xc303), error(0xc303), error(0xc303), error(0xc303)),
  'COMPLETED, locked': row(error(0xc307), error(0xc310), { to: ['COMPLETED'], requirements: true }, { warning: 0xb306 }, error(0xc300)),
  'COMPLETED, unlocked': unlocked,
  'CANCELED, locked': row(error(0xc307), error(0xc310), { to: ['CANCELED'], requirements: true }, error(0xc300), { warning: 0xb304 }),
  'CANCELED, unlocked': unlocked,
  'request cancel': row(error(0xc307), { to: ['IN PROGRESS', 'CANCELED'] }, { report: 'cancel requested' }, error(0xc311), {
    warning: 0xb304,
  }),
}

/**
 * The row of a Change UPS State request. A SCHEDULED step has no Transaction UID yet: whichever is given becomes the correct one, so that COMPLETED or CANCELED
 * asked of it is told as what it is (C310).
 */
export function requestOf(wanted: UPSState, state: UPSState, given: string | undefined, recorded: string | null): UPSRequest {
  if (wanted === 'SCHEDULED') return 'SCHEDULED'
  const correct = given !== undefined && (state === 'SCHEDULED' || given === recorded)
  return `${wanted}, ${correct ? 'locked' : 'unlocked'}`
}

export const decide = (request: UPSRequest, state: UPSState | 'none'): Cell => transitions[request][state]

export const isFinal = (state: UPSState): boolean => state === 'COMPLETED' || state === 'CANCELED'
