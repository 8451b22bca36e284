/** Choices that nothing presets. 阴性/阳性 is asked for by the machine itself. */
import type { LintSubject, Problem } from './lint.ts'

export const chosen = ({ draft }: LintSubject): Problem[] =>
  (['wording', 'grade'] as const)
    .filter((field) => draft[field] === null)
    .map((field) => ({ where: { field, start: 0, end: 0 }, sentence: field }))

/** A grade is that of the images that were looked at, whoever has acknowledged the others. */
export const gradedBeforeImages = ({ draft, lateImages }: LintSubject): Problem[] =>
  draft.grade !== null && lateImages ? [{ where: { field: 'grade', start: 0, end: 0 } }] : []
