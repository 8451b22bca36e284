/** C-GET, as SCP: the instances go back over the same association, in the contexts in which the requestor is SCP. PS3.4 §C.4.3, PS3.7 §9.1.3. */
import type { InstanceRow } from '../../archive/retrieve.ts'
import { commandField } from './command-set.ts'
import { AssociationLost, NoPresentationContext } from './errors.ts'
import { type OutgoingInstance, opened, openOutgoing } from './outgoing.ts'
import type { QueryRetrieveTools, Root } from './query-retrieve.ts'
import { auditRetrieve } from './retrieve-audit.ts'
import { instancesAsked, isRefusal } from './retrieve-request.ts'
import type { Request, Response } from './services.ts'
import { Suboperations } from './suboperations.ts'

export async function* get(tools: QueryRetrieveTools, root: Root, request: Request): AsyncGenerator<Response> {
  const { signal, context } = request
  const rows = await instancesAsked(tools, root, request)
  if (isRefusal(rows)) return yield rows
  const takers = request.contexts.filter(({ roles }) => roles.scp)
  const open = async (row: InstanceRow) => {
    const accepted = takers.filter(({ abstractSyntax }) => abstractSyntax === row.SOPClassUID).map(({ transferSyntax }) => transferSyntax)
    if (accepted.length === 0) throw new NoPresentationContext('No presentation context as SCP for its SOP class')
    return openOutgoing(tools, row, accepted, signal)
  }
  const suboperations = new Suboperations(rows.length, context.transferSyntax)
  const sent: InstanceRow[] = []
  try {
    for await (const one of opened(rows, open)) {
      if (signal.aborted) {
        if ('instance' in one) one.instance.close()
        break
      }
      if ('error' in one) suboperations.ended(one.item.SOPInstanceUID, { reason: one.error.message })
      else {
        suboperations.ended(one.item.SOPInstanceUID, { Status: await store(request, one.instance) })
        sent.push(one.item)
      }
      if (suboperations.remaining > 0 && !signal.aborted) yield suboperations.pending()
    }
    yield signal.aborted && suboperations.remaining > 0 ? suboperations.cancelled() : suboperations.final()
  } finally {
    auditRetrieve(tools.audit, request, sent, request.peer.AETitle)
  }
}

/** @throws AssociationLost also when the stored bytes break off: half an instance cannot be taken back */
async function store({ contexts, command, call }: Request, instance: OutgoingInstance): Promise<number> {
  const { SOPClassUID, SOPInstanceUID, TransferSyntaxUID, dataset } = instance
  const context = contexts.find(
    ({ roles, abstractSyntax, transferSyntax }) => roles.scp && abstractSyntax === SOPClassUID && transferSyntax === TransferSyntaxUID,
  )!
  try {
    const response = await call(
      context,
      {
        CommandField: commandField['C-STORE'],
        AffectedSOPClassUID: SOPClassUID,
        AffectedSOPInstanceUID: SOPInstanceUID,
        Priority: command.Priority ?? 0,
      },
      dataset,
    )
    response.dataset?.discard()
    if (response.command.Status === undefined) throw new AssociationLost('the peer answered without a Status (0000,0900)')
    return response.command.Status
  } finally {
    instance.close()
  }
}
