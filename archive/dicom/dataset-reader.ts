/**
 * A small data set as a whole: the identifier of a query, the attributes of a procedure step. PS3.5 §7 in, DICOM JSON (PS3.18 Annex F) out.
 * Instances with pixels are not read so: they stream through `header-reader.ts`.
 */
import { Buffer } from 'node:buffer'
import { LimitExceeded, TransferSyntaxNotSupported } from '../errors.ts'
import type { DicomJSON } from './dicom-json.ts'
import { ElementParser } from './element-parser.ts'
import { HeaderBuilder } from './header-builder.ts'
import { Inflater } from './inflater.ts'
import { transferSyntaxOf } from './transfer-syntaxes.ts'

export interface DatasetOptions {
  /** Bytes of the data set, inflated ones too. */
  readonly maximumBytes?: number
  /** Assumed for text that declares nothing, such as `GB18030`. */
  readonly fallbackCharacterSet?: string | undefined
}

export interface ReadDataset {
  /** Text is Unicode, (0008,0005) says ISO_IR 192 whatever it said. */
  readonly dataset: DicomJSON
  /** (0008,0005) as it came, or null. */
  readonly declared: string | null
}

/** A query with a thousand UIDs has 65 KB; a procedure step that lists a large exam some hundred. */
const defaultMaximumBytes = 4 << 20

const parserLimits = { depth: 16, elements: 100_000, offsetTable: 0 } as const

/** @throws NotUnderstood (LimitExceeded), TransferSyntaxNotSupported */
export async function readDataset(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  TransferSyntaxUID: string,
  { maximumBytes = defaultMaximumBytes, fallbackCharacterSet }: DatasetOptions = {},
): Promise<ReadDataset> {
  const syntax = transferSyntaxOf(TransferSyntaxUID)
  if (syntax === undefined || syntax.encapsulated)
    throw new TransferSyntaxNotSupported(`${TransferSyntaxUID} holds no data set without pixels`)
  const limits = { inlineBytes: maximumBytes, inlineText: maximumBytes, json: 4 * maximumBytes, bulkValues: 0 }
  const builder = new HeaderBuilder(fallbackCharacterSet, limits)
  const parser = new ElementParser(builder, syntax, parserLimits)
  const inflater = syntax.deflated
    ? new Inflater((piece) => parser.write(piece), { freeBytes: maximumBytes, ratio: 1, bytes: maximumBytes })
    : undefined
  let length = 0
  for await (const chunk of bytes) {
    length += chunk.length
    if (length > maximumBytes) throw new LimitExceeded(`The data set has more than ${maximumBytes} bytes`)
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    if (inflater === undefined) parser.write(piece)
    else inflater.write(piece)
  }
  inflater?.end()
  parser.end()
  const json = builder.json()
  if (json === undefined) throw new LimitExceeded('The data set has too many attributes')
  return { dataset: JSON.parse(json) as DicomJSON, declared: builder.characterSet().declared }
}
