/** What two sides have to say of the same things, in the order that people read them; and what a correction changes. */
import type { Attributes } from '../api/patient-types.ts'
import { attributeWords } from '../language/attributes.ts'

const order = Object.keys(attributeWords)
const rank = (keyword: string): number => {
  const at = order.indexOf(keyword)
  return at < 0 ? order.length : at
}

/** Every attribute that either side has, known ones first. */
export const attributesOf = (one: Attributes, other: Attributes): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].sort((a, b) => rank(a) - rank(b))

/** Of what was entered, what is another value than now. */
export function changedIn(now: Attributes, entered: Readonly<Record<string, string | null | undefined>>): Attributes {
  const changed: Record<string, string> = {}
  for (const [keyword, value] of Object.entries(entered)) {
    const text = (value ?? '').trim()
    if (text !== (now[keyword] ?? '')) changed[keyword] = text
  }
  return changed
}
