/**
 * Words in two languages. Each page keeps one table of its own beside it, `{ key: [Chinese, English] }`: a sentence that exists in
 * one language only does not compile. `{name}` in a sentence is filled in by `fill`.
 */
export type Language = 'zh' | 'en'
export type Pair = readonly [zh: string, en: string]
export type Words<Key extends string> = Readonly<Record<Key, Pair>>
export type Values = Readonly<Record<string, string | number>>

/** Keeps the keys' literal types. */
export const words = <const Key extends string>(table: Words<Key>): Words<Key> => table

export function fill(sentence: string, values: Values = {}): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole))
}

/** Words in a row, separated as each language does it. */
export const listed = (parts: readonly string[], language: Language): string => parts.join(language === 'zh' ? '、' : ', ')

export function say(pair: Pair, language: Language, values?: Values): string {
  return fill(pair[language === 'zh' ? 0 : 1], values)
}
