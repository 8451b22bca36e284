/**
 * Store Transaction (STOW-RS): PS3.18 §10.5. One part, one instance, one outcome. Parts are received one after another, each streamed from the socket to
 * the object store; while one becomes durable the next is received. Metadata and bulk data apart: `stow-metadata.ts`.
 */
import { demand } from '../../archive/access.ts'
import { BadRequest, NotUnderstood } from '../../archive/errors.ts'
import { type Expected, storeInstance } from '../../archive/store.ts'
import type { Source } from '../../storage/index/records.ts'
import { failureOf, sentenceOf } from '../errors.ts'
import { BodyStalled, defaultPatience, leaveBody, patiently } from '../patience.ts'
import { accepted, negotiate, type Offer } from './accept.ts'
import { Finishing } from './finishing.ts'
import { parseMediaType } from './media-type.ts'
import { defaultMultipartLimits, type Part, readMultipart } from './multipart-reader.ts'
import { nativeXML } from './native-xml.ts'
import { type PartOutcome, type StoreFailure, type StoreResponse, storeResponse } from './store-response.ts'
import { type MetadataType, metadataTypes, storeMetadata } from './stow-metadata.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { resourceURL, serviceURL } from './urls.ts'
import { warn } from './warning.ts'

export const responseTypes: readonly Offer[] = [
  { mediaType: 'application/dicom+json', multipart: false },
  { mediaType: 'application/json', multipart: false },
  { mediaType: 'application/dicom+xml', multipart: false },
]

/** A part may also call itself nothing in particular: its bytes decide. */
const partTypes: ReadonlySet<string> = new Set(['application/dicom', 'application/octet-stream'])

/** What a multipart body may be of. */
export const kinds: readonly string[] = ['application/dicom', ...metadataTypes]

const longestBoundary = 200

export async function store(tools: DICOMwebTools, ctx: DICOMwebContext, { study }: { study?: string }): Promise<void> {
  try {
    await storeBody(tools, ctx, study)
  } finally {
    leaveBody(ctx)
  }
}

async function storeBody(tools: DICOMwebTools, ctx: DICOMwebContext, study: string | undefined): Promise<void> {
  demand(ctx.state.asker, 'store')
  const { mediaType } = negotiate(accepted(ctx), responseTypes)
  const { parts, metadata } = partsOf(tools, ctx)
  const source = await tools.sourceOf(ctx.state.asker)
  const expected: Expected = study === undefined ? {} : { StudyInstanceUID: study }
  const outcomes =
    metadata === undefined
      ? await storeParts(tools, source, expected, parts)
      : await storeMetadata({ tools, source, expected, type: metadata, failureOf: loggedFailure(tools) }, parts)
  // Where the sender is gone nobody reads an answer; what was stored stays stored.
  if (ctx.req.readableAborted) throw new BadRequest('The sender left within the body')
  if (outcomes.length === 0) throw new BadRequest('The body has no part')
  answer(
    tools,
    ctx,
    mediaType,
    storeResponse(outcomes, (...uids) => resourceURL(tools, ctx, ...uids)),
  )
}

async function storeParts(tools: DICOMwebTools, source: Source, expected: Expected, parts: AsyncIterable<Part>): Promise<PartOutcome[]> {
  const outcomes: Promise<PartOutcome>[] = []
  const failureLogged = loggedFailure(tools)
  /** The last part of each instance: the same again in one body comes after it, whichever is written faster. */
  const latest = new Map<string, Promise<PartOutcome>>()
  const finishing = new Finishing()
  try {
    for await (const part of parts) {
      const outcome: Promise<PartOutcome> = storePart(part, () => outcome)
      outcomes.push(outcome)
      finishing.add(outcome, await Promise.race([part.taken, outcome.then(() => 0)]))
      await finishing.room()
    }
  } catch (error) {
    // The list of parts breaks off; those before it are stored and must be told.
    if (!(error instanceof NotUnderstood)) throw error
    outcomes.push(Promise.resolve({ part: outcomes.length + 1, failure: storeFailure(error) }))
  } finally {
    await finishing.end()
  }
  return Promise.all(outcomes)

  async function storePart(part: Part, own: () => Promise<PartOutcome>): Promise<PartOutcome> {
    let identity: Pick<StoreFailure, 'SOPClassUID' | 'SOPInstanceUID'> = {}
    let before: Promise<PartOutcome> | undefined
    try {
      const type = parseMediaType(part.headers.get('content-type'))?.name ?? 'application/dicom'
      if (!partTypes.has(type)) throw new NotUnderstood(`A part of type ${type} is no DICOM instance`)
      const identified = ({ SOPClassUID, SOPInstanceUID }: { SOPClassUID: string; SOPInstanceUID: string }) => {
        identity = { SOPClassUID, SOPInstanceUID }
        before = latest.get(SOPInstanceUID)
        latest.set(SOPInstanceUID, own())
      }
      const inTurn = async function* () {
        yield* part.body
        await before
      }
      return { part: part.number, stored: await storeInstance(tools, source, inTurn(), { expected, identified }) }
    } catch (error) {
      if (error instanceof BodyStalled) throw error
      return { part: part.number, failure: { ...failureLogged(error), ...identity } }
    }
  }
}

function storeFailure(error: unknown): StoreFailure {
  const { FailureReason, http } = failureOf(error)
  return { FailureReason, http, sentence: sentenceOf(error) }
}

/** Unknown errors are told to nobody, and logged whole. */
const loggedFailure =
  ({ log }: Pick<DICOMwebTools, 'log'>) =>
  (error: unknown): StoreFailure => {
    const failure = storeFailure(error)
    if (failure.FailureReason === 0x0110) log.error({ err: error }, 'an instance was not stored')
    return failure
  }

interface Body {
  readonly parts: AsyncIterable<Part>
  /** The type of the metadata, where they come apart from their bulk data. */
  readonly metadata?: MetadataType
}

/** The parts of the body. @throws 400 without boundary, 415 of another type or encoding. */
function partsOf(tools: DICOMwebTools, ctx: DICOMwebContext): Body {
  const type = parseMediaType(ctx.get('Content-Type'))
  const encoding = ctx.get('Content-Encoding')
  if (encoding !== '' && encoding.toLowerCase() !== 'identity') ctx.throw(415, `A body in Content-Encoding ${encoding} cannot be stored`)
  if (ctx.get('Content-Length') === '0') throw new BadRequest('The body is empty')
  const bytes = patiently(ctx.req, tools.patience ?? defaultPatience)
  if (type?.name === 'application/dicom') return { parts: onePart(bytes) }
  if (type?.name !== 'multipart/related')
    ctx.throw(415, `The body must be application/dicom or multipart/related; type="…" of ${kinds.join(', ')}`)
  const kind = type.parameters.get('type')?.toLowerCase() ?? 'application/dicom'
  if (!kinds.includes(kind)) ctx.throw(415, `Parts of type ${kind} cannot be stored, only ${kinds.join(', ')}`)
  const boundary = type.parameters.get('boundary')
  if (boundary === undefined || boundary === '' || boundary.length > longestBoundary) {
    throw new BadRequest(`multipart/related needs a boundary of at most ${longestBoundary} characters`)
  }
  const metadata = metadataTypes.find((one) => one === kind)
  const parts = readMultipart(bytes, boundary, { ...defaultMultipartLimits, partBytes: tools.maxInstanceBytes })
  return metadata === undefined ? { parts } : { parts, metadata }
}

async function* onePart(body: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  yield { number: 1, headers: new Map(), body, taken: new Promise(() => undefined) }
}

function answer(tools: DICOMwebTools, ctx: DICOMwebContext, mediaType: string, { status, dataset, warnings }: StoreResponse): void {
  ctx.status = status
  warn(ctx, serviceURL(tools, ctx), warnings)
  if (status === 503) ctx.set('Retry-After', '30')
  ctx.type = mediaType
  ctx.body = mediaType.endsWith('xml') ? nativeXML(dataset) : JSON.stringify(dataset)
}
