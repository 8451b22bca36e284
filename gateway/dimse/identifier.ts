/**
 * Identifiers: the data sets of queries and of their answers. PS3.4 §C.1.4, §C.4.1.1.3. In with whatever character set they declare; out in one that the
 * asker can read.
 */
import { canEncode } from '../../archive/dicom/character-encoding.ts'
import { readDataset } from '../../archive/dicom/dataset-reader.ts'
import { writeDataset } from '../../archive/dicom/dataset-writer.ts'
import type { AttributeJSON, DicomJSON, PersonNameJSON } from '../../archive/dicom/dicom-json.ts'
import { nameOf } from '../../archive/dicom/dictionary.ts'
import { ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { ArchiveError } from '../../archive/errors.ts'
import type { Request } from './services.ts'

/** An identifier that does not fit the SOP class; 0xA900, with the attribute at fault. */
export class IdentifierMismatch extends ArchiveError {
  readonly tag: number
  constructor(tag: number, what: string) {
    super(`${nameOf(tag)} ${what}`)
    this.tag = tag
  }
}

export interface Identifier {
  readonly keys: DicomJSON
  /** (0008,0005) as the asker declared it, or null. */
  readonly characterSet: string | null
}

const QueryRetrieveLevel = 0x00080052

/** @throws NotUnderstood, IdentifierMismatch where there is none */
export async function readIdentifier({ dataset, context, peer }: Request): Promise<Identifier> {
  if (dataset === undefined) throw new IdentifierMismatch(QueryRetrieveLevel, 'is missing: there is no identifier')
  const { fallbackCharacterSet } = peer.ae.source
  const { dataset: keys, declared } = await readDataset(dataset, context.transferSyntax, { fallbackCharacterSet })
  return { keys, characterSet: declared }
}

/**
 * Writes answers to one asker: in the set that its register says it needs, else in the one that it asked in, where that has every character; else in
 * ISO_IR 192.
 */
export function identifierWriter({ context, peer }: Request, declared: string | null): (answer: DicomJSON) => Buffer {
  const implicit = context.transferSyntax === ImplicitVRLittleEndian
  const needed = peer.ae.worklistCharacterSet
  if (needed !== unicode) return (answer) => writeDataset(answer, { implicit, characterSet: needed }).bytes
  const asked = declared !== null && canEncode(declared) ? declared : unicode
  return (answer) => {
    const written = writeDataset(answer, { implicit, characterSet: asked })
    return written.substituted ? writeDataset(answer, { implicit, characterSet: unicode }).bytes : written.bytes
  }
}

const unicode = 'ISO_IR 192'

/** The values of a key as one text, several joined by backslashes; empty for a key that only asks for the attribute to be returned. */
export function textOfKey({ Value = [] }: AttributeJSON): string {
  return Value.map((value) => (value === null ? '' : typeof value === 'object' ? nameText(value as PersonNameJSON) : String(value))).join(
    '\\',
  )
}

function nameText({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonNameJSON): string {
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '')
}
