/** The sub-operations of one C-MOVE or C-GET: how many remain, how each ended, and what the responses say of them. PS3.4 §C.4.2.1.5 to .8, PS3.7 §9.1.3, §9.1.4. */
import { writeDataset } from '../../archive/dicom/dataset-writer.ts'
import { ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import type { Response } from './services.ts'
import { hexStatus, isWarning, status } from './status.ts'

/** (0008,0058) Failed SOP Instance UID List. */
const FailedSOPInstanceUIDList = '00080058'

export class Suboperations {
  #remaining: number
  #completed = 0
  #warning = 0
  readonly #failed: string[] = []
  readonly #transferSyntax: string
  /** Why the first that failed did. */
  #reason: string | undefined

  /** @param transferSyntax of the identifiers in the responses */
  constructor(total: number, transferSyntax: string) {
    this.#remaining = total
    this.#transferSyntax = transferSyntax
  }

  /** Those that have not ended. */
  get remaining(): number {
    return this.#remaining
  }

  /** How a sub-operation ended: with this Status, or with none for this reason. */
  ended(SOPInstanceUID: string, outcome: { readonly Status: number } | { readonly reason: string }): void {
    this.#remaining -= 1
    if ('Status' in outcome && outcome.Status === status.success) this.#completed += 1
    else if ('Status' in outcome && isWarning(outcome.Status)) this.#warning += 1
    else {
      this.#failed.push(SOPInstanceUID)
      this.#reason ??= 'reason' in outcome ? outcome.reason : `The peer answered ${hexStatus(outcome.Status)}`
    }
  }

  pending(): Response {
    return { Status: status.pending, NumberOfRemainingSuboperations: this.#remaining, ...this.#counts() }
  }

  /** Those that were not begun remain. */
  cancelled(): Response {
    return { Status: status.cancelled, NumberOfRemainingSuboperations: this.#remaining, ...this.#counts(), ...this.#failures() }
  }

  /** Success where all succeeded, a warning where some did, a failure where none did. */
  final(): Response {
    const { success, suboperationsIncomplete, suboperationsNotPerformed } = status
    const unsuccessful = this.#failed.length + this.#warning
    const Status =
      unsuccessful === 0 ? success : this.#completed + this.#warning === 0 ? suboperationsNotPerformed : suboperationsIncomplete
    return { Status, ...this.#counts(), ...this.#failures() }
  }

  #counts() {
    return {
      NumberOfCompletedSuboperations: this.#completed,
      NumberOfFailedSuboperations: this.#failed.length,
      NumberOfWarningSuboperations: this.#warning,
    }
  }

  #failures(): Pick<Response, 'dataset' | 'ErrorComment'> {
    if (this.#failed.length === 0) return {}
    const list = { [FailedSOPInstanceUIDList]: { vr: 'UI', Value: this.#failed } }
    const implicit = this.#transferSyntax === ImplicitVRLittleEndian
    return {
      dataset: writeDataset(list, { implicit, characterSet: 'ISO_IR 6' }).bytes,
      ...(this.#reason !== undefined && { ErrorComment: this.#reason }),
    }
  }
}
