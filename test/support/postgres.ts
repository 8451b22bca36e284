/** A database of its own for a test file: a clone of the migrated template, dropped when the file is done. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { type Index, openIndex } from '../../storage/index/postgres.ts'
import { template } from './postgres-server.ts'

export interface TestIndex extends Index {
  readonly connection: pg.ClientConfig
  /** Ends the pool and drops the database. */
  close(): Promise<void>
}

export async function openTestIndex({ max = 10 }: { max?: number } = {}): Promise<TestIndex> {
  const server = inject('postgres')
  const database = `test_${randomUUID().replaceAll('-', '')}`
  await command(server, `create database ${database} template ${template} strategy file_copy`)
  const connection = { ...server, database }
  const index = openIndex({ connection, max })
  return {
    ...index,
    connection,
    async close() {
      await index.close()
      await command(server, `drop database ${database} with (force)`)
    },
  }
}

/** Cloning waits for nobody: a template that another file is cloning this moment (55006) is tried again. */
async function command(server: pg.ClientConfig, text: string): Promise<void> {
  const client = new pg.Client(server)
  await client.connect()
  try {
    for (;;) {
      try {
        await client.query(text)
        return
      } catch (error) {
        if (!(error instanceof pg.DatabaseError) || error.code !== '55006') throw error
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  } finally {
    await client.end()
  }
}
