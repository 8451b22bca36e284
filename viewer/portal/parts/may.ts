import type { Workitem } from '../api/types.ts'

/** As the server has it (archive/reading/workflow/join.ts): nobody else works on it, and no report of it stands. */
export const mayRearrange = ({ state, verbs, amending = null }: Pick<Workitem, 'state' | 'verbs' | 'amending'>): boolean =>
  amending === null &&
  ((state === 'READY' && (verbs.includes('claim') || verbs.includes('assign'))) || (state === 'CLAIMED' && verbs.includes('heartbeat')))
