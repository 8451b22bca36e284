/**
 * Rendered frames: the picture of one frame as its data set wants it shown. PS3.18 §10.4.1.1.3 (rendered resources), PS3.4 §N.2 (grayscale pipeline).
 * Read and described here, decoded in the workers of `rendered/renderer.ts`.
 *
 * Some decoders make a wrong picture of damaged bytes without a word, so pixels come from bytes whose SHA-256 was checked in the same read, as long
 * as the object is not much larger than what is shown of it: a frame out of a very large one is a ranged read, checked by its code stream alone.
 */
import { buffer } from 'node:stream/consumers'
import type { Scope } from '../storage/index/records.ts'
import { bulkOf, frameOf, type InstanceRow } from '../storage/index/retrieve.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { checkedObject, inMemory, wholeObject } from './checked-object.ts'
import { inflateFragment } from './dicom/metadata-fragment.ts'
import { frameLengthOf, openBulkValue, openFrame } from './frame-ranges.ts'
import { findMetadata, type MetadataTools } from './metadata.ts'
import { type AnnotationKind, annotationOf } from './rendered/annotation-text.ts'
import { type DICOMJSON, describeFrame } from './rendered/display.ts'
import { NotRenderable } from './rendered/errors.ts'
import type { Window } from './rendered/grey.ts'
import type { PictureOptions } from './rendered/picture.ts'
import { maximumFrameBytes } from './rendered/pixels.ts'
import type { Rendered, Renderer } from './rendered/renderer.ts'
import { type InstanceResource, nothingThere } from './retrieve.ts'

export interface RenderTools extends MetadataTools {
  readonly renderer: Renderer
}

export interface RenderOptions extends Omit<PictureOptions, 'format' | 'pixelAspect' | 'words' | 'fallbackFont'> {
  /** JPEG where nothing is said. */
  readonly format?: PictureOptions['format']
  /** Instead of what the data set proposes; in HU for CT. */
  readonly window?: Window
  /** What is burned into the picture. */
  readonly annotation?: readonly AnnotationKind[]
  readonly signal?: AbortSignal
}

/** Objects larger than `wholeObject` are read and checked whole only for a frame that is at least this part of them. */
const wholeFrom = 1 / 4
/** The longest lookup table has 65,536 entries of two bytes. */
const longestTable = 2 * 65_536

/**
 * @param frame from 1
 * @throws NotFound where there is no such frame, NotRenderable where it has no picture, PixelsNotDecoded where its bytes are damaged, RendererBusy
 */
export async function renderFrame(
  tools: RenderTools,
  scope: Scope,
  resource: InstanceResource,
  frame: number,
  options: RenderOptions = {},
): Promise<Rendered> {
  const { signal, format = 'image/jpeg', annotation, ...wanted } = options
  const instance = await frameOf(tools.index.pool, scope, resource, frame)
  if (instance === undefined) nothingThere(resource)
  if (instance.pixels === null) throw new NotRenderable('The instance has no pixels, so it has no picture')
  if (instance.pixels.kind === 'video') throw new NotRenderable('The instance is a video, not frames')
  if (frameLengthOf(instance.pixels, frame) > maximumFrameBytes) throw new NotRenderable('The frame is too big to be rendered')
  const json = await headerOf(tools, scope, resource)
  const described = await describeFrame(json, frame, (path) => bulkBytes(tools, scope, resource, path))
  const bytes = await frameBytes(tools.objects, instance, frame)
  const words = annotation && { words: annotationOf(json, frame, annotation) }
  const request = { ...wanted, ...words, ...described, format, frame: bytes, TransferSyntaxUID: instance.TransferSyntaxUID }
  return tools.renderer.render(request, signal === undefined ? {} : { signal })
}

/** The DICOM JSON of one instance. */
export async function headerOf(tools: RenderTools, scope: Scope, resource: InstanceResource): Promise<DICOMJSON> {
  const { fragments } = await findMetadata(tools, scope, resource)
  for await (const fragment of fragments) return JSON.parse(inflateFragment(fragment).toString('utf8')) as DICOMJSON
  return nothingThere(resource)
}

async function bulkBytes({ index, objects }: RenderTools, scope: Scope, resource: InstanceResource, path: string): Promise<Buffer> {
  const found = await bulkOf(index.pool, scope, resource, path)
  if (found === undefined || found.value.length > longestTable) throw new NotRenderable('A lookup table of the instance cannot be read')
  const { stream } = await openBulkValue(objects, found.instance, found.value)
  return buffer(stream)
}

/** The stored bytes of a frame, their digest checked where the object is worth reading whole. */
export async function frameBytes(objects: ObjectStore, instance: InstanceRow, frame: number): Promise<Buffer> {
  const length = frameLengthOf(instance.pixels, frame)
  const { objectSize } = instance
  const isWhole = objectSize <= wholeObject || (objectSize <= maximumFrameBytes && length >= objectSize * wholeFrom)
  const from = isWhole ? inMemory(await checkedObject(objects, instance)) : objects
  const { stream } = await openFrame(from, instance, frame)
  return buffer(stream)
}
