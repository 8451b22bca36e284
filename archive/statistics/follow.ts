/** Keeps what statistics count current: a follower of the change feed. Run twice over the same changes it does nothing new. */
import type { Index } from '../../storage/index/postgres.ts'
import { refreshFacts } from '../../storage/index/statistics/facts.ts'
import type { Change } from '../changes.ts'
import { derivedModalities } from '../reading/modality.ts'

export const statisticsConsumer = 'statistics'

export async function countChanges({ index }: { readonly index: Index }, changes: readonly Change[]): Promise<void> {
  const workitems = new Set<number>()
  const studyPks = new Set<number>()
  for (const { kind, ref, studyPk } of changes) {
    if (kind === 'workitem' && ref !== null) workitems.add(Number(ref))
    if (studyPk !== null) studyPks.add(studyPk)
  }
  if (workitems.size + studyPks.size === 0) return
  await refreshFacts(index.pool, { workitems: [...workitems], studyPks: [...studyPks] }, derivedModalities)
}

/** Every row again, from the tasks themselves. Answers how many were not as they should be. */
export const rebuildFacts = ({ index }: { readonly index: Index }): Promise<number> => refreshFacts(index.pool, null, derivedModalities)
