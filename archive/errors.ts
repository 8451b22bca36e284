/** The archive's errors, each named after what did not happen. `gateway/errors.ts` says what each means in HTTP, DIMSE and to people. */
import { ArchiveError } from '../storage/errors.ts'

export {
  ArchiveError,
  IndexUnavailable,
  IndexUnsuitable,
  ObjectNotFound,
  ObjectStoreFull,
  ObjectStoreUnavailable,
  OutcomeUnknown,
  ValueNotStorable,
} from '../storage/errors.ts'

/** The bytes are not DICOM, or break off, or contradict themselves. FailureReason 0xC000. */
export class NotUnderstood extends ArchiveError {
  /** The attribute at fault, `(0020,000D) StudyInstanceUID`, where one can be named. */
  readonly attribute: string | undefined
  constructor(message: string, options?: ErrorOptions & { attribute?: string }) {
    super(message, options)
    this.attribute = options?.attribute
  }
}

/** An attribute that identifies the instance is missing or not valid. FailureReason 0xA900. */
export class IdentityMissing extends NotUnderstood {}

/** The transfer syntax is not one the archive stores. FailureReason 0xC122. */
export class TransferSyntaxNotSupported extends ArchiveError {}

/** The SOP class is not one the archive stores (DICOMDIR, objects without a patient). FailureReason 0x0122. */
export class SOPClassNotSupported extends ArchiveError {}

/** A limit was passed: header size, sequence depth, count. FailureReason 0xC000. */
export class LimitExceeded extends NotUnderstood {}

/** Nothing that the asker may see has this identifier. 404. */
export class NotFound extends ArchiveError {}

/** What was asked for cannot be answered as asked; the sentence says what to do. 400. */
export class BadRequest extends ArchiveError {}

/** The search has no indexed key or took too long; the sentence names a key to add. 413. */
export class SearchTooBroad extends ArchiveError {}

/** The asker is known but may not do this. 403. */
export class Forbidden extends ArchiveError {}

/** None of the representations asked for can be given. 406. */
export class NotAcceptable extends ArchiveError {}

/** The instance cannot be given in any transfer syntax that the taker accepts; the sentence names from what to what, and why. 406. */
export class NotTranscodable extends NotAcceptable {}

/** The state has moved on since the asker looked; `current` is what stands now. 409. */
export class Conflict extends ArchiveError {
  readonly current: unknown
  constructor(message: string, options?: ErrorOptions & { current?: unknown }) {
    super(message, options)
    this.current = options?.current
  }
}

/** A signed report stands on it, or it is one of its documents. 409. */
export class ReportStands extends Conflict {}

/** It has to be kept longer; `current.retainUntil` says how long. 409. */
export class RetentionRuns extends Conflict {}

/** Whoever asked for it may not confirm it. 409. */
export class SecondPersonNeeded extends Conflict {}
