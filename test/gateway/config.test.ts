/** Settings: each has bounds, what cannot be used is refused by one sentence, and the README lists them all. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigurationRefused, isLoopback, readConfig, settingsTable } from '../../gateway/config.ts'

test('without any setting: loopback, embedded database, local objects, accounts needed', () => {
  const config = readConfig({})
  expect(isLoopback(config.HTTP_HOST) && isLoopback(config.DICOM_HOST)).toBe(true)
  expect(config).toMatchObject({ HTTP_PORT: 8080, DICOM_PORT: 11112, AE_TITLE: 'ARCHIVE', AUTH: 'on' })
  expect([config.DATABASE_URL, config.S3_ENDPOINT, config.DEMO]).toEqual([undefined, undefined, undefined])
})

test('an empty value counts as not set', () => {
  expect(readConfig({ HTTP_PORT: '', DEMO: '' }).HTTP_PORT).toBe(8080)
})

test.each([
  ['HTTP_PORT', '99999'],
  ['HTTP_PORT', 'eighty'],
  ['AE_TITLE', 'SEVENTEEN_LETTERS'],
  ['AE_TITLE', '档案'],
  ['DATABASE_URL', 'mysql://somewhere'],
  ['PUBLIC_PATH', 'no-slash'],
  ['LOG_LEVEL', 'loud'],
  ['MAX_INSTANCE_BYTES', '0'],
])('%s=%s is refused, naming the setting', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(ConfigurationRefused)
  expect(() => readConfig({ [name]: value })).toThrow(name)
})

test.each([
  [{ AUTH: 'off', HTTP_HOST: '0.0.0.0' }, /AUTH=off is allowed only/],
  [{ AUTH: 'off', DICOM_HOST: '10.0.0.5' }, /AUTH=off is allowed only/],
  [{ DEMO: 'on', HTTP_HOST: '0.0.0.0' }, /allowed only on loopback/],
  [{ S3_ENDPOINT: 'http://minio:9000' }, /S3_ACCESS_KEY and S3_SECRET_KEY/],
])('%j is refused', (environment, sentence) => {
  expect(() => readConfig(environment)).toThrow(sentence)
})

test('a refused secret is not repeated in the sentence', () => {
  const secret = 'postgre-secret'
  let told = ''
  try {
    readConfig({ DATABASE_URL: secret })
  } catch (error) {
    told = (error as Error).message
  }
  expect(told).toMatch(/^DATABASE_URL/)
  expect(told).not.toContain(secret)
})

test("the README's table is this one (README=write renews it)", async () => {
  const path = join(import.meta.dirname, '..', '..', 'README.md')
  const readme = readFileSync(path, 'utf8')
  const [, between] = /<!-- settings -->\n([\s\S]*?)\n?<!-- \/settings -->/.exec(readme) ?? []
  if (process.env.README === 'write') {
    const { writeFileSync } = await import('node:fs')
    writeFileSync(path, readme.replace(/(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/, `$1${settingsTable()}\n$2`))
    return
  }
  expect(between).toBe(settingsTable())
})
