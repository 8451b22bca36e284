/**
 * One association seen from the transport: the service provider of PS3.8 §9.2. It drives the table of `state-machine.ts` over a socket, keeps the
 * ARTIM timer, and tells its user (the DIMSE layer) what happened.
 *
 * The socket is read no faster than the user takes what was read: `UpperLayerUser.taken()` is awaited after every chunk.
 */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import {
  type AssociateAC,
  type AssociateRQ,
  decodeAssociateAC,
  decodeAssociateRQ,
  encodeAssociateAC,
  encodeAssociateRQ,
} from './associate.ts'
import { AssociationLost, InvalidPDU } from './errors.ts'
import type { Limits } from './limits.ts'
import {
  type Abort,
  type AssociateRJ,
  abortReason,
  decodeAbort,
  decodeAssociateRJ,
  describeAbort,
  encodeAbort,
  encodeAssociateRJ,
  encodeDataHeader,
  encodeReleaseRP,
  encodeReleaseRQ,
  pduType,
} from './pdu.ts'
import { PDUReader, type PDUSink } from './pdu-reader.ts'
import { type Action, actionOf, type Event, events, type State, states } from './state-machine.ts'
import { Timer } from './timer.ts'

/** Indications and confirmations to the service user. */
export interface UpperLayerUser {
  associateIndication(rq: AssociateRQ): void
  associateConfirmation(answer: { ac: AssociateAC } | { rj: AssociateRJ }): void
  /** A piece of a fragment. Throws InvalidMessage to have the association aborted. */
  dataIndication(contextID: number, control: number, bytes: Buffer, complete: boolean): void
  releaseIndication(): void
  releaseConfirmation(): void
  /** The association is over without a release: aborted by either side, or the connection is lost. */
  abortIndication(reason: AssociationLost): void
  /** Called after every chunk; a promise holds the socket until it settles. */
  taken(): Promise<void> | undefined
}

/** What comes with an event; which part is there follows from the event and the table. */
interface Primitive {
  readonly rq?: AssociateRQ
  readonly ac?: AssociateAC
  readonly rj?: AssociateRJ
  readonly abort?: Abort
  /** Why the association ends, for the log. */
  readonly why?: string
}

const receivedEvents: ReadonlyMap<number, Event> = new Map([
  [pduType['A-ASSOCIATE-AC'], 'Evt3'],
  [pduType['A-ASSOCIATE-RJ'], 'Evt4'],
  [pduType['A-ASSOCIATE-RQ'], 'Evt6'],
  [pduType['A-RELEASE-RQ'], 'Evt12'],
  [pduType['A-RELEASE-RP'], 'Evt13'],
  [pduType['A-ABORT'], 'Evt16'],
])

export class UpperLayer implements PDUSink {
  readonly #socket: Socket
  readonly #user: UpperLayerUser
  readonly #limits: Limits
  readonly #reader: PDUReader
  readonly #artim = new Timer(() => this.#raise('Evt18'))
  readonly #closed = new AbortController()
  #state: State = 'Sta1'
  #requestor = false

  constructor(socket: Socket, user: UpperLayerUser, limits: Limits) {
    this.#socket = socket
    this.#user = user
    this.#limits = limits
    this.#reader = new PDUReader(this, limits)
    socket.setNoDelay(true)
  }

  /** Whether the bytes so far end with a whole PDU. */
  get betweenPDUs(): boolean {
    return this.#reader.betweenPDUs
  }

  /** Acceptor: reads the connection to its end. Never rejects; how it ended was told to the user. */
  async accept(): Promise<void> {
    this.#raise('Evt5')
    await this.#read()
  }

  /** Requestor, on a socket that is connected: asks for the association and reads the connection to its end. */
  async request(rq: AssociateRQ): Promise<void> {
    this.#requestor = true
    this.#raise('Evt1')
    this.#raise('Evt2', { rq })
    await this.#read()
  }

  acceptAssociation(ac: AssociateAC): void {
    this.#raise('Evt7', { ac })
  }

  rejectAssociation(rj: AssociateRJ): void {
    this.#raise('Evt8', { rj })
  }

  release(): void {
    this.#raise('Evt11')
  }

  respondToRelease(): void {
    this.#raise('Evt14')
  }

  /** A-ABORT as the service user; `why` is for the log. */
  abort(why: string): void {
    this.#raise('Evt15', { abort: { source: 0, reason: 0 }, why })
  }

  /**
   * One P-DATA-TF with one fragment, written in one go. Resolves when more may be written; rejects with AssociationLost when there is no association
   * to write on, or the peer has taken nothing for the stall timeout.
   */
  async sendData(contextID: number, control: number, pieces: readonly Uint8Array[], length: number): Promise<void> {
    const action = actionOf('Evt9', this.#state)
    if (!action) throw new AssociationLost(`nothing can be sent: ${states[this.#state]}`)
    this.#socket.cork()
    let flowing = this.#socket.write(encodeDataHeader(contextID, control, length))
    for (const piece of pieces) flowing = this.#socket.write(piece)
    this.#socket.uncork()
    if (!flowing && this.#socket.writableNeedDrain) await this.#drained()
  }

  async #drained(): Promise<void> {
    const stalled = new Timer(() => this.abort('the peer takes nothing of what is sent'))
    stalled.start(this.#limits.stallTimeout)
    try {
      await once(this.#socket, 'drain', { signal: this.#closed.signal })
    } catch (cause) {
      throw new AssociationLost('the association ended while something was being sent', { cause })
    } finally {
      stalled.stop()
    }
  }

  async #read(): Promise<void> {
    let lost: unknown
    try {
      for await (const chunk of this.#socket) {
        this.#take(chunk as Buffer)
        const taken = this.#user.taken()
        if (taken) await taken
      }
    } catch (error) {
      lost = error
    }
    this.#raise('Evt17', { abort: { source: 2, reason: 0 }, why: lost instanceof Error ? lost.message : 'closed by the peer' })
  }

  #take(chunk: Buffer): void {
    try {
      this.#reader.write(chunk)
    } catch (error) {
      // Invalid bytes are event 19; a message that makes no sense is aborted by the service user. Anything else is a fault of ours and ends it too.
      this.#reader.stop()
      if (error instanceof InvalidPDU) this.#raise('Evt19', { abort: { source: 2, reason: error.reason }, why: error.message })
      else this.abort(error instanceof Error ? error.message : String(error))
    }
  }

  pdu(type: number, body: Buffer): void {
    const event = receivedEvents.get(type)!
    const action = actionOf(event, this.#state)
    // Only what the action needs is decoded: an A-ASSOCIATE where none belongs is aborted unread.
    if (action === 'AE-6') this.#raise(event, { rq: decodeAssociateRQ(body) })
    else if (action === 'AE-3') this.#raise(event, { ac: decodeAssociateAC(body) })
    else if (action === 'AE-4') this.#raise(event, { rj: decodeAssociateRJ(body) })
    else if (event === 'Evt16') {
      const abort = decodeAbort(body)
      this.#raise(event, { abort, why: describeAbort(abort) })
    } else this.#raise(event, this.#unexpected(event))
  }

  data(): boolean {
    const action = this.#raise('Evt10', this.#unexpected('Evt10'))
    return action === 'DT-2' || action === 'AR-6'
  }

  fragment(contextID: number, control: number, bytes: Buffer, complete: boolean): void {
    // The association may have ended since the P-DATA-TF began.
    if (this.#state === 'Sta6' || this.#state === 'Sta7') this.#user.dataIndication(contextID, control, bytes, complete)
  }

  #raise(event: Event, primitive: Primitive = {}): Action | undefined {
    const action = actionOf(event, this.#state)
    if (action) this.#perform(action, primitive)
    return action
  }

  /** Each action ends in the state that Tables 9-6 to 9-9 name; the user is told last, since it may answer at once. */
  #perform(action: Action, primitive: Primitive): void {
    switch (action) {
      case 'AE-1':
        this.#state = 'Sta4'
        return
      case 'AE-2':
        this.#socket.write(encodeAssociateRQ(primitive.rq!))
        this.#state = 'Sta5'
        return
      case 'AE-3':
        this.#state = 'Sta6'
        this.#user.associateConfirmation({ ac: primitive.ac! })
        return
      case 'AE-4':
        this.#close()
        this.#user.associateConfirmation({ rj: primitive.rj! })
        return
      case 'AE-5':
        this.#artim.start(this.#limits.artimTimeout)
        this.#state = 'Sta2'
        return
      case 'AE-6':
        this.#artim.stop()
        this.#state = 'Sta3'
        this.#user.associateIndication(primitive.rq!)
        return
      case 'AE-7':
        this.#state = 'Sta6'
        this.#socket.write(encodeAssociateAC(primitive.ac!))
        return
      case 'AE-8':
        this.#sendLast(encodeAssociateRJ(primitive.rj!))
        return
      case 'DT-1':
      case 'DT-2':
      case 'AR-6':
      case 'AR-7':
      case 'AA-6':
        return
      case 'AR-1':
        this.#state = 'Sta7'
        this.#socket.write(encodeReleaseRQ())
        return
      case 'AR-2':
        this.#state = 'Sta8'
        this.#user.releaseIndication()
        return
      case 'AR-3':
        this.#close()
        this.#user.releaseConfirmation()
        return
      case 'AR-4':
        this.#sendLast(encodeReleaseRP())
        return
      case 'AR-5':
      case 'AA-5':
        this.#close()
        return
      case 'AR-8':
        this.#state = this.#requestor ? 'Sta9' : 'Sta10'
        this.#user.releaseIndication()
        return
      case 'AR-9':
        this.#socket.write(encodeReleaseRP())
        this.#state = 'Sta11'
        return
      case 'AR-10':
        this.#state = 'Sta12'
        this.#user.releaseConfirmation()
        return
      case 'AA-1':
        this.#sendLast(encodeAbort({ source: 0, reason: 0 }))
        this.#tellLost(primitive.why)
        return
      case 'AA-2':
        this.#close()
        return
      case 'AA-3':
      case 'AA-4':
        this.#close()
        this.#tellLost(primitive.why)
        return
      case 'AA-7':
        this.#reader.stop()
        this.#socket.write(encodeAbort(primitive.abort!))
        return
      case 'AA-8':
        this.#sendLast(encodeAbort(primitive.abort!))
        this.#tellLost(primitive.why)
        return
    }
  }

  /** The peer is to close now; if it does not, ARTIM does. */
  #sendLast(pdu: Buffer): void {
    this.#state = 'Sta13'
    this.#socket.write(pdu)
    this.#artim.start(this.#limits.artimTimeout)
  }

  #close(): void {
    this.#artim.stop()
    this.#state = 'Sta1'
    this.#closed.abort()
    this.#socket.destroy()
  }

  #tellLost(why = 'aborted'): void {
    this.#closed.abort()
    this.#user.abortIndication(new AssociationLost(`the association ended: ${why}`))
  }

  #unexpected(event: Event): Primitive {
    return {
      abort: { source: 2, reason: abortReason['unexpected-PDU'] },
      why: `${events[event]} in ${this.#state}, ${states[this.#state]}`,
    }
  }
}
