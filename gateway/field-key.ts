/** The key of sealed fields: the setting's, or that of the data folder, made at the first start and readable by its owner only. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FieldKey, fieldKeyBytes } from '../archive/field-key.ts'
import { type Config, ConfigurationRefused } from './config.ts'

/** @throws ConfigurationRefused when the file is not what it should be: going on with another key would lose what is sealed */
export async function openFieldKey({ FIELD_KEY, DATA_DIR }: Pick<Config, 'FIELD_KEY' | 'DATA_DIR'>): Promise<FieldKey> {
  if (FIELD_KEY !== undefined) return new FieldKey(Buffer.from(FIELD_KEY, 'hex'))
  const file = join(DATA_DIR, 'field.key')
  await mkdir(DATA_DIR, { recursive: true })
  // Two starts at once: one writes, both read what it wrote.
  await writeFile(file, `${randomBytes(fieldKeyBytes).toString('hex')}\n`, { flag: 'wx', mode: 0o600, flush: true }).catch(
    (error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    },
  )
  const text = (await readFile(file, 'utf8')).trim()
  if (!/^[0-9a-fA-F]{64}$/.test(text))
    throw new ConfigurationRefused(`${file} holds no key of 64 hexadecimal digits: restore it from the backup`)
  return new FieldKey(Buffer.from(text, 'hex'))
}
