/**
 * Query/Retrieve Service Class, as SCP: C-FIND, C-MOVE and C-GET in the Patient Root and Study Root models. PS3.4 Annex C.
 * What an Application Entity sees is what its institution sees.
 */
import type { Audit } from '../../archive/audit.ts'
import type { FindDestination } from '../../archive/destinations.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import type { OpenTools } from '../../archive/retrieve.ts'
import type { SearchLevel } from '../../archive/search.ts'
import { find } from './find.ts'
import { get } from './get.ts'
import { move } from './move.ts'
import { agreedQuery, agreedRetrieve } from './query-negotiation.ts'
import type { OpenDestination } from './sender.ts'
import type { Service } from './services.ts'
import type { Turns } from './turns.ts'

/** What this service asks of the archive, and of the network for the sub-operations of a C-MOVE. */
export interface QueryRetrieveTools extends OpenTools {
  readonly audit: Audit
  /** Ours: (0008,0054) of every answer. */
  readonly AETitle: string
  readonly findDestination: FindDestination
  readonly openDestination: OpenDestination
  /** Associations to one destination at once. */
  readonly destinationTurns: Turns
  /** Results of one query; a query that finds more is told so by its last status. */
  readonly maximumResults: number
  /** Instances of one C-MOVE or C-GET; their number must fit a US. */
  readonly maximumSuboperations: number
}

export const queryRetrieveLimits = { maximumResults: 10_000, maximumSuboperations: 50_000 } as const

/** An information model: its levels from the top (PS3.4 C.6.1, C.6.2) and its SOP classes (Tables C.6.1.3-1, C.6.2.3-1). */
export interface Root {
  readonly name: string
  readonly levels: readonly SearchLevel[]
  readonly FIND: string
  readonly MOVE: string
  readonly GET: string
}

export const roots: readonly Root[] = [
  {
    name: 'Patient Root',
    levels: ['patient', 'study', 'series', 'instance'],
    FIND: '1.2.840.10008.5.1.4.1.2.1.1',
    MOVE: '1.2.840.10008.5.1.4.1.2.1.2',
    GET: '1.2.840.10008.5.1.4.1.2.1.3',
  },
  {
    name: 'Study Root',
    levels: ['study', 'series', 'instance'],
    FIND: '1.2.840.10008.5.1.4.1.2.2.1',
    MOVE: '1.2.840.10008.5.1.4.1.2.2.2',
    GET: '1.2.840.10008.5.1.4.1.2.2.3',
  },
]

/** Identifiers are small and have no pixels: the uncompressed little endian syntaxes do. */
export const chooseForIdentifiers = (proposed: readonly string[]): string | undefined =>
  [ExplicitVRLittleEndian, ImplicitVRLittleEndian].find((uid) => proposed.includes(uid))

const requestorIsSCU = { scu: true, scp: false }

export function queryRetrieve(tools: QueryRetrieveTools): readonly Service[] {
  const rootOf = (abstractSyntax: string, service: 'FIND' | 'MOVE' | 'GET') => roots.find((root) => root[service] === abstractSyntax)
  const service = (name: 'FIND' | 'MOVE' | 'GET', rest: Pick<Service, 'allowed' | 'operations' | 'extended'>): Service => ({
    name: `Query/Retrieve ${name}`,
    provides: (abstractSyntax) => rootOf(abstractSyntax, name) !== undefined,
    choose: chooseForIdentifiers,
    roles: requestorIsSCU,
    ...rest,
  })
  return [
    service('FIND', {
      allowed: (ae) => ae.mayQuery,
      operations: { 'C-FIND': (request) => find(tools, rootOf(request.context.abstractSyntax, 'FIND')!, request) },
      extended: agreedQuery,
    }),
    service('MOVE', {
      allowed: (ae) => ae.mayRetrieve,
      operations: { 'C-MOVE': (request) => move(tools, rootOf(request.context.abstractSyntax, 'MOVE')!, request) },
      extended: agreedRetrieve,
    }),
    service('GET', {
      allowed: (ae) => ae.mayRetrieve,
      operations: { 'C-GET': (request) => get(tools, rootOf(request.context.abstractSyntax, 'GET')!, request) },
      extended: agreedRetrieve,
    }),
  ]
}
