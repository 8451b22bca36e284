/** The PostgreSQL that both archives share: the embedded server with its settings of every day, durable, with a database for each. */
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../storage/index/embedded.ts'

export interface Database extends EmbeddedPostgres {
  readonly parameters: { readonly host: string; readonly port: number; readonly user: string }
  /** Process id of the server; its children do the work. */
  readonly pid: number
  /** An empty database of this name. */
  create(name: string): Promise<void>
}

export async function startDatabase(dataDir: string, settings: Readonly<Record<string, string>> = {}): Promise<Database> {
  const server = await startEmbeddedPostgres({ dataDir, log: () => {}, settings })
  const { host, port, user } = server.connection as { host: string; port: number; user: string }
  const client = new pg.Client(server.connection as pg.ClientConfig)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const stat = await readFile(`/proc/${rows[0]!.pid}/stat`, 'utf8')
  return {
    ...server,
    parameters: { host, port, user },
    pid: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]),
    create: async (name) => void (await client.query(`create database ${name}`)),
    async close() {
      await client.end()
      await server.close()
    },
  }
}
