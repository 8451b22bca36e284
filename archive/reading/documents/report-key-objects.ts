/**
 * The key images of a report as a Key Object Selection for Report Attachment (PS3.16 CID 7010, 113020): what viewers mark in the study, and what KIN-aware
 * systems fetch with the report. Where they are of several studies the document lies in each of them, and names the others as identical (PS3.3 §C.17.6.2.1).
 * Made of the frozen content alone, and so the same to the byte.
 */
import { type DescribedStudy, type KeyObject, KeyObjectSelectionDocumentStorage, keyObjectSelection } from '../../key-object-selection.ts'
import { keyObjectTitles, reportAttachment } from '../../key-object-titles.ts'
import type { ReportContent } from '../reports/report-content.ts'

/** Behind SR and PDF, before the notes of rejection, wherever a viewer sorts series by number. */
const SeriesNumber = 9003

type Shown = Pick<ReportContent, 'keyImages' | 'study' | 'alsoStudies'>

/** Images of the report that are in its signed evidence, study by study. */
export function attachedObjects({ keyImages, study, alsoStudies }: Shown): (KeyObject & { readonly StudyInstanceUID: string })[] {
  const objects = new Map<string, KeyObject & { StudyInstanceUID: string; frames: number[] }>()
  for (const { StudyInstanceUID, evidence } of [study, ...alsoStudies]) {
    for (const { SeriesInstanceUID, SOPInstanceUID, frame } of keyImages) {
      const series = evidence.find((each) => each.SeriesInstanceUID === SeriesInstanceUID)
      const [SOPClassUID] = series?.instances.find(([, uid]) => uid === SOPInstanceUID) ?? []
      if (SOPClassUID === undefined || SOPClassUID === KeyObjectSelectionDocumentStorage) continue
      const object = objects.get(SOPInstanceUID) ?? {
        StudyInstanceUID,
        SeriesInstanceUID,
        SOPClassUID,
        SOPInstanceUID,
        isImage: true,
        frames: [],
      }
      if (!object.frames.includes(frame)) object.frames.push(frame)
      objects.set(SOPInstanceUID, object)
    }
  }
  // Frame 1 alone may be that of a single-frame image, which has no frame numbers: without them all frames are meant, the first among them.
  return [...objects.values()].map(({ frames, ...object }) =>
    frames.some((frame) => frame > 1) ? { ...object, frames: frames.toSorted((a, b) => a - b) } : object,
  )
}

/** The studies that the report shows images of, its own first. */
export const studiesShown = (report: Shown): string[] => [
  ...new Set(attachedObjects(report).map(({ StudyInstanceUID }) => StudyInstanceUID)),
]

/** Of a report that shows images of the study: the document that lies there. */
export function reportKeyObjects(content: ReportContent, StudyInstanceUID: string = content.study.StudyInstanceUID): Buffer {
  const { study, documents, keyImages, version } = content
  const copies = [
    ...(documents.kos === undefined ? [] : [{ StudyInstanceUID: study.StudyInstanceUID, ...documents.kos }]),
    ...(documents.alsoKos ?? []),
  ]
  const mine = copies.find((copy) => copy.StudyInstanceUID === StudyInstanceUID)
  if (mine === undefined) throw new Error('The report has no key images of this study')
  const { en } = keyObjectTitles[reportAttachment]
  return keyObjectSelection({
    study: describedIn(content, StudyInstanceUID),
    SOPInstanceUID: mine.SOPInstanceUID,
    SeriesInstanceUID: mine.SeriesInstanceUID,
    SeriesNumber,
    SeriesDescription: version === 1 ? en : `${en} v${version}`,
    title: { value: reportAttachment, meaning: en },
    description: keyImages.map(({ caption }, index) => `${index + 1}. ${caption}`.trimEnd()).join('\n'),
    observer: (content.reviewer ?? content.author).displayName,
    at: new Date(content.signedAt),
    // What was signed before there were copies named the images of its own study alone.
    objects: attachedObjects(content).filter((object) => copies.some((copy) => copy.StudyInstanceUID === object.StudyInstanceUID)),
    identical: copies.filter((copy) => copy !== mine),
  })
}

/** As the instances of that study say: another house may know the person by another number. */
function describedIn({ patient, study, alsoStudies, centre }: ReportContent, StudyInstanceUID: string): DescribedStudy {
  const joined = alsoStudies.find((each) => each.StudyInstanceUID === StudyInstanceUID)
  const { PatientName, PatientID, IssuerOfPatientID, PatientBirthDate, PatientSex } = joined?.described ?? patient
  const { StudyID, StudyDate, StudyTime, ReferringPhysicianName } = joined?.described ?? study
  const { AccessionNumber, StudyDescription } = joined ?? study
  return {
    PatientName,
    PatientID,
    IssuerOfPatientID,
    PatientBirthDate,
    PatientSex,
    StudyInstanceUID,
    StudyID,
    StudyDate,
    StudyTime,
    AccessionNumber,
    ReferringPhysicianName,
    StudyDescription,
    InstitutionName: centre.title,
  }
}
