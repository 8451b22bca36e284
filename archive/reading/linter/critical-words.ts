/**
 * Words of the critical list (reading.md §3.4) without a record of a critical value. What is old, treated or already known (「陈旧性」, 「术后」) is none,
 * and what is denied or only to be excluded is none.
 */
import type { LintSubject, Problem } from './lint.ts'
import { mentionsOf } from './sentences.ts'

const words =
  /张力性气胸|主动脉夹层|夹层动脉瘤|主动脉瘤破裂|主动脉壁间血肿|蛛网膜下腔出血|脑疝|小脑扁桃体疝|大面积(?:脑)?梗[死塞]|肺动脉栓塞|肺栓塞|心包填塞|心脏压塞|消化道穿孔|胃肠道?穿孔|肠穿孔|胃穿孔|游离气体|完全性肠梗阻|绞窄性肠梗阻|肠系膜(?:上)?动脉栓塞|异位妊娠破裂|宫外孕破裂|[肝脾肾]破裂|肝脾破裂|脊髓(?:受压|压迫|断裂)|寰枢椎(?:半)?脱位|颈椎(?:骨折)?脱位/g
const shift = /中线(?:结构)?[^。；，]{0,10}?移位[^。；\d]{0,8}(\d+(?:\.\d+)?)\s*(mm|cm|毫米|厘米)/g
const haematoma = /(?:出血|血肿)[^。；]{0,20}?(\d+(?:\.\d+)?)\s*(?:ml|mL|ML|毫升)/g
const known = /陈旧|术后|复查.{0,8}(吸收|好转)|慢性期|吸收期/

export function criticalWords({ draft, criticalRaised }: LintSubject): Problem[] {
  if (criticalRaised) return []
  const seen = new Set<string>()
  return (['impression', 'findings'] as const).flatMap((field) => {
    const text = draft[field]
    const said = mentionsOf(text, words)
      .filter((mention) => mention.said === 'affirmed' && !known.test(mention.clause.text))
      .map(({ word, start, end }) => ({ word, start, end }))
    const measured = [
      ...[...text.matchAll(shift)].filter(([, size, unit]) => Number(size) * (/cm|厘米/.test(unit!) ? 10 : 1) >= 10),
      ...[...text.matchAll(haematoma)].filter(([whole, volume]) => Number(volume) >= (/小脑|脑干|幕下/.test(whole) ? 10 : 30)),
    ].map((match) => ({ word: match[0], start: match.index, end: match.index + match[0].length }))
    return [...said, ...measured].flatMap(({ word, start, end }) => {
      if (seen.has(word)) return []
      seen.add(word)
      return [{ where: { field, start, end }, values: { word } }]
    })
  })
}
