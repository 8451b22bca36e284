/**
 * What an order says for the radiologist (clinical information, urgency, department, ward, bed, requester, the Chinese name) flows into the supplement of its
 * studies, where nobody has written something else; undoing a match puts back what was there.
 */
import { followSupplement, studiesOfOrder } from '../../storage/index/order-matching.ts'
import type { LockedOrder } from '../../storage/index/orders.ts'
import type { Queryable } from '../../storage/index/query.ts'
import {
  findSupplement,
  lockStudyOf,
  type OwnStudy,
  type SupplementRow,
  type SupplementText,
  saveSupplement,
} from '../../storage/index/reading/supplements.ts'
import type { FeedChange } from '../../storage/index/reading/workitem-change.ts'
import { displayName, nameKeys } from '../dicom/person-name.ts'
import { followUrgency } from '../reading/workflow/urgency.ts'

/** What flows. */
const told = ['clinicalInformation', 'urgency', 'department', 'requester', 'ward', 'bed'] as const
/** Ward and bed are one place: half of another's would be nobody's. */
const place: readonly (typeof told)[number][] = ['ward', 'bed']
type Told = Pick<SupplementText, (typeof told)[number]>

const nothing: SupplementText = {
  clinicalInformation: '',
  urgency: null,
  patientName: '',
  pregnancy: null,
  department: '',
  requester: '',
  ward: '',
  bed: '',
}
const han = /\p{Script=Han}/u

/** @param PatientName as the machine wrote it: one without Chinese characters is shown by the order's */
export async function flowIntoSupplement(
  client: Queryable,
  study: OwnStudy,
  order: LockedOrder,
  PatientName: string | null,
): Promise<{ before: SupplementRow | null; rev: number }> {
  const before = (await findSupplement(client, study.studyPk)) ?? null
  const name = han.test(order.PatientName) && !han.test(PatientName ?? '') ? displayName(order.PatientName) : ''
  const { ward, bed } = before?.ward || before?.bed ? before : order
  const rev = await save(client, study, order.createdBy, {
    clinicalInformation: before?.clinicalInformation || order.clinicalInformation,
    urgency: before?.urgency ?? order.urgency,
    patientName: before?.patientName || name,
    pregnancy: before?.pregnancy ?? null,
    department: before?.department || order.department,
    requester: before?.requester || order.requester,
    ward,
    bed,
  })
  return { before, rev }
}

/** Puts back what was there before the match, unless somebody has written since. */
export async function takeBackSupplement(
  client: Queryable,
  study: OwnStudy,
  account: number,
  { supplementBefore, supplementRev }: { readonly supplementBefore: SupplementRow | null; readonly supplementRev: number | null },
): Promise<void> {
  if (supplementRev === null || study.rev !== supplementRev) return
  await save(client, study, account, { ...nothing, ...supplementBefore })
}

/**
 * An order is changed while its studies are being read: what still stands there as the order said it follows the change.
 * @param lock locks the order, after its studies
 * @returns the order, and what changed for the feed
 */
export async function refreshSupplements(
  client: Queryable,
  order: number,
  said: Told,
  lock: () => Promise<LockedOrder>,
): Promise<{ order: LockedOrder; touched: FeedChange[] }> {
  const studies: OwnStudy[] = []
  for (const { StudyInstanceUID, institution } of await studiesOfOrder(client, order)) {
    const study = await lockStudyOf(client, [institution], StudyInstanceUID)
    if (study !== undefined) studies.push(study)
  }
  const locked = await lock()
  const touched: FeedChange[] = []
  for (const study of studies) {
    const stands = (await findSupplement(client, study.studyPk)) ?? { ...nothing, rev: 0, savedAt: new Date(0) }
    const follows = (name: (typeof told)[number]) => stands[name] === locked[name]
    const following = told.filter((name) => said[name] !== stands[name] && (place.includes(name) ? place.every(follows) : follows(name)))
    if (following.length === 0) continue
    const text = { ...stands, ...Object.fromEntries(following.map((name) => [name, said[name]])) }
    const rev = await save(client, study, locked.createdBy, text)
    await followSupplement(client, study.studyPk, stands.rev, rev)
    touched.push(changeOf(study))
  }
  return { order: locked, touched }
}

/** How the lists hear of it. */
export const changeOf = ({ studyPk, workitem }: OwnStudy): FeedChange => ({
  kind: workitem === null ? 'study' : 'workitem',
  studyPk,
  ref: workitem === null ? null : String(workitem),
})

async function save(client: Queryable, study: OwnStudy, account: number, text: SupplementText): Promise<number> {
  const { rev } = await saveSupplement(client, study.studyPk, account, text, text.patientName === '' ? [] : nameKeys(text.patientName))
  if (study.workitem !== null) await followUrgency(client, study.workitem, study.urgency, text.urgency, account)
  return rev
}
