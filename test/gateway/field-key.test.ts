/** Where the key of sealed fields comes from. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigurationRefused, readConfig } from '../../gateway/config.ts'
import { openFieldKey } from '../../gateway/field-key.ts'

let DATA_DIR: string
beforeEach(async () => {
  DATA_DIR = await mkdtemp(join(tmpdir(), 'field-key-'))
})
afterEach(() => rm(DATA_DIR, { recursive: true, force: true }))

test('made at the first start, readable by its owner only, and the same at every other', async () => {
  const folder = join(DATA_DIR, 'new')
  const [first, same] = await Promise.all([1, 2].map(() => openFieldKey(readConfig({ DATA_DIR: folder }))))
  const sealed = first!.seal('phone', '110')
  expect(same!.unseal('phone', sealed)).toBe('110')
  expect((await openFieldKey(readConfig({ DATA_DIR: folder }))).unseal('phone', sealed)).toBe('110')
  expect((await stat(join(folder, 'field.key'))).mode & 0o777).toBe(0o600)
})

test('the setting’s, and then none is made', async () => {
  const FIELD_KEY = 'ab'.repeat(32)
  const key = await openFieldKey({ FIELD_KEY, DATA_DIR })
  expect((await openFieldKey({ FIELD_KEY: FIELD_KEY.toUpperCase(), DATA_DIR })).unseal('phone', key.seal('phone', '110'))).toBe('110')
  await expect(readFile(join(DATA_DIR, 'field.key'))).rejects.toThrow('ENOENT')
})

test('a file that holds none stops the start: with another key what is sealed would be lost', async () => {
  await writeFile(join(DATA_DIR, 'field.key'), 'broken')
  await expect(openFieldKey(readConfig({ DATA_DIR }))).rejects.toThrow(ConfigurationRefused)
})
