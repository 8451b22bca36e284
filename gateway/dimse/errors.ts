/** What can go wrong on an association, named after what did not happen. */
import { ArchiveError } from '../../archive/errors.ts'
import type { AbortReason, AssociateRJ } from './pdu.ts'

/** Bytes that are no valid PDU. Event 19 of the state machine (PS3.8 §9.2); `reason` goes into the A-ABORT. */
export class InvalidPDU extends ArchiveError {
  readonly reason: AbortReason
  constructor(message: string, reason: AbortReason) {
    super(message)
    this.reason = reason
  }
}

/** Valid PDUs that carry no valid message: fragments out of order, a command set that cannot be read (PS3.7 §6.3, PS3.8 Annex E). */
export class InvalidMessage extends ArchiveError {}

/** The association ended (abort, timeout or a lost connection) before what was under way was complete. */
export class AssociationLost extends ArchiveError {}

/** Nobody wants the rest of a data set any more: its request has already failed. */
export class DatasetDiscarded extends ArchiveError {}

/** The peer answered A-ASSOCIATE-RJ. */
export class AssociationRefused extends ArchiveError {
  readonly refusal: AssociateRJ
  constructor(message: string, refusal: AssociateRJ) {
    super(message)
    this.refusal = refusal
  }
}

/** The peer accepted the association but no presentation context that this needs. */
export class NoPresentationContext extends ArchiveError {}
