/**
 * A-ASSOCIATE-RQ and A-ASSOCIATE-AC. PS3.8 §9.3.2 and §9.3.3.
 *
 * Items of unrecognised types are ignored, as §9.3.1 asks. UIDs and titles may be padded with NUL or space on the wire; they are written unpadded.
 */
import { bytesOf, encodeItem, type Item, invalid, itemsOf, textOf } from './items.ts'
import { PDU_HEADER, pduType } from './pdu.ts'
import { decodeUserInformation, encodeUserInformation, type UserInformation } from './user-information.ts'

/** The one application context of DICOM (PS3.7 Annex A.2.1). */
export const DICOM_APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1'

/** Result of a presentation context (Table 9-18). */
export const contextResult = {
  acceptance: 0,
  'user-rejection': 1,
  'no-reason': 2,
  'abstract-syntax-not-supported': 3,
  'transfer-syntaxes-not-supported': 4,
} as const

export interface ProposedContext {
  /** Odd, 1 to 255, unique on the association. */
  readonly id: number
  readonly abstractSyntax: string
  readonly transferSyntaxes: readonly string[]
}

export interface AnsweredContext {
  readonly id: number
  readonly result: number
  /** Without meaning unless the result is acceptance. */
  readonly transferSyntax: string
}

interface Associate {
  /** A bit a version; bit 0 is version 1, the only one there is. */
  readonly protocolVersion: number
  readonly calledAETitle: string
  readonly callingAETitle: string
  readonly applicationContextName: string
  readonly userInformation: UserInformation
}

export interface AssociateRQ extends Associate {
  readonly contexts: readonly ProposedContext[]
}

export interface AssociateAC extends Associate {
  readonly contexts: readonly AnsweredContext[]
}

const item = {
  applicationContext: 0x10,
  proposedContext: 0x20,
  answeredContext: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  user: 0x50,
}

/** Version, reserved, two titles of 16, 32 reserved. */
const FIXED_FIELDS = 68

export function decodeAssociateRQ(body: Buffer): AssociateRQ {
  const contexts: ProposedContext[] = []
  const seen = new Set<number>()
  const rest = decode(body, item.proposedContext, (id, parts) => {
    if (id % 2 === 0 || seen.has(id)) throw invalid(`presentation context ID ${id} is even or used twice`)
    seen.add(id)
    const of = (type: number) => parts.filter((part) => part.type === type).map((part) => textOf(part.value))
    contexts.push({ id, abstractSyntax: of(item.abstractSyntax)[0] ?? '', transferSyntaxes: of(item.transferSyntax) })
  })
  return { ...rest, contexts }
}

export function decodeAssociateAC(body: Buffer): AssociateAC {
  const contexts: AnsweredContext[] = []
  const rest = decode(body, item.answeredContext, (id, parts, result) => {
    const transferSyntax = parts.find((part) => part.type === item.transferSyntax)
    contexts.push({ id, result, transferSyntax: transferSyntax ? textOf(transferSyntax.value) : '' })
  })
  return { ...rest, contexts }
}

function decode(body: Buffer, contextItem: number, context: (id: number, parts: Item[], result: number) => void): Associate {
  if (body.length < FIXED_FIELDS) throw invalid(`an A-ASSOCIATE of ${body.length} bytes`)
  let applicationContextName = ''
  let userInformation = decodeUserInformation(Buffer.alloc(0))
  for (const { type, value } of itemsOf(body.subarray(FIXED_FIELDS))) {
    if (type === item.applicationContext) applicationContextName = textOf(value)
    else if (type === item.user) userInformation = decodeUserInformation(value)
    else if (type === contextItem) {
      if (value.length < 4) throw invalid(`a presentation context item of ${value.length} bytes`)
      context(value[0]!, [...itemsOf(value.subarray(4))], value[2]!)
    }
  }
  return {
    protocolVersion: body.readUInt16BE(0),
    calledAETitle: textOf(body.subarray(4, 20)),
    callingAETitle: textOf(body.subarray(20, 36)),
    applicationContextName,
    userInformation,
  }
}

export function encodeAssociateRQ(rq: AssociateRQ): Buffer {
  const contexts = rq.contexts.map(({ id, abstractSyntax, transferSyntaxes }) =>
    encodeItem(
      item.proposedContext,
      Buffer.from([id, 0, 0, 0]),
      encodeItem(item.abstractSyntax, bytesOf(abstractSyntax)),
      ...transferSyntaxes.map((uid) => encodeItem(item.transferSyntax, bytesOf(uid))),
    ),
  )
  return encode(pduType['A-ASSOCIATE-RQ'], rq, contexts)
}

export function encodeAssociateAC(ac: AssociateAC): Buffer {
  const contexts = ac.contexts.map(({ id, result, transferSyntax }) =>
    encodeItem(item.answeredContext, Buffer.from([id, 0, result, 0]), encodeItem(item.transferSyntax, bytesOf(transferSyntax))),
  )
  return encode(pduType['A-ASSOCIATE-AC'], ac, contexts)
}

function encode(type: number, associate: Associate, contexts: readonly Buffer[]): Buffer {
  const fixed = Buffer.alloc(PDU_HEADER + FIXED_FIELDS)
  fixed[0] = type
  fixed.writeUInt16BE(associate.protocolVersion, PDU_HEADER)
  fixed.write(associate.calledAETitle.padEnd(16).slice(0, 16), PDU_HEADER + 4, 'latin1')
  fixed.write(associate.callingAETitle.padEnd(16).slice(0, 16), PDU_HEADER + 20, 'latin1')
  const pdu = Buffer.concat([
    fixed,
    encodeItem(item.applicationContext, bytesOf(associate.applicationContextName)),
    ...contexts,
    encodeItem(item.user, encodeUserInformation(associate.userInformation)),
  ])
  pdu.writeUInt32BE(pdu.length - PDU_HEADER, 2)
  return pdu
}
