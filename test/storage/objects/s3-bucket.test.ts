/** What `check` makes of a bucket on a real S3 server, and that credentials are really checked. */
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ObjectStoreUnavailable } from '../../../storage/errors.ts'
import { s3Store } from '../../../storage/objects/minio.ts'
import { connect } from '../../../storage/objects/s3-connection.ts'
import { expectS3InCI, missingS3, newBucket, type S3Server, startS3 } from '../../support/ceph.ts'

expectS3InCI()

async function* bytes(size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(65_536, left), 7)
}

describe.skipIf(missingS3 !== undefined)(missingS3 === undefined ? 'a bucket' : `a bucket (skipped: ${missingS3})`, () => {
  let server: S3Server
  beforeAll(async () => {
    server = await startS3()
  })
  afterAll(() => server?.close())

  test('is made when it is missing, with the rule that aborts incomplete uploads after a day', async () => {
    const options = newBucket(server)
    const store = s3Store(options)
    await store.check()
    const { client, close } = connect(options)
    const { Rule } = (await client.getBucketLifecycle(options.bucket))!
    expect(Rule).toMatchObject({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' })
    close()
    await store.close()
  })

  test('keeps the rules that its owner gave it', async () => {
    const options = newBucket(server)
    const { client, close } = connect(options)
    await client.makeBucket(options.bucket, options.region)
    await client.setBucketLifecycle(options.bucket, { Rule: [{ ID: 'own', Status: 'Enabled', Prefix: 'tmp/', Expiration: { Days: 3 } }] })
    const store = s3Store(options)
    await store.check()
    const { Rule } = (await client.getBucketLifecycle(options.bucket))!
    expect(Rule).toMatchObject({ ID: 'own' })
    close()
    await store.close()
  })

  test('with a wrong secret cannot be used', async () => {
    const store = s3Store({ ...newBucket(server), secretKey: 'wrong' })
    await expect(store.check()).rejects.toThrow(ObjectStoreUnavailable)
    await store.close()
  })

  test('is written by two at once under different keys without one disturbing the other, parts and all', async () => {
    const options = newBucket(server)
    const stores = [s3Store(options), s3Store(options)]
    await stores[0]!.check()
    await Promise.all(stores.map((store, n) => store.put(`a/${n}`, bytes(20_000_000 + n))))
    for (const n of [0, 1]) expect((await buffer(await stores[n]!.get(`a/${1 - n}`))).length).toBe(20_000_000 + 1 - n)
    for (const store of stores) await store.close()
  })

  test('whose gateway stands still for a moment only makes us wait', async ({ skip }) => {
    if (server.gatewayPid === undefined) return skip('the gateway is not ours to stop')
    const store = s3Store(newBucket(server))
    await store.check()
    process.kill(server.gatewayPid, 'SIGSTOP')
    const put = store.put('a/x', bytes(1_000_000))
    setTimeout(() => process.kill(server.gatewayPid!, 'SIGCONT'), 1_500)
    expect(await put).toEqual({ size: 1_000_000 })
    await store.close()
  })
})
