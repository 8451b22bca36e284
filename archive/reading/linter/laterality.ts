/** Left and right: what was ordered, what the clinician says, what the findings and the impression say. */
import { regionsIn, structureIn } from './anatomy.ts'
import { abnormal } from './finding-words.ts'
import type { LintSubject, Problem } from './lint.ts'
import { saidOf } from './sentences.ts'
import { type Side, type SidedClause, type SideMention, sidedClauses, sidesIn, sideWords } from './sides.ts'

type OneSide = Exclude<Side, 'both'>
const opposite: Readonly<Record<OneSide, OneSide>> = { left: 'right', right: 'left' }

/** The one side that a text is about; undefined when it says none, or both. */
function oneSide(text: string): OneSide | undefined {
  const said = new Set<Side>(sidesIn(text).map(({ side }) => side))
  if (/\b(LEFT|LT)\b|(^|[\s_])L([\s_]|$)/i.test(text)) said.add('left')
  if (/\b(RIGHT|RT)\b|(^|[\s_])R([\s_]|$)/i.test(text)) said.add('right')
  const [only] = said
  return said.size === 1 && only !== 'both' ? only : undefined
}

const excerpt = ({ clause }: SidedClause, { start }: SideMention): string =>
  clause.text.slice(Math.max(0, start - clause.start)).slice(0, 8)

const isOwn = ({ clause }: SidedClause, { start }: SideMention): boolean =>
  start >= clause.start && start < clause.start + clause.text.length

/**
 * Order right knee, text left knee. What is reported of the other side of another structure (a chest under a shoulder) is no clash, and neither is
 * a comparison with the healthy side where the ordered side is described as well.
 */
export function lateralityOrder({ draft, ordered }: LintSubject): Problem[] {
  const text = ordered.join(' ')
  const side = oneSide(text)
  if (side === undefined) return []
  const wrong = opposite[side]
  const parts = regionsIn(text)
  const about = ({ clause, structure }: SidedClause): boolean =>
    parts.length === 0 || structure === undefined || parts.some(({ reported }) => reported.test(clause.text))
  return (['technique', 'findings', 'impression'] as const).flatMap((field) => {
    const clauses = sidedClauses(draft[field]).filter(about)
    const saysRight = clauses.some(({ sides }) => sides.some((mention) => mention.side === side))
    return clauses.flatMap((clause) =>
      clause.sides
        .filter((mention) => mention.side === wrong && isOwn(clause, mention) && !(saysRight && field === 'findings'))
        .map((mention) => ({
          where: { field, start: mention.start, end: mention.end },
          values: { ordered: sideWords[side][0], orderedEn: sideWords[side][1], word: excerpt(clause, mention) },
        })),
    )
  })
}

/** The sides that the findings describe something on: by the finding's own word where it stands there, else by the structure. */
function described(clauses: readonly SidedClause[], structure: string | undefined, words: readonly string[]): Set<Side | 'none'> {
  const same = clauses.filter((clause) => structure === undefined || clause.structure === undefined || clause.structure === structure)
  const withWord = same.filter(({ clause }) =>
    words.some((word) => {
      const at = clause.text.indexOf(word)
      return at >= 0 && saidOf(clause.text, at, at + word.length) !== 'denied'
    }),
  )
  const those = withWord.length > 0 ? withWord : same.filter((clause) => clause.structure === structure && structure !== undefined)
  return new Set(those.flatMap(({ sides }): (Side | 'none')[] => (sides.length === 0 ? ['none'] : sides.map(({ side }) => side))))
}

/** 「左肺上叶结节。右肺清晰」 and an impression of the right one. */
export function lateralityFindings({ draft }: LintSubject): Problem[] {
  const findings = sidedClauses(draft.findings)
  return sidedClauses(draft.impression).flatMap((clause) => {
    const words = [...clause.clause.text.matchAll(abnormal)]
    const told = words.filter((word) => saidOf(clause.clause.text, word.index, word.index + word[0].length) !== 'denied')
    const own = clause.sides.filter((mention) => isOwn(clause, mention))
    if (words.length > 0 && told.length === 0) return []
    return own.flatMap((mention, at) => {
      if (mention.side === 'both') return []
      // Each side of 「左肺结节，右肾囊肿」 written in one clause speaks of what follows it.
      const from = mention.start - clause.clause.start
      const to = (own[at + 1]?.start ?? Number.POSITIVE_INFINITY) - clause.clause.start
      const piece = clause.clause.text.slice(from, to)
      const near = told.filter(({ index }) => index >= from && index < to).map(([word]) => word)
      const sides = described(findings, structureIn(piece) ?? clause.structure, near.length > 0 ? near : told.map(([word]) => word))
      if (sides.size === 0 || sides.has(mention.side) || sides.has('both') || sides.has('none')) return []
      const other = opposite[mention.side]
      return [
        {
          where: { field: 'impression' as const, start: mention.start, end: mention.end },
          values: { word: piece.slice(0, 8), other: sideWords[other][0], otherEn: sideWords[other][1] },
        },
      ]
    })
  })
}

/** The clinician writes 「左膝外伤」 and only the right one is described. */
export function lateralityClinical({ draft, clinical, ordered }: LintSubject): Problem[] {
  const side = oneSide(clinical)
  if (side === undefined || oneSide(ordered.join(' ')) !== undefined) return []
  const [said] = sidedClauses(clinical).filter(({ sides }) => sides.length > 0)
  const structure = said === undefined ? undefined : structureIn(said.clause.text)
  if (structure === undefined) return []
  const clauses = sidedClauses(`${draft.findings}\n${draft.impression}`).filter((clause) => clause.structure === structure)
  const sides = new Set(clauses.flatMap(({ sides }) => sides.map((mention) => mention.side)))
  if (sides.size !== 1 || !sides.has(opposite[side])) return []
  const other = opposite[side]
  return [
    {
      where: null,
      values: {
        clinical: sideWords[side][0],
        clinicalEn: sideWords[side][1],
        word: said!.clause.text.trim().slice(0, 12),
        other: sideWords[other][0],
        otherEn: sideWords[other][1],
      },
    },
  ]
}
