/**
 * The archive as an acceptor of associations: the DIMSE server. PS3.7, PS3.8; what it conforms to is in README.md.
 *
 * Every connection stands alone: whatever happens on it ends at most its own association.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTLSServer, type TlsOptions } from 'node:tls'
import type { BaseLogger } from 'pino'
import { ImplementationClassUID, ImplementationVersionName } from '../../archive/dicom/part10.ts'
import { failureOf, sentenceOf } from '../errors.ts'
import type { AssociateRQ } from './associate.ts'
import { Association } from './association.ts'
import { operationOf, responseTo } from './command-set.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Message } from './message-reader.ts'
import { negotiate, refusalOf } from './negotiation.ts'
import { describeRefusal, type Refusal, refusals } from './pdu.ts'
import type { AcceptedContext, AE, Peer, Request, Response, Service } from './services.ts'
import { errorComment, hexStatus, isPending, status } from './status.ts'
import { type Store, storage } from './storage.ts'
import { verification } from './verification.ts'

export interface DIMSEOptions {
  readonly host: string
  /** Without TLS; 0 takes a free one, undefined: none. */
  readonly port: number | undefined
  /** How peers must call us. */
  readonly AETitle: string
  /** Over TLS (PS3.15 Annex B): port, certificate and key, `ca` and `requestCert` for mutual authentication. */
  readonly tls?: (TlsOptions & { readonly port: number }) | undefined
  readonly limits?: Partial<Limits>
  readonly archive: {
    readonly store: Store
    /** The registered Application Entity; rejects when it cannot be known now. */
    findAE(callingAETitle: string, address: string): Promise<AE | undefined>
    /** Whether this is the name and password of a program that may speak for the AE; rejects when it cannot be known now. */
    identify?(ae: AE, username: string, passcode: string, address: string): Promise<boolean>
  }
  /** Those beside Verification and Storage: each a row of the table of services. */
  readonly services?: readonly Service[]
  /** For whom and with what rights Application Entities that are not registered are taken; absent: they are refused. */
  readonly acceptUnknown?: AE | undefined
  readonly log: Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>
  readonly metrics?: DIMSEMetrics
}

export interface DIMSEMetrics {
  associationAccepted?(AETitle: string): void
  associationRefused?(refusal: Refusal): void
  /** One request was answered: its last status, bytes of its data set, seconds from its command to the response. */
  performed?(operation: string, status: number, bytes: number, seconds: number): void
}

export interface DIMSEServer {
  /** Without TLS; where there is none, that with TLS. */
  readonly port: number
  readonly tlsPort: number | undefined
  /** Associations that are established now. */
  associations(): number
  /** Takes no more, lets instances that are being received come to their end for the time of the limits, and aborts the rest. */
  close(): Promise<void>
}

/** The services of this Application Entity. */
export function servicesOf({ archive, services = [] }: Pick<DIMSEOptions, 'services'> & { archive: { store: Store } }): readonly Service[] {
  return [verification, storage(archive.store), ...services]
}

export async function startDIMSE(options: DIMSEOptions): Promise<DIMSEServer> {
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const services = servicesOf(options)
  /** Every TCP connection, also those whose TLS handshake is not done. */
  const connections = new Set<Socket>()
  const sockets = new Set<Socket>()
  const associations = new Map<Socket, Association>()
  const held = new Map<string, number>()

  const connected = (socket: Socket): void => {
    socket.on('error', () => undefined) // told to the association by the end of its reading
    // The oldest goes, not the newest: a modality asks for its association at once, so that silent connections do not keep it out.
    if (sockets.size - associations.size >= limits.maximumUnassociated) closeOldest()
    sockets.add(socket)
    void acceptAssociation(socket, { ...options, limits, services, associations, held }).finally(() => sockets.delete(socket))
  }
  const closeOldest = (): void => {
    for (const socket of sockets) {
      if (associations.has(socket)) continue
      options.log.warn({ address: socket.remoteAddress }, 'connection closed: too many without an association')
      sockets.delete(socket)
      socket.destroy()
      return
    }
  }
  const { log, tls } = options
  const started: Server[] = []
  const start = async (server: Server, port: number): Promise<number> => {
    server.on('connection', (connection: Socket) => {
      connections.add(connection)
      connection.once('close', () => connections.delete(connection))
    })
    server.maxConnections = limits.maximumAssociations + limits.maximumUnassociated
    await listen(server, options.host, port)
    started.push(server)
    // For example no more file descriptors: the connection is lost, the server goes on.
    server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'))
    return (server.address() as AddressInfo).port
  }
  const plainPort = options.port === undefined ? undefined : await start(createServer({ noDelay: true }, connected), options.port)
  const tlsPort = tls && (await startTLS(tls).catch(closeStarted))
  const port = plainPort ?? tlsPort
  if (port === undefined) throw new TypeError('a server needs a port')

  function startTLS(options: NonNullable<DIMSEOptions['tls']>): Promise<number> {
    const server = createTLSServer({ handshakeTimeout: limits.artimTimeout, noDelay: true, ...options }, connected)
    // A certificate that nobody here believes, no certificate, an old version: the peer is told by an alert, the administrator by this.
    server.on('tlsClientError', ({ message }, socket) => log.warn({ address: socket.remoteAddress }, `TLS refused: ${message}`))
    return start(server, options.port)
  }
  function closeStarted(error: unknown): never {
    for (const server of started) server.close()
    throw error
  }

  return {
    port,
    tlsPort,
    associations: () => associations.size,
    async close() {
      const closed = Promise.all(started.map((server) => new Promise((resolve) => server.close(resolve))))
      const deadline = Date.now() + limits.closeTimeout
      for (;;) {
        for (const association of associations.values())
          if (association.resting || Date.now() >= deadline) association.abort('the archive shuts down')
        if (associations.size === 0) break
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      // What is left are connections without an association, and peers that have not closed after our last PDU.
      for (const connection of connections) connection.destroySoon()
      await closed
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

interface Tools extends DIMSEOptions {
  readonly limits: Limits
  readonly services: readonly Service[]
  readonly associations: Map<Socket, Association>
  /** How many of them each calling AE title has. */
  readonly held: Map<string, number>
}

/** One connection from its first byte to its last. Never rejects. */
async function acceptAssociation(socket: Socket, tools: Tools): Promise<void> {
  const { limits, associations, held, log, metrics } = tools
  const address = socket.remoteAddress ?? ''
  let peer: Peer | undefined

  const refuse = (rq: AssociateRQ, refusal: Refusal): void => {
    const { callingAETitle, calledAETitle } = rq
    log.warn({ callingAETitle, calledAETitle, address }, `association refused, ${describeRefusal(refusals[refusal])}`)
    metrics?.associationRefused?.(refusal)
    association.reject(refusals[refusal])
  }

  const decide = async (rq: AssociateRQ): Promise<void> => {
    const refusal = refusalOf(rq, tools.AETitle)
    if (refusal) return refuse(rq, refusal)
    let ae: AE | undefined
    try {
      ae = (await tools.archive.findAE(rq.callingAETitle, address)) ?? tools.acceptUnknown
    } catch (error) {
      log.error({ err: error, callingAETitle: rq.callingAETitle }, 'the registered Application Entities cannot be read')
      return refuse(rq, 'temporary-congestion')
    }
    if (association.ended) return
    if (!ae) return refuse(rq, 'calling-AE-title-not-recognized')
    if (ae.requiresIdentity && !(await identified(tools, rq, ae, address))) return refuse(rq, 'no-reason-given')
    if (association.ended) return
    const holds = held.get(rq.callingAETitle) ?? 0
    if (associations.size >= limits.maximumAssociations || holds >= (ae.maxAssociations ?? Number.POSITIVE_INFINITY)) {
      return refuse(rq, 'local-limit-exceeded')
    }
    const self = { ImplementationClassUID, ImplementationVersionName, maximumLength: limits.maximumLength }
    const { ac, contexts } = negotiate(rq, tools.services, ae, self)
    peer = { AETitle: rq.callingAETitle, address, ae }
    associations.set(socket, association)
    held.set(peer.AETitle, holds + 1)
    association.establish(ac, contexts, rq.userInformation.maximumLength)
    log.info({ AETitle: peer.AETitle, address, contexts: `${contexts.size} of ${rq.contexts.length}` }, 'association accepted')
    metrics?.associationAccepted?.(peer.AETitle)
  }

  const association: Association = new Association(socket, limits, {
    requested: (rq) =>
      void decide(rq).catch((error) => {
        log.error({ err: error, AETitle: rq.callingAETitle }, 'an association request could not be answered')
        association.abort('internal error')
      }),
    perform: (message, signal) => perform(tools, association, peer!, message, signal),
    ended(error) {
      if (associations.delete(socket) && peer) {
        const left = (held.get(peer.AETitle) ?? 1) - 1
        if (left > 0) held.set(peer.AETitle, left)
        else held.delete(peer.AETitle)
      }
      if (error) log.warn({ AETitle: peer?.AETitle, address }, error.message)
      else log.info({ AETitle: peer?.AETitle, address }, 'association released')
    },
  })
  await association.accept()
}

/** Whether the peer has proved who it is: by a username and a passcode, the only form that proves something here. PS3.7 D.3.3.7. */
async function identified(
  { archive, log }: Tools,
  { callingAETitle, userInformation }: AssociateRQ,
  ae: AE,
  address: string,
): Promise<boolean> {
  const { userIdentity } = userInformation
  if (userIdentity?.type !== USERNAME_AND_PASSCODE || !archive.identify) return false
  const [username, passcode] = [userIdentity.primary.toString('utf8'), userIdentity.secondary.toString('utf8')]
  try {
    return await archive.identify(ae, username, passcode, address)
  } catch (error) {
    log.error({ err: error, callingAETitle }, 'the account of a program could not be checked')
    return false
  }
}

const USERNAME_AND_PASSCODE = 2

/** One request: its responses in order, failures as a status, nothing thrown. */
async function perform(tools: Tools, association: Association, peer: Peer, message: Message, signal: AbortSignal): Promise<void> {
  const { log, metrics } = tools
  const { command, dataset } = message
  const context = message.context as AcceptedContext
  const operation = operationOf(command)
  const begun = performance.now()

  const respond = async (response: Response): Promise<void> => {
    // Whoever still sends its data set is not listening for a response: the rest is read and thrown away.
    if (dataset && !dataset.ended) {
      dataset.discard()
      await dataset.completed()
    }
    const { AffectedSOPClassUID, AffectedSOPInstanceUID } = command
    const CommandField = responseTo(command.CommandField)
    const { dataset: answer, ErrorComment, ...more } = response
    const answered = {
      ...(AffectedSOPClassUID !== undefined && { AffectedSOPClassUID }),
      ...(AffectedSOPInstanceUID !== undefined && { AffectedSOPInstanceUID }),
      ...(command.MessageID !== undefined && { MessageIDBeingRespondedTo: command.MessageID }),
      ...more,
      ...(ErrorComment !== undefined && { ErrorComment: errorComment(ErrorComment) }),
      CommandField,
    }
    await association.send(context, answered, answer && only(answer))
    if (isPending(response.Status)) return
    metrics?.performed?.(operation ?? 'unknown', response.Status, dataset?.received ?? 0, (performance.now() - begun) / 1000)
  }

  try {
    const operate = operation && context.service.operations[operation]
    if (!operate) return await respond({ Status: status.unrecognizedOperation })
    // A context that was accepted for the other role alone: whoever may only retrieve does not store.
    if (!context.service.allowed(peer.ae, 'scu')) return await respond({ Status: status.notAuthorized })
    const request: Request = {
      ...message,
      context,
      peer,
      signal,
      contexts: [...(association.contexts as ReadonlyMap<number, AcceptedContext>).values()],
      call: (on, rq, bytes) => association.call(on, rq, bytes),
    }
    for await (const response of operate(request)) await respond(response)
  } catch (error) {
    const { AETitle } = peer
    const what = { AETitle, operation, SOPInstanceUID: command.AffectedSOPInstanceUID }
    if (association.ended) return log.warn(what, 'not answered: the association has ended')
    const { dimse, code, tell } = failureOf(error)
    // The sentence may quote what was asked for, a name or a birth date: it is for the peer alone. What nobody is told is a fault of ours.
    if (tell) log.warn({ ...what, status: hexStatus(dimse), code }, `${operation} refused`)
    else log.error({ ...what, status: hexStatus(dimse), err: error }, `${operation} failed`)
    await respond({ Status: dimse, ErrorComment: sentenceOf(error) }).catch(() => undefined)
  }
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
