/**
 * From arriving images to reading tasks: a consumer of the change feed. A study that is read at a centre becomes a workitem with its first image;
 * images after READY raise a badge. Instances that we authored ourselves are no arrivals. Run twice over the same changes it does nothing new.
 */
import type { Change } from '../../../storage/index/changes.ts'
import type { Queryable } from '../../../storage/index/query.ts'
import { transaction } from '../../../storage/index/query.ts'
import { type Arrival, arrivalsOf, insertWorkitem, lockArrivals, raiseNewImages, retaken } from '../../../storage/index/reading/arrivals.ts'
import { appendChanges, insertEvent, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import type { ReadingTools } from '../tools.ts'
import { defaultUrgency } from '../turnaround/turnaround.ts'
import { followStudy } from './perform.ts'

export const arrivalsConsumer = 'reading-arrivals'

export async function handleArrivals(tools: ReadingTools, changes: readonly Change[]): Promise<void> {
  const { pool } = tools.index
  const images = changes.filter(({ kind }) => kind === 'instance').map(({ number }) => number)
  if (images.length === 0) return
  // What came after everything before it was rejected is an examination to be read: a retake.
  for (const id of await retaken(pool, images)) await transaction(pool, (client) => followStudy(tools, client, id, 'arrive', 'system'))
  await transaction(pool, async (client) => {
    const touched: { kind: 'workitem'; studyPk: number; ref: string }[] = []
    await lockArrivals(client, images)
    for (const arrival of await arrivalsOf(client, images)) {
      const workitem = arrival.workitem === null ? await begin(client, arrival) : await notice(client, arrival, arrival.workitem)
      if (workitem !== undefined) touched.push({ kind: 'workitem', studyPk: arrival.studyPk, ref: String(workitem) })
    }
    if (touched.length > 0) await appendChanges(client, touched)
  })
}

async function begin(client: Queryable, { studyPk, centre, urgency }: Arrival): Promise<number | undefined> {
  if (centre === null) return undefined
  const id = await insertWorkitem(client, studyPk, centre, urgency ?? defaultUrgency)
  if (id === undefined) return undefined
  await insertEvent(client, { workitem: id, actor: null, verb: 'arrive', from: null, to: 'UPLOADING', reason: null, generation: 0 })
  return id
}

async function notice(client: Queryable, { lastImage }: Arrival, workitem: NonNullable<Arrival['workitem']>): Promise<number | undefined> {
  if (lastImage === null || !(await raiseNewImages(client, workitem.id, lastImage))) return undefined
  const { id } = workitem
  // As it stands now, under its lock: a verb may have been faster.
  const { state, generation } = (await lockWorkitem(client, null, id))!
  await insertEvent(client, { workitem: id, actor: null, verb: 'new-images', from: state, to: state, reason: null, generation })
  return id
}
