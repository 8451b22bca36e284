/** More than three diagnoses for one finding (reading.md §4). */

import { abnormal } from './finding-words.ts'
import type { LintSubject, Problem } from './lint.ts'
import { sentencesOf } from './sentences.ts'

const most = 3
const offers = /考虑|可能|鉴别|待排|不除外|不能除外|疑|[？?]/
const between = /[、，,/？?]|或者|或(?!然)|以及|和|与|及/g
const also = /瘤|癌|病|炎|症|结核|感染|脓肿|囊肿|血肿|转移|畸形|出血|梗[死塞]|水肿|错构|增生|纤维/

export function differentials({ draft }: LintSubject): Problem[] {
  const { impression } = draft
  // 「肺癌？结核？」 is one sentence here: its question marks divide diagnoses.
  return sentencesOf(impression.replaceAll(/[？?]/g, '、')).flatMap(({ text, start }) => {
    const original = impression.slice(start, start + text.length + 1)
    if (!offers.test(original)) return []
    const begin = text.search(/考虑|鉴别/)
    const items = text
      .slice(Math.max(0, begin))
      .split(between)
      .filter((item) => also.test(item) || new RegExp(abnormal.source).test(item))
    if (items.length <= most) return []
    return [{ where: { field: 'impression' as const, start, end: start + text.length }, values: { count: String(items.length) } }]
  })
}
