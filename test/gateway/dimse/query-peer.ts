/** A peer that queries and retrieves: sends identifiers, reads the responses one by one, takes C-GET's sub-operations, cancels. */
import { readDataset } from '../../../archive/dicom/dataset-reader.ts'
import { writeDataset } from '../../../archive/dicom/dataset-writer.ts'
import type { DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { attributeOf, tagOf } from '../../../archive/dicom/dictionary.ts'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { type AssociateAC, decodeAssociateAC, encodeAssociateRQ } from '../../../gateway/dimse/associate.ts'
import { type CommandSet, commandField, decodeCommandSet, hasDataset, isResponse, operationOf } from '../../../gateway/dimse/command-set.ts'
import { roots } from '../../../gateway/dimse/query-retrieve.ts'
import type { UserInformation } from '../../../gateway/dimse/user-information.ts'
import { associateRQ, commandFragment, fragment, RawPeer } from './fixture.ts'

const [patientRoot, studyRoot] = roots as [(typeof roots)[number], (typeof roots)[number]]

/** Context IDs by model and service. */
export const contextOf = {
  patient: { FIND: 1, MOVE: 3, GET: 5 },
  study: { FIND: 7, MOVE: 9, GET: 11 },
} as const

export interface PeerOptions {
  readonly callingAETitle?: string
  readonly user?: Partial<UserInformation>
  /** SOP classes in which the peer takes what a C-GET sends, in Explicit VR. */
  readonly takes?: readonly string[]
  readonly transferSyntax?: string
}

export interface Told {
  readonly command: CommandSet
  readonly dataset: Buffer | undefined
}

export class QueryPeer {
  readonly raw: RawPeer
  readonly ac: AssociateAC
  readonly #transferSyntax: string
  #messageID = 0

  private constructor(raw: RawPeer, ac: AssociateAC, transferSyntax: string) {
    this.raw = raw
    this.ac = ac
    this.#transferSyntax = transferSyntax
  }

  static async open(port: number, options: PeerOptions = {}): Promise<QueryPeer> {
    const { callingAETitle = 'EAST_CT', user = {}, takes = [], transferSyntax = ExplicitVRLittleEndian } = options
    const raw = await RawPeer.connect(port)
    const models = [
      [contextOf.patient, patientRoot],
      [contextOf.study, studyRoot],
    ] as const
    const contexts = [
      ...models.flatMap(([ids, root]) =>
        (['FIND', 'MOVE', 'GET'] as const).map((service) => ({
          id: ids[service],
          abstractSyntax: root[service],
          transferSyntaxes: [transferSyntax],
        })),
      ),
      ...takes.map((abstractSyntax, i) => ({ id: 13 + 2 * i, abstractSyntax, transferSyntaxes: [ExplicitVRLittleEndian] })),
    ]
    const roles = takes.map((SOPClassUID) => ({ SOPClassUID, scu: false, scp: true }))
    raw.send(
      encodeAssociateRQ(associateRQ({ callingAETitle, contexts, userInformation: { ...associateRQ().userInformation, roles, ...user } })),
    )
    const answer = await raw.pdu()
    if (answer?.type !== 0x02) throw new Error(`not accepted: ${answer?.type} ${answer?.body.toString('hex')}`)
    return new QueryPeer(raw, decodeAssociateAC(answer.body), transferSyntax)
  }

  /** The bytes of a request; several can be sent at once. */
  request(
    contextID: number,
    operation: 'C-FIND' | 'C-MOVE' | 'C-GET',
    keys: DicomJSON,
    more: Partial<CommandSet> = {},
    characterSet = 'ISO_IR 192',
  ): Buffer {
    this.#messageID += 1
    const implicit = this.#transferSyntax !== ExplicitVRLittleEndian
    const command: CommandSet = {
      CommandField: commandField[operation],
      MessageID: this.#messageID,
      Priority: 0,
      CommandDataSetType: 0,
      AffectedSOPClassUID: '1.2.840.10008.5.1.4.1.2.2.1',
      ...more,
    }
    const { bytes } = writeDataset(keys, { implicit, characterSet })
    return Buffer.concat([commandFragment(contextID, command), fragment(contextID, 2, bytes)])
  }

  cancel(contextID: number): Buffer {
    return commandFragment(contextID, {
      CommandField: commandField['C-CANCEL'],
      MessageIDBeingRespondedTo: this.#messageID,
      CommandDataSetType: 0x0101,
    })
  }

  /** The next message, whole; undefined when the connection ended. */
  async message(): Promise<(Told & { readonly contextID: number }) | undefined> {
    const command = await this.#fragments()
    if (command === undefined) return undefined
    const decoded = decodeCommandSet(command.bytes)
    return {
      contextID: command.contextID,
      command: decoded,
      dataset: hasDataset(decoded) ? (await this.#fragments())?.bytes : undefined,
    }
  }

  async #fragments(): Promise<{ contextID: number; bytes: Buffer } | undefined> {
    const pieces: Buffer[] = []
    for (;;) {
      const pdu = await this.raw.pdu()
      if (pdu?.type !== 0x04) return undefined
      pieces.push(pdu.body.subarray(6))
      if ((pdu.body[5]! & 2) !== 0) return { contextID: pdu.body[4]!, bytes: Buffer.concat(pieces) }
    }
  }

  /** Every response up to the last; what a C-GET sends is answered with `stored`. */
  async responses(stored: (told: Told) => number = () => 0): Promise<Told[]> {
    const told: Told[] = []
    for (;;) {
      const message = await this.message()
      if (message === undefined) return told
      const { command, contextID } = message
      if (!isResponse(command) && operationOf(command) === 'C-STORE') {
        this.raw.send(
          commandFragment(contextID, {
            CommandField: 0x8001,
            MessageIDBeingRespondedTo: command.MessageID!,
            CommandDataSetType: 0x0101,
            Status: stored(message),
          }),
        )
        continue
      }
      told.push(message)
      if (command.Status !== 0xff00 && command.Status !== 0xff01) return told
    }
  }

  /** C-FIND: the answers as data sets, and how it ended. */
  async find(
    contextID: number,
    keys: DicomJSON,
    characterSet?: string,
  ): Promise<{ answers: DicomJSON[]; declared: (string | null)[]; pending: number | undefined; last: CommandSet }> {
    this.raw.send(this.request(contextID, 'C-FIND', keys, {}, characterSet))
    const told = await this.responses()
    const read = await Promise.all(
      told.flatMap(({ dataset }) => (dataset === undefined ? [] : [readDataset([dataset], this.#transferSyntax)])),
    )
    return {
      answers: read.map(({ dataset }) => dataset),
      declared: read.map(({ declared }) => declared),
      pending: told.length > 1 ? told[0]!.command.Status : undefined,
      last: told.at(-1)!.command,
    }
  }

  close(): void {
    this.raw.close()
  }
}

/** Keys by keyword; a value, several, an item of a sequence, or null for one that is only to be returned. */
export type Keys = { readonly [keyword: string]: string | readonly string[] | Keys | null }

export function keysOf(keys: Keys): DicomJSON {
  return Object.fromEntries(
    Object.entries(keys).map(([keyword, value]) => {
      const { tag, vr } = attributeOf(tagOf(keyword)!)!
      if (value === null) return [tag, { vr }]
      if (vr === 'SQ') return [tag, { vr, Value: [keysOf(value as Keys)] }]
      const values = typeof value === 'string' ? [value] : (value as readonly string[])
      return [tag, { vr, Value: vr === 'PN' ? values.map((name) => ({ Alphabetic: name })) : values }]
    }),
  )
}

/** The values of an attribute by its keyword; undefined when it is not there, empty when it has none. */
export function valuesOf(dataset: DicomJSON, keyword: string): unknown[] | undefined {
  const attribute = dataset[attributeOf(tagOf(keyword)!)!.tag]
  return attribute && [...(attribute.Value ?? [])]
}
