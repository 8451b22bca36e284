/**
 * Store: one instance from a stream of Part 10 bytes to a published row. PS3.4 Annex B, PS3.18 §10.5.
 *
 * Success means durable: the object is synced and the row committed before the promise resolves. A failure at any step leaves neither.
 * The same bytes flow once: through the header reader, to the object store; the store's own pace is the source's pace.
 */
import type { InstanceRecord, Published, Source } from '../storage/index/records.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { type Header, HeaderReader, type Identity } from './dicom/header-reader.ts'
import type { Irregularity } from './dicom/irregularities.ts'
import { IdentityMissing, LimitExceeded, OutcomeUnknown } from './errors.ts'
import { newObjectKey } from './object-key.ts'
import type { Publisher } from './publisher.ts'

export interface StoreTools {
  readonly objects: ObjectStore
  readonly publisher: Publisher
  readonly clock: () => Date
  /** Prefix of every BulkDataURI. */
  readonly publicPath: string
  readonly maxInstanceBytes: number
  /** Told of every store that came to an end, with what it stored or why it did not, and how long it took. */
  readonly observe?: (source: Source, result: Stored | Error, seconds: number) => void
}

/** What the door already knows or demands of the instance; a difference refuses it. */
export interface Expected {
  readonly StudyInstanceUID?: string
  readonly SOPClassUID?: string
  readonly SOPInstanceUID?: string
}

export interface StoreOptions {
  readonly signal?: AbortSignal
  readonly expected?: Expected
  /** Called once, as soon as it is known what is arriving: an answer about an instance that is then refused can name it. */
  readonly identified?: (identity: Identity) => void
}

export interface Stored extends Published {
  readonly TransferSyntaxUID: string
  /** Bytes of the Part 10 object. */
  readonly bytes: number
  /** What is not as the SOP class wants it, although it is stored. */
  readonly irregularities: readonly Irregularity[]
}

/**
 * @throws NotUnderstood, IdentityMissing, LimitExceeded, TransferSyntaxNotSupported, SOPClassNotSupported: the bytes are at fault.
 * @throws ObjectStoreFull, ObjectStoreUnavailable, IndexUnavailable: we are; the sender may send again.
 */
export async function storeInstance(
  tools: StoreTools,
  source: Source,
  part10: AsyncIterable<Uint8Array>,
  options: StoreOptions = {},
): Promise<Stored> {
  const began = performance.now()
  const tell = (result: Stored | Error) => tools.observe?.(source, result, (performance.now() - began) / 1_000)
  try {
    const stored = await receiveAndPublish(tools, source, part10, options)
    tell(stored)
    return stored
  } catch (error) {
    tell(error as Error)
    throw error
  }
}

async function receiveAndPublish(
  tools: StoreTools,
  source: Source,
  part10: AsyncIterable<Uint8Array>,
  options: StoreOptions,
): Promise<Stored> {
  const reader = new HeaderReader({
    publicPath: tools.publicPath,
    ...(source.fallbackCharacterSet === undefined ? {} : { fallbackCharacterSet: source.fallbackCharacterSet }),
  })
  const expected = options.expected ?? {}
  const objectKey = newObjectKey(source, tools.publisher.epoch, tools.clock())
  let header: Header | undefined
  const readAndPassOn = async function* (): AsyncGenerator<Uint8Array> {
    let received = 0
    let identified = false
    for await (const chunk of part10) {
      received += chunk.length
      if (received > tools.maxInstanceBytes) throw new LimitExceeded(`The instance is larger than ${tools.maxInstanceBytes} bytes`)
      reader.write(chunk as Buffer)
      // As soon as it is known who it is, what cannot be kept is refused: a gigabyte later would be late.
      if (!identified && reader.identity !== undefined) {
        identified = true
        options.identified?.(reader.identity)
        checkExpected(reader.identity, expected)
      }
      yield chunk
    }
    // Inside the pipeline: a header that breaks off fails the put, which then removes what it wrote.
    header = reader.end()
    checkExpected(header, expected)
  }
  const { size } = await tools.objects.put(objectKey, readAndPassOn(), options.signal === undefined ? {} : { signal: options.signal })
  const { irregularities, ...instance } = header!
  const { TransferSyntaxUID } = instance
  const record: InstanceRecord = { ...instance, objectKey, objectSize: size, source, receivedAt: tools.clock() }
  const published = await publishOrRemove(tools, record)
  return { ...published, TransferSyntaxUID, bytes: size, irregularities }
}

/** A row that was not written leaves an object that nothing refers to: its own store removes it. Where that is not certain it stays. */
async function publishOrRemove({ publisher, objects }: StoreTools, record: InstanceRecord): Promise<Published> {
  const removeOwn = () => objects.remove(record.objectKey).catch(() => undefined) // the sweeper finds what could not be removed now
  try {
    const published = await publisher.publish(record)
    if (published.outcome === 'duplicate' || published.outcome === 'rejected') await removeOwn()
    return published
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) await removeOwn()
    throw error
  }
}

/** The reader has refused what is never stored; this is what the door demanded besides. */
function checkExpected(identity: Identity, expected: Expected): void {
  for (const keyword of ['StudyInstanceUID', 'SOPClassUID', 'SOPInstanceUID'] as const) {
    const wanted = expected[keyword]
    if (wanted !== undefined && identity[keyword] !== wanted) {
      throw new IdentityMissing(`${keyword} in the data set is ${identity[keyword]}, but ${wanted} was announced`, { attribute: keyword })
    }
  }
}
