/** Why a second look was not written down, in one word; `gateway/reading/refusals.ts` has the sentences. */
export type QualityRefusal = 'own-report' | 'peer-settled' | 'comment-missing' | 'month-running'
