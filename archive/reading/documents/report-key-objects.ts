/**
 * The key images of a report as a Key Object Selection for Report Attachment (PS3.16 CID 7010, 113020): what viewers mark in the study, and what KIN-aware
 * systems fetch with the report. Made of the frozen content alone, and so the same to the byte.
 */
import { type KeyObject, KeyObjectSelectionDocumentStorage, keyObjectSelection } from '../../key-object-selection.ts'
import { keyObjectTitles, reportAttachment } from '../../key-object-titles.ts'
import type { ReportContent } from '../reports/report-content.ts'

/** Behind SR and PDF, before the notes of rejection, wherever a viewer sorts series by number. */
const SeriesNumber = 9003

/** Images of the report that lie in its own study: of a joined one they are in the SR alone. */
export function attachedObjects({ keyImages, study }: Pick<ReportContent, 'keyImages' | 'study'>): KeyObject[] {
  const objects = new Map<string, KeyObject & { frames: number[] }>()
  for (const { SeriesInstanceUID, SOPInstanceUID, frame } of keyImages) {
    const series = study.evidence.find((each) => each.SeriesInstanceUID === SeriesInstanceUID)
    const [SOPClassUID] = series?.instances.find(([, uid]) => uid === SOPInstanceUID) ?? []
    if (SOPClassUID === undefined || SOPClassUID === KeyObjectSelectionDocumentStorage) continue
    const object = objects.get(SOPInstanceUID) ?? { SeriesInstanceUID, SOPClassUID, SOPInstanceUID, isImage: true, frames: [] }
    if (!object.frames.includes(frame)) object.frames.push(frame)
    objects.set(SOPInstanceUID, object)
  }
  // Frame 1 alone may be that of a single-frame image, which has no frame numbers: without them all frames are meant, the first among them.
  return [...objects.values()].map(({ frames, ...object }) =>
    frames.some((frame) => frame > 1) ? { ...object, frames: frames.toSorted((a, b) => a - b) } : object,
  )
}

/** Of a report with `documents.kos`. */
export function reportKeyObjects(content: ReportContent): Buffer {
  const { patient, study, centre, documents, keyImages, version } = content
  if (documents.kos === undefined) throw new Error('The report has no key images')
  const { en } = keyObjectTitles[reportAttachment]
  return keyObjectSelection({
    study: {
      PatientName: patient.PatientName,
      PatientID: patient.PatientID,
      IssuerOfPatientID: patient.IssuerOfPatientID,
      PatientBirthDate: patient.PatientBirthDate,
      PatientSex: patient.PatientSex,
      StudyInstanceUID: study.StudyInstanceUID,
      StudyID: study.StudyID,
      StudyDate: study.StudyDate,
      StudyTime: study.StudyTime,
      AccessionNumber: study.AccessionNumber,
      ReferringPhysicianName: study.ReferringPhysicianName,
      StudyDescription: study.StudyDescription,
      InstitutionName: centre.title,
    },
    ...documents.kos,
    SeriesNumber,
    SeriesDescription: version === 1 ? en : `${en} v${version}`,
    title: { value: reportAttachment, meaning: en },
    description: keyImages.map(({ caption }, index) => `${index + 1}. ${caption}`.trimEnd()).join('\n'),
    observer: (content.reviewer ?? content.author).displayName,
    at: new Date(content.signedAt),
    objects: attachedObjects(content),
  })
}
