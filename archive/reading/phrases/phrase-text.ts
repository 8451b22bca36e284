/** What a template or a macro may hold: the door for what doctors write, import and find in the starters alike. */
import { z } from 'zod'
import type { PhraseKind } from '../../../storage/index/reading/phrases.ts'

/** Sections of a report that a template may fill. */
export const sections = ['technique', 'comparison', 'findings', 'impression', 'advice', 'remark'] as const

/** No control characters but line feed and tabulator. */
const text = z
  .string()
  .max(10_000)
  .regex(/^[^\p{Cc}]*$|^(?:[^\p{Cc}]|[\n\t])*$/u, 'has a control character')
const isNotEmpty = (value: Readonly<Record<string, string | undefined>>): boolean =>
  Object.values(value).some((each) => (each ?? '').trim() !== '')

const templateSections = z
  .strictObject(
    Object.fromEntries(sections.map((section) => [section, text.optional()])) as Record<
      (typeof sections)[number],
      z.ZodOptional<typeof text>
    >,
  )
  .refine(isNotEmpty, 'has no text')
const macroSections = z.strictObject({ text: text.min(1) })

const about = {
  title: z.string().trim().min(1).max(60),
  abbreviation: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^([a-z][a-z0-9]{1,15})?$/, 'is 2 to 16 letters and digits')
    .default(''),
  modality: z
    .string()
    .regex(/^[A-Z]{0,16}$/, 'is a modality such as CT or DX')
    .default(''),
  bodyPart: z
    .string()
    .regex(/^[A-Z0-9 _]{0,16}$/, 'is a BodyPartExamined such as CHEST')
    .default(''),
  sex: z.enum(['', 'M', 'F']).default(''),
  ageBand: z.enum(['', 'infant', 'child', 'adult', 'elderly']).default(''),
  polarity: z.enum(['negative', 'positive']).nullable().default(null),
  wording: z.enum(['normal', 'affirmative', 'consistent', 'possible', 'not-excluded']).nullable().default(null),
}

const clean = (value: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''))

const template = z.object({ ...about, sections: templateSections.transform(clean) })
const macro = z.object({ ...about, sections: macroSections.transform(clean) })

export const phraseText = (kind: PhraseKind) => (kind === 'template' ? template : macro)
