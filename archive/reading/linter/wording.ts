/** 正常 · 肯定 · 符合 · 可能 · 不除外 against the words of the impression. */
import type { Wording } from '../../../storage/index/reading/drafts.ts'
import { abnormal, ofLittleWeight } from './finding-words.ts'
import type { LintSubject, Problem } from './lint.ts'
import { isNormal, mentionsOf } from './sentences.ts'

const words: Readonly<Record<Exclude<Wording, 'normal' | 'affirmative'>, RegExp>> = {
  consistent: /符合|支持/,
  possible: /可能|考虑|疑|倾向|似|[？?]/,
  'not-excluded': /除外|排除|待排|待查/,
}
const names: Readonly<Record<Wording, string>> = {
  normal: '正常',
  affirmative: '肯定',
  consistent: '符合',
  possible: '可能',
  'not-excluded': '不除外',
}
const hedges = /可能性大|可能|考虑|疑似|可疑|疑|不除外|不能除外|待排除?|倾向|[？?]/

export function wording({ draft }: LintSubject): Problem[] {
  const { impression, wording: chosen } = draft
  if (chosen === null || impression.trim() === '') return []
  const where = { field: 'wording' as const, start: 0, end: 0 }
  const values = { chosen: names[chosen] }
  if (chosen === 'normal') {
    const [told] = mentionsOf(impression, abnormal).filter(({ said, word }) => said !== 'denied' && !ofLittleWeight.test(word))
    return told === undefined ? [] : [{ where, sentence: 'normal', values: { word: told.clause.text.trim().slice(0, 20) } }]
  }
  if (isNormal(impression)) return [{ where, sentence: 'notNormal', values }]
  if (chosen === 'affirmative') {
    // One hedged line among several that are sure is how reports are written; all hedged is not affirmative.
    const lines = impression.split(/[\n；;。]/).filter((line) => line.trim() !== '')
    const hedged = lines.map((line) => hedges.exec(line)?.[0])
    const [first] = hedged
    return hedged.every((word) => word !== undefined) ? [{ where, sentence: 'hedged', values: { word: first! } }] : []
  }
  return words[chosen].test(impression) ? [] : [{ where, sentence: 'missing', values }]
}
