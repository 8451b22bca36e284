/**
 * A big multi-frame instance by STOW-RS: memory stays flat, also when the store is slower than the network.
 * `STOW_MEMORY_BYTES=1073741824` runs it with 1 GB.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { hugeInstance } from '../../../test-images/index.ts'

const MB = 1_000_000
const frameBytes = 2048 * 2048 * 2
const frames = Math.ceil(Number(process.env.STOW_MEMORY_BYTES ?? 192 * MB) / frameBytes)

test.each([60, 100_000])(
  'receives 192 MB or more within 64 MB above idle, the store taking %i MB/s',
  async (speed) => {
    const receiver = fork(new URL('./receiver.ts', import.meta.url), [String(speed)], { execArgv: ['--import', 'tsx'] })
    try {
      const [{ port }] = (await once(receiver, 'message')) as [{ port: number }]
      const instance = hugeInstance({ frames })
      const begun = performance.now()
      const body = async function* () {
        yield Buffer.from('--b\r\n\r\n')
        yield* instance.part10()
        yield Buffer.from('\r\n--b--\r\n')
      }
      const sending = request({
        port,
        path: '/dicomweb/studies',
        method: 'POST',
        headers: { 'Content-Type': 'multipart/related; boundary=b' },
      })
      const answered = once(sending, 'response')
      await pipeline(Readable.from(body(), { objectMode: false }), sending)
      const [response] = (await answered) as [Readable & { statusCode: number }]
      expect(response.statusCode).toBe(200)
      response.resume()
      const seconds = (performance.now() - begun) / 1000
      const told = once(receiver, 'message')
      receiver.send('how much?')
      const [{ aboveIdle }] = (await told) as [{ aboveIdle: number }]
      if (process.env.STOW_MEMORY_BYTES) {
        console.log(
          `${instance.part10Length / MB} MB at ${speed} MB/s: ${aboveIdle / MB} MB above idle, ${instance.part10Length / MB / seconds} MB/s`,
        )
      }
      expect(aboveIdle).toBeLessThan(64 * MB)
    } finally {
      receiver.disconnect()
      if (receiver.exitCode === null) await once(receiver, 'exit')
    }
  },
  180_000,
)
