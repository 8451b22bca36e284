/**
 * Command sets: the group 0000 data set that opens every DIMSE message, always Implicit VR Little Endian. PS3.7 §6.3.1, §9.3, §10.3, Annex E.1.
 */
import { InvalidMessage } from './errors.ts'
import { bytesOf, textOf } from './items.ts'

/** Element number and VR (Table E.1-1), in the order in which they are written. */
const elements = {
  CommandGroupLength: [0x0000, 'UL'],
  AffectedSOPClassUID: [0x0002, 'UI'],
  RequestedSOPClassUID: [0x0003, 'UI'],
  CommandField: [0x0100, 'US'],
  MessageID: [0x0110, 'US'],
  MessageIDBeingRespondedTo: [0x0120, 'US'],
  MoveDestination: [0x0600, 'AE'],
  Priority: [0x0700, 'US'],
  CommandDataSetType: [0x0800, 'US'],
  Status: [0x0900, 'US'],
  OffendingElement: [0x0901, 'AT'],
  ErrorComment: [0x0902, 'LO'],
  ErrorID: [0x0903, 'US'],
  AffectedSOPInstanceUID: [0x1000, 'UI'],
  RequestedSOPInstanceUID: [0x1001, 'UI'],
  EventTypeID: [0x1002, 'US'],
  AttributeIdentifierList: [0x1005, 'AT'],
  ActionTypeID: [0x1008, 'US'],
  NumberOfRemainingSuboperations: [0x1020, 'US'],
  NumberOfCompletedSuboperations: [0x1021, 'US'],
  NumberOfFailedSuboperations: [0x1022, 'US'],
  NumberOfWarningSuboperations: [0x1023, 'US'],
  MoveOriginatorApplicationEntityTitle: [0x1030, 'AE'],
  MoveOriginatorMessageID: [0x1031, 'US'],
} as const

type Keyword = keyof typeof elements
type VR = (typeof elements)[Keyword][1]
/** AT: tags as numbers, `0x0020000d`. */
type ValueOf<V extends VR> = V extends 'US' | 'UL' ? number : V extends 'AT' ? readonly number[] : string

export type CommandSet = { readonly CommandField: number } & {
  readonly [K in Exclude<Keyword, 'CommandField'>]?: ValueOf<(typeof elements)[K][1]>
}

const byElement = new Map<number, readonly [keyword: Keyword, vr: VR]>(
  Object.entries(elements).map(([keyword, [element, vr]]) => [element, [keyword as Keyword, vr]]),
)

/** Command Field values (Annex E.1). A response is its request with the highest bit set. */
export const commandField = {
  'C-STORE': 0x0001,
  'C-GET': 0x0010,
  'C-FIND': 0x0020,
  'C-MOVE': 0x0021,
  'C-ECHO': 0x0030,
  'N-EVENT-REPORT': 0x0100,
  'N-GET': 0x0110,
  'N-SET': 0x0120,
  'N-ACTION': 0x0130,
  'N-CREATE': 0x0140,
  'N-DELETE': 0x0150,
  'C-CANCEL': 0x0fff,
} as const

export type Operation = keyof typeof commandField

const RESPONSE = 0x8000

export const isResponse = (command: CommandSet): boolean => (command.CommandField & RESPONSE) !== 0
export const responseTo = (operation: number): number => operation | RESPONSE

const operations = new Map<number, Operation>(Object.entries(commandField).map(([name, value]) => [value, name as Operation]))

/** The operation that a request asks for or a response answers; undefined for a value the standard does not know. */
export function operationOf(command: CommandSet): Operation | undefined {
  return operations.get(command.CommandField & ~RESPONSE)
}

/** Command Data Set Type: this value says that no data set follows, any other that one does. */
export const NO_DATASET = 0x0101
export const DATASET = 0x0000

export function hasDataset(command: CommandSet): boolean {
  return command.CommandDataSetType !== undefined && command.CommandDataSetType !== NO_DATASET
}

/**
 * Reads a command set. Elements that are not in the table are skipped; odd lengths and padding are tolerated. A value that cannot be read is left
 * out; a command set that breaks off, belongs to another group or has no Command Field is an InvalidMessage.
 */
export function decodeCommandSet(bytes: Buffer): CommandSet {
  const values: Partial<Record<Keyword, number | string | number[]>> = {}
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw new InvalidMessage('a command set that breaks off in an element header')
    if (bytes.readUInt16LE(at) !== 0) throw new InvalidMessage(`a command set with an element of group ${hex(bytes.readUInt16LE(at))}`)
    const element = byElement.get(bytes.readUInt16LE(at + 2))
    const end = at + 8 + bytes.readUInt32LE(at + 4)
    if (end > bytes.length) throw new InvalidMessage(`a command set that breaks off in element ${hex(bytes.readUInt16LE(at + 2))}`)
    if (element) {
      const value = decodeValue(element[1], bytes.subarray(at + 8, end))
      if (value !== undefined) values[element[0]] = value
    }
    at = end
  }
  if (values.CommandField === undefined) throw new InvalidMessage('a command set without Command Field (0000,0100)')
  return values as CommandSet
}

function decodeValue(vr: VR, value: Buffer): number | string | number[] | undefined {
  switch (vr) {
    case 'US':
      return value.length >= 2 ? value.readUInt16LE(0) : undefined
    case 'UL':
      return value.length >= 4 ? value.readUInt32LE(0) : undefined
    case 'AT':
      return Array.from(
        { length: Math.floor(value.length / 4) },
        (_, i) => value.readUInt16LE(4 * i) * 0x10000 + value.readUInt16LE(4 * i + 2),
      )
    default:
      return textOf(value)
  }
}

/** Writes a command set in tag order with its group length. */
export function encodeCommandSet(command: CommandSet): Buffer {
  const parts: Buffer[] = []
  for (const [element, [keyword, vr]] of byElement) {
    const value = command[keyword]
    if (value !== undefined && keyword !== 'CommandGroupLength') parts.push(encodeElement(element, encodeValue(vr, value)))
  }
  const body = Buffer.concat(parts)
  return Buffer.concat([encodeElement(0x0000, encodeValue('UL', body.length)), body])
}

function encodeElement(element: number, value: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16LE(element, 2)
  header.writeUInt32LE(value.length, 4)
  return Buffer.concat([header, value])
}

function encodeValue(vr: VR, value: number | string | readonly number[]): Buffer {
  if (typeof value === 'string') return value.length % 2 === 0 ? bytesOf(value) : bytesOf(value + (vr === 'UI' ? '\0' : ' '))
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(vr === 'UL' ? 4 : 2)
    bytes.writeUIntLE(value, 0, bytes.length)
    return bytes
  }
  const bytes = Buffer.alloc(4 * value.length)
  value.forEach((tag, i) => {
    bytes.writeUInt16LE(tag >>> 16, 4 * i)
    bytes.writeUInt16LE(tag & 0xffff, 4 * i + 2)
  })
  return bytes
}

function hex(number: number): string {
  return number.toString(16).padStart(4, '0')
}
