/** An instance on its way out by C-STORE: opened through the archive's one door, in a transfer syntax that the taker accepts. PS3.4 Annex B, PS3.7 §9.1.1. */
import type { Readable } from 'node:stream'
import { type InstanceRow, type OpenTools, openInstance } from '../../archive/retrieve.ts'
import { openPart10 } from './part10-source.ts'

export interface OutgoingInstance {
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly TransferSyntaxUID: string
  /** Without File Meta. */
  readonly dataset: AsyncIterable<Uint8Array>
  /** Whether the bytes broke off before their end, so that what went out is not whole. */
  readonly failure: Error | undefined
  close(): void
}

/** @param accepted by the taker for this SOP class; that in which it is stored is preferred @throws NotTranscodable */
export async function openOutgoing(
  tools: OpenTools,
  row: InstanceRow,
  accepted: readonly string[],
  signal: AbortSignal,
): Promise<OutgoingInstance> {
  const transferSyntaxes = [...accepted].sort((a, b) => Number(b === row.TransferSyntaxUID) - Number(a === row.TransferSyntaxUID))
  const { part10, datasetOffset, TransferSyntaxUID } = await openInstance(tools, row, { transferSyntaxes, signal })
  // A stream that fails before its turn must not end the process: its reader meets the error.
  part10.on('error', () => undefined)
  const dataset = datasetOffset === undefined ? await behindFileMeta(part10) : behind(part10, datasetOffset)
  let failure: Error | undefined
  return {
    SOPClassUID: row.SOPClassUID,
    SOPInstanceUID: row.SOPInstanceUID,
    TransferSyntaxUID,
    dataset: (async function* () {
      try {
        yield* dataset
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error))
        throw error
      }
    })(),
    get failure() {
      return failure
    },
    close: () => void part10.destroy(),
  }
}

async function behindFileMeta(part10: Readable): Promise<AsyncIterable<Uint8Array>> {
  try {
    return (await openPart10(part10)).dataset
  } catch (error) {
    part10.destroy()
    throw error
  }
}

async function* behind(bytes: Readable, offset: number): AsyncGenerator<Uint8Array> {
  let skip = offset
  for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
    if (chunk.length > skip) yield skip === 0 ? chunk : chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
  }
}

/** So many are opened while one is sent: opening waits for a disk or a network. */
const aheadOfTurn = 2

/** Opens in order, a little ahead. What was opened and not taken is closed when the reader leaves; each is the reader's to close once it was given. */
export async function* opened<T>(
  items: Iterable<T>,
  open: (item: T) => Promise<OutgoingInstance>,
): AsyncGenerator<{ readonly item: T; readonly instance: OutgoingInstance } | { readonly item: T; readonly error: Error }> {
  type Opened = { item: T; instance: OutgoingInstance } | { item: T; error: Error }
  const waiting: Promise<Opened>[] = []
  const start = (item: T): Promise<Opened> =>
    open(item).then(
      (instance) => ({ item, instance }),
      (error: Error) => ({ item, error }),
    )
  try {
    for (const item of items) {
      waiting.push(start(item))
      if (waiting.length > aheadOfTurn) yield await waiting.shift()!
    }
    while (waiting.length > 0) yield await waiting.shift()!
  } finally {
    for (const one of await Promise.all(waiting)) if ('instance' in one) one.instance.close()
  }
}
