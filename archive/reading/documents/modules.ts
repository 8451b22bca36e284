/** The modules that both documents share: patient, study, equipment, series. PS3.3 C.7.1.1, C.7.2.1, C.7.5.1, C.17.1, C.24.1. */
import type { ReportContent } from '../reports/report-content.ts'
import { dicomDateTime, TimezoneOffsetFromUTC } from './local-time.ts'
import type { NaturalDataset } from './part10.ts'

/** A value of a VR with a limit, cut to it (LO 64, SH 16 characters), without the backslash that would part it. */
export const limited = (text: string, characters: number): string => [...text.replaceAll('\\', '/')].slice(0, characters).join('')

/** What viewers list it as. */
const titles = { temporary: '急诊临时报告', final: '诊断报告', addendum: '补充报告', correction: '更正报告' } as const

export function sharedModules(content: ReportContent, kind: 'sr' | 'pdf'): NaturalDataset {
  const { patient, study, centre, documents } = content
  const signed = dicomDateTime(content.signedAt)
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    TimezoneOffsetFromUTC,
    PatientName: patient.PatientName,
    PatientID: patient.PatientID,
    ...(patient.IssuerOfPatientID === '' ? {} : { IssuerOfPatientID: patient.IssuerOfPatientID }),
    PatientBirthDate: patient.PatientBirthDate,
    PatientSex: patient.PatientSex,
    StudyInstanceUID: study.StudyInstanceUID,
    StudyID: study.StudyID,
    StudyDate: study.StudyDate,
    StudyTime: study.StudyTime,
    AccessionNumber: study.AccessionNumber,
    ReferringPhysicianName: study.ReferringPhysicianName,
    ...(study.StudyDescription === '' ? {} : { StudyDescription: study.StudyDescription }),
    Manufacturer: 'County Imaging Archive',
    InstitutionName: limited(centre.title, 64),
    SeriesInstanceUID: documents[kind].SeriesInstanceUID,
    SOPInstanceUID: documents[kind].SOPInstanceUID,
    // Behind the images, wherever a viewer sorts series by number.
    SeriesNumber: kind === 'sr' ? 9001 : 9002,
    InstanceNumber: content.version,
    SeriesDescription: `${titles[content.kind]}${content.version === 1 ? '' : ` v${content.version}`}${kind === 'sr' ? '' : ' PDF'}`,
    SeriesDate: signed.date,
    SeriesTime: signed.time,
    ContentDate: signed.date,
    ContentTime: signed.time,
    InstanceCreationDate: signed.date,
    InstanceCreationTime: signed.time,
  }
}
