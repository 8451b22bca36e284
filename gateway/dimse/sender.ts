/**
 * Storage SCU for C-MOVE: instances to one destination, over as many associations as their SOP classes and transfer syntaxes need, one after the other.
 * PS3.4 Annex B and §C.4.2.3, PS3.8 §9.3.2.2 (at most 128 presentation contexts).
 */
import type { ConnectionOptions } from 'node:tls'
import type { Destination } from '../../archive/destinations.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import type { InstanceRow, OpenTools } from '../../archive/retrieve.ts'
import { AssociationLost, AssociationRefused, NoPresentationContext } from './errors.ts'
import type { Limits } from './limits.ts'
import { opened, openOutgoing } from './outgoing.ts'
import { type AssociationRequest, openAssociation, type RequestedAssociation, type StoreRequest } from './scu.ts'

export type Contexts = AssociationRequest['contexts']
export type OpenDestination = (
  destination: Destination,
  contexts: Contexts,
  signal: AbortSignal,
  more?: Pick<AssociationRequest, 'roles' | 'serve'>,
) => Promise<RequestedAssociation>

/** How the archive calls equipment. `tls` is used for those that are registered with it. */
export function destinationOpener(self: {
  readonly AETitle: string
  readonly tls?: ConnectionOptions | undefined
  readonly limits?: Partial<Limits>
}): OpenDestination {
  return async ({ AETitle, host, port, tls }, contexts, signal, more) => {
    if (tls && !self.tls) throw new AssociationLost(`${AETitle} is to be called over TLS, for which the archive has no certificates`)
    return openAssociation({
      host,
      port,
      callingAETitle: self.AETitle,
      calledAETitle: AETitle,
      contexts,
      tls: tls ? self.tls : undefined,
      limits: self.limits,
      signal,
      ...more,
    })
  }
}

const mostContexts = 128

interface Batch {
  readonly contexts: Contexts
  readonly rows: readonly InstanceRow[]
}

/**
 * For each SOP class a context for each transfer syntax that its instances are stored in, so that each is accepted or refused by itself, and one more to
 * fall back on. A class is not divided between associations.
 */
export function batchesOf(rows: readonly InstanceRow[]): Batch[] {
  const stored = new Map<string, Set<string>>()
  for (const { SOPClassUID, TransferSyntaxUID } of rows) {
    const syntaxes = stored.get(SOPClassUID) ?? new Set()
    stored.set(SOPClassUID, syntaxes.add(TransferSyntaxUID))
  }
  const batches: { contexts: Contexts[number][]; classes: Set<string> }[] = []
  for (const [abstractSyntax, syntaxes] of stored) {
    const fallback = [ExplicitVRLittleEndian, ImplicitVRLittleEndian].filter((uid) => !syntaxes.has(uid))
    const offered = [...[...syntaxes].map((uid) => [uid]), ...(fallback.length > 0 ? [fallback] : [])]
    const contexts = offered.map((transferSyntaxes) => ({ abstractSyntax, transferSyntaxes }))
    const last = batches.at(-1)
    if (last && last.contexts.length + contexts.length <= mostContexts) {
      last.contexts.push(...contexts)
      last.classes.add(abstractSyntax)
    } else batches.push({ contexts, classes: new Set([abstractSyntax]) })
  }
  return batches.map(({ contexts, classes }) => ({ contexts, rows: rows.filter(({ SOPClassUID }) => classes.has(SOPClassUID)) }))
}

export type Outcome = { readonly Status: number } | { readonly reason: string }

export interface Sent {
  readonly row: InstanceRow
  readonly outcome: Outcome
}

export interface SendRequest extends Pick<StoreRequest, 'moveOriginator' | 'Priority'> {
  readonly destination: Destination
  readonly rows: readonly InstanceRow[]
  /** Nothing more is begun. */
  readonly signal: AbortSignal
}

/** A peer that ends so many associations in a row, with nothing stored between, is given up. */
const mostLost = 2

/** Every instance with how it ended, each once, unless the signal aborts. Does not throw for what the destination does or does not do. */
export async function* send(tools: OpenTools & { readonly openDestination: OpenDestination }, request: SendRequest): AsyncGenerator<Sent> {
  let lost = 0
  let unreachable: string | undefined
  for (const { contexts, rows } of batchesOf(request.rows)) {
    for (let at = 0; at < rows.length && !request.signal.aborted; ) {
      const association =
        unreachable === undefined ? await tools.openDestination(request.destination, contexts, request.signal).catch(reasonOf) : unreachable
      if (request.signal.aborted) {
        if (typeof association !== 'string') association.abort()
        return
      }
      if (typeof association === 'string') {
        unreachable = association
        for (const row of rows.slice(at)) yield { row, outcome: { reason: association } }
        break
      }
      try {
        for await (const { sent, isLost } of overOne(tools, request, association, rows.slice(at))) {
          at += 1
          lost = isLost ? lost + 1 : 'Status' in sent.outcome ? 0 : lost
          if (lost >= mostLost) unreachable = 'reason' in sent.outcome ? sent.outcome.reason : undefined
          yield sent
        }
      } finally {
        // Nobody waits for the confirmation; a peer that does not give it is closed by the timer.
        void association.release().catch(() => undefined)
      }
    }
  }
}

/** Over one association until it ends. */
async function* overOne(
  tools: OpenTools,
  { signal, moveOriginator, Priority }: SendRequest,
  association: RequestedAssociation,
  rows: readonly InstanceRow[],
): AsyncGenerator<{ sent: Sent; isLost: boolean }> {
  const open = (row: InstanceRow) => {
    const accepted = association.contexts.filter((context) => context.abstractSyntax === row.SOPClassUID)
    if (accepted.length === 0) throw new NoPresentationContext('The peer takes none of this SOP class')
    return openOutgoing(
      tools,
      row,
      accepted.map(({ transferSyntax }) => transferSyntax),
      signal,
    )
  }
  for await (const one of opened(rows, async (row) => open(row))) {
    const row = one.item
    if (signal.aborted) {
      if ('instance' in one) one.instance.close()
      return
    }
    if ('error' in one) {
      yield { sent: { row, outcome: { reason: one.error.message } }, isLost: false }
      continue
    }
    const { instance } = one
    try {
      const { Status } = await association.store({
        ...instance,
        ...(moveOriginator && { moveOriginator }),
        ...(Priority !== undefined && { Priority }),
      })
      yield { sent: { row, outcome: { Status } }, isLost: false }
    } catch (error) {
      // The association is over: by the peer, or by us since half an instance cannot be taken back.
      const reason = instance.failure ? 'The stored bytes cannot be read' : reasonOf(error)
      yield { sent: { row, outcome: { reason } }, isLost: instance.failure === undefined }
      return
    } finally {
      instance.close()
    }
  }
}

/** Why a destination cannot be sent to. Anything else is a fault of ours, and thrown. */
function reasonOf(error: unknown): string {
  if (error instanceof AssociationLost || error instanceof AssociationRefused || error instanceof NoPresentationContext)
    return error.message
  throw error
}
