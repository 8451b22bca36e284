/** What a C-MOVE or C-GET asks for, or the response that says why not. PS3.4 Tables C.4-2 and C.4-3. */
import type { InstanceRow } from '../../archive/retrieve.ts'
import { mismatch } from './find.ts'
import { IdentifierMismatch, readIdentifier } from './identifier.ts'
import { queryOptionsOf } from './query-negotiation.ts'
import type { QueryRetrieveTools, Root } from './query-retrieve.ts'
import { instancesOf, retrieveQuery, TooManyMatches } from './retrieve-keys.ts'
import type { Request, Response } from './services.ts'
import { status } from './status.ts'

export async function instancesAsked(tools: QueryRetrieveTools, root: Root, request: Request): Promise<InstanceRow[] | Response> {
  try {
    const { keys } = await readIdentifier(request)
    const query = retrieveQuery(keys, root, queryOptionsOf(request.context.extended))
    return await instancesOf(tools, [request.peer.ae.source.institution], query, tools.maximumSuboperations)
  } catch (error) {
    if (error instanceof IdentifierMismatch) return mismatch(error)
    if (error instanceof TooManyMatches) return { Status: status.matchesNotCounted, ErrorComment: error.message }
    throw error
  }
}

export const isRefusal = (asked: InstanceRow[] | Response): asked is Response => !Array.isArray(asked)
