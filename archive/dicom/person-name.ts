/**
 * Person names. PS3.5 §6.2.1: up to three component groups (Alphabetic, Ideographic, Phonetic) divided by `=`, each with up to five components
 * (family, given, middle, prefix, suffix) divided by `^`.
 *
 * A name is found by what people type: 张三 by 张, 三, 张三, zhang, zhangsan, san, zs. The keys of a name hold every prefix of every such way,
 * so a search asks an index whether all keys of the query are among them, and then rechecks the name itself.
 */
import { readingsOf, simplify, syllablesOf } from './pinyin.ts'

/** As in DICOM JSON, PS3.18 F.2.2. A group that is empty is absent. */
export interface PersonName {
  Alphabetic?: string
  Ideographic?: string
  Phonetic?: string
}

/** Empty components at the end, and spaces around, mean nothing. */
function trimGroup(group: string): string {
  let end = group.length
  while (end > 0 && (group[end - 1] === '^' || group[end - 1] === ' ')) end--
  return group.slice(0, end).trimStart()
}

export function parsePersonName(text: string): PersonName {
  const [alphabetic = '', ideographic = '', phonetic = ''] = text.split('=', 3).map(trimGroup)
  return {
    ...(alphabetic !== '' && { Alphabetic: alphabetic }),
    ...(ideographic !== '' && { Ideographic: ideographic }),
    ...(phonetic !== '' && { Phonetic: phonetic }),
  }
}

const han = /\p{Script=Han}/u

/**
 * The name as people read it: 张^三 is 张三, Hong^Gildong=洪^吉洞 is 洪吉洞; a name without Han characters keeps its own order, Smith^John is Smith John.
 * The group written in Han characters is preferred, else the first that is not empty.
 */
export function displayName(text: string): string {
  const { Alphabetic, Ideographic, Phonetic } = parsePersonName(text)
  const groups = [Ideographic, Alphabetic, Phonetic].filter((group) => group !== undefined)
  const group = groups.find((candidate) => han.test(candidate)) ?? Alphabetic ?? groups[0] ?? ''
  const components = group
    .split('^')
    .map((component) => component.trim())
    .filter((component) => component !== '')
  return components.join(components.every((component) => /^[\p{Script=Han}\p{Script=Hangul}·・]+$/u.test(component)) ? '' : ' ')
}

/** Longer names are indexed by their beginning only. */
const maximumCharacters = 16
const maximumLetters = 64
const maximumWords = 12

/** Width, case (a final ς is a σ) and accents do not count, nor does the dot inside a transcribed name (艾力·买买提). */
function normalize(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f·•‧・']/g, '')
    .replaceAll('ς', 'σ')
    .normalize('NFC')
}

/** The Han characters of a text, and its other words. */
function piecesOf(text: string): { characters: string[]; words: string[] } {
  const normal = normalize(text)
  return {
    characters: (normal.match(/\p{Script=Han}/gu) ?? []).slice(0, maximumCharacters),
    words: (normal.match(/(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+/gu) ?? [])
      .slice(0, maximumWords)
      .map((word) => word.slice(0, maximumLetters)),
  }
}

class Keys {
  readonly found = new Set<string>()

  prefixes(text: string): void {
    for (let end = 1; end <= Math.min(text.length, maximumLetters); end++) this.found.add(text.slice(0, end))
  }

  /** zhang san: every prefix of zhangsan and of san, and of zs. */
  syllables(reading: readonly string[]): void {
    for (let i = 0; i < reading.length; i++) this.prefixes(reading.slice(i).join(''))
    this.prefixes(reading.map((syllable) => syllable[0]).join(''))
  }

  characters(characters: readonly string[]): void {
    characters.forEach((character, i) => {
      this.found.add(character)
      if (i > 0) this.found.add(characters[i - 1]! + character)
    })
    this.found.add(characters.join(''))
  }
}

function keysOfGroup(group: string, keys: Keys): void {
  const { characters, words } = piecesOf(group)
  if (characters.length > 0) {
    keys.characters(characters)
    keys.characters([...simplify(characters.join(''))])
    for (const reading of readingsOf(characters)) keys.syllables(reading)
  }
  for (const word of words) {
    keys.prefixes(word)
    for (const reading of syllablesOf(word)) keys.syllables(reading)
  }
  if (words.length > 1) keys.syllables(words)
}

/** A series is many instances of one name: the last names are remembered. */
const remembered = new Map<string, readonly string[]>()
const maximumRemembered = 256

/** What a name is found by: Han characters, pairs and the whole; pinyin in all readings, from each syllable on, and initials; words; each Latin one by all its prefixes. */
export function nameKeys(text: string): readonly string[] {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const keys = new Keys()
  for (const group of text.split('=', 3)) keysOfGroup(group, keys)
  const result = [...keys.found]
  if (remembered.size >= maximumRemembered) remembered.delete(remembered.keys().next().value!)
  remembered.set(text, result)
  return result
}

/** The keys that a name must all have to be a hit: of each piece of the query (between `^`, `=`, spaces) its characters and pairs, or the word up to a wildcard. */
export function nameQueryKeys(query: string): string[] {
  const keys = new Set<string>()
  for (const part of query.split(/[\s^=,]+/)) {
    const { characters, words } = piecesOf(
      simplify(
        part
          .replace(/^[*?]+/, '')
          .replace(/[*?].*$/, '')
          .normalize('NFKC'),
      ),
    )
    if (characters.length === 1) keys.add(characters[0]!)
    for (let i = 1; i < characters.length; i++) keys.add(characters[i - 1]! + characters[i]!)
    for (const word of words) keys.add(word)
  }
  return [...keys]
}

/** Whether the name itself answers the query: the recheck of a hit, since keys say of a long run of characters only that its pairs are somewhere. */
export function nameMatches(text: string, query: string): boolean {
  const keys = new Set(nameKeys(text))
  if (!nameQueryKeys(query).every((key) => keys.has(key))) return false
  const written = text.split('=', 3).map((group) => simplify(piecesOf(group).characters.join('')))
  return query.split(/[\s^=,]+/).every((part) => {
    const run = simplify(piecesOf(part.replace(/^[*?]+/, '').replace(/[*?].*$/, '')).characters.join(''))
    return run === '' || written.some((group) => group.includes(run))
  })
}
