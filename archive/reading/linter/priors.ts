/** A comparison is written, and nobody has looked at a prior. */
import type { LintSubject, Problem } from './lint.ts'

/** 「对比剂」 is contrast medium, 「与对侧对比」 the other knee; 「对照」 alone is no prior. */
const cited =
  /较(?:前|旧)片?|(?:与|同|对比|对照|比较)(?:前片|旧片|老片|前次|上次|既往|原片|以往)|(?:与|对比|对照|比较|较)[^。；，\n]{0,6}?(\d{4})\s*[-年./](\d{1,2})\s*[-月./](\d{1,2})|(?:前片|旧片|老片)(?:对比|比较|对照)|前后片?对比|较(\d{4})[-年]/g
const dated = /(\d{4})\s*[-年./]\s*(\d{1,2})\s*[-月./]\s*(\d{1,2})/g

const asDICOM = (year: string, month: string, day: string): string => `${year}${month.padStart(2, '0')}${day.padStart(2, '0')}`
/** The text itself says that it is from elsewhere. */
const elsewhere = /外院|自带|院外|他院|胶片/

export function priorCited({ draft, priors }: LintSubject): Problem[] {
  const dates = new Set(priors.map(({ StudyDate }) => StudyDate))
  const problems: Problem[] = []
  for (const field of ['comparison', 'findings', 'impression'] as const) {
    const text = draft[field]
    if (elsewhere.test(text)) continue
    if (field === 'comparison')
      for (const match of text.matchAll(dated)) {
        const [whole, year, month, day] = match
        if (priors.length > 0 && !dates.has(asDICOM(year!, month!, day!)))
          problems.push({
            where: { field, start: match.index, end: match.index + whole.length },
            sentence: 'date',
            values: { word: whole },
          })
      }
    const [first] = [
      ...text.matchAll(cited),
      ...(field === 'comparison' && !/^\s*(无|未)/.test(text) ? text.matchAll(/\S[^。；\n]{0,15}/g) : []),
    ]
    if (first === undefined || priors.some(({ opened }) => opened)) continue
    problems.push({
      where: { field, start: first.index, end: first.index + first[0].length },
      sentence: priors.length === 0 ? 'none' : 'unopened',
      values: { word: first[0] },
    })
  }
  return problems
}
