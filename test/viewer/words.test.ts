/** Every sentence exists in both languages: viewer/portal/language. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { clockWords } from '../../viewer/portal/clock.ts'
import {
  ageText,
  named,
  polarityWords,
  roleWords,
  sexWords,
  stageWords,
  stateWords,
  urgencyWords,
  verbWords,
} from '../../viewer/portal/language/domain.ts'
import { fill, type Pair, type Words } from '../../viewer/portal/language/words.ts'

const portal = fileURLToPath(new URL('../../viewer/portal/', import.meta.url))
const files = readdirSync(portal, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /(^|\/)words\.ts$/.test(file) && !/^(dist|language)\//.test(file),
)

const pages = await Promise.all(
  files.map(async (file) => {
    const module = (await import(`${portal}${file}`)) as Record<string, Words<string>>
    return [file, Object.assign({}, ...Object.values(module)) as Words<string>] as const
  }),
)
const tables: readonly (readonly [string, Readonly<Record<string, Pair>>])[] = [
  ...pages,
  ['clock.ts', clockWords],
  ...Object.entries({ polarityWords, roleWords, sexWords, stageWords, stateWords, verbWords }),
  ['urgencyWords', Object.fromEntries(urgencyWords.map((pair, urgency) => [String(urgency), pair]))],
]

const placeholders = (sentence: string): string[] => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort()
const han = /\p{Script=Han}/u

test('every page has a table', () => {
  expect(pages.length).toBeGreaterThanOrEqual(7)
})

test.each(tables)('%s says every sentence in both languages, with the same values in it', (_, table) => {
  for (const [key, [zh, en]] of Object.entries(table)) {
    expect([zh.trim(), en.trim()], key).not.toContain('')
    expect(placeholders(en), key).toEqual(placeholders(zh))
    expect(han.test(en), key).toBe(false)
  }
})

test('values are filled in; a name that has none stays to be seen', () => {
  expect(fill('退还 {name} 的检查?', { name: '张三' })).toBe('退还 张三 的检查?')
  expect(fill('{n} {what}', { n: 0 })).toBe('0 {what}')
})

test('a word that only a newer server knows is shown as it is', () => {
  expect(named(stateWords, 'READY', 'zh')).toBe('待诊断')
  expect(named(stateWords, 'CONSULTING', 'zh')).toBe('CONSULTING')
})

test('PatientAge AS is written for people, PS3.5 §6.2', () => {
  expect(ageText('034Y', 'zh')).toBe('34岁')
  expect(ageText('006M', 'en')).toBe('6m')
  expect(ageText('', 'zh')).toBe('')
  expect(ageText('34岁', 'zh')).toBe('34岁')
})
