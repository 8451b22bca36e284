/** 补充: clinical text, urgency, the Chinese name …, kept beside the images and never in them. */
import { transaction } from '../../../storage/index/query.ts'
import { lockStudyOf, type SupplementText, saveSupplement } from '../../../storage/index/reading/supplements.ts'
import { appendChanges } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { nameKeys } from '../../dicom/person-name.ts'
import { Forbidden, NotFound } from '../../errors.ts'
import { bedNumber } from '../../orders/bed.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { followUrgency } from './urgency.ts'

/**
 * @param rev the version that was edited, where the form knows one
 * @throws NotFound; Forbidden: only the owner supplements a study; Refused `supplement-conflict`
 */
export function supplementStudy(
  tools: ReadingTools,
  asker: Asker,
  StudyInstanceUID: string,
  text: SupplementText,
  rev: number | undefined,
): Promise<{ rev: number; savedAt: Date }> {
  demand(asker, 'board')
  demandPerson(asker)
  return transaction(tools.index.pool, async (client) => {
    const study = await lockStudyOf(client, asker.scope, StudyInstanceUID)
    if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
    if (study.institution !== asker.institution.id) throw new Forbidden('A study is supplemented where it was taken')
    if (rev !== undefined && rev !== (study.rev ?? 0)) {
      throw new Refused('supplement-conflict', `The supplement is at version ${study.rev ?? 0}`)
    }
    const patientName = text.patientName.trim()
    const saved = await saveSupplement(
      client,
      study.studyPk,
      asker.account,
      { ...text, patientName, bed: bedNumber(text.bed) },
      patientName === '' ? [] : nameKeys(patientName),
    )
    const ref = study.workitem === null ? null : String(study.workitem)
    if (study.workitem !== null) await followUrgency(client, study.workitem, study.urgency, text.urgency, asker.account)
    await auditIn(client, asker, { action: 'supplement', StudyInstanceUID, detail: { rev: saved.rev } })
    await appendChanges(client, [{ kind: ref === null ? 'study' : 'workitem', studyPk: study.studyPk, ref }])
    return saved
  })
}
