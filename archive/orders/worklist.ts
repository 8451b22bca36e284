/**
 * The Modality Worklist: what is scheduled at the institution of the machine that asks, matched by its keys. PS3.4 Annex K.
 * An order without a machine is for any that does its modality; radiographs are CR, DX or DR, whatever the machine calls itself.
 */
import type { Index } from '../../storage/index/postgres.ts'
import { scheduledOrders, type WorklistRow } from '../../storage/index/worklist.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { dateOf as dayOf } from './identity-card.ts'
import { type Asker, worklistItem } from './worklist-item.ts'
import { type StepKeys, stepKeysOf, supportsKeys, testOf } from './worklist-keys.ts'

export interface WorklistRequest extends Asker {
  readonly institution: number
  readonly keys: DicomJSON
}

export interface Worklist {
  /** Whole items: the asker is told what it asked for of them. */
  readonly items: readonly DicomJSON[]
  /** There may be more: the keys ask for too much. */
  readonly incomplete: boolean
  /** Every key can be matched and returned. */
  readonly supported: boolean
}

export const worklistLimits = {
  /** Orders looked at for one query. */
  orders: 1_000,
  items: 500,
  /** A query without a date is not told of what was planned longer ago and never made. */
  daysBack: 30,
} as const

const radiographs: ReadonlySet<string> = new Set(['CR', 'DX', 'DR'])

/** An order that says everything that orders can say: what can be matched and returned. */
export const template: DicomJSON = worklistItem(
  {
    id: 0,
    AccessionNumber: '1',
    StudyInstanceUID: '1.2',
    PatientName: '1',
    PatientID: '1',
    sex: 'O',
    birthDate: '19700101',
    modality: 'OT',
    procedure: '1',
    bodyPart: '1',
    AETitle: '1',
    scheduledAt: new Date(0),
    clinicalInformation: '1',
    urgency: 0,
    department: '1',
    requester: '1',
    ward: '1',
    bed: '1',
    institutionName: '1',
    issuer: '1',
  },
  { AETitle: '1', characterSet: 'ISO_IR 192' },
  { stationAETitle: '1', modality: 'OT' },
)

/** @throws BadRequest for a value that its attribute cannot have */
export async function searchWorklist(
  { index, clock }: { readonly index: Index; readonly clock: () => Date },
  { institution, keys, ...asker }: WorklistRequest,
): Promise<Worklist> {
  const step = stepKeysOf(keys)
  const isAsked = testOf(keys, template)
  const { modality, stationAETitle } = step
  const rows = await scheduledOrders(index.pool, {
    institution,
    ...timesOf(step, clock()),
    modalities: modality === undefined ? null : radiographs.has(modality) ? [...radiographs] : [modality],
    AETitle: stationAETitle ?? null,
    limit: worklistLimits.orders,
  })
  const items = rows.map((row) => worklistItem(row, asker, saidTo(row, asker, step))).filter(isAsked)
  return {
    items: items.slice(0, worklistLimits.items),
    incomplete: rows.length === worklistLimits.orders || items.length > worklistLimits.items,
    supported: supportsKeys(keys, template),
  }
}

function timesOf({ dates }: StepKeys, now: Date): { from: Date | null; to: Date | null } {
  if (dates === undefined) return { from: daysAfter(now, -worklistLimits.daysBack), to: null }
  const [from, to] = [dates.from, dates.to].map((date) => (date === undefined ? undefined : dayOf(date)))
  return { from: from ?? null, to: to === undefined ? null : daysAfter(to, 1) }
}

function daysAfter(day: Date, days: number): Date {
  const then = new Date(day)
  then.setDate(then.getDate() + days)
  return then
}

function saidTo({ AETitle, modality }: WorklistRow, asker: Asker, asked: StepKeys): { stationAETitle: string; modality: string } {
  const alike = asked.modality !== undefined && radiographs.has(asked.modality) && radiographs.has(modality)
  return { stationAETitle: AETitle ?? asked.stationAETitle ?? asker.AETitle, modality: alike ? asked.modality! : modality }
}
