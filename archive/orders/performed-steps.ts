/**
 * Modality Performed Procedure Step: a machine says that an exam has begun, what it has made, and how it ended. PS3.4 Annex F. The order follows, and a
 * reading task is ready when everything that the machine has listed is here.
 */
import type { PoolClient } from 'pg'
import { orderNamedBy } from '../../storage/index/order-matching.ts'
import { type LockedOrder, lockOrder } from '../../storage/index/orders.ts'
import {
  arrivedAsListed,
  insertStep,
  lockStep,
  type StepState,
  stepStatesOfOrder,
  studiesOfUIDs,
  updateStep,
} from '../../storage/index/performed-steps.ts'
import { transaction } from '../../storage/index/query.ts'
import { appendChanges } from '../../storage/index/reading/workitem-change.ts'
import type { Source } from '../../storage/index/records.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { heedStep } from '../reading/board/device-clocks.ts'
import type { ReadingTools } from '../reading/tools.ts'
import { performByClock } from '../reading/workflow/perform.ts'
import { moveTo } from './orders.ts'
import {
  demandCreatable,
  discontinuationReasonOf,
  instancesOf,
  itemsIn,
  mergeStep,
  StepRefused,
  studiesOf,
  textIn,
} from './performed-step-rules.ts'

type Tools = Pick<ReadingTools, 'index'>

/** N-CREATE. @throws StepRefused */
export async function createStep({ index }: Tools, source: Source, SOPInstanceUID: string, dataset: DicomJSON): Promise<void> {
  demandCreatable(dataset)
  await transaction(index.pool, async (client) => {
    const order = await orderOf(client, source.institution, dataset)
    const StudyInstanceUIDs = studiesOf(dataset)
    const id = await insertStep(client, {
      SOPInstanceUID,
      institution: source.institution,
      AETitle: source.AETitle ?? '',
      state: 'IN PROGRESS',
      order: order?.id ?? null,
      StudyInstanceUIDs,
      attributes: JSON.stringify(dataset),
    })
    if (id === undefined) throw new StepRefused('duplicate-instance', 'There is a step with this SOP Instance UID')
    if (source.AETitle !== undefined) await heedStep(client, source.AETitle, id, dataset)
    if (order !== undefined) await moveTo(client, order, 'start', 'machine')
    await tell(client, source.institution, StudyInstanceUIDs, order)
  })
}

/** N-SET. @throws StepRefused */
export async function setStep({ index }: Tools, source: Source, SOPInstanceUID: string, dataset: DicomJSON): Promise<void> {
  await transaction(index.pool, async (client) => {
    const step = await lockStep(client, source.institution, SOPInstanceUID)
    if (step === undefined) throw new StepRefused('no-such-instance', 'There is no such step')
    if (step.state !== 'IN PROGRESS') throw new StepRefused('no-longer-updated', `Performed Procedure Step Object may no longer be updated`)
    const merged = mergeStep(JSON.parse(step.attributes) as DicomJSON, dataset)
    const state = textIn(merged, 'PerformedProcedureStepStatus') as StepState
    await updateStep(client, step.id, { state, attributes: JSON.stringify(merged), SOPInstanceUIDs: instancesOf(merged) })
    const order = step.order === null ? undefined : await lockOrder(client, null, step.order)
    if (order !== undefined) await follow(client, order, merged)
    await tell(client, source.institution, step.StudyInstanceUIDs, order)
  })
}

/** An order ends with its last step: completed when one was completed, else discontinued for the reason of this one. */
async function follow(client: PoolClient, order: LockedOrder, step: DicomJSON): Promise<void> {
  const states = await stepStatesOfOrder(client, order.id)
  if (states.includes('IN PROGRESS')) return
  if (states.includes('COMPLETED')) await moveTo(client, order, 'complete', 'machine')
  else await moveTo(client, order, 'discontinue', 'machine', discontinuationReasonOf(step))
}

/** The open order that the step names: by the StudyInstanceUID that the worklist has told, or by the AccessionNumber. */
async function orderOf(client: PoolClient, institution: number, step: DicomJSON): Promise<LockedOrder | undefined> {
  for (const item of itemsIn(step, 'ScheduledStepAttributesSequence')) {
    const AccessionNumber = textIn(item, 'AccessionNumber') || null
    const named = await orderNamedBy(client, { institution, StudyInstanceUID: textIn(item, 'StudyInstanceUID'), AccessionNumber })
    const order = named === undefined ? undefined : await lockOrder(client, null, named.id)
    // A number typed at the machine, with somebody else's data: the images will say more.
    const isOther = named?.how === 'accession-number' && ![order?.PatientID, ''].includes(textIn(step, 'PatientID'))
    if (order !== undefined && order.state !== 'cancelled' && !isOther) return order
  }
  return undefined
}

async function tell(
  client: PoolClient,
  institution: number,
  StudyInstanceUIDs: readonly string[],
  order: LockedOrder | undefined,
): Promise<void> {
  const studies = await studiesOfUIDs(client, institution, StudyInstanceUIDs)
  const changes = [
    ...studies.map((studyPk) => ({ kind: 'study' as const, studyPk, ref: null })),
    ...(order === undefined ? [] : [{ kind: 'order' as const, studyPk: null, ref: String(order.id) }]),
  ]
  if (changes.length > 0) await appendChanges(client, changes)
}

/** So many at a time; the rest comes with the next turn. */
const batch = 100

/** The clock: what the machine has listed has arrived, so the quiet timer need not run out. Answers how many tasks moved. */
export async function readyAsListed(tools: ReadingTools): Promise<number> {
  let moved = 0
  for (const id of await arrivedAsListed(tools.index.pool, batch)) if (await performByClock(tools, id, 'ready')) moved += 1
  return moved
}
