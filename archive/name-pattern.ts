/**
 * Matching a person name literally, with wildcards: PS3.4 §C.2.2.2.1, .4. Case, width and accents do not count (PS3.5 §6.2.1.2 leaves that open), nor
 * how the components are divided: `张三` is `张^三`, `ZHANG SAN` is `Zhang^San`. Each component group may match, or the whole value.
 */
const han = /\p{Script=Han}/u

export function nameMatchesPattern(name: string, pattern: string): boolean {
  const wanted = patternOf(canonical(pattern))
  return [name, ...name.split('=')].some((group) => wanted.test(canonical(group)))
}

/** Whether a key found at the beginning of a word must occur in every name that the pattern matches: not where letters may stand before it. */
export const bindsItsKeys = (piece: string): boolean => !/^[*?]/.test(piece) || han.test(piece)

function canonical(text: string): string {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[\^\s]+/g, ' ')
    .replace(/ *= */g, '=')
    .trim()
  return han.test(plain) ? plain.replaceAll(' ', '') : plain
}

function patternOf(text: string): RegExp {
  const source = text
    .replace(/\*+/g, '*')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'su')
}
