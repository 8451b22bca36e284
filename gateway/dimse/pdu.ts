/**
 * Protocol Data Units of the DICOM Upper Layer: their types, the codes of refusals and aborts, and the PDUs of fixed length.
 * PS3.8 §9.3. A-ASSOCIATE-RQ and -AC are in `associate.ts`, P-DATA-TF in `pdu-reader.ts` (in) and `upper-layer.ts` (out).
 */
import { InvalidPDU } from './errors.ts'

export const pduType = {
  'A-ASSOCIATE-RQ': 0x01,
  'A-ASSOCIATE-AC': 0x02,
  'A-ASSOCIATE-RJ': 0x03,
  'P-DATA-TF': 0x04,
  'A-RELEASE-RQ': 0x05,
  'A-RELEASE-RP': 0x06,
  'A-ABORT': 0x07,
} as const

/** Type, reserved byte, length of the rest. */
export const PDU_HEADER = 6
/** Length, presentation context ID, message control header (§9.3.5.1, Annex E). */
export const PDV_HEADER = 6

/** Bits of the message control header (Annex E.2). */
export const COMMAND_FRAGMENT = 0x01
export const LAST_FRAGMENT = 0x02

/** A-ASSOCIATE-RJ, §9.3.4. */
export interface AssociateRJ {
  readonly result: number
  readonly source: number
  readonly reason: number
}

/** Every refusal that this archive gives (Table 9-21): result, source and reason. */
export const refusals = {
  'application-context-name-not-supported': { result: 1, source: 1, reason: 2 },
  'calling-AE-title-not-recognized': { result: 1, source: 1, reason: 3 },
  'called-AE-title-not-recognized': { result: 1, source: 1, reason: 7 },
  'no-reason-given': { result: 1, source: 2, reason: 1 },
  'protocol-version-not-supported': { result: 1, source: 2, reason: 2 },
  'temporary-congestion': { result: 2, source: 3, reason: 1 },
  'local-limit-exceeded': { result: 2, source: 3, reason: 2 },
} as const satisfies Record<string, AssociateRJ>

export type Refusal = keyof typeof refusals

const rejectResults: Record<number, string> = { 1: 'rejected-permanent', 2: 'rejected-transient' }

/** A refusal in the standard's words, as it is logged and thrown. */
export function describeRefusal(rj: AssociateRJ): string {
  const known = Object.entries(refusals).find(([, code]) => code.source === rj.source && code.reason === rj.reason)
  const reason = known?.[0] ?? `source ${rj.source}, reason ${rj.reason}`
  return `${rejectResults[rj.result] ?? `result ${rj.result}`}: ${reason}`
}

/** A-ABORT reasons when the source is the service provider (Table 9-26). */
export const abortReason = {
  'reason-not-specified': 0,
  'unrecognized-PDU': 1,
  'unexpected-PDU': 2,
  'unrecognized-PDU-parameter': 4,
  'unexpected-PDU-parameter': 5,
  'invalid-PDU-parameter-value': 6,
} as const

export type AbortReason = (typeof abortReason)[keyof typeof abortReason]

/** A-ABORT, §9.3.8. Source 0 is the service user (then the reason says nothing), 2 the service provider. */
export interface Abort {
  readonly source: number
  readonly reason: number
}

export function describeAbort({ source, reason }: Abort): string {
  if (source === 0) return 'A-ABORT by the service user'
  const known = Object.entries(abortReason).find(([, code]) => code === reason)
  return `A-ABORT by the service provider: ${known?.[0] ?? `reason ${reason}`}`
}

function fixed(type: number, third: number, second: number, first: number): Buffer {
  return Buffer.from([type, 0, 0, 0, 0, 4, 0, third, second, first])
}

export const encodeAssociateRJ = (rj: AssociateRJ): Buffer => fixed(pduType['A-ASSOCIATE-RJ'], rj.result, rj.source, rj.reason)
export const encodeReleaseRQ = (): Buffer => fixed(pduType['A-RELEASE-RQ'], 0, 0, 0)
export const encodeReleaseRP = (): Buffer => fixed(pduType['A-RELEASE-RP'], 0, 0, 0)
export const encodeAbort = (abort: Abort): Buffer => fixed(pduType['A-ABORT'], 0, abort.source, abort.reason)

/** Decoders take the body, that is what follows the six bytes of the header. */
export function decodeAssociateRJ(body: Buffer): AssociateRJ {
  expectFour(body, 'A-ASSOCIATE-RJ')
  return { result: body[1]!, source: body[2]!, reason: body[3]! }
}

export function decodeAbort(body: Buffer): Abort {
  expectFour(body, 'A-ABORT')
  return { source: body[2]!, reason: body[3]! }
}

function expectFour(body: Buffer, name: string): void {
  if (body.length !== 4) throw new InvalidPDU(`${name} with ${body.length} instead of 4 bytes`, abortReason['invalid-PDU-parameter-value'])
}

/** The two headers of a P-DATA-TF that carries one fragment of `length` bytes. */
export function encodeDataHeader(contextID: number, control: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(PDU_HEADER + PDV_HEADER)
  header.writeUInt16BE(pduType['P-DATA-TF'] << 8, 0)
  header.writeUInt32BE(length + PDV_HEADER, 2)
  header.writeUInt32BE(length + 2, 6)
  header[10] = contextID
  header[11] = control
  return header
}
