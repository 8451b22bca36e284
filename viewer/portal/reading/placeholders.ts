/** `[左/右]`, `{大小}`, `____`: what a template leaves open, and where the next one is. The linter of the server knows the same ones. */

export interface Placeholder {
  readonly start: number
  readonly end: number
  /** What `[…/…]` offers; empty for the others. */
  readonly options: readonly string[]
}

const open = /\[[^[\]\n]{0,60}\]|【[^【】\n]{0,60}】|\{[^{}\n]{0,60}\}|_{2,}|＿{2,}/g

export const placeholdersIn = (text: string): Placeholder[] =>
  [...text.matchAll(open)].map((match) => {
    const [whole] = match
    const inner = whole.slice(1, -1)
    return {
      start: match.index,
      end: match.index + whole.length,
      options: /^[[【]/.test(whole) && inner.includes('/') ? inner.split('/') : [],
    }
  })

/** The first behind the selection, or before it; undefined: there is none on this side. */
export function placeholderFrom(text: string, start: number, end: number, backwards: boolean): Placeholder | undefined {
  const all = placeholdersIn(text)
  if (backwards) return all.filter((each) => each.end <= start).at(-1)
  // The one that is selected already is behind.
  return all.find((each) => each.start >= end && !(each.start === start && each.end === end))
}

/** The one that is selected as a whole. */
export const placeholderAt = (text: string, start: number, end: number): Placeholder | undefined =>
  placeholdersIn(text).find((each) => each.start === start && each.end === end)
