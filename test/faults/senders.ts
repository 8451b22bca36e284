/** Instances made on the spot, and modalities that send them by C-STORE and STOW-RS and note what was acknowledged. */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { fileMeta } from '../../archive/dicom/part10.ts'
import { ExplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { newUID } from '../../archive/dicom/uid.ts'
import { openAssociation, type RequestedAssociation } from '../../gateway/dimse/scu.ts'
import { element, image } from '../support/dataset.ts'

export const SecondaryCapture = '1.2.840.10008.5.1.4.1.1.7'
/** Registered, as the tests' county has it. */
const AETitle = 'EAST_CT'

export interface Sent {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly dataset: Buffer
  /** As it must come back: DIMSE carries no File Meta, so the archive writes its own. */
  readonly part10: Buffer
}

export interface NewStudy {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
}

export const newStudy = (): NewStudy => ({ StudyInstanceUID: newUID(), SeriesInstanceUID: newUID() })

/** A secondary capture of noise, of about so many bytes. */
export function newInstance(study: NewStudy, bytes = randomInt(500, 300_000), SOPInstanceUID = newUID()): Sent {
  const { StudyInstanceUID, SeriesInstanceUID } = study
  const frames = Math.ceil(bytes / 8)
  const dataset = Buffer.concat([
    element(0x00080016, 'UI', SecondaryCapture),
    element(0x00080018, 'UI', SOPInstanceUID),
    element(0x00080060, 'CS', 'OT'),
    element(0x00100010, 'PN', 'Zhang^San'),
    element(0x00100020, 'LO', '10001'),
    element(0x0020000d, 'UI', StudyInstanceUID),
    element(0x0020000e, 'UI', SeriesInstanceUID),
    ...image(frames),
    element(0x7fe00010, 'OW', randomBytes(frames * 8)),
  ])
  const meta = fileMeta({
    SOPClassUID: SecondaryCapture,
    SOPInstanceUID,
    TransferSyntaxUID: ExplicitVRLittleEndian,
    sourceAETitle: AETitle,
  })
  return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, dataset, part10: Buffer.concat([meta, dataset]) }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Any host and port: the whole address of an archive. */
export interface Doors {
  readonly origin: string
  readonly dicomPort: number
  /** `Authorization`, where somebody has to sign in. */
  readonly authorization?: string
}

export const associate = ({ dicomPort }: Doors): Promise<RequestedAssociation> =>
  openAssociation({
    host: '127.0.0.1',
    port: dicomPort,
    callingAETitle: AETitle,
    calledAETitle: 'ARCHIVE',
    contexts: [{ abstractSyntax: SecondaryCapture, transferSyntaxes: [ExplicitVRLittleEndian] }],
  })

/** In pieces, as a network brings it; `between` may slow it down. */
export async function* inPieces(bytes: Buffer, between: () => Promise<unknown> | undefined = () => undefined): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) {
    await between()
    yield bytes.subarray(at, at + 65_536)
  }
}

/** The Status. */
export async function storeByDIMSE(
  association: RequestedAssociation,
  { SOPInstanceUID, dataset }: Sent,
  bytes = inPieces(dataset),
): Promise<number> {
  const request = { SOPClassUID: SecondaryCapture, SOPInstanceUID, TransferSyntaxUID: ExplicitVRLittleEndian, dataset: bytes }
  return (await association.store(request)).Status
}

export interface StoreAnswer {
  readonly status: number
  readonly retryAfter: string | null
  /** SOPInstanceUIDs that are stored; those with a warning among them. */
  readonly stored: readonly string[]
  readonly warned: number
  readonly failureReasons: readonly number[]
  /** Sentences for people. */
  readonly warning: string
}

type Items = readonly Readonly<Record<string, { readonly Value?: readonly unknown[] }>>[]

export async function storeBySTOW(doors: Doors, instances: readonly Pick<Sent, 'part10'>[]): Promise<StoreAnswer> {
  const body = Buffer.concat([
    ...instances.flatMap(({ part10 }) => [Buffer.from('\r\n--b\r\nContent-Type: application/dicom\r\n\r\n'), part10]),
    Buffer.from('\r\n--b--\r\n'),
  ])
  const response = await fetch(`${doors.origin}/dicomweb/studies`, {
    method: 'POST',
    headers: {
      'Content-Type': 'multipart/related; type="application/dicom"; boundary=b',
      ...(doors.authorization === undefined ? {} : { Authorization: doors.authorization }),
    },
    body: new Uint8Array(body),
  })
  const dataset = (await response.json()) as Readonly<Record<string, { readonly Value?: Items }>>
  const items = (tag: string) => dataset[tag]?.Value ?? []
  const values = (list: Items, tag: string) => list.flatMap((item) => item[tag]?.Value ?? [])
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    warning: response.headers.get('warning') ?? '',
    stored: values(items('00081199'), '00081155') as string[],
    warned: values(items('00081199'), '00081196').length,
    failureReasons: values([...items('00081198'), ...items('0008119A')], '00081197') as number[],
  }
}

/** The stored object by WADO-RS. */
export async function retrieve(
  { origin, authorization }: Doors,
  { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: Sent,
): Promise<Buffer> {
  const path = `/dicomweb/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`
  const response = await fetch(`${origin}${path}`, {
    headers: { Accept: 'application/dicom', ...(authorization === undefined ? {} : { Authorization: authorization }) },
  })
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}

/** Those that do not come back byte for byte. */
export async function missing(doors: Doors, acknowledged: Iterable<Sent>): Promise<string[]> {
  const left = [...acknowledged]
  const wrong: string[] = []
  const take = async () => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) {
      const bytes = await retrieve(doors, one).catch(() => Buffer.alloc(0))
      if (!bytes.equals(one.part10)) wrong.push(one.SOPInstanceUID)
    }
  }
  await Promise.all(Array.from({ length: 4 }, take))
  return wrong
}

/** What was sent and what became of it. */
export interface Ledger {
  readonly acknowledged: Sent[]
  /** Answered by a failure: nothing was promised. */
  readonly refused: { readonly sent: Sent; readonly status: number }[]
  /** Never answered. */
  readonly unanswered: Sent[]
}

export const newLedger = (): Ledger => ({ acknowledged: [], refused: [], unanswered: [] })

/** A modality: sends one instance after the other until `over` or the association is lost; a failure is sent again, as modalities do, a moment later. */
export async function modality(doors: Doors, ledger: Ledger, over: () => boolean): Promise<void> {
  const study = newStudy()
  let association: RequestedAssociation
  try {
    association = await associate(doors)
  } catch {
    return
  }
  while (!over()) {
    const sent = newInstance(study)
    try {
      const status = await storeByDIMSE(association, sent)
      if (status === 0) ledger.acknowledged.push(sent)
      else {
        ledger.refused.push({ sent, status })
        await pause(50)
      }
    } catch {
      ledger.unanswered.push(sent)
      return
    }
  }
  await association.release().catch(() => undefined)
}

/** A program that sends three instances a request until `over` or its connection breaks. */
export async function webSender(doors: Doors, ledger: Ledger, over: () => boolean): Promise<void> {
  const study = newStudy()
  while (!over()) {
    const sent = [newInstance(study), newInstance(study), newInstance(study)]
    try {
      const { status, stored } = await storeBySTOW(doors, sent)
      for (const one of sent) {
        if (stored.includes(one.SOPInstanceUID)) ledger.acknowledged.push(one)
        else ledger.refused.push({ sent: one, status })
      }
      if (status !== 200) await pause(50)
    } catch {
      ledger.unanswered.push(...sent)
      return
    }
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
