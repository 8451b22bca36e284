/** What a second hand changed in a text, word by word, also in Chinese: pieces that are the same, and changes that can be taken back one by one. */
import { diffArrays } from 'diff'
import type { ChangeReason, ReviewChange } from '../api/review-types.ts'
import type { ReportText } from '../api/types.ts'
import { type TextSection, textSections } from './sections.ts'

export interface Piece {
  readonly kind: 'same' | 'change'
  /** Of a change: what stood there, and what stands there now; either may be empty. */
  readonly before: string
  readonly after: string
  /** Where it begins when both texts are written into each other: tells pieces apart. */
  readonly at: number
}

const segmenter = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter('zh', { granularity: 'word' }) : undefined

/** Words of Chinese, numbers, punctuation and white space; every character belongs to one. */
export const wordsOf = (text: string): string[] =>
  segmenter === undefined ? [...text] : [...segmenter.segment(text)].map(({ segment }) => segment)

interface Unplaced {
  kind: Piece['kind']
  before: string
  after: string
}

/** Beyond this a comparison by words would hold up the page: then by lines. */
const mostWords = 6_000

export function pieces(before: string, after: string): Piece[] {
  if (before === after) return before === '' ? [] : [{ kind: 'same', before, after, at: 0 }]
  const [old, now] = [wordsOf(before), wordsOf(after)]
  const byLine = old.length + now.length > mostWords
  const parts = byLine ? diffArrays(before.split(/(?<=\n)/), after.split(/(?<=\n)/)) : diffArrays(old, now)
  const out: Unplaced[] = []
  for (const { added, removed, value } of parts) {
    const text = value.join('')
    const last = out.at(-1)
    if (!added && !removed) out.push({ kind: 'same', before: text, after: text })
    else if (last?.kind === 'change') {
      last.before += removed ? text : ''
      last.after += added ? text : ''
    } else out.push({ kind: 'change', before: removed ? text : '', after: added ? text : '' })
  }
  let at = 0
  return joined(out).map((piece) => {
    const placed = { ...piece, at }
    at += piece.before.length + piece.after.length
    return placed
  })
}

/** A comma that stayed between two changes makes them one: nobody gives two reasons for one phrase. */
function joined(parts: readonly Unplaced[]): Unplaced[] {
  const out: Unplaced[] = []
  for (const [at, part] of parts.entries()) {
    const last = out.at(-1)
    const bridges = part.kind === 'same' && part.after.length <= 1 && !part.after.includes('\n') && parts[at + 1]?.kind === 'change'
    const glue = last?.kind === 'change' && (part.kind === 'change' || bridges)
    if (glue && last !== undefined)
      out[out.length - 1] = { kind: 'change', before: last.before + part.before, after: last.after + part.after }
    else out.push(part)
  }
  return out
}

/** The text with change `at` taken back. */
export const without = (parts: readonly Piece[], at: number): string =>
  parts.map((part, index) => (index === at ? part.before : part.after)).join('')

export const changesIn = (parts: readonly Piece[]): number => parts.filter(({ kind }) => kind === 'change').length

export interface TrackedChange {
  /** Stands while neither text of the change is edited. */
  readonly key: string
  readonly section: TextSection
  readonly before: string
  readonly after: string
  /** The section with the change taken back. */
  readonly taken: string
}

export interface TrackedSection {
  readonly section: TextSection
  readonly parts: readonly (Piece & { readonly change: TrackedChange | null })[]
}

export function trackedSections(base: ReportText, text: ReportText): TrackedSection[] {
  return textSections.flatMap((section) => {
    const parts = pieces(base[section], text[section])
    if (parts.every(({ kind }) => kind === 'same')) return []
    return [
      {
        section,
        parts: parts.map((part, at) => ({
          ...part,
          change:
            part.kind === 'same'
              ? null
              : {
                  key: `${section}|${part.before}|${part.after}`,
                  section,
                  before: part.before,
                  after: part.after,
                  taken: without(parts, at),
                },
        })),
      },
    ]
  })
}

export type Reasons = Readonly<Record<string, ChangeReason>>

export const reviewChanges = (sections: readonly TrackedSection[], reasons: Reasons): ReviewChange[] =>
  sections.flatMap(({ section, parts }) =>
    parts.flatMap(({ change }) =>
      change === null
        ? []
        : [
            {
              field: section,
              before: change.before.slice(0, 5_000),
              after: change.after.slice(0, 5_000),
              reason: reasons[change.key] ?? null,
            },
          ],
    ),
  )

/** Both, where neither holds the other. */
export function together(left: string, right: string): string {
  const [a, b] = [left.trim(), right.trim()]
  if (a.includes(b)) return left
  return b.includes(a) ? right : `${left.trimEnd()}\n${right}`
}
