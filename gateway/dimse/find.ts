/** C-FIND, as SCP. PS3.4 §C.4.1, PS3.7 §9.1.2. Answers go out as fast as the asker takes them; the next page is searched when this one is out. */
import { search } from '../../archive/search.ts'
import { findQuery } from './find-keys.ts'
import { IdentifierMismatch, identifierWriter, readIdentifier } from './identifier.ts'
import { queryOptionsOf } from './query-negotiation.ts'
import type { QueryRetrieveTools, Root } from './query-retrieve.ts'
import type { Request, Response } from './services.ts'
import { status } from './status.ts'

/** Results of one look at the index. */
const pageSize = 200

export async function* find(tools: QueryRetrieveTools, root: Root, request: Request): AsyncGenerator<Response> {
  try {
    const { keys, characterSet } = await readIdentifier(request)
    const query = findQuery(keys, root, queryOptionsOf(request.context.extended))
    const write = identifierWriter(request, characterSet)
    const Status = query.supported ? status.pending : status.pendingWithWarning
    const scope = [request.peer.ae.source.institution]
    let found = 0
    for (let page: Awaited<ReturnType<typeof search>> | undefined; page === undefined || page.next !== undefined; ) {
      if (request.signal.aborted) return yield { Status: status.cancelled }
      const limit = Math.min(pageSize, tools.maximumResults - found)
      if (limit === 0) return yield { Status: status.outOfResources, ErrorComment: `More than ${found} results: add a key` }
      page = await search(tools, scope, query.level, { ...query.request, limit, ...(page?.next && { after: page.next }) })
      for (const { dataset } of page.results) {
        if (request.signal.aborted) return yield { Status: status.cancelled }
        yield { Status, dataset: write(query.answer(dataset, tools.AETitle)) }
      }
      found += page.results.length
    }
    yield { Status: status.success }
  } catch (error) {
    if (!(error instanceof IdentifierMismatch)) throw error
    yield mismatch(error)
  }
}

export const mismatch = (error: IdentifierMismatch): Response => ({
  Status: status.identifierDoesNotMatch,
  OffendingElement: [error.tag],
  ErrorComment: error.message,
})
