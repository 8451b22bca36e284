/**
 * Texts beside the draft: its versions, what was typed when the workitem was in other hands (a fork, merged by whoever holds it), and reviews: what the
 * second doctor changed in the first one's words, why, and how the report was graded. Nothing typed is lost.
 */
import type { PoolClient } from 'pg'
import { z } from 'zod'
import { transaction } from '../../../storage/index/query.ts'
import { type DraftText, type DraftVersionRow, draftVersions, emptyDraft, findDraft } from '../../../storage/index/reading/drafts.ts'
import {
  type ForkRow,
  insertReview,
  openForks,
  type ReviewChange,
  type ReviewRow,
  reviewsOf,
  saveFork,
  settleFork,
  submittedRev,
} from '../../../storage/index/reading/reviews.ts'
import { appendChanges, type LockedWorkitem, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { findWorkitem } from '../../../storage/index/reading/workitem-list.ts'
import { type Asker, demand, demandPerson } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { BadRequest, Forbidden, NotFound } from '../../errors.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { mayWrite } from '../workflow/machine.ts'
import { factsOf } from '../workflow/perform.ts'

export interface Texts {
  /** What was kept, oldest first. */
  readonly versions: readonly Omit<DraftVersionRow, 'authorId'>[]
  readonly forks: readonly Omit<ForkRow, 'authorId'>[]
  /** Newest first. */
  readonly reviews: readonly ReviewRow[]
  /** Version that the author submitted last: what a reviewer's changes are measured against. */
  readonly submitted: number | null
}

/** Whoever reads unsigned text may read this. @throws NotFound, Forbidden */
export async function textsOf({ index: { pool } }: ReadingTools, asker: Asker, id: number): Promise<Texts> {
  demand(asker, 'read')
  const row = await findWorkitem(pool, asker.scope, id)
  if (row === undefined) throw new NotFound(`There is no workitem ${id}`)
  if (asker.institution.id !== row.centre) throw new Forbidden('Unsigned text is read at the reading centre only')
  const [versions, forks, reviews, submitted] = await Promise.all([
    draftVersions(pool, id),
    openForks(pool, id),
    reviewsOf(pool, id),
    submittedRev(pool, id),
  ])
  return { versions, forks: forks.map(({ authorId: _, ...fork }) => fork), reviews, submitted }
}

/**
 * Keeps a text that could not be saved. Whoever holds the workitem saves it in the ordinary way; a text that stands already, or is kept already, is no fork.
 * @throws NotFound, Forbidden. Refused `wrong-state`: the asker holds the workitem.
 */
export async function forkDraft(
  tools: ReadingTools,
  asker: Asker,
  id: number,
  rev: number,
  changes: { readonly [Field in keyof DraftText]?: DraftText[Field] | undefined },
): Promise<{ fork: number | null }> {
  demandPerson(asker)
  demand(asker, 'read')
  return transaction(tools.index.pool, async (client) => {
    const workitem = await lockWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
    if (asker.institution.id !== workitem.centre) throw new Forbidden('A report is written at the reading centre only')
    if (mayWrite(await factsOf(client, workitem), asker))
      throw new Refused('wrong-state', 'Whoever holds the workitem saves the draft itself')
    const text: DraftText = { ...emptyDraft, ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) }
    const kept = [await findDraft(client, id), ...(await draftVersions(client, id))]
    if (kept.some((draft) => draft !== undefined && hasAll(draft, text))) return { fork: null }
    const { id: fork } = await saveFork(client, id, asker.account, rev, text)
    await appendChanges(client, [{ kind: 'workitem', studyPk: workitem.studyPk, ref: String(id) }])
    return { fork }
  })
}

const written = ['technique', 'comparison', 'findings', 'impression', 'advice', 'remark'] as const
const hasAll = (draft: DraftText, text: DraftText): boolean => written.every((field) => draft[field].trim() === text[field].trim())

/** The holder has merged a fork, or put it aside. It stays kept. @throws NotFound, Forbidden. Refused `lease-lost`. */
export async function settle(tools: ReadingTools, asker: Asker, id: number, fork: number, merged: boolean): Promise<void> {
  demandPerson(asker)
  demand(asker, 'read')
  return transaction(tools.index.pool, async (client) => {
    const workitem = await lockWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
    if (!mayWrite(await factsOf(client, workitem), asker))
      throw new Refused('lease-lost', `Workitem ${id} is not held by ${asker.username}`)
    if (!(await settleFork(client, id, fork, asker.account, merged))) throw new NotFound(`There is no fork ${fork}`)
    await auditIn(client, asker, {
      action: merged ? 'fork-merge' : 'fork-aside',
      StudyInstanceUID: workitem.StudyInstanceUID,
      object: `workitem/${id}`,
      detail: { fork },
    })
    await appendChanges(client, [{ kind: 'workitem', studyPk: workitem.studyPk, ref: String(id) }])
  })
}

const text = z.string().max(5_000)
const reviewIn = z.strictObject({
  /** 1 excellent, 2 good, 3 fair, 4 unfit. */
  grade: z.number().int().min(1).max(4).nullable().default(null),
  comment: z.string().trim().max(2_000).default(''),
  changes: z
    .array(
      z.strictObject({
        field: z.enum(written),
        before: text,
        after: text,
        reason: z.enum(['style', 'omission', 'error', 'position']).nullable().default(null),
      }),
    )
    .max(300)
    .default([]),
})

/** `details.review` of `rework` and `sign`, in their transaction. Answers what the event log is to say. @throws BadRequest */
export async function recordReview(
  client: PoolClient,
  workitem: LockedWorkitem,
  asker: Asker,
  verb: 'rework' | 'sign',
  details: Readonly<Record<string, unknown>> | undefined,
  reason: string | undefined,
): Promise<Record<string, unknown>> {
  if (details?.review === undefined && verb === 'sign') return {}
  const given = reviewIn.safeParse(details?.review ?? {})
  if (!given.success) throw new BadRequest(`details.review: ${given.error.issues[0]?.message ?? 'not valid'}`)
  const { grade, comment, changes } = given.data
  await insertReview(client, {
    workitem: workitem.id,
    reviewer: asker.account,
    author: workitem.author,
    verb,
    grade,
    comment: comment === '' ? (reason ?? '') : comment,
    changes: changes as readonly ReviewChange[],
  })
  return { review: { changes: changes.length, ...(grade === null ? {} : { grade }) } }
}
