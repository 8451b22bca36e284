/** A DIMSE server over an archive that only remembers, raw peers, and data sets made on the spot. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import pino from 'pino'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { type AssociateRQ, DICOM_APPLICATION_CONTEXT, encodeAssociateRQ } from '../../../gateway/dimse/associate.ts'
import { type CommandSet, encodeCommandSet } from '../../../gateway/dimse/command-set.ts'
import { COMMAND_FRAGMENT, encodeDataHeader, LAST_FRAGMENT } from '../../../gateway/dimse/pdu.ts'
import { type DIMSEOptions, type DIMSEServer, startDIMSE } from '../../../gateway/dimse/scp.ts'
import type { AE } from '../../../gateway/dimse/services.ts'
import type { Source } from '../../../storage/index/records.ts'

export const CT = '1.2.840.10008.5.1.4.1.1.2'
export const source: Source = { institution: 1, institutionCode: 'town', grants: [], via: 'c-store' }
export const modality: AE = {
  source,
  mayStore: true,
  mayQuery: true,
  mayRetrieve: true,
  mayWorklist: true,
  worklistCharacterSet: 'ISO_IR 192',
  maxAssociations: null,
  requiresIdentity: false,
}

export interface Received {
  readonly source: Source
  readonly expected: { readonly SOPClassUID: string; readonly SOPInstanceUID: string }
  readonly part10: Buffer
}

export interface Archive {
  readonly received: Received[]
  /** Data sets that broke off, by their error. */
  readonly failed: unknown[]
  readonly port: number
  readonly server: DIMSEServer
}

/** Known AEs: MODALITY (may store), VIEWER (may not). */
export async function startArchive(options: Partial<DIMSEOptions> = {}): Promise<Archive> {
  const received: Received[] = []
  const failed: unknown[] = []
  const server = await startDIMSE({
    host: '127.0.0.1',
    port: 0,
    AETitle: 'ARCHIVE',
    log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
    archive: {
      async store(from, part10, expected) {
        const pieces: Buffer[] = []
        try {
          for await (const piece of part10) pieces.push(piece)
        } catch (error) {
          failed.push(error)
          throw error
        }
        received.push({ source: from, expected, part10: Buffer.concat(pieces) })
      },
      findAE: async (title) => (title === 'MODALITY' ? modality : title === 'VIEWER' ? { ...modality, mayStore: false } : undefined),
    },
    ...options,
  })
  return { received, failed, port: server.port, server }
}

export function associateRQ(changes: Partial<AssociateRQ> = {}): AssociateRQ {
  return {
    protocolVersion: 1,
    calledAETitle: 'ARCHIVE',
    callingAETitle: 'MODALITY',
    applicationContextName: DICOM_APPLICATION_CONTEXT,
    contexts: [
      { id: 1, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] },
      { id: 3, abstractSyntax: CT, transferSyntaxes: [ExplicitVRLittleEndian] },
    ],
    userInformation: { maximumLength: 16_384, ImplementationClassUID: '1.2.3', roles: [], extended: [] },
    ...changes,
  }
}

/** A peer that writes what it likes. */
export class RawPeer {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  #closed = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#closed = true
    })
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawPeer(socket)
  }

  /** Connected, and the association established. */
  static async associate(port: number, changes: Partial<AssociateRQ> = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(port)
    peer.send(encodeAssociateRQ(associateRQ(changes)))
    const answer = await peer.pdu()
    if (answer?.type !== 0x02) throw new Error(`not accepted: ${answer?.type} ${answer?.body.toString('hex')}`)
    return peer
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes)
  }

  /** The next PDU of the archive; undefined when the connection closed without one. */
  async pdu(): Promise<{ type: number; body: Buffer } | undefined> {
    for (;;) {
      if (this.#received.length >= 6 && this.#received.length >= 6 + this.#received.readUInt32BE(2)) {
        const end = 6 + this.#received.readUInt32BE(2)
        const pdu = { type: this.#received[0]!, body: this.#received.subarray(6, end) }
        this.#received = this.#received.subarray(end)
        return pdu
      }
      if (this.#closed) return undefined
      await this.#next()
    }
  }

  /** More bytes or the end, also one by a reset: a peer that writes to a connection that is closed meets that. */
  #next(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off('data', done).off('close', done)
        resolve()
      }
      this.socket.on('data', done).on('close', done)
    })
  }

  async closed(): Promise<void> {
    while (!this.#closed) await this.#next()
  }

  close(): void {
    this.socket.destroy()
  }
}

export function fragment(contextID: number, control: number, bytes: Buffer): Buffer {
  return Buffer.concat([encodeDataHeader(contextID, control, bytes.length), bytes])
}

export function commandFragment(contextID: number, command: CommandSet): Buffer {
  return fragment(contextID, COMMAND_FRAGMENT | LAST_FRAGMENT, encodeCommandSet(command))
}

export function storeRQ(changes: Partial<CommandSet> = {}): CommandSet {
  return {
    CommandField: 0x0001,
    MessageID: 1,
    Priority: 0,
    CommandDataSetType: 0x0000,
    AffectedSOPClassUID: CT,
    AffectedSOPInstanceUID: '1.2.3.4',
    ...changes,
  }
}

export const echoRQ: CommandSet = {
  CommandField: 0x0030,
  MessageID: 7,
  CommandDataSetType: 0x0101,
  AffectedSOPClassUID: '1.2.840.10008.1.1',
}

/** Waits until a fact holds. */
export async function until(fact: () => boolean, milliseconds = 5_000): Promise<void> {
  const deadline = Date.now() + milliseconds
  while (!fact()) {
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${fact}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function element(tag: number, vr: string, value: Buffer): Buffer {
  const long = ['OB', 'OW', 'UN', 'SQ'].includes(vr)
  const header = Buffer.alloc(long ? 12 : 8)
  header.writeUInt16LE(tag >>> 16, 0)
  header.writeUInt16LE(tag & 0xffff, 2)
  header.write(vr, 4, 'latin1')
  if (long) header.writeUInt32LE(value.length, 8)
  else header.writeUInt16LE(value.length, 6)
  return Buffer.concat([header, value])
}

const text = (tag: number, vr: string, value: string): Buffer =>
  element(tag, vr, Buffer.from(value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' '), 'latin1'))

/** A small CT in Explicit VR Little Endian that DCMTK takes for one. */
export function ctDataset(SOPInstanceUID: string, pixelBytes = 512): Buffer {
  const us = (tag: number, value: number) => element(tag, 'US', Buffer.from([value & 0xff, value >> 8]))
  const pixels = Buffer.alloc(pixelBytes)
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = i & 0xff
  return Buffer.concat([
    text(0x00080016, 'UI', CT),
    text(0x00080018, 'UI', SOPInstanceUID),
    text(0x00080060, 'CS', 'CT'),
    text(0x00100010, 'PN', 'TEST^ONE'),
    text(0x00100020, 'LO', 'P1'),
    text(0x0020000d, 'UI', '1.2.3'),
    text(0x0020000e, 'UI', '1.2.3.1'),
    us(0x00280002, 1),
    text(0x00280004, 'CS', 'MONOCHROME2'),
    us(0x00280010, 16),
    us(0x00280011, 16),
    us(0x00280100, 16),
    us(0x00280101, 16),
    us(0x00280102, 15),
    us(0x00280103, 0),
    element(0x7fe00010, 'OW', pixels),
  ])
}
