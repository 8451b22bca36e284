/**
 * The archive as a requestor of associations: C-ECHO and C-STORE SCU. PS3.7 §9.1.1, §9.1.5.
 * Whoever sends uses it: the demo county, tests, C-MOVE.
 */
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTLS } from 'node:tls'
import { ImplementationClassUID, ImplementationVersionName } from '../../archive/dicom/part10.ts'
import { type AssociateAC, contextResult, DICOM_APPLICATION_CONTEXT } from './associate.ts'
import { Association } from './association.ts'
import { type CommandSet, commandField, type Operation, operationOf, responseTo } from './command-set.ts'
import { AssociationLost, AssociationRefused, NoPresentationContext } from './errors.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Message, PresentationContext } from './message-reader.ts'
import { type AssociateRJ, describeRefusal } from './pdu.ts'
import { status } from './status.ts'
import type { ExtendedNegotiation, RoleSelection } from './user-information.ts'
import { VERIFICATION } from './verification.ts'

export interface AssociationRequest {
  readonly host: string
  readonly port: number
  readonly callingAETitle: string
  readonly calledAETitle: string
  /** What is asked for, at most 128; each gets a presentation context of its own. */
  readonly contexts: readonly { readonly abstractSyntax: string; readonly transferSyntaxes: readonly string[] }[]
  /** Where we are to be SCP (PS3.7 D.3.3.4), or something must be agreed on the SOP class (D.3.3.5). */
  readonly roles?: readonly RoleSelection[]
  readonly extended?: readonly ExtendedNegotiation[]
  /** What the peer may ask of us on this association (N-EVENT-REPORT): answers the command set of the response. Must not reject. */
  readonly serve?: Readonly<Partial<Record<Operation, (message: Message) => Promise<CommandSet>>>>
  readonly tls?: ConnectionOptions | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Gives the attempt up; of no account once the association is open. */
  readonly signal?: AbortSignal | undefined
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
  /** PS3.7 Table 9.3-1; 0 (medium) where absent. */
  readonly Priority?: number
}

/** What a peer answered: the command set, and its data set whole. */
export interface Answer {
  readonly command: CommandSet
  readonly dataset: Buffer | undefined
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
  /** Any other request, in the context of this abstract syntax; its data set in the transfer syntax of that. @throws NoPresentationContext, AssociationLost */
  call(abstractSyntax: string, command: CommandSet, dataset?: Buffer): Promise<Answer>
  /** Resolves when the peer has confirmed. */
  release(): Promise<void>
  abort(): void
}

/** @throws AssociationRefused when the peer answers A-ASSOCIATE-RJ, AssociationLost when it cannot be reached, aborts or does not answer. */
export async function openAssociation(request: AssociationRequest): Promise<RequestedAssociation> {
  const limits: Limits = { ...defaultLimits, ...request.limits }
  const socket = await connectSocket(request, limits.connectTimeout)
  const proposed = request.contexts.map((context, i) => ({ id: 2 * i + 1, ...context }))
  let whenEnded: (error?: AssociationLost) => void = () => undefined
  const ended = new Promise<AssociationLost | undefined>((resolve) => {
    whenEnded = resolve
  })
  const { serve } = request
  let abandon: () => void = () => undefined
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
      ...(serve && { perform: (message: Message) => answer(association, serve, message) }),
    })
    void association.request({
      protocolVersion: 1,
      calledAETitle: request.calledAETitle,
      callingAETitle: request.callingAETitle,
      applicationContextName: DICOM_APPLICATION_CONTEXT,
      contexts: proposed,
      userInformation: {
        maximumLength: limits.maximumLength,
        ImplementationClassUID,
        ImplementationVersionName,
        roles: request.roles ?? [],
        extended: request.extended ?? [],
      },
    })
    abandon = () => association.abort('given up by the requestor')
    if (request.signal?.aborted) abandon()
    else request.signal?.addEventListener('abort', abandon, { once: true })
  }).finally(() => request.signal?.removeEventListener('abort', abandon))
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
    async call(abstractSyntax, command, dataset) {
      const context = contexts.find((one) => one.abstractSyntax === abstractSyntax)
      if (!context) throw new NoPresentationContext(`the peer accepted no presentation context for ${abstractSyntax}`)
      const response = await association.call(context, command, dataset && only(dataset))
      return { command: response.command, dataset: response.dataset && (await wholeOf(response.dataset)) }
    },
    store({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID, dataset, moveOriginator, Priority = 0 }) {
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
        Priority,
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

/** One request of the peer on an association of ours. Never rejects: when the association has ended there is nobody to answer. */
async function answer(association: Association, serve: NonNullable<AssociationRequest['serve']>, message: Message): Promise<void> {
  const { context, command } = message
  const operate = serve[operationOf(command) ?? 'C-CANCEL']
  const response = operate
    ? await operate(message)
    : { CommandField: responseTo(command.CommandField), Status: status.unrecognizedOperation }
  const { MessageID } = command
  const answered: CommandSet = { ...response, ...(MessageID !== undefined && { MessageIDBeingRespondedTo: MessageID }) }
  await association.send(context, answered).catch(() => undefined)
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

/** A response's data set holds a few attributes; one that does not end is not read. */
const maximumAnswer = 1 << 20

async function wholeOf(dataset: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of dataset) {
    length += piece.length
    if (length > maximumAnswer) throw new AssociationLost(`the peer answered with more than ${maximumAnswer} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
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

function connectSocket({ host, port, tls, signal }: AssociationRequest, timeout: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = tls ? connectTLS({ host, port, ...tls }) : connect({ host, port, noDelay: true })
    const fail = (cause?: unknown) => {
      signal?.removeEventListener('abort', fail)
      socket.destroy()
      reject(new AssociationLost(`${host}:${port} cannot be reached`, { cause }))
    }
    socket.setTimeout(timeout, () => fail(new Error(`no answer within ${timeout} ms`)))
    socket.once('error', fail)
    signal?.addEventListener('abort', fail, { once: true })
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0)
      socket.off('error', fail)
      signal?.removeEventListener('abort', fail)
      socket.on('error', () => undefined) // told to the association by the end of its reading
      resolve(socket)
    })
  })
}
