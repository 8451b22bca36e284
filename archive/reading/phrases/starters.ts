/** The templates and macros to begin with, as files beside this one: read once, checked like what a doctor writes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { PhraseKind, PhraseText } from '../../../storage/index/reading/phrases.ts'
import { phraseText } from './phrase-text.ts'

export interface Starter extends PhraseText {
  readonly key: string
  readonly kind: PhraseKind
}

/** By subject, so that a radiologist can check one at a time. */
const files = ['radiography', 'ct-head-neck', 'ct-chest', 'ct-abdomen', 'ct-bones', 'mr', 'other', 'macros'] as const

const file = z.strictObject({
  kind: z.enum(['template', 'macro']),
  items: z.array(z.object({ key: z.string().regex(/^[a-z0-9-]{3,60}$/) }).loose()).max(300),
})

let read: readonly Starter[] | undefined

export function starters(): readonly Starter[] {
  read ??= files.flatMap((name) => {
    const { kind, items } = file.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'starters', `${name}.json`), 'utf8')))
    return items.map(({ key, ...item }) => ({ key, kind, ...phraseText(kind).parse(item) }))
  })
  return read
}
