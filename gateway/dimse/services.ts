/**
 * What an Application Entity service is to this layer, so that the next one (search, retrieve, worklist, …) is one more row of the table in `scp.ts`.
 */
import type { WorklistCharacterSet } from '../../storage/index/ae.ts'
import type { Source } from '../../storage/index/records.ts'
import type { CommandSet, Operation } from './command-set.ts'
import type { Message, PresentationContext } from './message-reader.ts'

/** An Application Entity that may call us: whose it is and what it may do. */
export interface AE {
  readonly source: Source
  readonly mayStore: boolean
  readonly mayQuery: boolean
  readonly mayRetrieve: boolean
  /** Modality Worklist and MPPS. */
  readonly mayWorklist: boolean
  readonly worklistCharacterSet: WorklistCharacterSet
  /** Associations at once; null: as many as there are for all. */
  readonly maxAssociations: number | null
  /** It must prove who it is (PS3.7 D.3.3.7). */
  readonly requiresIdentity: boolean
}

/** The peer of an association, for the services and the log. */
export interface Peer {
  readonly AETitle: string
  readonly address: string
  readonly ae: AE
}

/** One response to a request: its Status, whatever else stands in the command set, and the bytes of a data set behind it. */
export type Response = { readonly Status: number; readonly dataset?: Buffer } & Omit<
  Partial<CommandSet>,
  'CommandField' | 'CommandDataSetType'
>

/** A presentation context that was accepted, with what else was agreed for it. */
export interface AcceptedContext extends PresentationContext {
  readonly service: Service
  /** The roles that the requestor has (PS3.7 D.3.3.4). */
  readonly roles: Roles
  /** Our answer to SOP Class Extended Negotiation of its SOP class. */
  readonly extended?: Buffer
}

export interface Request extends Message {
  readonly context: AcceptedContext
  readonly peer: Peer
  /** Aborted by C-CANCEL and by the end of the association. */
  readonly signal: AbortSignal
  /** Every context of the association: those in which the peer is SCP take requests of ours. */
  readonly contexts: readonly AcceptedContext[]
  /**
   * A request of ours on the same association while this one is open: C-STORE for a C-GET. Message ID is filled in. The data set of the response,
   * if there is one, is the caller's to read or discard. @throws AssociationLost
   */
  call(context: PresentationContext, command: CommandSet, dataset?: AsyncIterable<Uint8Array>): Promise<Message>
}

export interface Roles {
  readonly scu: boolean
  readonly scp: boolean
}

/** Yields the responses: one, or for a search pending ones and the final one. What it throws becomes a failure status by `gateway/errors.ts`. */
export type Operate = (request: Request) => AsyncIterable<Response>

export interface Service {
  readonly name: string
  /** Whether a presentation context for this abstract syntax is this service's. */
  provides(abstractSyntax: string): boolean
  /** Whether this peer may use it in this role; where it may in none, its presentation contexts are answered user-rejection. */
  allowed(ae: AE, role: keyof Roles): boolean
  /** The one that is accepted of those proposed; undefined when none can be. `roles` are those that the peer will have. */
  choose(transferSyntaxes: readonly string[], abstractSyntax: string, roles: Roles): string | undefined
  /** The roles that a requestor may take, when it asks (PS3.7 D.3.3.4). */
  readonly roles: Roles
  readonly operations: Partial<Record<Operation, Operate>>
  /** Answer to SOP Class Extended Negotiation, where the service class has one. */
  extended?(asked: Buffer): Buffer
}
