/**
 * The user information item: what both sides tell of themselves and ask for beside the presentation contexts.
 * PS3.8 Annex D.1 (maximum length), PS3.7 Annex D.3.3 (the others). Common extended negotiation (57H) asks nothing that needs an answer here, and is
 * skipped like every item of an unrecognised type.
 */
import { bytesOf, encodeItem, invalid, itemsOf, textOf } from './items.ts'

/** Which roles the sender of the A-ASSOCIATE-RQ takes for a SOP class (D.3.3.4). */
export interface RoleSelection {
  readonly SOPClassUID: string
  readonly scu: boolean
  readonly scp: boolean
}

/** SOP Class Extended Negotiation (D.3.3.5): the meaning of the bytes is the service class's own. */
export interface ExtendedNegotiation {
  readonly SOPClassUID: string
  readonly information: Buffer
}

/** User Identity Negotiation (D.3.3.7), as it is asked. */
export interface UserIdentity {
  /** 1 username, 2 username and passcode, 3 Kerberos, 4 SAML, 5 JSON Web Token. */
  readonly type: number
  readonly positiveResponseRequested: boolean
  readonly primary: Buffer
  readonly secondary: Buffer
}

export interface UserInformation {
  /** Bytes of a P-DATA-TF that the sender of this item takes; 0 means any. */
  readonly maximumLength: number
  readonly ImplementationClassUID: string
  readonly ImplementationVersionName?: string
  readonly asynchronousOperations?: { readonly invoked: number; readonly performed: number }
  readonly roles: readonly RoleSelection[]
  readonly extended: readonly ExtendedNegotiation[]
  /** Of an A-ASSOCIATE-RQ. */
  readonly userIdentity?: UserIdentity
  /** Of an A-ASSOCIATE-AC: the server's answer, empty for a username. */
  readonly userIdentityResponse?: Buffer
}

const subItem = {
  maximumLength: 0x51,
  implementationClassUID: 0x52,
  asynchronousOperations: 0x53,
  roleSelection: 0x54,
  implementationVersionName: 0x55,
  extended: 0x56,
  userIdentity: 0x58,
  userIdentityResponse: 0x59,
}

export function decodeUserInformation(value: Buffer): UserInformation {
  let maximumLength = 0
  let ImplementationClassUID = ''
  let optional: Omit<UserInformation, 'maximumLength' | 'ImplementationClassUID' | 'roles' | 'extended'> = {}
  const roles: RoleSelection[] = []
  const extended: ExtendedNegotiation[] = []
  for (const { type, value: bytes } of itemsOf(value)) {
    if (type === subItem.maximumLength) maximumLength = exactly(bytes, 4).readUInt32BE(0)
    else if (type === subItem.implementationClassUID) ImplementationClassUID = textOf(bytes)
    else if (type === subItem.implementationVersionName) optional = { ...optional, ImplementationVersionName: textOf(bytes) }
    else if (type === subItem.asynchronousOperations) {
      const window = exactly(bytes, 4)
      optional = { ...optional, asynchronousOperations: { invoked: window.readUInt16BE(0), performed: window.readUInt16BE(2) } }
    } else if (type === subItem.roleSelection) {
      const [SOPClassUID, rest] = counted(bytes)
      roles.push({ SOPClassUID, scu: exactly(rest, 2)[0] === 1, scp: rest[1] === 1 })
    } else if (type === subItem.extended) {
      const [SOPClassUID, information] = counted(bytes)
      extended.push({ SOPClassUID, information })
    } else if (type === subItem.userIdentity) optional = { ...optional, userIdentity: decodeUserIdentity(bytes) }
    else if (type === subItem.userIdentityResponse) optional = { ...optional, userIdentityResponse: countedBytes(bytes)[0] }
  }
  return { maximumLength, ImplementationClassUID, ...optional, roles, extended }
}

export function encodeUserInformation(user: UserInformation): Buffer {
  const parts = [
    encodeItem(subItem.maximumLength, uint32(user.maximumLength)),
    encodeItem(subItem.implementationClassUID, bytesOf(user.ImplementationClassUID)),
  ]
  if (user.asynchronousOperations) {
    const { invoked, performed } = user.asynchronousOperations
    parts.push(encodeItem(subItem.asynchronousOperations, uint16(invoked), uint16(performed)))
  }
  for (const { SOPClassUID, scu, scp } of user.roles) {
    parts.push(encodeItem(subItem.roleSelection, withLength(SOPClassUID), Buffer.from([scu ? 1 : 0, scp ? 1 : 0])))
  }
  if (user.ImplementationVersionName) parts.push(encodeItem(subItem.implementationVersionName, bytesOf(user.ImplementationVersionName)))
  for (const { SOPClassUID, information } of user.extended) {
    parts.push(encodeItem(subItem.extended, withLength(SOPClassUID), information))
  }
  if (user.userIdentity) {
    const { type, positiveResponseRequested, primary, secondary } = user.userIdentity
    const flags = Buffer.from([type, positiveResponseRequested ? 1 : 0])
    parts.push(encodeItem(subItem.userIdentity, flags, uint16(primary.length), primary, uint16(secondary.length), secondary))
  }
  if (user.userIdentityResponse) {
    parts.push(encodeItem(subItem.userIdentityResponse, uint16(user.userIdentityResponse.length), user.userIdentityResponse))
  }
  return Buffer.concat(parts)
}

function decodeUserIdentity(bytes: Buffer): UserIdentity {
  if (bytes.length < 2) throw invalid(`a user identity sub-item of ${bytes.length} bytes`)
  const [primary, rest] = countedBytes(bytes.subarray(2))
  // Some write no second field where there is none.
  const [secondary] = rest.length === 0 ? [Buffer.alloc(0)] : countedBytes(rest)
  return { type: bytes[0]!, positiveResponseRequested: bytes[1] === 1, primary, secondary }
}

/** A UID behind its length in two bytes, and what follows it. */
function counted(bytes: Buffer): [uid: string, rest: Buffer] {
  const [uid, rest] = countedBytes(bytes)
  return [textOf(uid), rest]
}

function countedBytes(bytes: Buffer): [field: Buffer, rest: Buffer] {
  if (bytes.length < 2) throw invalid(`a user information sub-item of ${bytes.length} bytes`)
  const end = 2 + bytes.readUInt16BE(0)
  if (end > bytes.length) throw invalid('a field longer than the sub-item that holds it')
  return [bytes.subarray(2, end), bytes.subarray(end)]
}

function exactly(bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) throw invalid(`a user information sub-item with ${bytes.length} instead of ${length} bytes`)
  return bytes
}

function withLength(uid: string): Buffer {
  return Buffer.concat([uint16(uid.length), bytesOf(uid)])
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
