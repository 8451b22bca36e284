/** The list of rejections, as those who may restore or purge see it, with what they may do now. */
import { listRejections, type RejectionRow, type RejectionState } from '../storage/index/delete.ts'
import { type Asker, demand, may } from './access.ts'
import { type DeleteTools, mayRestore } from './delete.ts'
import { NotFound } from './errors.ts'
import { modalityOf } from './reading/modality.ts'
import { type PatientView, patientOf } from './reading/patient.ts'
import { type RejectionCode, rejectionMeanings } from './rejection-codes.ts'

export const rejectionStates = ['rejected', 'purge-requested', 'purged', 'restored'] as const satisfies readonly RejectionState[]
export type RejectionVerb = 'restore' | 'request-purge' | 'confirm-purge' | 'withdraw-purge'

export interface Rejection {
  readonly id: string
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string | null
  readonly level: RejectionRow['level']
  readonly instances: number
  readonly bytes: number
  readonly patient: PatientView
  readonly modality: string
  readonly StudyDescription: string
  readonly StudyDate: string
  readonly institution: { readonly id: number; readonly name: string }
  readonly code: RejectionCode
  readonly meaning: { readonly zh: string; readonly en: string }
  readonly comment: string
  readonly by: string
  readonly at: Date
  readonly state: RejectionState
  readonly purge: {
    readonly requestedBy: string
    readonly requestedAt: Date
    readonly reason: string
    readonly confirmedBy: string | null
    readonly purgedAt: Date | null
  } | null
  readonly restored: { readonly by: string; readonly at: Date } | null
  /** So many came again since with another content or encoding, and are kept beside. */
  readonly resent: number
  readonly retainUntil: Date
  readonly verbs: readonly RejectionVerb[]
}

/** Newest first. @throws Forbidden */
export async function searchRejections(
  { index, retention }: DeleteTools,
  asker: Asker,
  { states, limit }: { readonly states: readonly RejectionState[] | undefined; readonly limit: number },
): Promise<Rejection[]> {
  demand(asker, 'reject')
  const rows = await listRejections(index.pool, { scope: asker.scope, states: states ?? null, id: null, limit }, retention)
  return rows.map((row) => rejectionView(row, asker))
}

/** @throws Forbidden, NotFound */
export async function getRejection({ index, retention }: DeleteTools, asker: Asker, id: number): Promise<Rejection> {
  demand(asker, 'reject')
  const [row] = await listRejections(index.pool, { scope: asker.scope, states: null, id, limit: 1 }, retention)
  if (row === undefined) throw new NotFound(`There is no rejection ${id}`)
  return rejectionView(row, asker)
}

function rejectionView(row: RejectionRow, asker: Asker): Rejection {
  const code = row.code as RejectionCode
  return {
    id: String(row.id),
    StudyInstanceUID: row.StudyInstanceUID,
    SeriesInstanceUID: row.SeriesInstanceUID,
    level: row.level,
    instances: row.instances,
    bytes: row.bytes,
    patient: patientOf(row),
    modality: modalityOf(row.modalities),
    StudyDescription: row.StudyDescription ?? '',
    StudyDate: row.StudyDate ?? '',
    institution: { id: row.institutionId, name: row.institutionName },
    code,
    meaning: rejectionMeanings[code],
    comment: row.comment,
    by: row.by,
    at: row.at,
    state: row.state,
    purge:
      row.purgeRequestedByName === null || row.purgeRequestedAt === null
        ? null
        : {
            requestedBy: row.purgeRequestedByName,
            requestedAt: row.purgeRequestedAt,
            reason: row.purgeReason ?? '',
            confirmedBy: row.purgeConfirmedByName,
            purgedAt: row.purgedAt,
          },
    restored: row.restoredBy === null || row.restoredAt === null ? null : { by: row.restoredBy, at: row.restoredAt },
    resent: row.resent,
    retainUntil: row.retainUntil,
    verbs: verbsOf(row, asker),
  }
}

/** What can be done now: whoever asked for a purge cannot confirm it, and nothing is purged before its time. */
function verbsOf(row: RejectionRow, asker: Asker): RejectionVerb[] {
  const isPerson = may(asker, 'purge') && asker.account !== 0
  if (row.state === 'rejected') {
    return [...(mayRestore(asker, row) ? (['restore'] as const) : []), ...(isPerson && !row.retained ? (['request-purge'] as const) : [])]
  }
  if (row.state !== 'purge-requested' || !isPerson) return []
  const isOther = row.purgeRequestedBy !== asker.account
  return [...(isOther && !row.retained ? (['confirm-purge'] as const) : []), 'withdraw-purge']
}
