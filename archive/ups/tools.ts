/** What the Worklist Service works with. */
import type { ReadingTools } from '../reading/tools.ts'

export interface UPSTools {
  readonly reading: ReadingTools
  readonly clock: () => Date
}

/** Final Workitems are kept so long, and longer while a subscriber's deletion lock holds them; locks so long. */
export const keepFinalDays = 30
export const keepLockDays = 90
/** Open Workitems that the programs of one institution have made, at most; subscribers of one institution. */
export const mostOpen = 10_000
export const mostSubscribers = 100
/** Reports wait for a closed channel so long, and so many of them. */
export const keepReportHours = 24
export const mostWaiting = 10_000
