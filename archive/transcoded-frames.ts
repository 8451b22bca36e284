/** Frames in another transfer syntax than they are stored in, without loss. PS3.18 §10.4.1.1.6, §8.7.3.3. */
import type { Scope } from '../storage/index/records.ts'
import { ahead } from './ahead.ts'
import { transferSyntaxOf } from './dicom/transfer-syntaxes.ts'
import { NotTranscodable } from './errors.ts'
import { frameLengthOf } from './frame-ranges.ts'
import { describePixels } from './rendered/display.ts'
import { NotRenderable } from './rendered/errors.ts'
import { maximumFrameBytes } from './rendered/pixels.ts'
import { frameBytes, headerOf, type RenderTools } from './rendered.ts'
import type { FramedInstance } from './retrieve.ts'

/** How many are made ahead of who reads them. */
const atOnce = 3

/**
 * The frames one after another, each decoded again and compared.
 * @throws NotTranscodable naming from what to what, PixelsNotDecoded, RendererBusy
 */
export async function* transcodedFrames(
  tools: RenderTools,
  scope: Scope,
  instance: FramedInstance,
  frames: readonly number[],
  to: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly frame: number; readonly bytes: Buffer }> {
  const { TransferSyntaxUID, SOPInstanceUID } = instance
  const name = (uid: string) => transferSyntaxOf(uid)?.name ?? uid
  const cannot = (why: string) =>
    new NotTranscodable(`Frames of ${SOPInstanceUID} cannot be given in ${name(to)}, they are stored in ${name(TransferSyntaxUID)}: ${why}`)
  const json = await headerOf(tools, scope, instance)
  const one = async (frame: number) => {
    try {
      if (frameLengthOf(instance.pixels, frame) > maximumFrameBytes) throw cannot('they are too long')
      const pixels = describePixels(json)
      const stored = await frameBytes(tools.objects, instance, frame)
      const { bytes } = await tools.renderer.transcode({ frame: stored, TransferSyntaxUID, pixels, to }, { signal })
      return { frame, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) }
    } catch (error) {
      throw error instanceof NotTranscodable || error instanceof NotRenderable ? cannot(error.message) : error
    }
  }
  yield* ahead(frames, one, atOnce)
}
