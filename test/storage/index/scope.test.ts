/** No way to a study without a scope: every exported statement on studies asks for one. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const read = (name: string) => readFile(new URL(`../../../storage/index/${name}`, import.meta.url), 'utf8')

test('every exported statement of retrieve.ts takes a Scope', async () => {
  const text = await read('retrieve.ts')
  const statements = [...text.matchAll(/export (?:async )?function\*? (\w+)\(([^)]*)\)/g)]
  expect(statements.length).toBeGreaterThan(4)
  expect(statements.filter(([, , parameters]) => !parameters!.includes('scope: Scope')).map(([, name]) => name)).toEqual([])
  // Each of their texts is limited to it, in itself or through `resource`.
  const texts = text.split('query').filter((part) => /\bfrom study s\b/.test(part))
  expect(texts.filter((part) => !part.includes('inScope'))).toEqual([])
})

test('every exported search and count takes a Search, and a Search has a scope', async () => {
  const text = await read('search.ts')
  const statements = [...text.matchAll(/export const (\w+) = \(([^)]*)\)/g)]
  expect(statements).toHaveLength(6)
  expect(statements.filter(([, , parameters]) => !parameters!.includes('search: Search')).map(([, name]) => name)).toEqual([])
  expect(text).toMatch(/export interface Search extends Clock \{\s+readonly scope: Scope\n/)
})
