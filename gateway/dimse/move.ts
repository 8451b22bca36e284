/** C-MOVE, as SCP: the instances go to a registered destination over associations of our own. PS3.4 §C.4.2, PS3.7 §9.1.4. */
import type { Destination } from '../../archive/destinations.ts'
import type { InstanceRow } from '../../archive/retrieve.ts'
import type { QueryRetrieveTools, Root } from './query-retrieve.ts'
import { auditRetrieve } from './retrieve-audit.ts'
import { instancesAsked, isRefusal } from './retrieve-request.ts'
import { send } from './sender.ts'
import type { Request, Response } from './services.ts'
import { status } from './status.ts'
import { Suboperations } from './suboperations.ts'

/** Whoever waits for a large instance hears of it so often, in ms. */
const heartbeat = 10_000

export async function* move(tools: QueryRetrieveTools, root: Root, request: Request): AsyncGenerator<Response> {
  const { command, peer, signal, context } = request
  const destination = await tools.findDestination(command.MoveDestination ?? '', peer)
  if (destination === undefined) {
    request.dataset?.discard()
    return yield { Status: status.moveDestinationUnknown, ErrorComment: 'Move Destination is not registered, or not to be called' }
  }
  const rows = await instancesAsked(tools, root, request)
  if (isRefusal(rows)) return yield rows
  const suboperations = new Suboperations(rows.length, context.transferSyntax)
  const sent: InstanceRow[] = []
  try {
    for await (const one of beating(outcomesOf(tools, destination, rows, request))) {
      if (one === 'still') {
        // What is under way comes to its end, and counts, also when it was cancelled.
        if (!signal.aborted) yield suboperations.pending()
        continue
      }
      suboperations.ended(one.row.SOPInstanceUID, one.outcome)
      if ('Status' in one.outcome) sent.push(one.row)
      if (signal.aborted) break
      if (suboperations.remaining > 0) yield suboperations.pending()
    }
    yield signal.aborted && suboperations.remaining > 0 ? suboperations.cancelled() : suboperations.final()
  } finally {
    auditRetrieve(tools.audit, request, sent, destination.AETitle)
  }
}

/** Equipment of which nothing is known is not called by more associations at once than these. */
const usualAssociations = 2

async function* outcomesOf(
  tools: QueryRetrieveTools,
  destination: Destination,
  rows: readonly InstanceRow[],
  { command, peer, signal }: Request,
) {
  if (rows.length === 0) return
  const turn = tools.destinationTurns.take(destination.AETitle, destination.maxAssociations ?? usualAssociations, signal)
  const giveBack = await turn.catch(() => undefined)
  if (giveBack === undefined) return
  try {
    yield* send(tools, {
      destination,
      rows,
      signal,
      ...(command.Priority !== undefined && { Priority: command.Priority }),
      moveOriginator: { AETitle: peer.AETitle, MessageID: command.MessageID! },
    })
  } finally {
    giveBack()
  }
}

/** The items of a slow generator, and `still` between them whenever nothing came for a while. */
async function* beating<T>(items: AsyncGenerator<T>): AsyncGenerator<T | 'still'> {
  let next = items.next()
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined
      const still = new Promise<'still'>((resolve) => {
        timer = setTimeout(() => resolve('still'), heartbeat)
      })
      const result = await Promise.race([next, still]).finally(() => clearTimeout(timer))
      if (result === 'still') yield result
      else if (result.done) return
      else {
        yield result.value
        next = items.next()
      }
    }
  } finally {
    await items.return(undefined)
  }
}
