/** The inside of a worker: one job after another, each answered once. */
import { parentPort } from 'node:worker_threads'
import { ArchiveError } from '../errors.ts'
import { decodeFrame } from './decode.ts'
import { NotEncodable, NotRenderable } from './errors.ts'
import { render } from './render.ts'
import type { Answer, Job } from './renderer.ts'
import { transcodeFrame } from './transcode-frame.ts'

parentPort?.on('message', async (job: Job) => {
  const { answer, moved } = await work(job)
  parentPort?.postMessage(answer, moved)
})

parentPort?.postMessage('ready' satisfies Answer)

async function work(job: Job): Promise<{ answer: Answer; moved: ArrayBuffer[] }> {
  try {
    if (job.kind === 'render') {
      const picture = await render(job.request)
      // a small Buffer is a window into memory that others share: only one with an ArrayBuffer of its own can be moved
      const bytes = new Uint8Array(picture)
      return { answer: { bytes }, moved: [bytes.buffer] }
    }
    if (job.kind === 'transcode') {
      const { bytes, pixels } = await transcodeFrame(job.request)
      const own = new Uint8Array(bytes)
      return { answer: { transcoded: { bytes: own, pixels } }, moved: [own.buffer] }
    }
    const decoded = await decodeFrame(job.request)
    return { answer: { decoded }, moved: [decoded.samples.buffer as ArrayBuffer] }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const known = error instanceof ArchiveError
    return {
      answer: { failure: known ? message : `The decoder failed: ${message}`, kind: kindOf(error) },
      moved: [],
    }
  }
}

const kindOf = (error: unknown) =>
  error instanceof NotRenderable ? 'not renderable' : error instanceof NotEncodable ? 'not encodable' : 'damaged'
