/** 自查: before a study is sent, whoever took it looks for side mark, coverage, motion and exposure. reading.md §6.3. */
import { transaction } from '../../../storage/index/query.ts'
import { type SelfCheckText, saveSelfCheck } from '../../../storage/index/reading/self-checks.ts'
import { lockStudyOf } from '../../../storage/index/reading/supplements.ts'
import { appendChanges } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { Forbidden, NotFound } from '../../errors.ts'
import type { ReadingTools } from '../tools.ts'

/** Checked again, the last one stands; each is in the audit. @throws NotFound, Forbidden */
export async function checkStudy(
  tools: Pick<ReadingTools, 'index'>,
  asker: Asker,
  StudyInstanceUID: string,
  check: SelfCheckText,
): Promise<void> {
  demand(asker, 'board')
  demandPerson(asker)
  return transaction(tools.index.pool, async (client) => {
    const study = await lockStudyOf(client, asker.scope, StudyInstanceUID)
    if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
    if (study.institution !== asker.institution.id) throw new Forbidden('A study is checked where it was taken')
    await saveSelfCheck(client, study.studyPk, asker.account, check)
    await auditIn(client, asker, { action: 'self-check', StudyInstanceUID, detail: { ...check } })
    await appendChanges(client, [
      study.workitem === null
        ? { kind: 'study', studyPk: study.studyPk, ref: null }
        : { kind: 'workitem', studyPk: study.studyPk, ref: String(study.workitem) },
    ])
  })
}
