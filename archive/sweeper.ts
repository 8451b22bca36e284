/**
 * The sweeper puts aside objects that were written but never published: a gateway that died between the two, or lost its answer.
 *
 * Only under epochs that are closed, where nothing can be published any more; and only aside, into `quarantine/`, for 30 days. Absence from the index is
 * never a reason to delete: after a restore from an older backup the index may know less than the store, and then whole epochs are unknown to it and are
 * left alone.
 */
import { closeSilentEpochs, epochsToSweep, markSwept, publishedAmong, reachOfEpoch, sweepAlone } from '../storage/index/epochs.ts'
import type { Index } from '../storage/index/postgres.ts'
import type { ObjectStore, StoredObject } from '../storage/objects/objects.ts'
import { epochPrefix } from './object-key.ts'

export interface SweeperTools {
  readonly index: Index
  readonly objects: ObjectStore
  readonly log?: (sentence: string) => void
}

const quarantine = 'quarantine/'
const dayMs = 86_400_000
/** Keys looked up in one statement. */
const batchSize = 500

/** Closes silent epochs and goes through those that are closed. Returns the keys that were put aside: none while another gateway is at it. */
export async function sweep(tools: SweeperTools): Promise<string[]> {
  return (await sweepAlone(tools.index.pool, () => sweepClosed(tools))) ?? []
}

async function sweepClosed({ index, objects, log = () => {} }: SweeperTools): Promise<string[]> {
  await closeSilentEpochs(index.pool)
  const moved: string[] = []
  for (const epoch of await epochsToSweep(index.pool)) {
    const reach = await reachOfEpoch(index.pool, epoch)
    if (reach === undefined) continue
    for (const code of reach.institutionCodes) {
      for (let day = reach.from.getTime(); day < reach.to.getTime() + dayMs; day += dayMs) {
        moved.push(...(await sweepPrefix({ index, objects }, epochPrefix(code, epoch, new Date(day)))))
      }
    }
    await markSwept(index.pool, epoch)
  }
  if (moved.length > 0) log(`${moved.length} objects that were never published lie in ${quarantine} now`)
  return moved
}

async function sweepPrefix({ index, objects }: SweeperTools, prefix: string): Promise<string[]> {
  const moved: string[] = []
  let batch: StoredObject[] = []
  const settle = async () => {
    const published = await publishedAmong(
      index.pool,
      batch.map(({ key }) => key),
    )
    for (const { key } of batch) {
      if (published.has(key)) continue
      await putAside(objects, key)
      moved.push(key)
    }
    batch = []
  }
  for await (const object of objects.list(prefix)) {
    batch.push(object)
    if (batch.length === batchSize) await settle()
  }
  await settle()
  return moved
}

/** Copied, then removed: whatever breaks in between leaves it twice. */
async function putAside(objects: ObjectStore, key: string): Promise<void> {
  const aside = `${quarantine}${key}`
  if ((await objects.stat(aside)) !== undefined) await objects.remove(aside)
  await objects.put(aside, await objects.get(key))
  await objects.remove(key)
}

/** Removes what has lain in quarantine for longer than 30 days. Returns the keys. */
export async function emptyQuarantine({ objects }: Pick<SweeperTools, 'objects'>, now: Date, days = 30): Promise<string[]> {
  const removed: string[] = []
  for await (const { key, modified } of objects.list(quarantine)) {
    if (now.getTime() - modified.getTime() < days * dayMs) continue
    await objects.remove(key)
    removed.push(key)
  }
  return removed
}
