/** Starts, kills and ends gateways in processes of their own. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export interface GatewayOrder {
  /** Environment variables of the program. */
  readonly settings: Readonly<Record<string, string>>
  /** It kills itself when so many objects are durable, before the last one is published. */
  readonly dieAfterObjects?: number
}

export interface GatewayTold {
  readonly httpPort: number
  readonly dicomPort: number
  readonly connection: { readonly host: string; readonly port: number; readonly user: string; readonly database: string }
}

export interface Gateway extends GatewayTold {
  readonly origin: string
  readonly pid: number
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  /** As a power cut does: nothing is finished. */
  kill(): Promise<unknown>
  /** As `docker stop` or systemd do. */
  terminate(): void
}

const running = new Set<ChildProcess>()

export async function startGateway(order: GatewayOrder): Promise<Gateway> {
  const child = fork(new URL('./gateway.ts', import.meta.url), [JSON.stringify(order)], { execArgv: ['--import', 'tsx'] })
  running.add(child)
  const ended = new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? 'lost')))
  void ended.then(() => running.delete(child))
  const [told] = (await Promise.race([
    once(child, 'message'),
    ended.then((how) => Promise.reject(new Error(`The gateway did not start: ${how}`))),
  ])) as [GatewayTold]
  return {
    ...told,
    origin: `http://127.0.0.1:${told.httpPort}`,
    pid: child.pid!,
    ended,
    kill() {
      child.kill('SIGKILL')
      return ended
    },
    terminate: () => void child.kill('SIGTERM'),
  }
}

/** Ends every gateway that still runs, and with the last one its database. */
export async function endGateways(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      child.disconnect()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }),
  )
}
