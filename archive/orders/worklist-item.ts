/** One order as the attributes of a Modality Worklist item. PS3.4 Table K.6-1: everything of type 1, 1C and 2, and of type 3 what an order knows. */
import type { WorklistCharacterSet } from '../../storage/index/ae.ts'
import type { WorklistRow } from '../../storage/index/worklist.ts'
import { personNameOf } from '../dicom/chinese-name.ts'
import type { AttributeJSON, DicomJSON } from '../dicom/dicom-json.ts'
import { attributeOf, tagOf } from '../dicom/dictionary.ts'
import { parsePersonName } from '../dicom/person-name.ts'
import { romanize } from '../dicom/pinyin.ts'
import { longestText } from '../dicom/value-representations.ts'
import { bedText, wardText } from './bed.ts'

/** For whom it is written. */
export interface Asker {
  readonly AETitle: string
  readonly characterSet: WorklistCharacterSet
}

type Value = string | DicomJSON | readonly DicomJSON[]

/** Requested Procedure Priority (0040,1003), PS3.3 Table C.4-11. */
const priorities = ['STAT', 'HIGH', 'MEDIUM', 'ROUTINE', 'LOW'] as const

/** @param as what an order that names no machine, and a modality that goes by several names, is to say to the asker */
export function worklistItem(
  order: WorklistRow,
  asker: Asker,
  as: { readonly stationAETitle: string; readonly modality: string },
): DicomJSON {
  const latin = asker.characterSet === 'ISO_IR 6' || asker.characterSet === 'ISO_IR 100'
  const dataset = (values: Readonly<Record<string, Value>>): DicomJSON =>
    Object.fromEntries(
      Object.entries(values)
        .map(([keyword, value]): [string, AttributeJSON] => attribute(keyword, value, latin))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  const requester = order.requester === '' ? '' : personNameOf(order.requester)
  return dataset({
    // Scheduled Procedure Step
    ScheduledProcedureStepSequence: [
      dataset({
        ScheduledStationAETitle: as.stationAETitle,
        ScheduledProcedureStepStartDate: dateOf(order.scheduledAt),
        ScheduledProcedureStepStartTime: timeOf(order.scheduledAt),
        Modality: as.modality,
        ScheduledPerformingPhysicianName: '',
        ScheduledProcedureStepDescription: order.procedure,
        ScheduledStationName: '',
        ScheduledProcedureStepLocation: '',
        ScheduledProtocolCodeSequence: [],
        PreMedication: '',
        ScheduledProcedureStepID: order.AccessionNumber,
        RequestedContrastAgent: '',
        ScheduledProcedureStepStatus: 'SCHEDULED',
        CommentsOnTheScheduledProcedureStep: order.bodyPart ?? '',
      }),
    ],
    // Requested Procedure
    RequestedProcedureID: order.AccessionNumber,
    RequestedProcedureDescription: order.procedure,
    RequestedProcedureCodeSequence: [],
    StudyInstanceUID: order.StudyInstanceUID,
    StudyDate: '',
    StudyTime: '',
    ReferencedStudySequence: [],
    RequestedProcedurePriority: priorities[order.urgency] ?? 'ROUTINE',
    PatientTransportArrangements: '',
    ReasonForTheRequestedProcedure: order.clinicalInformation,
    RequestedProcedureComments: order.clinicalInformation,
    // Imaging Service Request
    AccessionNumber: order.AccessionNumber,
    IssuerOfAccessionNumberSequence: [dataset({ LocalNamespaceEntityID: order.issuer })],
    RequestingPhysician: requester,
    ReferringPhysicianName: requester,
    RequestingService: order.department,
    // Visit
    AdmissionID: '',
    CurrentPatientLocation: locationOf(order, latin),
    InstitutionName: order.institutionName,
    ReferencedPatientSequence: [],
    AdmittingDiagnosesDescription: '',
    // Patient
    PatientName: personNameOf(order.PatientName),
    PatientID: order.PatientID,
    IssuerOfPatientID: order.issuer,
    PatientBirthDate: order.birthDate ?? '',
    PatientSex: order.sex ?? '',
    PatientAge: '',
    PatientSize: '',
    PatientWeight: '',
    ConfidentialityConstraintOnPatientDataDescription: '',
    PatientState: '',
    PregnancyStatus: '',
    MedicalAlerts: '',
    Allergies: '',
    SpecialNeeds: '',
    EthnicGroup: '',
    PatientComments: '',
    AdditionalPatientHistory: order.clinicalInformation,
  })
}

/** 内科3病区 12床, in the letters of whoever reads it. Of a name that is too long, the bed stays. */
function locationOf(order: WorklistRow, latin: boolean): string {
  if (order.ward === '' && order.bed === '') return ''
  const written = (text: string) => (latin ? romanize(text) : text)
  const bed = written(bedText(order.bed))
  const ward = [...written(wardText(order))].slice(0, longestText.LO! - [...bed].length - 1).join('')
  return `${ward} ${bed}`.trim()
}

function attribute(keyword: string, value: Value, latin: boolean): [tag: string, AttributeJSON] {
  const { tag, vr } = attributeOf(tagOf(keyword)!)!
  if (typeof value !== 'string')
    return [tag, { vr, ...(Array.isArray(value) && value.length === 0 ? {} : { Value: value as readonly DicomJSON[] }) }]
  if (value === '') return [tag, { vr }]
  if (vr === 'PN') return [tag, { vr, Value: [{ ...parsePersonName(value) }] }]
  // Pinyin is longer than the characters that it stands for.
  const most = longestText[vr]
  // Line breaks belong into long texts only.
  const line = vr === 'LT' || vr === 'ST' ? value : value.replace(/[\p{Cc}\\]+/gu, ' ')
  const text = most === undefined ? line : [...(latin ? romanize(line) : line)].slice(0, most).join('').trim()
  return [tag, { vr, Value: [text] }]
}

const two = (number: number): string => String(number).padStart(2, '0')

/** By the clock on the wall. */
export const dateOf = (at: Date): string => `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`
export const timeOf = (at: Date): string => `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
