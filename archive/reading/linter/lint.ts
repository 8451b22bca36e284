/**
 * Checks of a report before it is submitted or signed (reading.md §6.2): offline, each explainable, each a rule of its own in `rules.ts`. The same code
 * runs while somebody types (`POST /api/lint`) and inside the transaction that submits or signs. Pure: no clock, no database.
 */
import type { DraftText } from '../../../storage/index/reading/drafts.ts'
import { rules } from './rules.ts'

export const textFields = ['technique', 'comparison', 'findings', 'impression', 'advice', 'remark'] as const
export type TextField = (typeof textFields)[number]
export type LintField = TextField | 'polarity' | 'wording' | 'grade' | 'keyImages'

/** What a report is held against. */
export interface LintSubject {
  readonly draft: DraftText
  /** PatientSex: M, F, O or empty. */
  readonly sex: string
  /** In years; null where nobody knows it. */
  readonly age: number | null
  readonly modality: string
  /** Everything that says what was ordered: the procedure of the order, StudyDescription, BodyPartExamined. */
  readonly ordered: readonly string[]
  readonly clinical: string
  /** Images have come since the grade was chosen. */
  readonly lateImages: boolean
  /** A critical value was raised on this workitem and not withdrawn. */
  readonly criticalRaised: boolean
  /** Other studies of the same person. `opened`: the asker has looked at images or report. */
  readonly priors: readonly { readonly StudyDate: string; readonly opened: boolean }[]
}

/** Offsets are UTF-16 code units of the field's text, as a browser counts them. */
export interface Place {
  readonly field: LintField
  readonly start: number
  readonly end: number
}

/** What a rule found: where, and the words that fill its sentence. */
export interface Problem {
  readonly where: Place | null
  readonly values?: Readonly<Record<string, string>>
  /** The rule's other sentence of this name, where it has several. */
  readonly sentence?: string
}

export type Severity = 'error' | 'warning'
type Pair = readonly [zh: string, en: string]

export interface Rule {
  readonly code: string
  readonly severity: Severity
  /** False: there is nothing to justify, it has to be put right. */
  readonly overridable: boolean
  /** By name; `{word}` is filled with a problem's values. */
  readonly sentences: Readonly<Record<string, Pair>>
  /** Why the rule exists. */
  readonly explanation: Pair
  readonly check: (subject: LintSubject) => readonly Problem[]
}

export interface Finding {
  readonly rule: string
  readonly severity: Severity
  readonly overridable: boolean
  readonly zh: string
  readonly en: string
  readonly where: Place | null
  readonly explanation: { readonly zh: string; readonly en: string }
  /** The same problem keeps it while the words around it change: a reason that was given stands for it. */
  readonly key: string
}

/** More than anybody reads. */
const maxFindings = 50
const maxPerRule = 8

const fill = (sentence: string, values: Readonly<Record<string, string>> = {}): string =>
  sentence.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)

/** Errors first, then in the order of the table. */
export function lint(subject: LintSubject): Finding[] {
  const found = rules.flatMap((rule) =>
    rule
      .check(subject)
      .slice(0, maxPerRule)
      .map((problem) => findingOf(rule, problem)),
  )
  const unique = found.filter(({ key }, at) => found.findIndex((other) => other.key === key) === at)
  return [...unique.filter(({ severity }) => severity === 'error'), ...unique.filter(({ severity }) => severity === 'warning')].slice(
    0,
    maxFindings,
  )
}

function findingOf({ code, severity, overridable, sentences, explanation }: Rule, { where, values, sentence = 'text' }: Problem): Finding {
  const [zh, en] = sentences[sentence]!
  const said = fill(zh, values)
  return {
    rule: code,
    severity,
    overridable,
    zh: said,
    en: fill(en, values),
    where,
    explanation: { zh: explanation[0], en: explanation[1] },
    key: `${code}:${where?.field ?? ''}:${said}`,
  }
}
