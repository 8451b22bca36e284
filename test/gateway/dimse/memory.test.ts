/**
 * A big multi-frame object by C-STORE into a store slower than the network: memory stays flat, and the sender is slowed to the store's pace.
 * `DIMSE_MEMORY_BYTES=1073741824` runs it with 1 GB.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { openAssociation } from '../../../gateway/dimse/scu.ts'
import { CT } from './fixture.ts'

const size = Number(process.env.DIMSE_MEMORY_BYTES ?? 256 * 1024 ** 2)
const MB = 1_000_000

/** What the two ends of a connection may hold outside the processes: the largest buffers to which Linux grows them, tcp(7). Elsewhere 8 MB. */
function kernelBuffers(): number {
  try {
    const largest = (name: string) => Number(readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().split(/\s+/)[2])
    return largest('tcp_rmem') + largest('tcp_wmem')
  } catch {
    return 8 * MB
  }
}

test.each([80, 100_000])(
  'receives 256 MB or more within 64 MB above idle, the store taking %i MB/s',
  async (speed) => {
    const archive = fork(new URL('./slow-archive.ts', import.meta.url), [String(speed)], { execArgv: ['--import', 'tsx'] })
    try {
      const [{ port }] = (await once(archive, 'message')) as [{ port: number }]
      const association = await openAssociation({
        host: '127.0.0.1',
        port,
        callingAETitle: 'MODALITY',
        calledAETitle: 'ARCHIVE',
        contexts: [{ abstractSyntax: CT, transferSyntaxes: [ExplicitVRLittleEndian] }],
      })
      const ask = async () => {
        const answer = once(archive, 'message')
        archive.send('how much?')
        return ((await answer) as [{ taken: number; aboveIdle: number }])[0]
      }
      let sent = 0
      let ahead = 0
      const chunk = Buffer.alloc(65_536)
      const dataset = async function* () {
        for (; sent < size; sent += chunk.length) {
          if (sent % (16 * 1024 ** 2) === 0) ahead = Math.max(ahead, sent - (await ask()).taken)
          yield chunk
        }
      }
      const request = { SOPClassUID: CT, SOPInstanceUID: '1.2.3.4', TransferSyntaxUID: ExplicitVRLittleEndian, dataset: dataset() }
      expect((await association.store(request)).Status).toBe(0)
      await association.release()
      const { taken, aboveIdle } = await ask()
      expect(taken).toBeGreaterThan(size)
      // What is under way: the kernel's buffers of both ends, one chunk and what a paused association may hold.
      expect(ahead).toBeLessThan(kernelBuffers() + 4 * MB)
      expect(aboveIdle).toBeLessThan(64 * MB)
      if (process.env.DIMSE_MEMORY_BYTES)
        console.log(`${size / MB} MB at ${speed} MB/s: ${aboveIdle / MB} MB above idle, ${ahead / MB} MB ahead`)
    } finally {
      archive.disconnect()
      if (archive.exitCode === null) await once(archive, 'exit')
    }
  },
  180_000,
)
