import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { IndexUnavailable } from '../../archive/errors.ts'
import { newObjectKey } from '../../archive/object-key.ts'
import { openPublisher } from '../../archive/publisher.ts'
import { emptyQuarantine, sweep } from '../../archive/sweeper.ts'
import { beat, openEpoch } from '../../storage/index/epochs.ts'
import { publishInstances } from '../../storage/index/publish.ts'
import { filesystemStore } from '../../storage/objects/filesystem.ts'
import type { ObjectStore } from '../../storage/objects/objects.ts'
import { type County, makeCounty } from '../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'
import { instanceRecord } from '../support/records.ts'

let index: TestIndex
let county: County
let objects: ObjectStore
let root: string
beforeAll(async () => {
  index = await openTestIndex()
  county = await makeCounty(index.pool)
  root = await mkdtemp(join(tmpdir(), 'archive-sweeper-'))
  objects = filesystemStore({ root })
})
afterAll(async () => {
  await objects.close()
  await rm(root, { recursive: true, force: true })
  await index.close()
})

async function put(key: string): Promise<string> {
  await objects.put(
    key,
    (async function* () {
      yield Buffer.from(key)
    })(),
  )
  return key
}
const keys = async (prefix: string) => {
  const found: string[] = []
  for await (const { key } of objects.list(prefix)) found.push(key)
  return found.sort()
}
const silence = (epoch: number) =>
  index.pool.query(`update epoch set heartbeat_at = now() - interval '2 hours' where epoch_id = $1`, [epoch])

test('puts aside what a dead gateway wrote and never published, and nothing else', async () => {
  const [dead, alive] = [await openEpoch(index.pool, 'dead'), await openEpoch(index.pool, 'alive')]
  const source = county.sources[0]
  const record = instanceRecord({ study: 'published', source, epoch: dead })
  const conflicting = instanceRecord({ study: 'published', content: 'other', source, epoch: dead })
  await publishInstances(index.pool, dead, [record])
  await publishInstances(index.pool, dead, [conflicting])
  const published = [await put(record.objectKey), await put(conflicting.objectKey)]
  const lost = await put(newObjectKey(source, dead, new Date()))
  const underWay = await put(newObjectKey(source, alive, new Date()))
  // An index restored from an older backup knows nothing of this epoch.
  const unknown = await put(newObjectKey(source, 4711, new Date()))
  await silence(dead)

  expect(await sweep({ index, objects })).toEqual([lost])
  expect(await keys('')).toEqual([...published, underWay, unknown, `quarantine/${lost}`].sort())
  expect(await sweep({ index, objects })).toEqual([])

  expect(await emptyQuarantine({ objects }, new Date(Date.now() + 29 * 86_400_000))).toEqual([])
  expect(await emptyQuarantine({ objects }, new Date(Date.now() + 31 * 86_400_000))).toEqual([`quarantine/${lost}`])
  expect(await keys('quarantine/')).toEqual([])
})

test('a gateway that was silent for an hour loses what it was storing, and goes on under a new epoch', async () => {
  const publisher = await openPublisher({ index, gateway: 'sleeper' })
  const { epoch } = publisher
  await silence(epoch)
  await sweep({ index, objects })
  const told = (instance: number) => instanceRecord({ study: 'late', instance, source: county.sources[0], epoch: publisher.epoch })
  await expect(publisher.publish(told(1))).rejects.toBeInstanceOf(IndexUnavailable)
  expect(await beat(index.pool, epoch)).toBe(false)
  await vi.waitFor(() => expect(publisher.epoch).toBeGreaterThan(epoch))
  expect((await publisher.publish(told(2))).outcome).toBe('stored')
  await expect(publisher.publish({ ...told(3), objectKey: newObjectKey(county.sources[0], epoch, new Date()) })).rejects.toBeInstanceOf(
    IndexUnavailable,
  )
  await publisher.close()
})
