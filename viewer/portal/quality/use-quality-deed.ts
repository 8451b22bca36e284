/** A deed on the quality register, and what it may change. */
import { useDeedOn } from '../shell/use-deed-on.ts'

const keys = ['peer-reviews', 'peer-review', 'peer-samples', 'follow-ups', 'quality-events', 'statistics'] as const

export const useQualityDeed = () => useDeedOn(keys)
