import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { IndexUnavailable, OutcomeUnknown } from '../../archive/errors.ts'
import { openPublisher, Publisher } from '../../archive/publisher.ts'
import { readChanges } from '../../storage/index/changes.ts'
import { openIndex } from '../../storage/index/postgres.ts'
import type { InstanceRecord } from '../../storage/index/records.ts'
import { type County, makeCounty } from '../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'
import { instanceRecord, type Told, uidOf } from '../support/records.ts'

let index: TestIndex
let county: County
beforeAll(async () => {
  index = await openTestIndex({ max: 40 })
  county = await makeCounty(index.pool)
})
afterAll(() => index.close())

const told = (rest: Omit<Told, 'source'>, epoch: number): InstanceRecord => instanceRecord({ ...rest, epoch, source: county.sources[0] })

test('what arrives while a commit is under way goes together; nobody waits for company', async () => {
  const publisher = await openPublisher({ index, gateway: 'batches', concurrency: 1 })
  const alone = await publisher.publish(told({ study: 'batches', instance: 0 }, publisher.epoch))
  expect(alone.outcome).toBe('stored')
  const published = await Promise.all(
    Array.from({ length: 129 }, (_, at) => publisher.publish(told({ study: 'batches', instance: at + 1 }, publisher.epoch))),
  )
  expect(new Set(published.map(({ outcome }) => outcome))).toEqual(new Set(['stored']))
  const { rows } = await index.pool.query(
    'select revision, instances from study_totals join study using (study_pk) where study_instance_uid = $1',
    [uidOf('batches')],
  )
  // One for the first, one for what was alone in the queue, then 64 and 64.
  expect(rows).toEqual([{ revision: 4, instances: 130 }])
  await publisher.close()
  await expect(publisher.publish(told({}, publisher.epoch))).rejects.toBeInstanceOf(IndexUnavailable)
})

test('16 racing writers on one new study: nothing lost, doubled or deadlocked, and the feed is dense in the order of commits', async () => {
  const gateways = await Promise.all(Array.from({ length: 16 }, (_, at) => openPublisher({ index, gateway: `racing ${at}` })))
  // A reader who looks all the time must never see a number before its predecessors.
  let reading = true
  let reached = (await readChanges(index.pool, 0, 100_000)).at(-1)?.number ?? 0
  const start = reached
  const gaps: string[] = []
  const reader = (async () => {
    while (reading) {
      for (const { number } of await readChanges(index.pool, reached, 1000)) {
        if (number !== reached + 1) gaps.push(`${reached} → ${number}`)
        reached = number
      }
    }
  })()
  // Every writer sends 4 series of 25; each instance is sent by two writers, some in another order.
  const outcomes = await Promise.all(
    gateways.flatMap((publisher, writer) =>
      Array.from({ length: 100 }, async (_, at) => {
        const number = writer % 2 === 0 ? at : 99 - at
        const study = writer % 4 < 2 ? 'racing' : 'racing too'
        const instance = Math.floor(writer / 4) * 1000 + number
        await sleep(Math.random() * 20)
        return (await publisher.publish(told({ study, series: number % 4, instance }, publisher.epoch))).outcome
      }),
    ),
  )
  await Promise.all(gateways.map((publisher) => publisher.close()))
  reading = false
  await reader
  expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(800)
  expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(800)
  const { rows } = await index.pool.query(
    `select t.instances, t.series, t.bytes, (select count(*) from instance i where i.study_pk = s.study_pk) as rows,
       (select sum(et.instances) from series e join series_totals et using (series_pk) where e.study_pk = s.study_pk)::int as by_series
     from study s join study_totals t using (study_pk) where study_instance_uid = any ($1) order by study_instance_uid`,
    [[uidOf('racing'), uidOf('racing too')]],
  )
  const expected = { instances: 400, series: 4, bytes: 400_000, rows: 400, by_series: 400 }
  expect(rows).toEqual([expected, expected])
  expect(gaps).toEqual([])
  const changes = await readChanges(index.pool, start, 10_000)
  expect(changes).toHaveLength(800)
  expect(new Set(changes.map(({ ref }) => ref)).size).toBe(800)
  const { rows: patients } = await index.pool.query(
    `select count(distinct patient_pk) as n from study where study_instance_uid = any ($1)`,
    [[uidOf('racing'), uidOf('racing too')]],
  )
  expect(patients).toEqual([{ n: 1 }])
})

test('connections lost in the middle of publishing: each answer is the truth, and what is answered is there once', {
  timeout: 60_000,
}, async () => {
  const publisher = await openPublisher({ index, gateway: 'broken', concurrency: 4, maxBatch: 8, patienceMs: 30_000 })
  let killing = true
  const killer = (async () => {
    while (killing) {
      await index.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like 'select outcome%publish(%'`,
      )
      await sleep(20 + Math.random() * 100)
    }
  })()
  const outcomes: string[] = []
  for (let turn = 0; turn < 5; turn += 1) {
    const published = await Promise.all(
      Array.from({ length: 40 }, (_, at) => publisher.publish(told({ study: 'broken', series: turn, instance: at }, publisher.epoch))),
    )
    outcomes.push(...published.map(({ outcome }) => outcome))
  }
  killing = false
  await killer
  await publisher.close()
  expect(new Set(outcomes)).toEqual(new Set(['stored']))
  const { rows } = await index.pool.query(
    `select instances, (select count(*) from instance i where i.study_pk = s.study_pk) as rows,
       (select count(*) from change c where c.study_pk = s.study_pk) as changes
     from study s join study_totals using (study_pk) where study_instance_uid = $1`,
    [uidOf('broken')],
  )
  expect(rows).toEqual([{ instances: 200, rows: 200, changes: 200 }])
})

test('an answer lost for good is OutcomeUnknown; a database that was never reached is IndexUnavailable', async () => {
  const nowhere = openIndex({ url: 'postgres://nobody@127.0.0.1:1/none' })
  const publisher = new Publisher({ index: nowhere, gateway: 'nowhere', epoch: 1, patienceMs: 100 })
  const refused = await publisher.publish(told({}, 1)).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(IndexUnavailable)
  expect(refused).not.toBeInstanceOf(OutcomeUnknown)
  await nowhere.close()

  const mine = openIndex({ connection: index.connection })
  const epoch = (await index.pool.query(`insert into epoch (gateway) values ('x') returning epoch_id`)).rows[0].epoch_id
  const impatient = new Publisher({ index: mine, gateway: 'impatient', epoch, patienceMs: 300 })
  const blocker = await index.pool.connect()
  await blocker.query('begin; lock table instance in access exclusive mode')
  const publishing = impatient.publish(told({ study: 'unknown' }, epoch)).catch((error: unknown) => error)
  const kill = setInterval(() => {
    void index.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'select outcome%publish(%' and pid <> pg_backend_pid()`,
    )
  }, 20)
  expect(await publishing).toBeInstanceOf(OutcomeUnknown)
  clearInterval(kill)
  await blocker.query('rollback')
  blocker.release()
  await mine.close()
})

test('a record that the index refuses fails alone', async () => {
  const publisher = await openPublisher({ index, gateway: 'alone', concurrency: 1 })
  const bad = { ...told({ study: 'alone', instance: 2 }, publisher.epoch), objectSize: Number.NaN }
  const results = await Promise.allSettled([
    publisher.publish(told({ study: 'alone', instance: 0 }, publisher.epoch)),
    publisher.publish(told({ study: 'alone', instance: 1 }, publisher.epoch)),
    publisher.publish(bad),
    publisher.publish(told({ study: 'alone', instance: 3 }, publisher.epoch)),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  await publisher.close()
})
