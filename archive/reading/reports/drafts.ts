/** Writing: the draft is saved by whoever holds the workitem, against the version that they saw. Nothing typed is lost: see `keepDraft`. */
import { isDeepStrictEqual } from 'node:util'
import { type Queryable, transaction } from '../../../storage/index/query.ts'
import {
  type DraftRow,
  type DraftText,
  emptyDraft,
  findDraft,
  imagesElsewhere,
  type KeyImage,
  keepDraft,
  saveDraft,
} from '../../../storage/index/reading/drafts.ts'
import { lockWorkitem, renewLease } from '../../../storage/index/reading/workitem-change.ts'
import type { PersonRef } from '../../../storage/index/reading/workitem-list.ts'
import { type Asker, demandPerson } from '../../access.ts'
import { BadRequest, NotFound } from '../../errors.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { mayWrite } from '../workflow/machine.ts'
import { factsOf } from '../workflow/perform.ts'

export interface DraftView extends DraftText {
  readonly rev: number
  readonly savedAt: Date
  readonly author: PersonRef
}

export const draftView = ({ authorId: _, ...draft }: DraftRow): DraftView => draft

/** What is absent stays as it is: the editor and the viewer each send what they know. */
type DraftChanges = { readonly [Field in keyof DraftText]?: DraftText[Field] | undefined }

export interface DraftRequest extends DraftChanges {
  /** The version that was edited; 0 when there was none; undefined only for the first. */
  readonly rev: number | undefined
  readonly generation?: number | undefined
}

/**
 * Saving also renews the lease: whoever types is there. The same text again (a repeated request) answers the version that stands.
 * @throws NotFound, BadRequest. Refused: `lease-lost`, `stale-generation`, `draft-conflict` with the draft that stands.
 */
export function writeDraft(tools: ReadingTools, asker: Asker, id: number, request: DraftRequest): Promise<{ rev: number; savedAt: Date }> {
  demandPerson(asker)
  return transaction(tools.index.pool, async (client) => {
    const workitem = await lockWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
    const facts = await factsOf(client, workitem)
    if (!mayWrite(facts, asker)) throw new Refused('lease-lost', `Workitem ${id} is ${workitem.state} and not held by ${asker.username}`)
    if (request.generation !== undefined && request.generation !== workitem.generation) {
      throw new Refused('stale-generation', `Workitem ${id} is at generation ${workitem.generation}`)
    }
    const stands = await findDraft(client, id)
    const text = withChanges(stands ?? emptyDraft, request)
    if ((stands?.rev ?? 0) !== (request.rev ?? 0)) {
      // A weak link repeats requests: the answer to the first may have been lost.
      if (stands !== undefined && sameText(stands, text)) return { rev: stands.rev, savedAt: stands.savedAt }
      throw new Refused('draft-conflict', `The draft is at version ${stands?.rev ?? 0}`, stands === undefined ? null : draftView(stands))
    }
    if (!isDeepStrictEqual(text.keyImages, stands?.keyImages ?? [])) await demandOfTask(client, id, text.keyImages)
    if (stands !== undefined && stands.authorId !== asker.account) await keepDraft(client, id, 'edit')
    await renewLease(client, id, tools.leaseSeconds)
    return saveDraft(client, id, asker.account, text)
  })
}

const fields = Object.keys(emptyDraft) as readonly (keyof DraftText)[]

const withChanges = (stands: DraftText, changes: DraftChanges): DraftText => ({
  ...stands,
  ...Object.fromEntries(fields.filter((field) => changes[field] !== undefined).map((field) => [field, changes[field]])),
})

const sameText = (a: DraftText, b: DraftText): boolean => fields.every((field) => isDeepStrictEqual(a[field], b[field]))

/** @throws BadRequest: a picture of somebody else in a report would be a mixed-up patient. */
async function demandOfTask(client: Queryable, workitem: number, images: readonly KeyImage[]): Promise<void> {
  const stray = await imagesElsewhere(client, workitem, images)
  if (stray.length > 0) throw new BadRequest(`keyImages: ${stray.join(', ')} is no image of what is read here`)
}
