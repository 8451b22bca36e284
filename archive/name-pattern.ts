/**
 * Matching a person name literally, with wildcards: PS3.4 §C.2.2.2.1, .4. Case, width and accents do not count (PS3.5 §6.2.1.2 leaves that open), nor
 * how the components are divided: `张三` is `张^三`, `ZHANG SAN` is `Zhang^San`. Each component group may match, or the whole value.
 */
/** ¨ ´ ¸ and the like: compatibility makes a space with an accent of them. */
const standingAccents = /[^\P{Sk}^]/gu
const han = /\p{Script=Han}/u

export function nameMatchesPattern(name: string, pattern: string): boolean {
  const wanted = canonical(pattern)
  return [name, ...name.split('=')].some((group) => fitsPattern(canonical(group), wanted))
}

/** Whether a key found at the beginning of a word must occur in every name that the pattern matches: not where letters may stand before it. */
export const bindsItsKeys = (piece: string): boolean => !/^[*?]/.test(piece) || han.test(piece)

function canonical(text: string): string {
  const plain = text
    .replace(standingAccents, '')
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('ς', 'σ')
    .normalize('NFC')
    .replace(/[\^\s]+/g, ' ')
    .replace(/ *= */g, '=')
    .trim()
  return han.test(plain) ? plain.replaceAll(' ', '') : plain
}

/**
 * Whether the whole text fits a pattern of `*` and `?`, in time that grows with the product of both lengths at most: a regular expression of many
 * asterisks takes years.
 */
export function fitsPattern(text: string, pattern: string): boolean {
  const [letters, wanted] = [[...text], [...pattern]]
  let at = 0
  let star = -1
  let resume = 0
  let next = 0
  while (at < letters.length) {
    if (wanted[next] === '*') {
      star = next++
      resume = at
    } else if (next < wanted.length && (wanted[next] === '?' || wanted[next] === letters[at])) {
      next++
      at++
    } else if (star >= 0) {
      // The last asterisk takes one letter more.
      next = star + 1
      at = ++resume
    } else return false
  }
  while (wanted[next] === '*') next++
  return next === wanted.length
}
