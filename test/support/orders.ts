/** A township that enters orders, and a machine that says what it makes of them. */
import { writeDataset } from '../../archive/dicom/dataset-writer.ts'
import type { AttributeJSON, DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { attributeOf, tagOf } from '../../archive/dicom/dictionary.ts'
import { ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { type CommandSet, commandField } from '../../gateway/dimse/command-set.ts'
import { MODALITY_PERFORMED_PROCEDURE_STEP } from '../../gateway/dimse/performed-step.ts'
import { openAssociation } from '../../gateway/dimse/scu.ts'
import type { TestProgram } from './program.ts'

export interface EnteredOrder {
  readonly id: string
  readonly state: string
  readonly generation: number
  readonly AccessionNumber: string
  readonly StudyInstanceUID: string
  readonly patient: { readonly PatientName: string; readonly PatientID: string }
  readonly studies: readonly { readonly StudyInstanceUID: string }[]
}

export async function enterOrder(
  program: TestProgram,
  changes: object = {},
  patient: object = {},
  username = 'east-technologist',
): Promise<EnteredOrder> {
  const response = await program.request(username, '/api/orders', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      patient: { PatientName: '欧阳娜', sex: 'F', birthDate: '19880808', ...patient },
      modality: 'CT',
      procedure: '胸部CT平扫',
      clinicalInformation: '咳嗽 3 天',
      urgency: 1,
      department: '内科',
      requester: '陈静',
      ...changes,
    }),
  })
  if (response.status !== 201) throw new Error(`the order was not made: ${await response.text()}`)
  return ((await response.json()) as { order: EnteredOrder }).order
}

export async function orderOf(program: TestProgram, id: string): Promise<EnteredOrder> {
  const response = await program.request('east-technologist', `/api/orders/${id}`)
  return ((await response.json()) as { order: EnteredOrder }).order
}

/** What stands in an attribute of a data set that tests make: text, or items. */
export type Said = { readonly [keyword: string]: string | readonly Said[] }

export const datasetOf = (said: Said): DicomJSON =>
  Object.fromEntries(
    Object.entries(said).map(([keyword, value]): [string, AttributeJSON] => {
      const { tag, vr } = attributeOf(tagOf(keyword)!)!
      if (typeof value !== 'string') return [tag, { vr, ...(value.length > 0 && { Value: value.map(datasetOf) }) }]
      if (value === '') return [tag, { vr }]
      return [tag, { vr, Value: [vr === 'PN' ? { Alphabetic: value } : value] }]
    }),
  )

/** One N-CREATE or N-SET on an association of its own: the command set of the response. */
export async function step(
  program: TestProgram,
  operation: 'N-CREATE' | 'N-SET',
  SOPInstanceUID: string | undefined,
  said: Said,
  callingAETitle = 'EAST_CT',
): Promise<CommandSet> {
  const association = await openAssociation({
    host: '127.0.0.1',
    port: program.dicomPort,
    callingAETitle,
    calledAETitle: 'ARCHIVE',
    contexts: [{ abstractSyntax: MODALITY_PERFORMED_PROCEDURE_STEP, transferSyntaxes: [ImplicitVRLittleEndian] }],
  })
  const { bytes } = writeDataset(datasetOf(said), { implicit: true, characterSet: 'ISO_IR 192' })
  const about: CommandSet =
    operation === 'N-CREATE'
      ? {
          CommandField: commandField['N-CREATE'],
          AffectedSOPClassUID: MODALITY_PERFORMED_PROCEDURE_STEP,
          ...(SOPInstanceUID !== undefined && { AffectedSOPInstanceUID: SOPInstanceUID }),
        }
      : {
          CommandField: commandField['N-SET'],
          RequestedSOPClassUID: MODALITY_PERFORMED_PROCEDURE_STEP,
          ...(SOPInstanceUID !== undefined && { RequestedSOPInstanceUID: SOPInstanceUID }),
        }
  const { command } = await association.call(MODALITY_PERFORMED_PROCEDURE_STEP, about, bytes)
  await association.release()
  return command
}

/** What a CT says when it begins. */
export const begins = (order: Pick<EnteredOrder, 'StudyInstanceUID' | 'AccessionNumber' | 'patient'>): Said => ({
  ScheduledStepAttributesSequence: [
    {
      StudyInstanceUID: order.StudyInstanceUID,
      ReferencedStudySequence: [],
      AccessionNumber: order.AccessionNumber,
      RequestedProcedureID: order.AccessionNumber,
      RequestedProcedureDescription: 'CHEST',
      ScheduledProcedureStepID: order.AccessionNumber,
      ScheduledProcedureStepDescription: 'CHEST',
      ScheduledProtocolCodeSequence: [],
    },
  ],
  PatientName: 'OUYANG^NA',
  PatientID: order.patient.PatientID,
  PatientBirthDate: '19880808',
  PatientSex: 'F',
  ReferencedPatientSequence: [],
  PerformedProcedureStepID: 'PPS1',
  PerformedStationAETitle: 'EAST_CT',
  PerformedStationName: '',
  PerformedLocation: '',
  PerformedProcedureStepStartDate: '20261122',
  PerformedProcedureStepStartTime: '101500',
  PerformedProcedureStepStatus: 'IN PROGRESS',
  PerformedProcedureStepDescription: '',
  PerformedProcedureTypeDescription: '',
  ProcedureCodeSequence: [],
  PerformedProcedureStepEndDate: '',
  PerformedProcedureStepEndTime: '',
  Modality: 'CT',
  StudyID: '1',
  PerformedProtocolCodeSequence: [],
  PerformedSeriesSequence: [],
})

/** What it says when it is done with these instances. */
export const ends = (
  instances: readonly { SOPClassUID: string; SOPInstanceUID: string; SeriesInstanceUID: string }[],
  changes: Said = {},
): Said => ({
  PerformedProcedureStepStatus: 'COMPLETED',
  PerformedProcedureStepEndDate: '20261122',
  PerformedProcedureStepEndTime: '102000',
  PerformedSeriesSequence: [...new Set(instances.map(({ SeriesInstanceUID }) => SeriesInstanceUID))].map((SeriesInstanceUID) => ({
    PerformingPhysicianName: '',
    ProtocolName: 'CHEST',
    OperatorsName: '',
    SeriesInstanceUID,
    SeriesDescription: '',
    RetrieveAETitle: '',
    ReferencedImageSequence: instances
      .filter((one) => one.SeriesInstanceUID === SeriesInstanceUID)
      .map(({ SOPClassUID, SOPInstanceUID }) => ({ ReferencedSOPClassUID: SOPClassUID, ReferencedSOPInstanceUID: SOPInstanceUID })),
    ReferencedNonImageCompositeSOPInstanceSequence: [],
  })),
  ...changes,
})
