/** What a report says, put together from the study, the task and the draft at the moment of the signature. */

import type { Queryable } from '../../../storage/index/query.ts'
import type { DraftRow } from '../../../storage/index/reading/drafts.ts'
import { type EvidenceRow, evidenceOf, joinedStudies, reportedStudy } from '../../../storage/index/reading/reports.ts'
import type { LockedWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { findWorkitem } from '../../../storage/index/reading/workitem-list.ts'
import type { Asker } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import { modalityOf } from '../modality.ts'
import { patientOf } from '../patient.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import type { Evidence, Polarity, ReportContent, SignedPerson } from './report-content.ts'

/** Everything of a report that does not depend on which kind of version it is. */
export type ReportBody = Omit<
  ReportContent,
  | 'format'
  | 'kind'
  | 'version'
  | 'reviewer'
  | 'signedAt'
  | 'samePerson'
  | 'correction'
  | 'predecessors'
  | 'addenda'
  | 'original'
  | 'submission'
  | 'verify'
  | 'documents'
  | 'signatures'
>

/** @throws Refused `draft-incomplete`; NotFound */
export async function reportBody(
  tools: ReadingTools,
  client: Queryable,
  locked: LockedWorkitem,
  signer: Asker,
  draft: DraftRow | undefined,
  author: SignedPerson | null,
): Promise<ReportBody> {
  const workitem = await findWorkitem(client, signer.scope, locked.id)
  if (workitem === undefined) throw new NotFound(`There is no workitem ${locked.id}`)
  if (draft === undefined || draft.polarity === null || author === null) {
    throw new Refused('draft-incomplete', 'There is no complete draft by an author')
  }
  const study = await reportedStudy(client, locked.studyPk, locked.centre)
  const joined = await joinedStudies(client, locked.id)
  const evidence = new Map<number, readonly Evidence[]>()
  for (const studyPk of [locked.studyPk, ...joined.map(({ studyPk }) => studyPk)]) {
    evidence.set(studyPk, bySeries(await evidenceOf(client, studyPk)))
  }
  const patient = patientOf(workitem)
  return {
    workitem: String(locked.id),
    patient: {
      name: patient.name,
      PatientName: workitem.PatientName ?? '',
      PatientID: workitem.PatientID ?? '',
      IssuerOfPatientID: study.IssuerOfPatientID ?? '',
      PatientSex: workitem.PatientSex ?? '',
      PatientBirthDate: workitem.PatientBirthDate ?? '',
      age: patient.age,
    },
    study: {
      StudyInstanceUID: locked.StudyInstanceUID,
      StudyID: study.StudyID ?? '',
      StudyDate: workitem.StudyDate ?? '',
      StudyTime: workitem.StudyTime ?? '',
      AccessionNumber: workitem.AccessionNumber ?? '',
      StudyDescription: workitem.StudyDescription ?? '',
      ReferringPhysicianName: study.ReferringPhysicianName ?? '',
      modality: modalityOf(workitem.modalities),
      bodyPart: workitem.bodyPart ?? '',
      evidence: evidence.get(locked.studyPk)!,
    },
    alsoStudies: joined.map(({ studyPk, ...study }) => ({ ...study, evidence: evidence.get(studyPk)! })),
    institution: study.institution,
    centre: { ...study.centre, title: tools.centreTitle },
    clinical: {
      information: workitem.clinicalInformation ?? '',
      department: study.department ?? '',
      requester: study.requester ?? '',
      ward: study.ward ?? '',
      bed: study.bed ?? '',
    },
    technique: draft.technique.trim(),
    comparison: draft.comparison.trim(),
    findings: draft.findings.trim(),
    impression: draft.impression.trim(),
    advice: draft.advice.trim(),
    remark: draft.remark.trim(),
    polarity: draft.polarity satisfies Polarity,
    wording: draft.wording,
    grade: draft.grade,
    keyImages: draft.keyImages,
    author,
    authoredAt: (locked.submittedAt ?? draft.savedAt).toISOString(),
  }
}

function bySeries(rows: readonly EvidenceRow[]): Evidence[] {
  const series = new Map<string, [string, string][]>()
  for (const { SeriesInstanceUID, SOPClassUID, SOPInstanceUID } of rows) {
    const instances = series.get(SeriesInstanceUID) ?? []
    instances.push([SOPClassUID, SOPInstanceUID])
    series.set(SeriesInstanceUID, instances)
  }
  return [...series].map(([SeriesInstanceUID, instances]) => ({ SeriesInstanceUID, instances }))
}
