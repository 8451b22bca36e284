/** The DIMSE layer alone: the same slices on one association, their bytes thrown away on arrival, against DCMTK's receiver. */
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathOf } from '../support/foreign-peers.ts'
import { cpuSeconds } from '../support/process-figures.ts'
import type { Part } from './bench-run.ts'
import { freePort } from './child.ts'
import { inPairs } from './pairs.ts'
import type { Peer } from './peer.ts'
import { cStore, makeBatch } from './senders.ts'
import { cpuPerGB, time, timesFaster } from './table.ts'

type Receiver = Pick<Peer, 'dicom' | 'pid'> & { close(): void }

export const measureDIMSE: Part = async (bench) => {
  const { files, bytes } = bench.slices.fresh()
  const receivers = [await startOurs(), ...(await startStorescp())]
  const batch = await makeBatch(files, 1)
  try {
    const { seconds, cpu } = await inPairs(receivers, bench.runs, async (peer) => {
      const cpuBefore = await cpuSeconds([peer.pid])
      const began = performance.now()
      await cStore(peer, batch)
      const seconds = (performance.now() - began) / 1_000
      return { seconds, cpu: ((await cpuSeconds([peer.pid])) - cpuBefore) / (bytes / 1e9) }
    })
    return [
      { what: `DIMSE alone, ${files.length} CT (peer: storescp)`, unit: time, pairs: seconds, budget: timesFaster(0.8) },
      { what: '  CPU', unit: cpuPerGB, pairs: cpu },
    ]
  } finally {
    await batch.remove()
    for (const receiver of receivers) receiver.close()
  }
}

/** `test/gateway/dimse/slow-archive.ts` at a speed that never waits. */
async function startOurs(): Promise<Receiver> {
  const child = fork(new URL('../gateway/dimse/slow-archive.ts', import.meta.url), ['1000000'], { execArgv: ['--import', 'tsx'] })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { pid: child.pid!, dicom: { port, AETitle: 'ARCHIVE' }, close: () => child.disconnect() }
}

async function startStorescp(): Promise<Receiver[]> {
  const storescp = pathOf('storescp')
  if (storescp === undefined) return []
  const port = await freePort()
  const child = spawn(storescp, ['+B', '--ignore', '-pdu', '131072', String(port)], {
    env: { ...process.env, TCP_NODELAY: '1' },
    stdio: 'ignore',
  })
  while (!(await answers(port))) await sleep(10)
  return [{ pid: child.pid!, dicom: { port, AETitle: 'STORESCP' }, close: () => void child.kill() }]
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
