/** The body of a request about a Workitem: one data set, in JSON or in XML, alone or as the one part of a multipart body. PS3.18 §11.1.3. */
import type { DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { BadRequest, LimitExceeded } from '../../../archive/errors.ts'
import { parseWorkitem } from '../../../archive/ups/dataset.ts'
import { leaveBody, type Patience, patiently } from '../../patience.ts'
import { type MediaType, parseMediaType } from '../media-type.ts'
import { readNativeXML } from '../native-xml-reader.ts'
import type { WorklistContext } from './tools.ts'

const largestBody = 1024 * 1024
const patience: Patience = { windowMs: 30_000, bytesPerWindow: 4_096 }

/** 415: a Workitem comes as JSON or XML. */
class MediaTypeRefused extends Error {
  readonly status = 415
  readonly expose = true
}

/** @returns an empty data set where there is no body. @throws BadRequest, LimitExceeded, BodyStalled */
export async function workitemIn(ctx: WorklistContext): Promise<DicomJSON> {
  const bytes = await bytesOf(ctx)
  if (bytes.length === 0) return {}
  const type = parseMediaType(ctx.get('Content-Type'))
  if (ctx.get('Content-Encoding') !== '') throw new MediaTypeRefused('The body must not be compressed')
  const { name, text } = partOf(type, bytes)
  switch (name) {
    case 'application/dicom+json':
    case 'application/json':
      return parseWorkitem(parsed(text))
    case 'application/dicom+xml':
    case 'application/xml':
    case 'text/xml':
      return parseWorkitem(await readNativeXML(one(Buffer.from(text))))
    default:
      throw new MediaTypeRefused('A Workitem comes as application/dicom+json or application/dicom+xml')
  }
}

async function bytesOf(ctx: WorklistContext): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    if ((ctx.request.length ?? 0) > largestBody) throw tooLarge()
    for await (const chunk of patiently(ctx.req, patience)) {
      size += chunk.length
      if (size > largestBody) throw tooLarge()
      chunks.push(chunk)
    }
  } finally {
    leaveBody(ctx)
  }
  return Buffer.concat(chunks)
}

const tooLarge = () => new LimitExceeded(`The body is larger than ${largestBody} bytes`)

function partOf(type: MediaType | undefined, bytes: Buffer): { name: string; text: string } {
  if (type?.name !== 'multipart/related') return { name: type?.name ?? '', text: textOf(bytes) }
  const boundary = type.parameters.get('boundary')
  if (boundary === undefined || boundary === '') throw new BadRequest('The multipart body has no boundary')
  const text = textOf(bytes)
  const parts = `\r\n${text}`.split(`\r\n--${boundary}`).slice(1, -1)
  if (parts.length !== 1) throw new BadRequest('The body must hold one Workitem, in one part')
  const blank = parts[0]!.indexOf('\r\n\r\n')
  if (blank < 0) throw new BadRequest('The part has no end of its headers')
  const stated = /^content-type:\s*(.+)$/im.exec(parts[0]!.slice(0, blank))?.[1]
  return {
    name: parseMediaType(stated)?.name ?? type.parameters.get('type')?.toLowerCase() ?? '',
    text: parts[0]!.slice(blank + 4),
  }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new BadRequest('The body is not UTF-8', { cause })
  }
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new BadRequest('The body is not JSON', { cause })
  }
}
