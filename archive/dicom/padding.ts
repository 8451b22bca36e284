/** Padding of text values. PS3.5 §6.2: trailing spaces, NUL after UIDs; leading spaces are insignificant in most VRs. By hand, since a pattern takes quadratic time. */

const isPadding = (code: number) => code === 0x20 || code === 0

/** The text without trailing spaces and NULs and, unless they count, without leading ones. */
export function trimPadding(text: string, keepLeading = false): string {
  let end = text.length
  while (end > 0 && isPadding(text.charCodeAt(end - 1))) end--
  let start = 0
  if (!keepLeading) while (start < end && isPadding(text.charCodeAt(start))) start++
  return start === 0 && end === text.length ? text : text.slice(start, end)
}
