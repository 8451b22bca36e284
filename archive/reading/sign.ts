/** The signature: the draft becomes a report, frozen as canonical JSON with its hash, the UIDs of its documents reserved (index.md §7). */
import type { PoolClient } from 'pg'
import { findDraft } from '../../storage/index/reading/drafts.ts'
import { evidenceOf, insertReport, reportedStudy } from '../../storage/index/reading/reports.ts'
import type { LockedWorkitem } from '../../storage/index/reading/workitem-change.ts'
import { findWorkitem } from '../../storage/index/reading/workitem-list.ts'
import type { Asker } from '../access.ts'
import { NotFound } from '../errors.ts'
import { modalityOf } from './modality.ts'
import { patientOf } from './patient.ts'
import { Refused } from './refused.ts'
import { type Evidence, freeze, type ReportContent } from './report-content.ts'
import type { ReadingTools } from './tools.ts'

/** The caller has locked the workitem and made sure that the reviewer may sign. */
export async function signReport(
  tools: ReadingTools,
  client: PoolClient,
  locked: LockedWorkitem,
  reviewer: Asker,
): Promise<{ id: number; hash: string }> {
  const draft = await findDraft(client, locked.id)
  const workitem = await findWorkitem(client, reviewer.scope, locked.id)
  if (workitem === undefined) throw new NotFound(`There is no workitem ${locked.id}`)
  if (draft === undefined || draft.polarity === null || workitem.author === null || locked.author === null) {
    throw new Refused('draft-incomplete', 'There is no complete draft by an author')
  }
  const study = await reportedStudy(client, locked.studyPk, locked.centre)
  const patient = patientOf(workitem)
  const version = 1
  const documents = {
    sr: { SOPInstanceUID: tools.newUID(), SeriesInstanceUID: tools.newUID() },
    pdf: { SOPInstanceUID: tools.newUID(), SeriesInstanceUID: tools.newUID() },
  }
  const content: ReportContent = {
    format: 'report/1',
    kind: 'final',
    version,
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
      evidence: bySeries(await evidenceOf(client, locked.studyPk)),
    },
    institution: study.institution,
    centre: { ...study.centre, title: tools.centreTitle },
    clinical: {
      information: workitem.clinicalInformation ?? '',
      department: study.department ?? '',
      requester: study.requester ?? '',
    },
    findings: draft.findings.trim(),
    impression: draft.impression.trim(),
    advice: draft.advice.trim(),
    polarity: draft.polarity,
    author: workitem.author,
    authoredAt: (locked.submittedAt ?? draft.savedAt).toISOString(),
    reviewer: { username: reviewer.username, displayName: reviewer.displayName },
    signedAt: locked.now.toISOString(),
    documents,
  }
  const { text, hash } = freeze(content)
  const id = await insertReport(client, {
    workitem: locked.id,
    studyPk: locked.studyPk,
    version,
    kind: 'final',
    content: text,
    contentSHA256: Buffer.from(hash, 'hex'),
    author: locked.author,
    reviewer: reviewer.account,
    signedAt: locked.now,
    documents: [
      { kind: 'sr', ...documents.sr },
      { kind: 'pdf', ...documents.pdf },
    ],
  })
  return { id, hash }
}

function bySeries(rows: readonly { SeriesInstanceUID: string; SOPClassUID: string; SOPInstanceUID: string }[]): Evidence[] {
  const series = new Map<string, [string, string][]>()
  for (const { SeriesInstanceUID, SOPClassUID, SOPInstanceUID } of rows) {
    const instances = series.get(SeriesInstanceUID) ?? []
    instances.push([SOPClassUID, SOPInstanceUID])
    series.set(SeriesInstanceUID, instances)
  }
  return [...series].map(([SeriesInstanceUID, instances]) => ({ SeriesInstanceUID, instances }))
}
