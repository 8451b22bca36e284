/**
 * Cuts the bytes of a connection into PDUs and, within P-DATA-TF, into fragments. PS3.8 §9.3 and Annex E.
 *
 * Fragments are handed on as they arrive, as views of the chunk that brought them: nothing of a P-DATA-TF is copied or held, whatever its length.
 * Other PDUs are short and are gathered.
 */
import { InvalidPDU } from './errors.ts'
import { invalid } from './items.ts'
import { abortReason, PDU_HEADER, PDV_HEADER, pduType } from './pdu.ts'

/** Takes what was read, in order. May throw InvalidPDU. */
export interface PDUSink {
  /** A whole PDU other than P-DATA-TF. */
  pdu(type: number, body: Buffer): void
  /** A P-DATA-TF begins. False: it is to be skipped. */
  data(): boolean
  /** A piece of a fragment; `complete` with its last piece, which may be empty. */
  fragment(contextID: number, control: number, bytes: Buffer, complete: boolean): void
}

export interface PDULimits {
  /** What was announced to the peer as our maximum length, in bytes. */
  readonly maximumLength: number
  /** Bytes of an A-ASSOCIATE-RQ or -AC. */
  readonly maximumAssociateLength: number
}

/**
 * Some toolkits count the headers out of the maximum length and send P-DATA-TF a little longer than announced. As nothing is held, a PDU up to
 * this much longer does no harm.
 */
const LENGTH_TOLERANCE = 1024

/** PDUs of fixed length: four bytes follow the header. */
const FIXED_LENGTH = 4

type Position = 'PDU header' | 'PDU body' | 'PDV header' | 'PDV' | 'skipped PDU' | 'stopped'

export class PDUReader {
  readonly #sink: PDUSink
  readonly #limits: PDULimits
  readonly #header = Buffer.alloc(PDU_HEADER)
  #filled = 0
  #position: Position = 'PDU header'
  #type = 0
  #body: Buffer[] = []
  /** Bytes of the present PDU not yet read. */
  #pduLeft = 0
  /** Bytes of the present fragment not yet read. */
  #pdvLeft = 0
  #contextID = 0
  #control = 0

  constructor(sink: PDUSink, limits: PDULimits) {
    this.#sink = sink
    this.#limits = limits
  }

  /** Between two PDUs the connection may rest; within one, something is missing. */
  get betweenPDUs(): boolean {
    return this.#position === 'PDU header' && this.#filled === 0
  }

  /** Reads nothing more: after an invalid PDU nobody knows where the next one begins. */
  stop(): void {
    this.#position = 'stopped'
    this.#body = []
  }

  write(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && this.#position !== 'stopped'; ) {
      if (this.#position === 'PDU header' || this.#position === 'PDV header') at += this.#readHeader(chunk, at)
      else if (this.#position === 'PDV') at += this.#readFragment(chunk, at)
      else at += this.#readBody(chunk, at)
    }
  }

  /** Both headers have six bytes. */
  #readHeader(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#header, this.#filled, at, at + PDU_HEADER - this.#filled)
    this.#filled += taken
    if (this.#filled === PDU_HEADER) {
      this.#filled = 0
      if (this.#position === 'PDU header') this.#beginPDU(this.#header[0]!, this.#header.readUInt32BE(2))
      else this.#beginFragment(this.#header.readUInt32BE(0))
    }
    return taken
  }

  #beginPDU(type: number, length: number): void {
    this.#type = type
    this.#pduLeft = length
    if (type === pduType['P-DATA-TF']) {
      if (length > this.#limits.maximumLength + LENGTH_TOLERANCE) {
        throw invalid(`a P-DATA-TF of ${length} bytes where ${this.#limits.maximumLength} were announced as the maximum`)
      }
      if (length < PDV_HEADER) throw invalid(`a P-DATA-TF of ${length} bytes holds no fragment`)
      this.#position = this.#sink.data() ? 'PDV header' : 'skipped PDU'
      return
    }
    if (type < pduType['A-ASSOCIATE-RQ'] || type > pduType['A-ABORT']) {
      throw new InvalidPDU(`a PDU of type ${type.toString(16).padStart(2, '0')}H`, abortReason['unrecognized-PDU'])
    }
    const associate = type === pduType['A-ASSOCIATE-RQ'] || type === pduType['A-ASSOCIATE-AC']
    if (associate ? length > this.#limits.maximumAssociateLength : length !== FIXED_LENGTH) {
      throw invalid(`a PDU of type ${type.toString(16).padStart(2, '0')}H with a length of ${length} bytes`)
    }
    this.#position = 'PDU body'
    if (length === 0) this.#endBody()
  }

  #readBody(chunk: Buffer, at: number): number {
    const taken = Math.min(chunk.length - at, this.#pduLeft)
    this.#pduLeft -= taken
    if (this.#position === 'PDU body') this.#body.push(chunk.subarray(at, at + taken))
    if (this.#pduLeft === 0) this.#endBody()
    return taken
  }

  #endBody(): void {
    const skipped = this.#position === 'skipped PDU'
    const body = Buffer.concat(this.#body)
    this.#body = []
    this.#position = 'PDU header'
    if (!skipped) this.#sink.pdu(this.#type, body)
  }

  #beginFragment(length: number): void {
    this.#pduLeft -= PDV_HEADER
    this.#contextID = this.#header[4]!
    this.#control = this.#header[5]!
    this.#pdvLeft = length - 2
    if (length < 2 || this.#pdvLeft > this.#pduLeft)
      throw invalid(`a fragment of ${length} bytes in a P-DATA-TF with ${this.#pduLeft + 2} left`)
    this.#position = 'PDV'
    if (this.#pdvLeft === 0) this.#readFragment(this.#header, PDU_HEADER)
  }

  #readFragment(chunk: Buffer, at: number): number {
    const taken = Math.min(chunk.length - at, this.#pdvLeft)
    this.#pdvLeft -= taken
    this.#pduLeft -= taken
    const complete = this.#pdvLeft === 0
    if (complete) {
      if (this.#pduLeft > 0 && this.#pduLeft < PDV_HEADER) throw invalid(`${this.#pduLeft} bytes behind the last fragment of a P-DATA-TF`)
      this.#position = this.#pduLeft === 0 ? 'PDU header' : 'PDV header'
    }
    this.#sink.fragment(this.#contextID, this.#control, chunk.subarray(at, at + taken), complete)
    return taken
  }
}
