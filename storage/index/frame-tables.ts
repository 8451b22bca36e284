/**
 * The frame table that belongs to an object, by the object's key. No scope is asked for: a key is read from a row that the asker was shown, and opens no
 * more than the object itself does.
 */
import type pg from 'pg'
import { query } from './query.ts'

/** Of the instance, or the version of one, whose bytes this object has; null where it has none. */
export async function frameTableOf(pool: pg.Pool, objectKey: string): Promise<Uint8Array | null> {
  const [row] = await query<{ frameTable: Uint8Array | null }>(
    pool,
    `select f.frame_table as "frameTable" from instance i join instance_frames f using (instance_pk) where i.object_key = $1
     union all select v.frame_table from version v where v.object_key = $1 limit 1`,
    [objectKey],
    'frame-table-of',
  )
  return row?.frameTable ?? null
}
