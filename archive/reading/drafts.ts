/** Writing: the draft is saved by whoever holds the workitem, against the version that they saw. Nothing typed is lost: see `keepDraft`. */
import { transaction } from '../../storage/index/query.ts'
import { type DraftRow, type DraftText, findDraft, keepDraft, saveDraft } from '../../storage/index/reading/drafts.ts'
import { lockWorkitem, renewLease } from '../../storage/index/reading/workitem-change.ts'
import type { PersonRef } from '../../storage/index/reading/workitem-list.ts'
import { type Asker, demandPerson } from '../access.ts'
import { NotFound } from '../errors.ts'
import { mayWrite } from './machine.ts'
import { factsOf } from './perform.ts'
import { Refused } from './refused.ts'
import type { ReadingTools } from './tools.ts'

export interface DraftView {
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly polarity: 'negative' | 'positive' | null
  readonly rev: number
  readonly savedAt: Date
  readonly author: PersonRef
}

export const draftView = ({ findings, impression, advice, polarity, rev, savedAt, author }: DraftRow): DraftView => ({
  findings,
  impression,
  advice,
  polarity,
  rev,
  savedAt,
  author,
})

export interface DraftRequest extends DraftText {
  /** The version that was edited; 0 when there was none; undefined only for the first. */
  readonly rev: number | undefined
  readonly generation?: number | undefined
}

/**
 * Saving also renews the lease: whoever types is there. The same text again (a repeated request) answers the version that stands.
 * @throws NotFound. Refused: `lease-lost`, `stale-generation`, `draft-conflict` with the draft that stands.
 */
export function writeDraft(tools: ReadingTools, asker: Asker, id: number, request: DraftRequest): Promise<{ rev: number; savedAt: Date }> {
  demandPerson(asker)
  return transaction(tools.index.pool, async (client) => {
    const workitem = await lockWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
    const facts = factsOf(workitem)
    if (!mayWrite(facts, asker)) throw new Refused('lease-lost', `Workitem ${id} is ${workitem.state} and not held by ${asker.username}`)
    if (request.generation !== undefined && request.generation !== workitem.generation) {
      throw new Refused('stale-generation', `Workitem ${id} is at generation ${workitem.generation}`)
    }
    const stands = await findDraft(client, id)
    if ((stands?.rev ?? 0) !== (request.rev ?? 0)) {
      // A weak link repeats requests: the answer to the first may have been lost.
      if (stands !== undefined && sameText(stands, request)) return { rev: stands.rev, savedAt: stands.savedAt }
      throw new Refused('draft-conflict', `The draft is at version ${stands?.rev ?? 0}`, stands === undefined ? null : draftView(stands))
    }
    if (stands !== undefined && stands.authorId !== asker.account) await keepDraft(client, id, 'edit')
    await renewLease(client, id, tools.leaseSeconds)
    return saveDraft(client, id, asker.account, request)
  })
}

const sameText = (a: DraftText, b: DraftText): boolean =>
  a.findings === b.findings && a.impression === b.impression && a.advice === b.advice && a.polarity === b.polarity
