/**
 * Chinese report text as the rules read it: sentences, clauses, and whether a word in a clause is said, denied or left open. No grammar: reports are
 * written in few patterns, and where the pattern is not known the answer is the one that raises no alarm.
 */

/** A piece of a text and where it begins. */
export interface Span {
  readonly text: string
  readonly start: number
}

function split(text: string, ends: RegExp, offset = 0): Span[] {
  const spans: Span[] = []
  let start = 0
  for (const match of text.matchAll(ends)) {
    spans.push({ text: text.slice(start, match.index), start: start + offset })
    start = match.index + match[0].length
  }
  spans.push({ text: text.slice(start), start: start + offset })
  return spans.filter((span) => span.text.trim() !== '')
}

/** A full stop between two digits is a decimal point, and so is a Chinese one that slipped in. */
export const sentencesOf = (text: string): Span[] => split(text, /[；;！!？?\n\r]|(?<!\d)[。.]|[。.](?!\d)/g)
export const clausesOf = ({ text, start }: Span): Span[] => split(text, /[，,:：]/g, start)

export type Said = 'affirmed' | 'denied' | 'open'

export interface Mention {
  readonly word: string
  readonly start: number
  readonly end: number
  readonly said: Said
  readonly clause: Span
  readonly sentence: Span
}

const deniers = /未见|未发现|未显示|未及|未查及|未探及|未累及|未伴|没有|不伴|不考虑|不支持|排除|除外|否认|消失|无/g
/** What looks like a denial and is none: 「无移位骨折」 is a fracture, 「不除外」 leaves it open. */
const noDenial = [/^无(明显|明确|显著)?(移位|错位|成角|症状|痛|名|创|功能|回声|菌)/, /^(排除|除外)(标准)/]
const openers = /不除外|不能除外|未除外|未能除外|不排除|不能排除|未排除|待排除?|待除外|除外待|可疑|疑似|疑|可能|考虑|[？?]$/
/** 「骨折未见」「骨折线未显示」 at the end of a clause. */
const deniedAfter = /^(线|征象|征|影|灶|表现)?(未见|未见显示|未见明确显示|未显示|不明显|已?消失|已?吸收|阴性)\s*$/

export function saidOf(clause: string, start: number, end: number): Said {
  const before = clause.slice(0, start)
  const after = clause.slice(end)
  if (deniedAfter.test(after)) return 'denied'
  let denied = false
  for (const match of before.matchAll(deniers)) {
    const rest = clause.slice(match.index)
    const lead = clause.slice(0, match.index)
    if (noDenial.some((pattern) => pattern.test(rest))) continue
    // 「不能除外骨折」 「未排除骨折」
    if (/^(排除|除外)/.test(rest) && /(不|不能|未|未能|待)$/.test(lead)) continue
    denied = true
  }
  // What is seen after the denial is seen: 「未见骨折但见脱位」
  const lastDenial = [...before.matchAll(deniers)].at(-1)
  if (denied && lastDenial && /(但|而|仅|可见|伴有|并见|合并|见(?!异常))/.test(before.slice(lastDenial.index + lastDenial[0].length)))
    denied = false
  if (denied) return 'denied'
  return openers.test(clause) ? 'open' : 'affirmed'
}

/** Every place where one of the words stands. `words` must be global. */
export function mentionsOf(text: string, words: RegExp): Mention[] {
  return sentencesOf(text).flatMap((sentence) =>
    clausesOf(sentence).flatMap((clause) =>
      [...clause.text.matchAll(words)].map((match) => {
        const open = text.charAt(sentence.start + sentence.text.length)
        const said = saidOf(clause.text, match.index, match.index + match[0].length)
        return {
          word: match[0],
          start: clause.start + match.index,
          end: clause.start + match.index + match[0].length,
          said: said === 'affirmed' && /[？?]/.test(open) ? ('open' as const) : said,
          clause,
          sentence,
        }
      }),
    ),
  )
}

/** 「未见明显异常」 and its kin, and nothing else. */
const normalClause =
  /(未见|无|未发现)(明显|明确|显著|确切)?(的)?(异常|病变|改变)|正常|清晰|对称|(未见|无|未发现|未显示|未及)|良好|规则|居中|光整|通畅|请结合|建议|复查|随访/

/** Whether an impression says that all is well and nothing more. */
export function isNormal(impression: string): boolean {
  if (impression.trim() === '') return false
  return sentencesOf(impression)
    .flatMap(clausesOf)
    .every(({ text }) => normalClause.test(text) || !/[\p{L}]/u.test(text))
}
