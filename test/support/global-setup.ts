/** What all test files share, started once before the first and stopped after the last, in reverse order. One entry a part. */
import type { TestProject } from 'vitest/node'
import { startTestPostgres } from './postgres-server.ts'

type Stop = () => Promise<void>

const parts: readonly ((project: TestProject) => Promise<Stop>)[] = [
  async (project) => {
    const server = await startTestPostgres()
    project.provide('postgres', server.connection)
    return () => server.close()
  },
]

export default async function setUp(project: TestProject): Promise<Stop> {
  const started: Stop[] = []
  const stop = async () => {
    for (const stopPart of started.splice(0).reverse()) await stopPart()
  }
  try {
    for (const start of parts) started.push(await start(project))
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}
