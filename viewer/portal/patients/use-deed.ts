/** A deed on a patient or a study, and what it may change. */
import { useDeedOn } from '../shell/use-deed-on.ts'

const keys = [
  'rejections',
  'studies',
  'conflicts',
  'patients',
  'patient',
  'corrections',
  'board',
  'workitems',
  'workitem',
  'unmatched',
] as const

export const useDeed = () => useDeedOn(keys)
