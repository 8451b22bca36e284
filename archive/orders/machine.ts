/** The states of an order and what moves it, as one table. A person plans and withdraws; machines (MPPS, images) say what was done. */

export const orderStates = ['scheduled', 'in-progress', 'completed', 'discontinued', 'cancelled'] as const
export type OrderState = (typeof orderStates)[number]

export type OrderVerb = 'edit' | 'cancel' | 'start' | 'complete' | 'discontinue' | 'reopen'

interface Transition {
  readonly verb: OrderVerb
  readonly from: readonly OrderState[]
  /** Null: the state stays. */
  readonly to: OrderState | null
  /** `machine`: MPPS, images and the clock. */
  readonly by: 'person' | 'machine'
}

export const transitions: readonly Transition[] = [
  { verb: 'edit', from: ['scheduled', 'in-progress'], to: null, by: 'person' },
  // Of one that has begun, while no study answers it: a machine that never said how it ended.
  { verb: 'cancel', from: ['scheduled', 'in-progress'], to: 'cancelled', by: 'person' },
  // An exam that was broken off is taken up again.
  { verb: 'start', from: ['scheduled', 'discontinued'], to: 'in-progress', by: 'machine' },
  { verb: 'complete', from: ['scheduled', 'in-progress'], to: 'completed', by: 'machine' },
  { verb: 'discontinue', from: ['scheduled', 'in-progress'], to: 'discontinued', by: 'machine' },
  // The only study that it had was another patient's: back to the worklist.
  { verb: 'reopen', from: ['in-progress', 'completed', 'discontinued'], to: 'scheduled', by: 'machine' },
]

/** The state after the verb; undefined: it cannot be done now. */
export function stateAfter(state: OrderState, verb: OrderVerb): OrderState | undefined {
  const transition = transitions.find((one) => one.verb === verb && one.from.includes(state))
  return transition === undefined ? undefined : (transition.to ?? state)
}

/** What people may do. */
export const verbsOf = (state: OrderState, hasStudies: boolean): OrderVerb[] =>
  transitions
    .filter(({ verb, by, from }) => by === 'person' && from.includes(state) && !(verb === 'cancel' && hasStudies))
    .map(({ verb }) => verb)

/** Whom and what an order is for is settled when the exam begins; what the radiologist should know may still be said. */
export const isSettled = (state: OrderState): boolean => state !== 'scheduled'
