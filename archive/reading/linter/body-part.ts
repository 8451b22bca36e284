/** What was ordered and is not mentioned with a word. */
import { regionsIn } from './anatomy.ts'
import type { LintSubject, Problem } from './lint.ts'

export function bodyPart({ draft, ordered }: LintSubject): Problem[] {
  const text = `${draft.findings}\n${draft.impression}`
  if (text.trim() === '') return []
  return regionsIn(ordered.join(' '))
    .filter(({ reported }) => !reported.test(text))
    .map(({ zh, en }) => ({ where: null, values: { part: zh, partEn: en } }))
}
