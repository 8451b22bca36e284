/** 左, 右, 双侧: which side a clause speaks of. */

import { structureIn } from './anatomy.ts'
import { clausesOf, type Span, sentencesOf } from './sentences.ts'

export type Side = 'left' | 'right' | 'both'

export const sideWords: Readonly<Record<'left' | 'right', readonly [zh: string, en: string]>> = {
  left: ['左', 'left'],
  right: ['右', 'right'],
}

export interface SideMention {
  readonly side: Side
  readonly start: number
  readonly end: number
}

/**
 * Sides of the body. No sides: 「5cm 左右」, 「左右径」, projections and positions (「左前斜位」, 「右侧卧位」, 「侧位」), chambers of the heart
 * (「左心室」) and 「右位心」.
 */
const sides = /左右(?:两侧|侧|双侧)?|双侧|两侧|双|两(?=肺|肾|膝|髋|手|足|下肢|上肢|肩|踝|腕|肘|乳|耳|眼|胸|肋|额|颞|顶|枕|基底|侧)|左|右/g

const noSide = /^(心|房|室|束支|冠|前降支|回旋支|前斜|后斜|侧位|侧卧|位心)/

export function sidesIn(text: string, offset = 0): SideMention[] {
  const found: SideMention[] = []
  for (const match of text.matchAll(sides)) {
    const [word] = match
    const start = match.index + offset
    const after = text.slice(match.index + word.length)
    if (word === '左' || word === '右') {
      if (noSide.test(after)) continue
      found.push({ side: word === '左' ? 'left' : 'right', start, end: start + 1 })
    } else if (word === '左右两侧' || word === '左右双侧' || word === '左右侧')
      found.push({ side: 'both', start, end: start + word.length })
    else if (!word.startsWith('左右')) found.push({ side: 'both', start, end: start + word.length })
  }
  return found
}

/** A clause with the side and the structure that it speaks of; within a sentence both carry on until another one is named. */
export interface SidedClause {
  readonly clause: Span
  readonly sentence: Span
  /** As the clause itself says, else what the sentence said before. */
  readonly sides: readonly SideMention[]
  readonly structure: string | undefined
}

export function sidedClauses(text: string): SidedClause[] {
  const out: SidedClause[] = []
  for (const sentence of sentencesOf(text)) {
    let carried: readonly SideMention[] = []
    let structure: string | undefined
    for (const clause of clausesOf(sentence)) {
      const own = sidesIn(clause.text, clause.start)
      const named = structureIn(clause.text)
      if (own.length > 0) {
        carried = own
        structure = named ?? structure
      } else if (named !== undefined && named !== structure) {
        carried = []
        structure = named
      }
      out.push({ clause, sentence, sides: carried, structure })
    }
  }
  return out
}
