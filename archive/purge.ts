/**
 * The end of a purge: objects that a committed transaction has given up are removed. Whatever breaks in between is finished at the next turn, by whichever
 * gateway; an object that something still refers to is left alone.
 */
import { forgetPurgedObject, takePurgedObjects } from '../storage/index/delete.ts'
import type { Index } from '../storage/index/postgres.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'

export interface PurgeTools {
  readonly index: Index
  readonly objects: Pick<ObjectStore, 'remove'>
  readonly log?: (sentence: string) => void
}

const batch = 100
/** Batches of one turn; the rest comes with the next. */
const batches = 20

/** Answers how many objects were removed. */
export async function removePurged({ index, objects, log = () => {} }: PurgeTools): Promise<number> {
  let removed = 0
  for (let turn = 0; turn < batches; turn += 1) {
    const due = await takePurgedObjects(index.pool, batch)
    for (const { objectKey, referred } of due) {
      if (referred) log(`object ${objectKey} was to be purged but is referred to; it stays`)
      else {
        await objects.remove(objectKey)
        removed += 1
      }
      await forgetPurgedObject(index.pool, objectKey)
    }
    if (due.length < batch) break
  }
  if (removed > 0) log(`${removed} purged objects were removed`)
  return removed
}
