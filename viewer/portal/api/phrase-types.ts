/** Templates and macros as the archive tells them. */
import type { Polarity, Wording } from './types.ts'

export type PhraseKind = 'template' | 'macro'

export interface PhraseText {
  readonly title: string
  readonly abbreviation: string
  readonly modality: string
  readonly bodyPart: string
  readonly sex: '' | 'M' | 'F'
  readonly ageBand: '' | 'infant' | 'child' | 'adult' | 'elderly'
  readonly polarity: Polarity
  readonly wording: Wording | null
  /** Of a template by section; of a macro `{text}`. */
  readonly sections: Readonly<Record<string, string>>
}

export interface Phrase extends PhraseText {
  readonly id: string
  readonly kind: PhraseKind
  readonly scope: 'user' | 'centre' | 'starter'
  readonly state: 'approved' | 'proposed' | 'refused' | 'hidden'
  readonly replaces: string | null
  readonly rev: number
  readonly by: string | null
  readonly reason: string | null
  readonly initials: string
  readonly uses: number
  readonly verbs: readonly string[]
}
