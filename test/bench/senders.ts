/** Those who send: C-STORE as a modality does it, STOW-RS as a gateway does it. Each throws unless everything was stored. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { openPart10 } from '../../gateway/dimse/part10-source.ts'
import { openAssociation, type StoreRequest } from '../../gateway/dimse/scu.ts'
import { pathOf } from '../support/foreign-peers.ts'
import { callingAETitle, type Peer } from './peer.ts'

const storescu = pathOf('storescu')
export const cStoreClient =
  storescu === undefined ? 'own SCU (dcmtk is not installed)' : "DCMTK's storescu with TCP_NODELAY=1 and PDUs of 131,072 bytes"

/** Files ready to be sent, so that making them is not measured: one folder an association, in memory where there is room, away from the disk of the archives. */
export interface Batch {
  readonly associations: readonly { readonly folder: string; readonly files: readonly Buffer[] }[]
  remove(): Promise<void>
}

export async function makeBatch(files: readonly Buffer[], associations: number): Promise<Batch> {
  const root = await mkdtemp(join(await roomyFolder(), 'bench-sending-'))
  const share = Math.ceil(files.length / associations)
  const batches = Array.from({ length: associations }, (_, i) => ({
    folder: join(root, String(i)),
    files: files.slice(i * share, (i + 1) * share),
  }))
  for (const { folder, files } of batches) {
    await mkdir(folder, { recursive: true })
    if (storescu !== undefined)
      for (const [n, part10] of files.entries()) await writeFile(join(folder, `${String(n).padStart(6, '0')}.dcm`), part10)
  }
  return { associations: batches, remove: () => rm(root, { recursive: true, force: true }) }
}

async function roomyFolder(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined)
  return memory !== undefined && memory.bavail * memory.bsize >= 2 ** 30 ? '/dev/shm' : tmpdir()
}

/** All associations at once. */
export async function cStore(peer: Pick<Peer, 'dicom'>, { associations }: Batch): Promise<void> {
  await Promise.all(
    associations.map((association) =>
      storescu === undefined ? sendOurselves(peer, association.files) : sendFolder(peer, association.folder),
    ),
  )
}

async function sendFolder({ dicom: { port, AETitle } }: Pick<Peer, 'dicom'>, folder: string): Promise<void> {
  await promisify(execFile)(
    storescu!,
    ['-aet', callingAETitle, '-aec', AETitle, '-pdu', '131072', '+sd', '127.0.0.1', String(port), folder],
    { env: { ...process.env, TCP_NODELAY: '1' } },
  )
}

async function sendOurselves(peer: Pick<Peer, 'dicom'>, files: readonly Buffer[]): Promise<void> {
  const requests = await Promise.all(files.map((part10) => openPart10(Readable.from([part10]))))
  await cStoreStream(peer, requests)
}

/** Instances that are made while they are sent, by our own SCU. */
export async function cStoreStream({ dicom: { port, AETitle } }: Pick<Peer, 'dicom'>, requests: readonly StoreRequest[]): Promise<void> {
  const kinds = new Map(
    requests.map(({ SOPClassUID, TransferSyntaxUID }) => [`${SOPClassUID} ${TransferSyntaxUID}`, { SOPClassUID, TransferSyntaxUID }]),
  )
  const association = await openAssociation({
    host: '127.0.0.1',
    port,
    callingAETitle,
    calledAETitle: AETitle,
    contexts: [...kinds.values()].map(({ SOPClassUID, TransferSyntaxUID }) => ({
      abstractSyntax: SOPClassUID,
      transferSyntaxes: [TransferSyntaxUID],
    })),
  })
  for (const request of requests) {
    const { Status, ErrorComment } = await association.store(request)
    if (Status !== 0) throw new Error(`C-STORE was answered ${Status.toString(16)} ${ErrorComment ?? ''}`)
  }
  await association.release()
}

const boundary = 'bench-boundary'
const partHeader = Buffer.from(`\r\n--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`)
const closing = Buffer.from(`\r\n--${boundary}--\r\n`)

/** One body with a part for each instance; `length` in bytes where it is known (Orthanc wants it). */
export async function stow(
  { studies, sender }: Pick<Peer, 'studies' | 'sender'>,
  parts: readonly (Buffer | AsyncIterable<Buffer>)[],
  bytes: number,
): Promise<void> {
  const body = async function* () {
    for (const part of parts) {
      yield partHeader
      if (Buffer.isBuffer(part)) yield part
      else yield* part
    }
    yield closing
  }
  const sending = request(studies, {
    method: 'POST',
    headers: {
      ...sender,
      'Content-Type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
      'Content-Length': bytes + parts.length * partHeader.length + closing.length,
      Accept: 'application/dicom+json',
    },
  })
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    sending.once('error', reject)
    sending.once('response', async (response) => {
      let text = ''
      for await (const piece of response.setEncoding('utf8')) text += piece
      resolve({ status: response.statusCode ?? 0, text })
    })
  })
  const [{ status, text }] = await Promise.all([answered, pipeline(Readable.from(body(), { objectMode: false }), sending)])
  if (status !== 200) throw new Error(`STOW-RS was answered ${status}: ${text.slice(0, 500)}`)
}
