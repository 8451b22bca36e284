/** What a process costs, as Linux counts it: proc(5). */
import { readdir, readFile, writeFile } from 'node:fs/promises'

/** Clock ticks a second in /proc, the same on every Linux that Node runs on. */
const ticks = 100

interface Stat {
  readonly parent: number
  /** Seconds of CPU: its own, and of its children that have ended. */
  readonly own: number
  readonly reaped: number
}

async function statOf(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // The name in parentheses may hold anything; what follows are numbers, from field 3 on.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const field = (n: number) => fields[n - 3]!
  return { parent: field(4), own: (field(14) + field(15)) / ticks, reaped: (field(16) + field(17)) / ticks }
}

/** Seconds of CPU that these processes and their children have taken so far. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const numbers = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  let seconds = 0
  for (const pid of numbers) {
    const stat = await statOf(pid)
    if (stat === undefined) continue
    if (pids.includes(pid)) seconds += stat.own + stat.reaped
    else if (pids.includes(stat.parent)) seconds += stat.own
  }
  return seconds
}

/** Bytes of memory now, and the most since `forgetPeak`. */
export async function resident(pid: number): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const bytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') }
}

export const forgetPeak = (pid: number): Promise<void> => writeFile(`/proc/${pid}/clear_refs`, '5')
