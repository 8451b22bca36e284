/**
 * The workers that decode pixels. Their number, the queue before them and the time for a job are bounded; a worker that crashes or hangs is
 * replaced, and only its own job fails. WebAssembly memory never shrinks, so a worker that has been idle for a while is let go.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { DecodeRequest } from './decode.ts'
import { NotEncodable, NotRenderable, PixelsNotDecoded, RendererBusy } from './errors.ts'
import type { Decoded } from './pixels.ts'
import type { RenderRequest } from './render.ts'
import type { TranscodedFrame, TranscodeRequest } from './transcode-frame.ts'

export type Job =
  | { readonly kind: 'render'; readonly request: RenderRequest }
  | { readonly kind: 'decode'; readonly request: DecodeRequest }
  | { readonly kind: 'transcode'; readonly request: TranscodeRequest }

const failures = { damaged: PixelsNotDecoded, 'not renderable': NotRenderable, 'not encodable': NotEncodable } as const

/** What a worker says: once that it is there, then one answer for each job. */
export type Answer =
  | 'ready'
  | { readonly bytes: Uint8Array }
  | { readonly decoded: Decoded }
  | { readonly transcoded: TranscodedFrame }
  | { readonly failure: string; readonly kind: keyof typeof failures }

export interface RendererOptions {
  /** Pictures at once. One less than there are cores, at most four. */
  readonly workers?: number
  /** Pictures that wait; more are refused as RendererBusy. 64. */
  readonly queue?: number
  /** Frames to be transcoded that wait, behind every picture, which somebody is looking at; more are refused as RendererBusy. 256. */
  readonly background?: number
  /** A font file for characters of annotations that Noto Sans SC lacks. */
  readonly fallbackFont?: string
  /** Milliseconds for one job in a worker. 30,000. */
  readonly timeout?: number
  /** Milliseconds without a job until a worker is let go. 60,000. */
  readonly idle?: number
}

/** Milliseconds that a worker may take to load its code, on a busy machine. */
const startTime = 30_000

export interface Rendered {
  readonly bytes: Buffer
  readonly contentType: RenderRequest['format']
}

interface Waiting {
  readonly job: Job
  readonly signal: AbortSignal | undefined
  resolve(answer: Answer): void
  reject(reason: unknown): void
}

interface Place {
  worker: Worker
  busy: Waiting | undefined
  timer: NodeJS.Timeout | undefined
  /** It has loaded its code; the time for its first job begins then. */
  ready: boolean
  /** Set when it must do nothing more: the place is free when this is over. */
  ending: Promise<void> | undefined
}

export class Renderer {
  readonly #limits: Required<Omit<RendererOptions, 'fallbackFont'>>
  readonly #fallbackFont: string | undefined
  readonly #places = new Set<Place>()
  readonly #queue: Waiting[] = []
  readonly #background: Waiting[] = []
  #closed = false

  constructor({ fallbackFont, ...options }: RendererOptions = {}) {
    this.#fallbackFont = fallbackFont
    const workers = options.workers ?? Math.max(1, Math.min(4, availableParallelism() - 1))
    this.#limits = { queue: 64, background: 256, timeout: 30_000, idle: 60_000, ...options, workers }
  }

  /** A picture of one frame. @throws PixelsNotDecoded, NotRenderable, RendererBusy, or the signal's reason */
  async render(request: RenderRequest, options: { signal?: AbortSignal } = {}): Promise<Rendered> {
    const font = this.#fallbackFont === undefined ? {} : { fallbackFont: this.#fallbackFont }
    const answer = await this.#ask({ kind: 'render', request: { ...request, ...font } }, options.signal)
    if (answer === 'ready' || !('bytes' in answer)) throw failureOf(answer)
    const { buffer, byteOffset, byteLength } = answer.bytes
    return { bytes: Buffer.from(buffer, byteOffset, byteLength), contentType: request.format }
  }

  /** The numbers of one frame, for those who encode them anew or compare them. */
  async decode(request: DecodeRequest, options: { signal?: AbortSignal } = {}): Promise<Decoded> {
    const answer = await this.#ask({ kind: 'decode', request }, options.signal)
    if (answer === 'ready' || !('decoded' in answer)) throw failureOf(answer)
    return answer.decoded
  }

  /** One frame in another transfer syntax, decoded again and compared. @throws PixelsNotDecoded, NotEncodable, RendererBusy, or the signal's reason */
  async transcode(request: TranscodeRequest, options: { signal?: AbortSignal } = {}): Promise<TranscodedFrame> {
    const answer = await this.#ask({ kind: 'transcode', request }, options.signal)
    if (answer === 'ready' || !('transcoded' in answer)) throw failureOf(answer)
    return answer.transcoded
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of [...this.#queue.splice(0), ...this.#background.splice(0)]) reject(new RendererBusy('The renderer is closing'))
    await Promise.all([...this.#places].map((place) => this.#end(place, new RendererBusy('The renderer is closing'))))
  }

  #ask(job: Job, signal: AbortSignal | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (this.#closed) return reject(new RendererBusy('The renderer is closing'))
      const queue = job.kind === 'transcode' ? this.#background : this.#queue
      const most = job.kind === 'transcode' ? this.#limits.background : this.#limits.queue
      if (queue.length >= most) return reject(new RendererBusy(`${queue.length} frames are waiting already`))
      const onAbort = () => {
        const at = queue.indexOf(waiting)
        if (at >= 0) queue.splice(at, 1)
        reject(signal?.reason)
      }
      const settle =
        <T>(end: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener('abort', onAbort)
          end(value)
        }
      const waiting: Waiting = { job, signal, resolve: settle(resolve), reject: settle(reject) }
      signal?.addEventListener('abort', onAbort)
      queue.push(waiting)
      this.#next()
    })
  }

  #next(): void {
    while (this.#queue.length + this.#background.length > 0) {
      const place = [...this.#places].find(({ busy, ending }) => busy === undefined && ending === undefined) ?? this.#open()
      if (place === undefined) return
      const waiting = (this.#queue.shift() ?? this.#background.shift())!
      place.busy = waiting
      this.#watchJob(place, place.ready ? 0 : startTime)
      place.worker.ref()
      place.worker.postMessage(waiting.job)
    }
  }

  #open(): Place | undefined {
    if (this.#places.size >= this.#limits.workers || this.#closed) return undefined
    const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 512 },
      name: 'pixels',
    })
    const place: Place = { worker, busy: undefined, timer: undefined, ready: false, ending: undefined }
    this.#places.add(place)
    worker.on('message', (answer: Answer) => this.#answered(place, answer))
    const gone = (reason: string) => {
      void this.#end(place, new PixelsNotDecoded(reason)).then(() => this.#next())
    }
    worker.on('error', (error) => gone(`The decoder crashed (${error.message})`))
    worker.on('exit', () => gone('The decoder ended'))
    return place
  }

  #answered(place: Place, answer: Answer): void {
    const waiting = place.busy
    if (place.ending !== undefined) return
    if (answer === 'ready') {
      place.ready = true
      if (waiting !== undefined) this.#watchJob(place, 0)
      return
    }
    place.busy = undefined
    this.#watch(place, this.#limits.idle, () => void this.#end(place, undefined))
    place.timer?.unref()
    place.worker.unref()
    waiting?.resolve(answer)
    this.#next()
  }

  #watchJob(place: Place, allowance: number): void {
    this.#watch(place, this.#limits.timeout + allowance, () => {
      const reason = `The frame was not decoded within ${this.#limits.timeout / 1000} s`
      void this.#end(place, new PixelsNotDecoded(reason)).then(() => this.#next())
    })
  }

  #watch(place: Place, milliseconds: number, late: () => void): void {
    clearTimeout(place.timer)
    place.timer = setTimeout(late, milliseconds)
  }

  /** Its job fails now; what native code still does in it may take a moment longer. */
  #end(place: Place, reason: Error | undefined): Promise<void> {
    if (place.ending === undefined) {
      clearTimeout(place.timer)
      place.busy?.reject(reason)
      place.busy = undefined
      place.ending = place.worker.terminate().then(() => void this.#places.delete(place))
    }
    return place.ending
  }
}

function failureOf(answer: Answer): Error {
  if (answer === 'ready' || !('failure' in answer)) return new PixelsNotDecoded('The decoder answered something else than was asked')
  return new failures[answer.kind](answer.failure)
}
