/**
 * One association as the DIMSE layer sees it: messages in and out over an upper layer. PS3.7 §6, §8. Acceptor and requestor share it.
 *
 * Requests of the peer are performed one at a time (both sides hold one operation outstanding). The socket is held while a data set waits for a slow
 * reader or a second message waits for the first; the timers run only while it is the peer's turn.
 */
import type { Socket } from 'node:net'
import type { AssociateAC, AssociateRQ } from './associate.ts'
import { type CommandSet, DATASET, encodeCommandSet, isResponse, NO_DATASET, operationOf } from './command-set.ts'
import { AssociationLost, InvalidMessage } from './errors.ts'
import type { Limits } from './limits.ts'
import { type Message, MessageReader, type PresentationContext } from './message-reader.ts'
import { type AssociateRJ, COMMAND_FRAGMENT, LAST_FRAGMENT, PDV_HEADER } from './pdu.ts'
import { Timer } from './timer.ts'
import { UpperLayer, type UpperLayerUser } from './upper-layer.ts'

/** The side of an association that the archive plays; each is told what it needs. */
export interface AssociationHandlers {
  /** Acceptor: answers with `establish` or `reject`. */
  requested?(rq: AssociateRQ): void
  /** Requestor. */
  answered?(answer: { ac: AssociateAC } | { rj: AssociateRJ }): void
  /** Performs a request of the peer. Must not reject. */
  perform?(message: Message, signal: AbortSignal): Promise<void>
  /** No more messages: released (no error) or lost. Called once. */
  ended(error?: AssociationLost): void
}

interface Outstanding {
  resolve(message: Message): void
  reject(error: Error): void
}

/** Requests that a peer sends ahead, though one at a time is agreed, while it must be listened to for the responses to our own. */
const maximumAhead = 16

/** Payload of one P-DATA-TF when the peer sets no limit. */
const UNLIMITED = 131_072

export class Association implements UpperLayerUser {
  readonly #layer: UpperLayer
  readonly #limits: Limits
  readonly #handlers: AssociationHandlers
  readonly #watch = new Timer(() => this.#stalled())
  readonly #waiting: Message[] = []
  readonly #outstanding = new Map<number, Outstanding>()
  #contexts: ReadonlyMap<number, PresentationContext> = new Map()
  #messages: MessageReader | undefined
  /** The request that is being performed. */
  #current: { readonly message: Message; readonly abort: AbortController } | undefined
  #whenFree: (() => void) | undefined
  #maximumPayload = UNLIMITED
  #ended = false
  #lastMessageID = 0
  /** Bytes of the message that is being received since its time was last given anew. */
  #progress = 0
  #inMessage = false
  #sending: Promise<unknown> = Promise.resolve()

  constructor(socket: Socket, limits: Limits, handlers: AssociationHandlers) {
    this.#layer = new UpperLayer(socket, this, limits)
    this.#limits = limits
    this.#handlers = handlers
  }

  /** Whether messages can be exchanged. */
  get established(): boolean {
    return this.#messages !== undefined && !this.#ended
  }

  /** Whether nothing is being received or performed. */
  get resting(): boolean {
    return this.#current === undefined && this.#waiting.length === 0 && this.#messages?.dataset === undefined
  }

  get ended(): boolean {
    return this.#ended
  }

  get contexts(): ReadonlyMap<number, PresentationContext> {
    return this.#contexts
  }

  accept(): Promise<void> {
    return this.#layer.accept()
  }

  request(rq: AssociateRQ): Promise<void> {
    this.#watch.start(this.#limits.stallTimeout)
    return this.#layer.request(rq)
  }

  /** Acceptor: A-ASSOCIATE-AC. */
  establish(ac: AssociateAC, contexts: ReadonlyMap<number, PresentationContext>, peerMaximumLength: number): void {
    this.#open(contexts, peerMaximumLength)
    this.#layer.acceptAssociation(ac)
    this.#rearm()
  }

  /** Acceptor: A-ASSOCIATE-RJ. `ended` is not told: nothing had begun. */
  reject(rj: AssociateRJ): void {
    this.#ended = true
    this.#watch.stop()
    this.#layer.rejectAssociation(rj)
  }

  release(): void {
    if (this.#ended) return
    this.#watch.start(this.#limits.stallTimeout)
    this.#layer.release()
  }

  abort(why: string): void {
    this.#layer.abort(why)
  }

  /** Requestor: the contexts that the answer accepted. */
  opened(contexts: ReadonlyMap<number, PresentationContext>, peerMaximumLength: number): void {
    this.#open(contexts, peerMaximumLength)
    this.#rearm()
  }

  #open(contexts: ReadonlyMap<number, PresentationContext>, peerMaximumLength: number): void {
    this.#contexts = contexts
    this.#messages = new MessageReader(contexts, this.#limits, (message) => this.#deliver(message))
    // Fragments have an even length (PS3.8 Annex E.1).
    const payload = (peerMaximumLength === 0 ? UNLIMITED : Math.min(peerMaximumLength, UNLIMITED)) - PDV_HEADER
    this.#maximumPayload = Math.max(2, payload - (payload % 2))
  }

  /** Sends a request and waits for its response; Message ID and Command Data Set Type are filled in. */
  async call(context: PresentationContext, command: CommandSet, dataset?: AsyncIterable<Uint8Array>): Promise<Message> {
    const MessageID = this.#nextMessageID()
    // Its response must be read, whatever else waits.
    this.#whenFree?.()
    let timer: Timer | undefined
    try {
      return await new Promise<Message>((resolve, reject) => {
        this.#outstanding.set(MessageID, { resolve, reject })
        timer = new Timer(() => this.abort('no response in time'))
        this.send(context, { ...command, MessageID }, dataset).then(() => timer?.start(this.#limits.responseTimeout), reject)
      })
    } finally {
      timer?.stop()
      timer = undefined
      this.#outstanding.delete(MessageID)
    }
  }

  /** Sends one message after those that are being sent. */
  send(context: PresentationContext, command: CommandSet, dataset?: AsyncIterable<Uint8Array>): Promise<void> {
    const sent = this.#sending.then(() => this.#write(context, command, dataset))
    this.#sending = sent.catch(() => undefined)
    return sent
  }

  async #write(context: PresentationContext, command: CommandSet, dataset: AsyncIterable<Uint8Array> | undefined): Promise<void> {
    const bytes = encodeCommandSet({ ...command, CommandDataSetType: dataset ? DATASET : NO_DATASET })
    for (let at = 0; at < bytes.length; at += this.#maximumPayload) {
      const piece = bytes.subarray(at, at + this.#maximumPayload)
      const last = at + piece.length === bytes.length
      await this.#layer.sendData(context.id, COMMAND_FRAGMENT | (last ? LAST_FRAGMENT : 0), [piece], piece.length)
    }
    if (!dataset) return
    try {
      await this.#writeDataset(context, dataset)
    } catch (error) {
      // Half a data set is out: nothing that could follow would make it whole, and the peer must not take it for one.
      this.abort('the data set that was being sent broke off')
      throw error
    }
  }

  /** Pieces of any size become fragments of the size that the peer takes, without copying; only the last one may be shorter. */
  async #writeDataset(context: PresentationContext, dataset: AsyncIterable<Uint8Array>): Promise<void> {
    let pieces: Uint8Array[] = []
    let length = 0
    for await (const chunk of dataset) {
      for (let at = 0; at < chunk.length; ) {
        // A full fragment goes only when more follows, so that the last one can be marked.
        if (length === this.#maximumPayload) {
          await this.#layer.sendData(context.id, 0, pieces, length)
          pieces = []
          length = 0
        }
        const piece = chunk.subarray(at, at + this.#maximumPayload - length)
        pieces.push(piece)
        length += piece.length
        at += piece.length
      }
    }
    await this.#layer.sendData(context.id, LAST_FRAGMENT, pieces, length)
  }

  #nextMessageID(): number {
    this.#lastMessageID = (this.#lastMessageID % 0xffff) + 1
    return this.#lastMessageID
  }

  // What the upper layer tells.

  associateIndication(rq: AssociateRQ): void {
    // ARTIM has stopped; our own decision may not last for ever either.
    this.#watch.start(this.#limits.stallTimeout)
    this.#handlers.requested?.(rq)
  }

  associateConfirmation(answer: { ac: AssociateAC } | { rj: AssociateRJ }): void {
    this.#watch.stop()
    this.#handlers.answered?.(answer)
  }

  dataIndication(contextID: number, control: number, bytes: Buffer, complete: boolean): void {
    this.#progress += bytes.length
    this.#messages?.fragment(contextID, control, bytes, complete)
  }

  releaseIndication(): void {
    this.#layer.respondToRelease()
    this.#end()
  }

  releaseConfirmation(): void {
    // In a release collision the acceptor answers only now (Sta12); otherwise there is nothing to answer.
    this.#layer.respondToRelease()
    this.#end()
  }

  abortIndication(reason: AssociationLost): void {
    this.#end(reason)
  }

  taken(): Promise<void> | undefined {
    if (this.#ended) return undefined
    const dataset = this.#messages?.dataset
    const hold = dataset?.full ? dataset.drained() : this.#waiting.length > 0 && this.#outstanding.size === 0 ? this.#free() : undefined
    if (!hold) {
      this.#rearm()
      return undefined
    }
    this.#watch.stop()
    this.#inMessage = false
    return hold.then(() => this.#rearm())
  }

  #free(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenFree = resolve
    })
  }

  #deliver(message: Message): void {
    const { command } = message
    if (isResponse(command)) {
      const outstanding = this.#outstanding.get(command.MessageIDBeingRespondedTo ?? -1)
      if (!outstanding) throw new InvalidMessage('a response to no request')
      outstanding.resolve(message)
    } else if (operationOf(command) === 'C-CANCEL') {
      message.dataset?.discard()
      if (this.#current?.message.command.MessageID === command.MessageIDBeingRespondedTo) this.#current?.abort.abort()
    } else if (!this.#handlers.perform || command.MessageID === undefined) {
      throw new InvalidMessage(this.#handlers.perform ? 'a request without Message ID (0000,0110)' : 'a request to an SCU')
    } else {
      if (this.#outstanding.size > 0 && this.#waiting.length >= maximumAhead)
        throw new InvalidMessage('more requests ahead than anybody has agreed to')
      this.#waiting.push(message)
      if (!this.#current) void this.#performAll()
    }
  }

  async #performAll(): Promise<void> {
    for (let message = this.#waiting.shift(); message && !this.#ended; message = this.#waiting.shift()) {
      if (this.#waiting.length === 0) this.#whenFree?.()
      const abort = new AbortController()
      this.#current = { message, abort }
      await this.#handlers.perform?.(message, abort.signal)
      message.dataset?.discard()
      this.#current = undefined
      this.#rearm()
    }
  }

  /** Whose turn is it? The timers run only while it is the peer's. */
  #rearm(): void {
    if (this.#ended || !this.established) return
    if (!this.#layer.betweenPDUs || !this.#messages?.betweenMessages) {
      // A byte now and then is a stall too: the time is given anew only for some progress.
      if (this.#progress < this.#limits.minimumProgress && this.#inMessage) return
      this.#inMessage = true
      this.#progress = 0
      this.#watch.start(this.#limits.stallTimeout)
      return
    }
    this.#inMessage = false
    if (this.#current || !this.#handlers.perform) this.#watch.stop()
    else this.#watch.start(this.#limits.idleTimeout)
  }

  #stalled(): void {
    if (!this.established) this.abort('no answer to the association request in time')
    else this.abort(this.resting && this.#layer.betweenPDUs ? 'idle for too long' : 'the peer has stalled')
  }

  #end(error?: AssociationLost): void {
    if (this.#ended) return
    this.#ended = true
    this.#watch.stop()
    const lost = error ?? new AssociationLost('the association was released before this was complete')
    this.#messages?.fail(lost)
    for (const message of this.#waiting) message.dataset?.fail(lost)
    for (const { reject } of this.#outstanding.values()) reject(lost)
    this.#current?.abort.abort(lost)
    this.#whenFree?.()
    this.#handlers.ended(error)
  }
}
