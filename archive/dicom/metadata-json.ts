/** Metadata made on demand, from the object itself: of instances whose DICOM JSON was too long to be kept (index.md §4). */
import type { MetadataFragment } from '../../storage/index/records.ts'
import { LimitExceeded } from '../errors.ts'
import { HeaderReader } from './header-reader.ts'
import { isOnDemand } from './metadata-fragment.ts'

export { inflateFragment, isOnDemand } from './metadata-fragment.ts'

/** Characters of JSON that are still made, for one answer at a time; the index keeps 32 MiB. */
const maximumOnDemand = 256 << 20

/** @throws LimitExceeded when even this is too long to be held, and what reading the object throws. */
export async function metadataOf(
  part10: AsyncIterable<Uint8Array>,
  publicPath: string,
  fallbackCharacterSet?: string,
): Promise<MetadataFragment> {
  const reader = new HeaderReader({
    publicPath,
    ...(fallbackCharacterSet !== undefined && { fallbackCharacterSet }),
    limits: { json: maximumOnDemand, bulkValues: 5_000_000 },
  })
  for await (const chunk of part10) reader.write(chunk)
  const { metadata } = reader.end()
  if (isOnDemand(metadata)) throw new LimitExceeded(`The metadata of this instance are longer than ${maximumOnDemand} characters`)
  return metadata
}
