/**
 * The whole gateway receives one large instance in little memory, by C-STORE and by STOW-RS, on both object stores. The budget is 64 MB above idle for
 * 1 GB (`npm run bench -- memory` measures it); here 256 MB arrive beside other tests, and what is asserted is that they are not held.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openAssociation } from '../../gateway/dimse/scu.ts'
import { type HugeInstance, hugeInstance } from '../../test-images/index.ts'
import { missingS3, newBucket, type S3Server, startS3 } from '../support/ceph.ts'
import { forgetPeak, resident } from '../support/process-figures.ts'
import { endGateways, type Gateway, startGateway } from './gateway-process.ts'
import { pause } from './senders.ts'

const MB = 1_000_000
/** 8 MiB each. */
const frames = 32
const most = 100 * MB

let folder: string
let s3: S3Server | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-memory-'))
  await chmod(folder, 0o755)
})
afterEach(async () => {
  await endGateways()
  await rm(folder, { recursive: true, force: true })
})
afterAll(() => s3?.close())

describe('256 MB in one instance, by C-STORE and then by STOW-RS, take less than 100 MB above idle', () => {
  test('into a folder', { timeout: 180_000 }, () => receive({}))

  test.skipIf(missingS3 !== undefined)(
    `into S3${missingS3 === undefined ? '' : ` (skipped: ${missingS3})`}`,
    { timeout: 180_000 },
    async () => {
      s3 = await startS3()
      const { endpoint, bucket, region, accessKey, secretKey } = newBucket(s3)
      await receive({ S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey })
    },
  )
})

async function receive(settings: Readonly<Record<string, string>>): Promise<void> {
  const gateway = await startGateway({ settings: { DATA_DIR: folder, ...settings } })
  await pause(500)
  const { now: idle } = await resident(gateway.pid)
  await forgetPeak(gateway.pid)

  await byDIMSE(gateway, hugeInstance({ seed: 'by C-STORE', frames }))
  expect((await resident(gateway.pid)).peak - idle).toBeLessThan(most)

  await bySTOW(gateway, hugeInstance({ seed: 'by STOW-RS', frames }))
  expect((await resident(gateway.pid)).peak - idle).toBeLessThan(most)
}

async function byDIMSE(
  { dicomPort: port }: Gateway,
  { SOPClassUID, SOPInstanceUID, TransferSyntaxUID, dataset }: HugeInstance,
): Promise<void> {
  const association = await openAssociation({
    host: '127.0.0.1',
    port,
    callingAETitle: 'ANGIO',
    calledAETitle: 'ARCHIVE',
    contexts: [{ abstractSyntax: SOPClassUID, transferSyntaxes: [TransferSyntaxUID] }],
  })
  expect((await association.store({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID, dataset: dataset() })).Status).toBe(0)
  await association.release()
}

/** Without Content-Length, as a program that makes its body while it sends. */
async function bySTOW({ origin }: Gateway, instance: HugeInstance): Promise<void> {
  const sending = request(`${origin}/dicomweb/studies`, { method: 'POST', headers: { 'Content-Type': 'application/dicom' } })
  const status = new Promise<number | undefined>((resolve, reject) => {
    sending.once('error', reject)
    sending.once('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
  })
  await pipeline(Readable.from(instance.part10(), { objectMode: false }), sending)
  expect(await status).toBe(200)
}
