/**
 * "Presently under its care" (reading.md §8.3, §10): an institution sees all studies of a person of whom it has had an order, a registration or a visit within
 * so many days (a policy). A consumer of the change feed writes that down as rows of study_access, with their end; every statement obeys them by itself.
 */
import type { Change } from '../../../storage/index/changes.ts'
import { transaction } from '../../../storage/index/query.ts'
import { endAccess, lockCare, personsOf, refreshCare } from '../../../storage/index/reading/care.ts'
import { appendChanges } from '../../../storage/index/reading/workitem-change.ts'
import { policies } from '../policies.ts'
import type { ReadingTools } from '../tools.ts'

export const careConsumer = 'care'

/** After these somebody may be another person than before: care is worked out anew for all. */
const ofPersons: ReadonlySet<string> = new Set(['patient', 'correction'])
const ofVisits: ReadonlySet<string> = new Set(['instance', 'order'])

export async function followCare(tools: ReadingTools, changes: readonly Change[]): Promise<void> {
  const all = changes.some(({ kind }) => ofPersons.has(kind))
  const visits = changes.filter(({ kind }) => ofVisits.has(kind)).map(({ number }) => number)
  if (!all && visits.length === 0) return
  await refresh(tools, async (client) => (all ? null : personsOf(client, visits)))
}

/** Once an hour, and at the start: days pass and policies change without an event. */
export const reviewCare = (tools: ReadingTools): Promise<void> => refresh(tools, async () => null)

function refresh(
  { index: { pool } }: ReadingTools,
  personsOfIt: (client: Parameters<Parameters<typeof transaction>[1]>[0]) => Promise<number[] | null>,
): Promise<void> {
  return transaction(pool, async (client) => {
    await lockCare(client)
    const persons = await personsOfIt(client)
    if (persons !== null && persons.length === 0) return
    await tell(client, await refreshCare(client, persons, (await policies(client)).careDays))
  })
}

/** Takes back what has ended; where care opens what broken glass did, it stays open. */
export function endCare({ index: { pool } }: ReadingTools): Promise<void> {
  return transaction(pool, async (client) => {
    await lockCare(client)
    const ended = await endAccess(client)
    if (ended.length === 0) return
    const persons = [...new Set(ended.map(({ person }) => person))]
    const opened = await refreshCare(client, persons, (await policies(client)).careDays)
    await tell(client, [...new Set([...ended.map(({ studyPk }) => studyPk), ...opened])])
  })
}

const tell = async (client: Parameters<typeof appendChanges>[0], studies: readonly number[]): Promise<void> => {
  if (studies.length === 0) return
  await appendChanges(
    client,
    [...studies].sort((a, b) => a - b).map((studyPk) => ({ kind: 'study', studyPk, ref: null })),
  )
}
