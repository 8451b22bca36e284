/** A finding that was worth a key image is worth a line in the impression. */
import { abnormal } from './finding-words.ts'
import type { LintSubject, Problem } from './lint.ts'
import { isNormal } from './sentences.ts'

export function keyImageInImpression({ draft }: LintSubject): Problem[] {
  if (draft.keyImages.length === 0 || draft.impression.trim() === '') return []
  const where = { field: 'keyImages' as const, start: 0, end: 0 }
  const words = draft.keyImages.flatMap(({ caption }) => [...caption.matchAll(abnormal)].map(([word]) => word))
  const missing = [...new Set(words)].filter((word) => !draft.impression.includes(word))
  if (missing.length > 0) return missing.map((word) => ({ where, sentence: 'word', values: { word } }))
  return isNormal(draft.impression) ? [{ where, sentence: 'normal' }] : []
}
