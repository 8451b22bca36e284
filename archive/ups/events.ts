/** Event reports: what is told of a Workitem when it changes. PS3.4 §CC.2.4, Table CC.2.4-1; PS3.18 §11.13 for the message. */
import { isDeepStrictEqual } from 'node:util'
import type { AttributeJSON, DicomJSON } from '../dicom/dicom-json.ts'
import { hex, UnifiedProcedureStepPushSOPClass, UPSGlobalSubscription } from './attributes.ts'
import { attribute, datasetFrom, itemsOf } from './dataset.ts'
import type { UPSState } from './machine.ts'

export const EventType = { StateReport: 1, CancelRequested: 2, ProgressReport: 3, SCPStatusChange: 4, Assigned: 5 } as const
export type EventType = (typeof EventType)[keyof typeof EventType]

export interface EventReport {
  readonly type: EventType
  readonly information: DicomJSON
}

/** What of a Workitem is reported. */
export interface Reported {
  readonly state: UPSState
  readonly dataset: DicomJSON
}

const entry = (dataset: DicomJSON, keyword: string): (readonly [string, AttributeJSON])[] => {
  const found = dataset[hex(keyword)]
  return found === undefined ? [] : [[hex(keyword), found]]
}

export function stateReport({ state, dataset }: Reported): EventReport {
  const [progress = {}] = state === 'CANCELED' ? itemsOf(dataset, 'ProcedureStepProgressInformationSequence') : []
  return {
    type: EventType.StateReport,
    information: datasetFrom([
      attribute('ProcedureStepState', state),
      ...entry(dataset, 'InputReadinessState'),
      ...entry(progress, 'ReasonForCancellation'),
      ...entry(progress, 'ProcedureStepDiscontinuationReasonCodeSequence'),
    ]),
  }
}

/** @param requested the action information as it came: Table CC.2.2-1 */
export const cancelRequested = (RequestingAE: string, requested: DicomJSON): EventReport => ({
  type: EventType.CancelRequested,
  information: datasetFrom([
    attribute('RequestingAE', RequestingAE),
    ...['ReasonForCancellation', 'ProcedureStepDiscontinuationReasonCodeSequence', 'ContactURI', 'ContactDisplayName'].flatMap((keyword) =>
      entry(requested, keyword),
    ),
  ]),
})

const progressTags = ['ProcedureStepProgress', 'ProcedureStepProgressDescription', 'ProcedureStepCommunicationsURISequence'].map(hex)

/** What is reported of the progress: the parts whose changes are events. */
function progressOf(dataset: DicomJSON): DicomJSON {
  const [item = {}] = itemsOf(dataset, 'ProcedureStepProgressInformationSequence')
  return datasetFrom(Object.entries(item).filter(([tag]) => progressTags.includes(tag)))
}

function assigned({ dataset }: Reported): EventReport | undefined {
  const stations = dataset[hex('ScheduledStationNameCodeSequence')]
  const [performer = {}] = itemsOf(dataset, 'ScheduledHumanPerformersSequence')
  const information = datasetFrom([
    ...((stations?.Value?.length ?? 0) > 0 ? entry(dataset, 'ScheduledStationNameCodeSequence') : []),
    ...entry(performer, 'HumanPerformerCodeSequence'),
    ...entry(performer, 'HumanPerformerOrganization'),
  ])
  return Object.keys(information).length === 0 ? undefined : { type: EventType.Assigned, information }
}

/** The reports of a change; of a new Workitem where there was none before. */
export function reportsBetween(before: Reported | undefined, after: Reported): EventReport[] {
  const differs = (keyword: string) => !isDeepStrictEqual(before?.dataset[hex(keyword)]?.Value, after.dataset[hex(keyword)]?.Value)
  const reports: EventReport[] = []
  if (before === undefined || before.state !== after.state || differs('InputReadinessState')) reports.push(stateReport(after))
  if (differs('ScheduledStationNameCodeSequence') || differs('ScheduledHumanPerformersSequence')) {
    const report = assigned(after)
    // Nobody is assigned any more: that is a change too, of a Workitem that was there before.
    if (report !== undefined) reports.push(report)
    else if (before !== undefined) reports.push({ type: EventType.Assigned, information: {} })
  }
  const progress = progressOf(after.dataset)
  if (!isDeepStrictEqual(before === undefined ? {} : progressOf(before.dataset), progress))
    reports.push({
      type: EventType.ProgressReport,
      information: datasetFrom([attribute('ProcedureStepProgressInformationSequence', progress)]),
    })
  return reports
}

export type SCPStatus = 'RESTARTED' | 'GOING DOWN'

/** Workitems and subscriptions stand in the index: neither is ever lost by a restart. */
export const scpStatusChange = (status: SCPStatus): EventReport => ({
  type: EventType.SCPStatusChange,
  information: datasetFrom([
    attribute('SCPStatus', status),
    attribute('SubscriptionListStatus', 'WARM START'),
    attribute('UnifiedProcedureStepListStatus', 'WARM START'),
  ]),
})

/** As it is sent: the N-EVENT-REPORT's own attributes before those of the event. What is about the archive is about its whole worklist. */
export const messageOf = (messageID: number, SOPInstanceUID: string | null, { type, information }: EventReport): DicomJSON => ({
  '00000002': { vr: 'UI', Value: [UnifiedProcedureStepPushSOPClass] },
  '00000110': { vr: 'US', Value: [messageID % 65_536] },
  '00001000': { vr: 'UI', Value: [SOPInstanceUID ?? UPSGlobalSubscription] },
  '00001002': { vr: 'US', Value: [type] },
  ...information,
})
