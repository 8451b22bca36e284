/**
 * The archive as a requestor of associations: C-ECHO and C-STORE SCU. PS3.7 §9.1.1, §9.1.5.
 * Whoever sends uses it: the demo county, tests, C-MOVE.
 */
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTLS } from 'node:tls'
import { ImplementationClassUID, ImplementationVersionName } from '../../archive/dicom/part10.ts'
import { type AssociateAC, contextResult, DICOM_APPLICATION_CONTEXT } from './associate.ts'
import { Association } from './association.ts'
import { type CommandSet, commandField } from './command-set.ts'
import { AssociationLost, AssociationRefused, NoPresentationContext } from './errors.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { PresentationContext } from './message-reader.ts'
import { type AssociateRJ, describeRefusal } from './pdu.ts'
import { VERIFICATION } from './verification.ts'

export interface AssociationRequest {
  readonly host: string
  readonly port: number
  readonly callingAETitle: string
  readonly calledAETitle: string
  /** What is asked for, at most 128; each gets a presentation context of its own. */
  readonly contexts: readonly { readonly abstractSyntax: string; readonly transferSyntaxes: readonly string[] }[]
  readonly tls?: ConnectionOptions
  readonly limits?: Partial<Limits>
}

export interface StoreRequest {
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  /** In which the data set is encoded; a presentation context with it must have been accepted. */
  readonly TransferSyntaxUID: string
  /** Without File Meta. Read no faster than the peer takes it. */
  readonly dataset: AsyncIterable<Uint8Array>
  /** Of the C-MOVE for which this is a sub-operation. */
  readonly moveOriginator?: { readonly AETitle: string; readonly MessageID: number }
}

export interface StoreResponse {
  readonly Status: number
  readonly ErrorComment?: string
}

export interface RequestedAssociation {
  /** The presentation contexts that the peer accepted. */
  readonly contexts: readonly PresentationContext[]
  /** C-ECHO; the Status. */
  echo(): Promise<number>
  /** C-STORE. Rejects with NoPresentationContext when the peer takes no such instance, with AssociationLost when the association ends first. */
  store(request: StoreRequest): Promise<StoreResponse>
  /** Resolves when the peer has confirmed. */
  release(): Promise<void>
  abort(): void
}

/** @throws AssociationRefused when the peer answers A-ASSOCIATE-RJ, AssociationLost when it cannot be reached, aborts or does not answer. */
export async function openAssociation(request: AssociationRequest): Promise<RequestedAssociation> {
  const limits: Limits = { ...defaultLimits, ...request.limits }
  const socket = await connectSocket(request, limits.stallTimeout)
  const proposed = request.contexts.map((context, i) => ({ id: 2 * i + 1, ...context }))
  let whenEnded: (error?: AssociationLost) => void = () => undefined
  const ended = new Promise<AssociationLost | undefined>((resolve) => {
    whenEnded = resolve
  })
  const association = await new Promise<Association>((resolve, reject) => {
    const association = new Association(socket, limits, {
      answered(answer) {
        if ('rj' in answer) return reject(refused(answer.rj))
        association.opened(acceptedContexts(proposed, answer.ac), answer.ac.userInformation.maximumLength)
        resolve(association)
      },
      ended(error) {
        whenEnded(error)
        reject(error ?? new AssociationLost('the association was released before it was established'))
      },
    })
    void association.request({
      protocolVersion: 1,
      calledAETitle: request.calledAETitle,
      callingAETitle: request.callingAETitle,
      applicationContextName: DICOM_APPLICATION_CONTEXT,
      contexts: proposed,
      userInformation: { maximumLength: limits.maximumLength, ImplementationClassUID, ImplementationVersionName, roles: [], extended: [] },
    })
  })
  const contexts = [...association.contexts.values()]
  const status = async (context: PresentationContext, command: CommandSet, dataset?: AsyncIterable<Uint8Array>): Promise<StoreResponse> => {
    const response = await association.call(context, command, dataset)
    response.dataset?.discard()
    const { Status, ErrorComment } = response.command
    if (Status === undefined) throw new AssociationLost('the peer answered without a Status (0000,0900)')
    return { Status, ...(ErrorComment !== undefined && { ErrorComment }) }
  }

  return {
    contexts,
    async echo() {
      const context = contexts.find(({ abstractSyntax }) => abstractSyntax === VERIFICATION)
      if (!context) throw new NoPresentationContext('the peer accepted no presentation context for Verification')
      return (await status(context, { CommandField: commandField['C-ECHO'], AffectedSOPClassUID: VERIFICATION })).Status
    },
    store({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID, dataset, moveOriginator }) {
      const context = contexts.find((one) => one.abstractSyntax === SOPClassUID && one.transferSyntax === TransferSyntaxUID)
      if (!context) {
        return Promise.reject(
          new NoPresentationContext(`the peer accepted no presentation context for ${SOPClassUID} in ${TransferSyntaxUID}`),
        )
      }
      const command: CommandSet = {
        CommandField: commandField['C-STORE'],
        AffectedSOPClassUID: SOPClassUID,
        AffectedSOPInstanceUID: SOPInstanceUID,
        Priority: 0,
        ...(moveOriginator && {
          MoveOriginatorApplicationEntityTitle: moveOriginator.AETitle,
          MoveOriginatorMessageID: moveOriginator.MessageID,
        }),
      }
      return status(context, command, dataset)
    },
    async release() {
      association.release()
      const error = await ended
      if (error) throw error
    },
    abort() {
      association.abort('aborted by the requestor')
    },
  }
}

function refused(rj: AssociateRJ): AssociationRefused {
  return new AssociationRefused(`the association was refused, ${describeRefusal(rj)}`, rj)
}

function acceptedContexts(
  proposed: readonly { readonly id: number; readonly abstractSyntax: string }[],
  ac: AssociateAC,
): ReadonlyMap<number, PresentationContext> {
  const accepted = new Map<number, PresentationContext>()
  for (const { id, result, transferSyntax } of ac.contexts) {
    const one = proposed.find((context) => context.id === id)
    if (one && result === contextResult.acceptance) accepted.set(id, { id, abstractSyntax: one.abstractSyntax, transferSyntax })
  }
  return accepted
}

function connectSocket({ host, port, tls }: AssociationRequest, timeout: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = tls ? connectTLS({ host, port, ...tls }) : connect({ host, port, noDelay: true })
    const fail = (cause?: Error) => {
      socket.destroy()
      reject(new AssociationLost(`${host}:${port} cannot be reached`, { cause }))
    }
    socket.setTimeout(timeout, fail)
    socket.once('error', fail)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0)
      socket.off('error', fail)
      socket.on('error', () => undefined) // told to the association by the end of its reading
      resolve(socket)
    })
  })
}
