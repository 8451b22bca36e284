/**
 * What a person really looked at: the viewer says which study it has on the screen, the portal which report was unfolded. Whoever signs without having
 * opened the images themselves, as they are now, gives a reason (reading.md §3.2); what is compared must have been opened.
 */
import { transaction } from '../../../storage/index/query.ts'
import { noteOpening, type OpenedWhat, type Opening, openable, openingsOf } from '../../../storage/index/reading/openings.ts'
import { findWorkitem } from '../../../storage/index/reading/workitem-list.ts'
import { type Asker, demand, demandPerson } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { NotFound } from '../../errors.ts'
import type { ReadingTools } from '../tools.ts'

export interface OpenedRequest {
  readonly StudyInstanceUID: string
  readonly what: OpenedWhat
  /** The feed as it was when the viewer was asked for the images: it shows none that came later. Absent: it shows all that there are. */
  readonly upTo?: number | undefined
}

/** @throws NotFound: no such workitem, or a study of somebody else; Forbidden */
export async function openedStudies({ index: { pool } }: ReadingTools, asker: Asker, id: number): Promise<Opening[]> {
  demand(asker, 'retrieve')
  if ((await findWorkitem(pool, asker.scope, id)) === undefined) throw new NotFound(`There is no workitem ${id}`)
  return openingsOf(pool, id, asker.account)
}

/** Answers all that the asker has opened for the workitem. The first time is kept and audited. */
export async function noteOpened(
  tools: ReadingTools,
  asker: Asker,
  id: number,
  { StudyInstanceUID, what, upTo }: OpenedRequest,
): Promise<Opening[]> {
  demandPerson(asker)
  demand(asker, 'retrieve')
  return transaction(tools.index.pool, async (client) => {
    const workitem = await findWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
    const study = await openable(client, asker.scope, id, StudyInstanceUID)
    if (study === undefined) throw new NotFound(`Study ${StudyInstanceUID} is none of this person's`)
    const before = await openingsOf(client, id, asker.account)
    await noteOpening(client, { workitem: id, account: asker.account, studyPk: study.studyPk, what, upTo: upTo ?? null })
    if (!before.some((each) => each.StudyInstanceUID === StudyInstanceUID && each.what === what)) {
      await auditIn(client, asker, {
        action: study.own ? 'open' : 'open-prior',
        StudyInstanceUID,
        object: `workitem/${id}`,
        detail: { what },
      })
    }
    return openingsOf(client, id, asker.account)
  })
}
