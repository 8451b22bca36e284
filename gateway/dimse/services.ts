/**
 * What an Application Entity service is to this layer, so that the next one (search, retrieve, worklist, …) is one more row of the table in `scp.ts`.
 */
import type { WorklistCharacterSet } from '../../storage/index/ae.ts'
import type { Source } from '../../storage/index/records.ts'
import type { CommandSet, Operation } from './command-set.ts'
import type { Message } from './message-reader.ts'

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
}

/** The peer of an association, for the services and the log. */
export interface Peer {
  readonly AETitle: string
  readonly address: string
  readonly ae: AE
}

/** One response to a request: its Status and whatever else stands in the command set. */
export type Response = { readonly Status: number } & Omit<Partial<CommandSet>, 'CommandField' | 'CommandDataSetType'>

export interface Request extends Message {
  readonly peer: Peer
  /** Aborted by C-CANCEL and by the end of the association. */
  readonly signal: AbortSignal
}

/** Yields the responses: one, or for a search pending ones and the final one. What it throws becomes a failure status by `gateway/errors.ts`. */
export type Operate = (request: Request) => AsyncIterable<Response>

export interface Service {
  readonly name: string
  /** Whether a presentation context for this abstract syntax is this service's. */
  provides(abstractSyntax: string): boolean
  /** Whether this peer may use it; otherwise its presentation contexts are answered user-rejection. */
  allowed(ae: AE): boolean
  /** The one that is accepted of those proposed; undefined when none can be. */
  choose(transferSyntaxes: readonly string[]): string | undefined
  /** The roles that a requestor may take, when it asks (PS3.7 D.3.3.4). */
  readonly roles: { readonly scu: boolean; readonly scp: boolean }
  readonly operations: Partial<Record<Operation, Operate>>
  /** Answer to SOP Class Extended Negotiation, where the service class has one. */
  readonly extended?: Buffer
}
