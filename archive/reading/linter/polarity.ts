/** 阴性/阳性 against the impression. What is seen in every other healthy person decides nothing. */
import { abnormal, ofLittleWeight } from './finding-words.ts'
import type { LintSubject, Problem } from './lint.ts'
import { isNormal, mentionsOf } from './sentences.ts'

export function polarity({ draft }: LintSubject): Problem[] {
  const whole = { field: 'polarity' as const, start: 0, end: 0 }
  if (draft.polarity === 'positive') return isNormal(draft.impression) ? [{ where: whole, sentence: 'positive' }] : []
  if (draft.polarity !== 'negative') return []
  const [first] = mentionsOf(draft.impression, abnormal).filter(({ said, word }) => said !== 'denied' && !ofLittleWeight.test(word))
  if (first === undefined) return []
  const { start, end } = first
  return [{ where: { field: 'impression', start, end }, sentence: 'negative', values: { word: first.clause.text.trim().slice(0, 20) } }]
}
