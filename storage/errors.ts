/** The root of every error that the archive reports on purpose. Its message says what did not happen; `cause` says why. */
export class ArchiveError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** The object store cannot take more bytes (disk or quota). DIMSE 0xA700, HTTP 503. */
export class ObjectStoreFull extends ArchiveError {}

/** The object store does not answer, or failed in the middle. Nothing was kept. DIMSE 0xA700, HTTP 503. */
export class ObjectStoreUnavailable extends ArchiveError {}

/** The key names no object. */
export class ObjectNotFound extends ArchiveError {}

/** The index (PostgreSQL) does not answer. DIMSE 0xA700, HTTP 503. */
export class IndexUnavailable extends ArchiveError {}

/** The connection broke during COMMIT and the index has not yet said whether it took place: the object must be kept. */
export class OutcomeUnknown extends IndexUnavailable {}

/** The index was reached but must not be used: wrong encoding, wrong version. */
export class IndexUnsuitable extends ArchiveError {}

/** The index cannot hold a value: a NUL character, a number or date out of range, a key of something that is not there. The giver's mistake. */
export class ValueNotStorable extends ArchiveError {}

/** The index did not answer a statement within the time that it may take. */
export class IndexTimeout extends ArchiveError {}
