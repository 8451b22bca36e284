/**
 * Normal reports of health checks (体检), signed many at a time (reading.md §10): each goes through the machine on its own, review and signature, so that what
 * holds for one report holds for each of a hundred. What is not plainly normal is not offered, and neither is what its author has not looked at. Where the
 * reviewer has not, they say why, once for all of them: it stands in the log of each.
 */
import { transaction } from '../../../storage/index/query.ts'
import { type BatchRow, batchCandidates } from '../../../storage/index/reading/batch.ts'
import { lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import { modalityOf } from '../modality.ts'
import { type PatientView, patientOf } from '../patient.ts'
import { type RefusalCode, Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { carryOut } from '../workflow/perform.ts'

export interface BatchItem {
  readonly id: string
  readonly generation: number
  readonly patient: PatientView
  readonly institution: string
  readonly modality: string
  readonly StudyDescription: string
  readonly StudyDate: string
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly author: string
  readonly submittedAt: Date | null
  /** Whoever asks has looked at the images; where not, signing needs a reason. */
  readonly seen: boolean
}

const itemOf = (row: BatchRow): BatchItem => ({
  id: String(row.id),
  generation: row.generation,
  patient: patientOf(row),
  institution: row.institution,
  modality: modalityOf(row.modalities),
  StudyDescription: row.StudyDescription ?? '',
  StudyDate: row.StudyDate ?? '',
  findings: row.findings,
  impression: row.impression,
  advice: row.advice,
  author: row.author,
  submittedAt: row.submittedAt,
  seen: row.seen,
})

/** What the reviewer may sign in one go, oldest first. @throws Forbidden */
export async function signableBatch({ index: { pool } }: ReadingTools, asker: Asker, limit: number): Promise<BatchItem[]> {
  demand(asker, 'review')
  const rows = await batchCandidates(pool, { scope: asker.scope, centre: asker.institution.id, reviewer: asker.account, ids: null, limit })
  return rows.map(itemOf)
}

export interface BatchAnswer {
  readonly signed: readonly string[]
  readonly refused: readonly { readonly id: string; readonly code: RefusalCode | 'not-found' }[]
}

/** One after the other; one that is refused stays as it was, and the others go on. @throws Forbidden; Refused `pin-needed` */
export async function signBatch(
  tools: ReadingTools,
  asker: Asker,
  ids: readonly number[],
  pinProved: boolean,
  reason?: string,
): Promise<BatchAnswer> {
  demandPerson(asker)
  demand(asker, 'review')
  const inSession = asker.pinGivenAt !== null && Date.now() - asker.pinGivenAt.getTime() < tools.signingSeconds * 1000
  if (!pinProved && !inSession) throw new Refused('pin-needed', 'Signing needs the PIN')
  const signed: string[] = []
  const refused: { id: string; code: RefusalCode | 'not-found' }[] = []
  for (const id of new Set(ids)) {
    const outcome = await signOne(tools, asker, id, reason)
    if (outcome === null) signed.push(String(id))
    else refused.push({ id: String(id), code: outcome })
  }
  return { signed, refused }
}

async function signOne(
  tools: ReadingTools,
  asker: Asker,
  id: number,
  reason: string | undefined,
): Promise<RefusalCode | 'not-found' | null> {
  try {
    await transaction(tools.index.pool, async (client) => {
      const submitted = await lockWorkitem(client, asker.scope, id)
      if (submitted === undefined) throw new NotFound(`There is no workitem ${id}`)
      const [candidate] = await batchCandidates(client, {
        scope: asker.scope,
        centre: asker.institution.id,
        reviewer: asker.account,
        ids: [id],
        limit: 1,
      })
      if (candidate === undefined) throw new Refused('not-normal', `Workitem ${id} is no normal health check that waits for review`)
      await carryOut(tools, client, submitted, 'review', asker, { reason: '体检批量审核' })
      const reviewing = await lockWorkitem(client, asker.scope, id)
      await carryOut(tools, client, reviewing!, 'sign', asker, { reason: candidate.seen ? undefined : reason, pinProved: true })
    })
    return null
  } catch (error) {
    if (error instanceof Refused) return error.code
    if (error instanceof NotFound) return 'not-found'
    throw error
  }
}
