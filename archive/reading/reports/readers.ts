/** The readers of the asker's centre, for whoever distributes the work. reading.md §6.1, §6.5. */
import { readersOf } from '../../../storage/index/reading/readers.ts'
import { type Asker, demand, rolesThatMay } from '../../access.ts'
import type { ReadingTools } from '../tools.ts'

export interface Reader {
  readonly username: string
  readonly displayName: string
  readonly reviews: boolean
  /** Signed in and at work within the last minutes. */
  readonly here: boolean
  readonly writing: number
  readonly reviewing: number
  readonly reserved: number
}

/** @throws Forbidden */
export async function listReaders({ index: { pool } }: Pick<ReadingTools, 'index'>, asker: Asker): Promise<Reader[]> {
  demand(asker, 'coordinate')
  const reviewing: readonly string[] = rolesThatMay('review')
  const rows = await readersOf(pool, asker.institution.id, rolesThatMay('read'))
  return rows.map(({ roles, ...reader }) => ({ ...reader, reviews: roles.some((role) => reviewing.includes(role)) }))
}
