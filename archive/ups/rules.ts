/** What every request about a Workitem is held against, whoever made the Workitem: PS3.4 Table CC.1.1-2, §CC.2.1.3, §CC.2.6.3. */
import type { UPSRow } from '../../storage/index/ups/workitems.ts'
import type { Asker } from '../access.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { hex } from './attributes.ts'
import { hasValue, itemsOf, textOf } from './dataset.ts'
import { type Cell, decide, requestOf, type UPSState } from './machine.ts'
import { type Transaction, TransactionUIDMissing, UPSRefused, WorkitemGone } from './status.ts'

/** @throws UPSRefused C307: there is none that the asker may see; WorkitemGone */
export function there(row: UPSRow | undefined, transaction: Transaction, uid: string): UPSRow {
  if (row === undefined) throw new UPSRefused(0xc307, transaction, uid)
  if (row.gone) throw new WorkitemGone(`The Workitem ${uid} was deleted after it had ended`)
  return row
}

/** PS3.4 §CC.2.6.3: what is SCHEDULED has no lock, what is IN PROGRESS only its performer changes, what has ended nobody. */
export function mayUpdate({ state, transactionUID }: UPSRow, given: string | undefined): void {
  if (state === 'COMPLETED' || state === 'CANCELED') throw new UPSRefused(0xc300, 'update', `it is ${state}`)
  if (state === 'SCHEDULED') {
    if (given !== undefined) throw new UPSRefused(0xc310, 'update', 'it has not been claimed')
  } else if (given === undefined) {
    throw new TransactionUIDMissing('update')
  } else if (given !== transactionUID) {
    throw new UPSRefused(0xc301, 'update')
  }
}

/** Already there: the warning's Status. */
export interface StateChanged {
  readonly already?: number
}

/** What the table says of a Change State request, unless it is an error. @throws UPSRefused */
export function cellOf(row: UPSRow, wanted: UPSState, given: string | undefined): Exclude<Cell, { error: number }> {
  const state = row.state as UPSState
  const cell = decide(requestOf(wanted, state, given, row.transactionUID), state)
  if (!('error' in cell)) return cell
  if (cell.error === 0xc301 && given === undefined) throw new TransactionUIDMissing('state')
  throw new UPSRefused(cell.error, 'state')
}

/** What is asked by: the title of a program is the best there is over HTTP. */
export const requestingAE = (asker: Asker): string =>
  asker.username
    .replace(/[^\x21-\x5b\x5d-\x7e]/g, '_')
    .slice(0, 16)
    .toUpperCase()

/** What a request for cancellation gives as its reason. */
export const cancellationOf = (action: DicomJSON) => ({
  reason: textOf(action, 'ReasonForCancellation'),
  reasonCodes: hasValue(action, hex('ProcedureStepDiscontinuationReasonCodeSequence'))
    ? itemsOf(action, 'ProcedureStepDiscontinuationReasonCodeSequence')
    : undefined,
})
