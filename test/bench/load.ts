/** Many clients at once for some seconds: `wrk` where it is installed, which takes little of the processor, else a small client of our own. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pathOf } from '../support/foreign-peers.ts'
import { get } from './http-client.ts'

const wrk = pathOf('wrk')
export const loadClient = wrk === undefined ? 'a keep-alive client of our own (wrk is not installed)' : 'wrk'

export interface Load {
  readonly requestsPerSecond: number
  /** Seconds within which 99 of 100 were answered. */
  readonly p99: number
}

/** The addresses in turn. @throws where an answer is not 2xx. */
export function load(
  addresses: readonly string[],
  headers: Readonly<Record<string, string>>,
  clients: number,
  seconds: number,
): Promise<Load> {
  return wrk === undefined ? loadOurselves(addresses, headers, clients, seconds) : loadByWrk(addresses, headers, clients, seconds)
}

async function loadByWrk(
  addresses: readonly string[],
  headers: Readonly<Record<string, string>>,
  clients: number,
  seconds: number,
): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-wrk-'))
  try {
    const script = join(folder, 'requests.lua')
    const paths = addresses.map((address) => JSON.stringify(address.slice(new URL(address).origin.length)))
    await writeFile(
      script,
      `local paths = { ${paths.join(', ')} }
local at = 0
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("\\nfigures %d %d %f %d\\n", summary.requests, summary.duration, latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`,
    )
    const named = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
    const { stdout } = await promisify(execFile)(wrk!, [
      '-t1',
      `-c${clients}`,
      `-d${seconds}s`,
      '--timeout',
      '30s',
      '-s',
      script,
      ...named,
      addresses[0]!,
    ])
    const [requests, microseconds, p99, errors] = /figures (.*)/.exec(stdout)![1]!.split(' ').map(Number)
    if (errors! > 0) throw new Error(`${errors} of ${requests} requests for ${addresses[0]} failed`)
    return { requestsPerSecond: requests! / (microseconds! / 1e6), p99: p99! / 1e6 }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function loadOurselves(
  addresses: readonly string[],
  headers: Readonly<Record<string, string>>,
  clients: number,
  seconds: number,
): Promise<Load> {
  const began = performance.now()
  const until = began + seconds * 1_000
  const taken: number[] = []
  let next = 0
  const client = async () => {
    while (performance.now() < until) taken.push((await get(addresses[next++ % addresses.length]!, headers)).seconds)
  }
  await Promise.all(Array.from({ length: clients }, client))
  taken.sort((a, b) => a - b)
  return { requestsPerSecond: taken.length / ((performance.now() - began) / 1_000), p99: taken[Math.floor(taken.length * 0.99)] ?? 0 }
}
