/**
 * Puts fragments together into messages: a command set, and behind it a data set if the command says so. PS3.7 §6.3, PS3.8 Annex E.
 *
 * A message is delivered as soon as its command set is whole; its data set follows through the pipe.
 */
import { type CommandSet, decodeCommandSet, hasDataset } from './command-set.ts'
import { DatasetPipe } from './dataset-pipe.ts'
import { type AssociationLost, InvalidMessage } from './errors.ts'
import type { Limits } from './limits.ts'
import { COMMAND_FRAGMENT, LAST_FRAGMENT } from './pdu.ts'

/** A presentation context that was accepted. */
export interface PresentationContext {
  readonly id: number
  readonly abstractSyntax: string
  readonly transferSyntax: string
}

export interface Message {
  readonly context: PresentationContext
  readonly command: CommandSet
  readonly dataset: DatasetPipe | undefined
}

export class MessageReader {
  readonly #contexts: ReadonlyMap<number, PresentationContext>
  readonly #limits: Pick<Limits, 'maximumCommandLength' | 'maximumBuffered'>
  readonly #deliver: (message: Message) => void
  /** The context of the message that is being read. */
  #context: PresentationContext | undefined
  #command: Buffer[] = []
  #commandLength = 0
  #dataset: DatasetPipe | undefined

  constructor(
    contexts: ReadonlyMap<number, PresentationContext>,
    limits: Pick<Limits, 'maximumCommandLength' | 'maximumBuffered'>,
    deliver: (message: Message) => void,
  ) {
    this.#contexts = contexts
    this.#limits = limits
    this.#deliver = deliver
  }

  /** The data set that is being read. */
  get dataset(): DatasetPipe | undefined {
    return this.#dataset
  }

  /** Whether the last message has come to its end. */
  get betweenMessages(): boolean {
    return this.#context === undefined
  }

  /** A piece of a fragment. Throws InvalidMessage. */
  fragment(contextID: number, control: number, bytes: Buffer, complete: boolean): void {
    const context = this.#contexts.get(contextID)
    if (!context) throw new InvalidMessage(`a fragment for presentation context ${contextID}, which was not accepted`)
    if (this.#context && this.#context !== context) throw new InvalidMessage('a message that changes its presentation context')
    this.#context = context
    const isCommand = (control & COMMAND_FRAGMENT) !== 0
    if (isCommand === (this.#dataset !== undefined)) {
      throw new InvalidMessage(isCommand ? 'a command set where the data set goes on' : 'a data set without a command set')
    }
    const last = complete && (control & LAST_FRAGMENT) !== 0
    if (isCommand) this.#commandFragment(context, bytes, last)
    else this.#dataFragment(this.#dataset!, bytes, last)
  }

  /** The rest will not come. */
  fail(error: AssociationLost): void {
    this.#dataset?.fail(error)
  }

  #commandFragment(context: PresentationContext, bytes: Buffer, last: boolean): void {
    if (bytes.length > 0) this.#command.push(bytes)
    this.#commandLength += bytes.length
    if (this.#commandLength > this.#limits.maximumCommandLength) {
      throw new InvalidMessage(`a command set of more than ${this.#limits.maximumCommandLength} bytes`)
    }
    if (!last) return
    const command = decodeCommandSet(Buffer.concat(this.#command))
    this.#command = []
    this.#commandLength = 0
    if (hasDataset(command)) this.#dataset = new DatasetPipe(this.#limits.maximumBuffered)
    else this.#context = undefined
    this.#deliver({ context, command, dataset: this.#dataset })
  }

  #dataFragment(dataset: DatasetPipe, bytes: Buffer, last: boolean): void {
    dataset.write(bytes)
    if (!last) return
    this.#dataset = undefined
    this.#context = undefined
    dataset.end()
  }
}
