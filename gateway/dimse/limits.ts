/** What an association may use. Times in milliseconds, sizes in bytes. */
export interface Limits {
  /** Associations at once; the next one is refused with local-limit-exceeded. */
  readonly maximumAssociations: number
  /** Connections that have not yet been accepted or refused as associations; more are closed at once. */
  readonly maximumUnassociated: number
  /** Our maximum length of a P-DATA-TF, as announced. DCMTK sends no more than 131,072, and nothing smaller is as fast. */
  readonly maximumLength: number
  readonly maximumAssociateLength: number
  /** Bytes of a command set. */
  readonly maximumCommandLength: number
  /** Bytes of a data set that wait for a slow store before the socket is paused. */
  readonly maximumBuffered: number
  /** ARTIM, PS3.8 §9.1.5: from the connection to the A-ASSOCIATE-RQ, and from our last PDU to the close. */
  readonly artimTimeout: number
  /** An established association on which nothing is under way. Modalities rest between the images of an exam. */
  readonly idleTimeout: number
  /** Nothing came in the middle of a PDU or of a data set, or a peer takes nothing of what is sent, or does not answer an association request. */
  readonly stallTimeout: number
  /** Bytes of a message that must come within `stallTimeout`; a message that comes more slowly has stalled. */
  readonly minimumProgress: number
  /** What a peer may take to answer the telephone, before the association request. */
  readonly connectTimeout: number
  /** What a request of our own may take the peer to answer. */
  readonly responseTimeout: number
  /** How long `close()` waits for instances that are just being received. */
  readonly closeTimeout: number
}

export const defaultLimits: Limits = {
  maximumAssociations: 64,
  maximumUnassociated: 64,
  maximumLength: 131_072,
  maximumAssociateLength: 524_288,
  maximumCommandLength: 65_536,
  maximumBuffered: 262_144,
  artimTimeout: 30_000,
  idleTimeout: 300_000,
  stallTimeout: 60_000,
  minimumProgress: 4_096,
  connectTimeout: 15_000,
  responseTimeout: 300_000,
  closeTimeout: 10_000,
}
