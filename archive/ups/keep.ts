/** Writing a Workitem with all that follows from it: who is subscribed by it, and what is reported. PS3.4 Table CC.2.3-2, §CC.2.4.3. */
import type pg from 'pg'
import type { Queryable } from '../../storage/index/query.ts'
import { matchesUPS, type UPSKey } from '../../storage/index/ups/search.ts'
import {
  filteredSubscribers,
  insertUPSEvents,
  type Subscriber,
  subscribe,
  subscribeSubscribers,
} from '../../storage/index/ups/subscriptions.ts'
import { insertUPS, type NewUPS, type UPSKeys, type UPSRow, updateUPS } from '../../storage/index/ups/workitems.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { nameKeys, nameMatches } from '../dicom/person-name.ts'
import { nameMatchesPattern } from '../name-pattern.ts'
import { nameOf, textOf } from './dataset.ts'
import { spanOf } from './date-time.ts'
import { type EventReport, type Reported, reportsBetween, stateReport } from './events.ts'
import type { UPSState } from './machine.ts'

/** A row as it was read. */
export const reportedOf = (row: UPSRow): Reported => ({ state: row.state as UPSState, dataset: row.dataset as DicomJSON })

function keysOf(dataset: DicomJSON): UPSKeys {
  const patientName = nameOf(dataset, 'PatientName')
  return {
    patientName,
    nameKeys: patientName === null ? [] : nameKeys(patientName),
    scheduledAt: spanOf(textOf(dataset, 'ScheduledProcedureStepStartDateTime') ?? '')?.from ?? null,
  }
}

/** A new Workitem, SCHEDULED. Undefined: its UID is taken. */
export async function keepNew(
  client: pg.ClientBase,
  ups: Omit<NewUPS, keyof UPSKeys | 'dataset'> & { readonly dataset: DicomJSON },
): Promise<number | undefined> {
  const upsPk = await insertUPS(client, { ...ups, ...keysOf(ups.dataset) })
  if (upsPk === undefined) return undefined
  await subscribeSubscribers(client, upsPk)
  await subscribeFiltered(client, upsPk)
  await insertUPSEvents(client, upsPk, reportsBetween(undefined, { state: 'SCHEDULED', dataset: ups.dataset }))
  return upsPk
}

export interface Kept extends Reported {
  readonly transactionUID: string | null
}

/** A change, with its reports. */
export async function keep(
  client: pg.ClientBase,
  upsPk: number,
  before: Reported,
  after: Kept,
  further: readonly EventReport[] = [],
): Promise<void> {
  await updateUPS(client, upsPk, { ...after, ...keysOf(after.dataset) })
  await insertUPSEvents(client, upsPk, [...reportsBetween(before, after), ...further])
  // Whoever's filter matches only now is subscribed from now on, and told how it stands.
  for (const subscriber of await subscribeFiltered(client, upsPk)) await insertUPSEvents(client, upsPk, [stateReport(after)], subscriber)
}

async function subscribeFiltered(client: Queryable, upsPk: number): Promise<Subscriber[]> {
  const subscribed: Subscriber[] = []
  for (const { lock, filter, ...subscriber } of await filteredSubscribers(client, upsPk)) {
    const name = await matchesUPS(client, upsPk, filter)
    if (name === undefined || recheckOf(filter)?.(name ?? '') === false) continue
    await subscribe(client, upsPk, subscriber, lock)
    subscribed.push(subscriber)
  }
  return subscribed
}

/** Keys find a name fast but loosely; the name itself decides. */
export function recheckOf(keys: readonly UPSKey[]): ((patientName: string) => boolean) | undefined {
  const match = keys.find(({ path, match }) => path[0] === '00100010' && match.kind === 'name')?.match
  if (match?.kind !== 'name') return undefined
  const matches = match.fuzzy ? nameMatches : nameMatchesPattern
  return (patientName) => matches(patientName, match.value)
}
