/**
 * Store Transaction of metadata and bulk data apart: PS3.18 §10.5.2, §8.6. Parts of metadata come first (one of DICOM JSON, an array of data sets; of XML
 * one for each), then parts of bulk data, each under its Content-Location, which a BulkDataURI repeats. An instance is written, in Explicit VR Little
 * Endian and UTF-8, as soon as all of its values are there, and goes through the same door as any other; what waits is spooled within bounds.
 */
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { type BulkBytes, writeInstance } from '../../archive/dicom/instance-writer.ts'
import type { Irregularity } from '../../archive/dicom/irregularities.ts'
import { type ReceivedDataset, receivedDataset } from '../../archive/dicom/received-json.ts'
import { ExplicitVRLittleEndian, transferSyntaxOf } from '../../archive/dicom/transfer-syntaxes.ts'
import { isUID } from '../../archive/dicom/uid.ts'
import { IdentityMissing, LimitExceeded, NotUnderstood } from '../../archive/errors.ts'
import { newObjectKey } from '../../archive/object-key.ts'
import { PixelsNotDecoded } from '../../archive/rendered/errors.ts'
import { codestreamOf, describeCodestream } from '../../archive/rendered/image-description.ts'
import { Spool, type Spooled } from '../../archive/spool.ts'
import { type Expected, storeInstance } from '../../archive/store.ts'
import type { Source } from '../../storage/index/records.ts'
import { BodyStalled } from '../patience.ts'
import { transferSyntaxOfPixels } from './bulk-media-types.ts'
import { type MediaType, parseMediaType } from './media-type.ts'
import type { Part } from './multipart-reader.ts'
import { readNativeXML } from './native-xml-reader.ts'
import type { PartOutcome, StoreFailure } from './store-response.ts'
import type { DICOMwebTools } from './tools.ts'

export const metadataTypes = ['application/dicom+json', 'application/dicom+xml'] as const
export type MetadataType = (typeof metadataTypes)[number]

/** Bytes of metadata in one body, which are held. */
const mostMetadata = 32 << 20
const mostInstances = 10_000
/** Frames are looked into up to this size: what they say of themselves, and files around their code streams. */
const largestLookedInto = 64 << 20
const PixelData = '7FE00010'

interface Waiting extends ReceivedDataset {
  readonly part: number
  /** Which of several data sets of the part. */
  readonly name: string
  /** How many parts are still to come of each value. */
  readonly missing: Map<string, number>
}

interface Arrived {
  readonly type: MediaType
  readonly frames: Spooled[]
  /** Why it cannot be used. */
  failed?: unknown
}

export interface MetadataStore {
  readonly tools: DICOMwebTools
  readonly source: Source
  readonly expected: Expected
  readonly type: MetadataType
  readonly failureOf: (error: unknown) => StoreFailure
}

/** One outcome for each data set, and for each part that is none or could not be read. */
export async function storeMetadata(request: MetadataStore, parts: AsyncIterable<Part>): Promise<PartOutcome[]> {
  const { tools, source } = request
  const spool = new Spool(tools.objects, () => newObjectKey(source, tools.publisher.epoch, tools.clock()), {
    piece: 1 << 20,
    memory: 16 << 20,
    total: tools.maxInstanceBytes,
  })
  const receiver = new Receiver(request, spool)
  let count = 0
  try {
    for await (const part of parts) {
      count += 1
      await receiver.take(part)
    }
  } catch (error) {
    // The list of parts breaks off; what came before it is stored and must be told.
    if (!(error instanceof NotUnderstood)) throw error
    receiver.fail(count + 1, error)
  } finally {
    await receiver.end().finally(() => spool.close())
  }
  return receiver.outcomes
}

class Receiver {
  readonly outcomes: PartOutcome[] = []
  readonly #request: MetadataStore
  readonly #spool: Spool
  readonly #waiting = new Set<Waiting>()
  readonly #arrived = new Map<string, Arrived>()
  #metadataBytes = 0
  #instances = 0

  constructor(request: MetadataStore, spool: Spool) {
    this.#request = request
    this.#spool = spool
  }

  fail(part: number, error: unknown, dataset?: DicomJSON): void {
    if (error instanceof BodyStalled) throw error
    this.outcomes.push({ part, failure: { ...this.#request.failureOf(error), ...(dataset === undefined ? {} : identityOf(dataset)) } })
  }

  async take(part: Part): Promise<void> {
    const type = parseMediaType(part.headers.get('content-type'))
    try {
      if (type === undefined ? this.#instances === 0 : type.name === this.#request.type) await this.#takeMetadata(part)
      else await this.#takeBulkdata(part, type ?? { name: 'application/octet-stream', parameters: new Map() })
    } catch (error) {
      this.fail(part.number, error)
    }
  }

  /** Whoever still waits now waits in vain. */
  async end(): Promise<void> {
    for (const one of this.#waiting) {
      const [[uri, count] = ['', 0]] = one.missing
      this.fail(one.part, new NotUnderstood(`${one.name}the bulk data ${uri.slice(0, 200)} did not come (${count} missing)`), one.dataset)
    }
    this.#waiting.clear()
  }

  async #takeMetadata(part: Part): Promise<void> {
    const datasets = this.#request.type === 'application/dicom+xml' ? [await readNativeXML(this.#metered(part))] : await this.#json(part)
    for (const [at, dataset] of datasets.entries()) {
      this.#instances += 1
      if (this.#instances > mostInstances) throw new LimitExceeded(`The body has more than ${mostInstances} instances`)
      try {
        const received = receivedDataset(dataset)
        const name = datasets.length === 1 ? '' : `data set ${at + 1}: `
        const waiting = { ...received, part: part.number, name, missing: new Map([...received.bulkDataURIs].map((uri) => [uri, 1])) }
        this.#waiting.add(waiting)
        await this.#storeIfComplete(waiting)
      } catch (error) {
        this.fail(part.number, error)
      }
    }
  }

  async #json(part: Part): Promise<unknown[]> {
    const chunks: Buffer[] = []
    for await (const chunk of this.#metered(part)) chunks.push(chunk)
    let content: unknown
    try {
      content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
    } catch (cause) {
      throw new NotUnderstood('The metadata are not JSON in UTF-8', { cause })
    }
    const datasets = Array.isArray(content) ? content : [content]
    if (datasets.length === 0) throw new NotUnderstood('The metadata have no data set')
    return datasets
  }

  async *#metered(part: Part): AsyncGenerator<Buffer> {
    for await (const chunk of part.body) {
      this.#metadataBytes += chunk.length
      if (this.#metadataBytes > mostMetadata) throw new LimitExceeded(`The metadata of the body are longer than ${mostMetadata} bytes`)
      yield chunk
    }
  }

  async #takeBulkdata(part: Part, type: MediaType): Promise<void> {
    const uri = part.headers.get('content-location')
    if (uri === undefined || uri === '') throw new NotUnderstood('A part of bulk data has no Content-Location')
    const awaiting = [...this.#waiting].filter(({ missing }) => missing.has(uri))
    if (awaiting.length === 0) throw new NotUnderstood(`Nothing in the metadata is called ${uri.slice(0, 200)}, or all of it has come`)
    const arrived = this.#arrived.get(uri) ?? { type, frames: [] }
    this.#arrived.set(uri, arrived)
    try {
      arrived.frames.push(await this.#spool.take(part.body))
    } catch (error) {
      if (error instanceof BodyStalled) throw error
      arrived.failed = error
    }
    for (const one of awaiting) {
      const left = arrived.failed === undefined ? wanted(one.dataset, uri, type) - arrived.frames.length : 0
      if (left > 0) one.missing.set(uri, left)
      else one.missing.delete(uri)
    }
    for (const one of awaiting) await this.#storeIfComplete(one)
    await this.#dropUnneeded(uri)
  }

  /** Kept while anybody waits who needs it. */
  async #dropUnneeded(...uris: readonly string[]): Promise<void> {
    for (const uri of uris) {
      if ([...this.#waiting].some(({ bulkDataURIs }) => bulkDataURIs.has(uri))) continue
      for (const frame of this.#arrived.get(uri)?.frames ?? []) await frame.drop()
      this.#arrived.delete(uri)
    }
  }

  async #storeIfComplete(waiting: Waiting): Promise<void> {
    if (waiting.missing.size > 0) return
    this.#waiting.delete(waiting)
    try {
      this.outcomes.push(await this.#store(waiting))
    } catch (error) {
      this.fail(waiting.part, error, waiting.dataset)
    }
    await this.#dropUnneeded(...waiting.bulkDataURIs)
  }

  async #store({ part, dataset, discarded, bulkDataURIs }: Waiting): Promise<PartOutcome> {
    const { tools, source, expected } = this.#request
    if (identityOf(dataset).SOPInstanceUID === undefined)
      throw new IdentityMissing('(0008,0016) SOPClassUID or (0008,0018) SOPInstanceUID is missing or no UID', {
        attribute: '(0008,0018) SOPInstanceUID',
      })
    for (const uri of bulkDataURIs) {
      const failed = this.#arrived.get(uri)?.failed
      if (failed !== undefined) throw failed
    }
    const pixels = await pixelsOf(dataset, (uri) => this.#arrived.get(uri))
    const bulk = (uri: string) => (uri === dataset[PixelData]?.BulkDataURI ? pixels.frames : (this.#arrived.get(uri)?.frames ?? []))
    const bytes = writeInstance({ dataset: pixels.dataset, TransferSyntaxUID: pixels.TransferSyntaxUID, bulk })
    const stored = await storeInstance(tools, source, bytes, { expected })
    return { part, stored, ...(discarded.length === 0 ? {} : { discarded: fileMetaAside(discarded) }) }
  }
}

/** TransferSyntaxUID of the File Meta is said by the pixels themselves: nothing of the instance is lost with it. */
const fileMetaAside = (discarded: readonly Irregularity[]): readonly Irregularity[] => discarded.filter(({ tag }) => tag !== '00020010')

/** Compressed frames come one in a part, unless their media type holds several. */
function wanted(dataset: DicomJSON, uri: string, { name, parameters }: MediaType): number {
  const compressed = name.startsWith('image/') || (transferSyntaxOf(parameters.get('transfer-syntax') ?? '')?.encapsulated ?? false)
  if (!compressed || dataset[PixelData]?.BulkDataURI !== uri) return 1
  const frames = Number(dataset['00280008']?.Value?.[0] ?? 1)
  return Number.isInteger(frames) && frames > 0 ? frames : 1
}

interface Pixels {
  readonly dataset: DicomJSON
  readonly TransferSyntaxUID: string
  readonly frames: readonly BulkBytes[]
}

/** In what the pixels are compressed, and what the data set leaves to them to say. */
async function pixelsOf(dataset: DicomJSON, arrivedAs: (uri: string) => Arrived | undefined): Promise<Pixels> {
  const uri = dataset[PixelData]?.BulkDataURI
  const arrived = uri === undefined ? undefined : arrivedAs(uri)
  if (arrived === undefined) return { dataset, TransferSyntaxUID: ExplicitVRLittleEndian, frames: [] }
  const { type, frames } = arrived
  const start = type.name.startsWith('image/') ? await wholeOf(frames[0]!) : Buffer.alloc(0)
  const TransferSyntaxUID = transferSyntaxOfPixels(type, start)
  if (start.length === 0) return { dataset, TransferSyntaxUID, frames }
  try {
    const stream = codestreamOf(start, TransferSyntaxUID)
    const said = dataset['00280010'] === undefined ? describeCodestream(stream, TransferSyntaxUID) : undefined
    const bare = stream.length === start.length ? frames : await each(frames, (frame) => withoutFile(frame, TransferSyntaxUID))
    return { dataset: { ...said, ...dataset }, TransferSyntaxUID, frames: bare }
  } catch (cause) {
    if (!(cause instanceof PixelsNotDecoded)) throw cause
    throw new NotUnderstood(`The compressed pixels are not what they are called: ${cause.message}`, { cause })
  }
}

/** One after another. */
async function each<T, R>(list: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of list) results.push(await work(item))
  return results
}

/** The code stream of a frame that came as a file; read again when it is written, so that one frame is held at a time. */
async function withoutFile(frame: Spooled, TransferSyntaxUID: string): Promise<BulkBytes> {
  const stream = async () => codestreamOf(await wholeOf(frame), TransferSyntaxUID)
  const { length } = await stream()
  return {
    length,
    read: async function* () {
      yield await stream()
    },
  }
}

/** The bytes of a frame; none of one too large to be looked into. */
async function wholeOf(frame: Spooled): Promise<Buffer> {
  if (frame.length > largestLookedInto) return Buffer.alloc(0)
  const chunks: Uint8Array[] = []
  for await (const chunk of frame.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function identityOf(dataset: DicomJSON): Pick<StoreFailure, 'SOPClassUID' | 'SOPInstanceUID'> {
  const [SOPClassUID, SOPInstanceUID] = ['00080016', '00080018'].map((tag) => dataset[tag]?.Value?.[0])
  const isOne = (uid: unknown): uid is string => typeof uid === 'string' && isUID(uid)
  return isOne(SOPClassUID) && isOne(SOPInstanceUID) ? { SOPClassUID, SOPInstanceUID } : {}
}
