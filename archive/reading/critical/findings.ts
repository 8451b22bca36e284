/** The list of critical findings (危急值目录): saved as whole revisions, approved by the chief of the centre. */
import type { Queryable } from '../../../storage/index/query.ts'
import { transaction } from '../../../storage/index/query.ts'
import {
  approveFindingList,
  type FindingListRow,
  findingLists,
  insertFindingList,
} from '../../../storage/index/reading/critical-notices.ts'
import { type Asker, demand, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { BadRequest, Conflict, Forbidden } from '../../errors.ts'
import type { ReadingTools } from '../tools.ts'
import { type Finding, starterFindings } from './starter-findings.ts'

export interface FindingList {
  /** 0: the starter list, which nobody has approved. */
  readonly revision: number
  readonly items: readonly Finding[]
  readonly saved: { readonly by: string; readonly at: Date } | null
  readonly approved: { readonly by: string; readonly at: Date } | null
}

export interface FindingLists extends FindingList {
  /** A newer list that waits for the chief. */
  readonly proposal: FindingList | null
  readonly mayEdit: boolean
  readonly mayApprove: boolean
}

const starter: FindingList = { revision: 0, items: starterFindings, saved: null, approved: null }

const listOf = ({ revision, items, savedBy, savedAt, approvedBy, approvedAt }: FindingListRow): FindingList => ({
  revision,
  items,
  saved: { by: savedBy, at: savedAt },
  approved: approvedBy === null || approvedAt === null ? null : { by: approvedBy, at: approvedAt },
})

/** The one that doctors choose from: the newest approved, else the newest, else the starter. And the newest, if that is another. */
async function lists(on: Queryable): Promise<{ readonly standing: FindingList; readonly newest: FindingList }> {
  const rows = (await findingLists(on)).map(listOf)
  const newest = rows[0] ?? starter
  return { standing: rows.find(({ approved }) => approved !== null) ?? newest, newest }
}

export const standingFindings = async (on: Queryable): Promise<readonly Finding[]> => (await lists(on)).standing.items

const mayEdit = (asker: Asker): boolean => asker.institution.readingCentre && (may(asker, 'review') || may(asker, 'direct'))
const mayApprove = (asker: Asker): boolean => asker.institution.readingCentre && may(asker, 'direct')

/** @throws Forbidden */
export async function getFindings({ index: { pool } }: ReadingTools, asker: Asker): Promise<FindingLists> {
  demand(asker, 'retrieve')
  const { standing, newest } = await lists(pool)
  return {
    ...standing,
    proposal: newest.revision > standing.revision ? newest : null,
    mayEdit: mayEdit(asker),
    mayApprove: mayApprove(asker),
  }
}

/**
 * Saves the next revision; the chief's own stands approved, anybody else's waits for the chief.
 * @param base the newest revision that was edited. @throws Forbidden, BadRequest, Conflict: somebody else has saved since.
 */
export async function saveFindings(tools: ReadingTools, asker: Asker, items: readonly Finding[], base: number): Promise<FindingLists> {
  demandPerson(asker)
  if (!mayEdit(asker)) throw new Forbidden('The list of critical findings is the reading centre’s')
  if (new Set(items.map(({ code }) => code)).size !== items.length) throw new BadRequest('items: each code once')
  await transaction(tools.index.pool, async (client) => {
    const { newest } = await lists(client)
    const saved =
      newest.revision === base &&
      (await insertFindingList(client, { revision: base + 1, items, by: asker.account, approved: mayApprove(asker) }))
    if (!saved) throw new Conflict('The list of critical findings was changed by somebody else', { current: newest })
    await auditIn(client, asker, { action: 'critical-findings', object: `critical-findings/${base + 1}`, detail: { items: items.length } })
  })
  return getFindings(tools, asker)
}

/** @throws Forbidden, Conflict: it is not the newest, or approved already */
export async function approveFindings(tools: ReadingTools, asker: Asker, revision: number): Promise<FindingLists> {
  demandPerson(asker)
  if (!mayApprove(asker)) throw new Forbidden('The chief of the reading centre approves the list')
  await transaction(tools.index.pool, async (client) => {
    // The starter list becomes a revision of its own when it is approved.
    const done =
      revision === 0
        ? await insertFindingList(client, { revision: 1, items: starterFindings, by: asker.account, approved: true })
        : await approveFindingList(client, revision, asker.account)
    if (!done) throw new Conflict('This revision is not the newest, or is approved already', { current: (await lists(client)).newest })
    await auditIn(client, asker, { action: 'critical-findings-approve', object: `critical-findings/${revision || 1}` })
  })
  return getFindings(tools, asker)
}
