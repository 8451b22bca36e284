/** A program that is measured: started, waited for until it answers, stopped by its process id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Running {
  readonly pid: number
  readonly secondsToReady: number
  close(): Promise<void>
}

const patience = 120_000

/** @throws where the program ends or is not ready within two minutes, with the last it said. */
export async function startProgramProcess(
  command: readonly [string, ...string[]],
  { environment, isReady }: { environment: NodeJS.ProcessEnv; isReady: () => Promise<boolean> },
): Promise<Running> {
  const [program, ...args] = command
  const began = performance.now()
  const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const hear = (piece: Buffer) => {
    said = (said + piece).slice(-4_000)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  while (!(await isReady().catch(() => false))) {
    if (child.exitCode !== null || performance.now() - began > patience) {
      child.kill('SIGKILL')
      throw new Error(`${program} did not become ready: ${said}`)
    }
    await sleep(5)
  }
  return { pid: child.pid!, secondsToReady: (performance.now() - began) / 1_000, close: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(kill)
}

/** A port that nobody has at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
