/** A process that only receives: a DIMSE server over a store of a given speed, which tells its parent what it cost. Run by `memory.test.ts`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { modality, startArchive } from './fixture.ts'

const megabytesPerSecond = Number(process.argv[2])
let peak = 0
let taken = 0

const { port } = await startArchive({
  archive: {
    findAE: async () => modality,
    async store(_source, part10) {
      const begun = performance.now()
      for await (const piece of part10) {
        taken += piece.length
        const due = taken / 1000 / megabytesPerSecond
        const early = due - (performance.now() - begun)
        // A timer a piece, so that the store never catches up and the way to it stays full.
        if (early > 0) await sleep(early)
      }
    },
  },
})
const idle = process.memoryUsage().rss
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss)
}, 10).unref()
process.on('message', () => process.send?.({ taken, aboveIdle: peak - idle }))
process.send?.({ port })
process.once('disconnect', () => process.exit())
