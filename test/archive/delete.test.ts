/** Delete in two steps: what is hidden, what comes back, who may, and what is left after a purge. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Asker } from '../../archive/access.ts'
import { confirmPurge, type DeleteTools, rejectInstances, requestPurge, restoreRejection, withdrawPurge } from '../../archive/delete.ts'
import { Conflict, Forbidden, NotFound, ReportStands, RetentionRuns, SecondPersonNeeded } from '../../archive/errors.ts'
import { removePurged } from '../../archive/purge.ts'
import { searchBoard } from '../../archive/reading/board/board.ts'
import { searchWorkitems } from '../../archive/reading/list/workitem-search.ts'
import { writeDraft } from '../../archive/reading/reports/drafts.ts'
import { perform } from '../../archive/reading/workflow/perform.ts'
import { getRejection, searchRejections } from '../../archive/rejections.ts'
import { readChanges } from '../../storage/index/changes.ts'
import { publishedAmong } from '../../storage/index/epochs.ts'
import { publishInstances } from '../../storage/index/publish.ts'
import { query } from '../../storage/index/query.ts'
import { findStudy, instancesOf, metadataOf } from '../../storage/index/retrieve.ts'
import { countInstances, searchSeries, searchStudies } from '../../storage/index/search.ts'
import { filesystemStore } from '../../storage/objects/filesystem.ts'
import type { ObjectStore } from '../../storage/objects/objects.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'
import { instanceRecord, type Told, uidOf } from '../support/records.ts'
import { completeDraft, type ReadingCounty, readingCounty } from './reading/county.ts'

let index: TestIndex
let county: ReadingCounty
let tools: DeleteTools
let secondAdmin: Asker
let objects: ObjectStore
let root: string
let next = 0
/** A study of its own for each test, of two series with two instances each. */
let study: number
let StudyInstanceUID: string

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  tools = { ...county.tools, retention: { years: 30, days: 90 } }
  secondAdmin = await county.asker('second-admin', ['administrator'], county.people.admin.institution.id)
  root = await mkdtemp(join(tmpdir(), 'delete-'))
  objects = filesystemStore({ root })
})

async function* one(bytes: Buffer) {
  yield bytes
}

afterAll(async () => {
  await index.close()
  await rm(root, { recursive: true, force: true })
})

beforeEach(async () => {
  next += 1
  study = next
  StudyInstanceUID = uidOf(study)
  for (const series of [1, 2]) for (const instance of [1, 2]) await arrive({ series, instance })
})

const arrive = (told: Omit<Told, 'source' | 'epoch' | 'study'>) => county.arrive({ study, ...told })

async function publish(told: Omit<Told, 'source' | 'epoch' | 'study'>) {
  const [published] = await publishInstances(index.pool, 1, [instanceRecord({ study, source: county.east, epoch: 1, ...told })])
  return published!.outcome
}

const rejectStudy = (asker: Asker = county.people.eastTech) =>
  rejectInstances(tools, asker, StudyInstanceUID, { code: '113001', comment: '体位不正' })

const search = () => ({ scope: county.people.admin.scope, StudyInstanceUID, matches: [], limit: 10, offset: 0, order: [] })
const uidsShown = async () => {
  const uids: string[] = []
  for await (const row of instancesOf(index.pool, county.people.admin.scope, { StudyInstanceUID })) uids.push(row.SOPInstanceUID)
  return uids
}
const totals = async () => (await findStudy(index.pool, county.people.admin.scope, StudyInstanceUID))!
/** Time passes: what was rejected was rejected so many days earlier. */
const age = (id: number, days: number) =>
  query(index.pool, 'update rejection set rejected_at = rejected_at - make_interval(days => $2) where rejection_id = $1', [id, days])
const kinds = async () => {
  const changes = await readChanges(index.pool, 0, 10_000)
  return changes.filter((change) => change.StudyInstanceUID === StudyInstanceUID).map(({ kind }) => kind)
}

describe('a wholly rejected study', () => {
  test('exists for nobody, and comes back as it was', async () => {
    const before = await totals()
    const id = await rejectStudy()
    expect(await uidsShown()).toEqual([])
    expect(await findStudy(index.pool, county.people.admin.scope, StudyInstanceUID)).toBeUndefined()
    expect((await searchStudies(index.pool, search())).rows).toEqual([])
    expect((await searchSeries(index.pool, search())).rows).toEqual([])
    expect(await countInstances(index.pool, search())).toBe(0)
    expect((await searchBoard(tools as never, county.people.eastTech, { limit: 500 })).map((row) => row.StudyInstanceUID)).not.toContain(
      StudyInstanceUID,
    )
    await restoreRejection(tools, county.people.eastTech, id, { reason: '误操作' })
    const { revision, ...after } = await totals()
    expect(after).toEqual({ ...before, revision: undefined, ...after })
    expect([after.series, after.instances, after.bytes]).toEqual([before.series, before.instances, before.bytes])
    expect(revision).toBeGreaterThan(before.revision)
    expect(await uidsShown()).toHaveLength(4)
  })

  test('takes its reading task along, which waits where it was when the study is back', async () => {
    const workitem = await county.workitemOf(StudyInstanceUID)
    await perform(tools, county.people.eastTech, workitem, 'ready')
    await perform(tools, county.people.wang, workitem, 'claim')
    await writeDraft(tools, county.people.wang, workitem, { ...completeDraft, rev: undefined } as never)
    const id = await rejectStudy()
    const list = async () =>
      (await searchWorkitems(tools, county.people.wang, { view: 'all', limit: 500 })).items.find((item) => item.id === String(workitem))
    expect(await list()).toBeUndefined()
    await restoreRejection(tools, county.people.eastTech, id, { reason: '误操作' })
    expect(await list()).toMatchObject({ state: 'READY', assignee: null })
    const events = await query<{ verb: string; reason: string; actor: number }>(
      index.pool,
      'select verb, reason, actor_id as actor from workitem_event where workitem_id = $1 order by number desc limit 2',
      [workitem],
    )
    expect(events).toEqual([
      { verb: 'restore', reason: '误操作', actor: county.people.eastTech.account },
      { verb: 'reject', reason: '因质量原因拒收:体位不正', actor: county.people.eastTech.account },
    ])
  })

  test('is shown again by a new image, and its reading task begins anew', async () => {
    const id = await rejectStudy()
    await arrive({ series: 1, instance: 3 })
    expect(await uidsShown()).toEqual([uidOf(study, 1, 3)])
    expect(await totals()).toMatchObject({ series: 1, instances: 1 })
    const [workitem] = await query<{ state: string }>(index.pool, 'select state from workitem where id = $1', [
      await county.workitemOf(StudyInstanceUID),
    ])
    expect(workitem!.state).toBe('UPLOADING')
    await restoreRejection(tools, county.people.eastTech, id, { reason: '需要对比' })
    expect(await uidsShown()).toHaveLength(5)
    expect(await totals()).toMatchObject({ series: 2, instances: 5 })
  })
})

describe('a rejected series, rejected instances', () => {
  test('the rest stays, counters and revisions follow', async () => {
    const before = await totals()
    const revisionOf = async (series: number) =>
      (await metadataOf(index.pool, county.people.admin.scope, { StudyInstanceUID, SeriesInstanceUID: uidOf(study, series) }))?.revision
    const other = await revisionOf(2)
    const mine = await revisionOf(1)
    const id = await rejectInstances(tools, county.people.eastTech, StudyInstanceUID, {
      code: '113037',
      comment: '',
      SeriesInstanceUID: uidOf(study, 1),
    })
    expect(await uidsShown()).toEqual([uidOf(study, 2, 1), uidOf(study, 2, 2)])
    expect(await totals()).toMatchObject({ series: 1, instances: 2, revision: before.revision + 1 })
    expect(await revisionOf(1)).toBeUndefined()
    expect(await revisionOf(2)).toBe(other)
    await restoreRejection(tools, county.people.eastTech, id, { reason: '' })
    expect(await totals()).toMatchObject({ series: 2, instances: 4 })
    expect([mine, undefined]).not.toContain(await revisionOf(1))
  })

  test('one instance after another until nothing is left: the study is hidden with the last', async () => {
    const all = await uidsShown()
    const ids: number[] = []
    for (const uid of all) {
      ids.push(
        await rejectInstances(tools, county.people.eastTech, StudyInstanceUID, { code: '113001', comment: '', SOPInstanceUIDs: [uid] }),
      )
    }
    expect(await findStudy(index.pool, county.people.admin.scope, StudyInstanceUID)).toBeUndefined()
    for (const id of ids) await restoreRejection(tools, county.people.eastTech, id, { reason: '' })
    expect(await uidsShown()).toEqual(all)
  })

  test('a series that was hidden while a new row was made for it becomes one series again', async () => {
    const first = await rejectInstances(tools, county.people.eastTech, StudyInstanceUID, {
      code: '113001',
      comment: '',
      SeriesInstanceUID: uidOf(study, 1),
    })
    await arrive({ series: 1, instance: 9 })
    const second = await rejectInstances(tools, county.people.eastTech, StudyInstanceUID, {
      code: '113001',
      comment: '',
      SeriesInstanceUID: uidOf(study, 1),
    })
    await restoreRejection(tools, county.people.eastTech, first, { reason: '' })
    await restoreRejection(tools, county.people.eastTech, second, { reason: '' })
    expect(await totals()).toMatchObject({ series: 2, instances: 5 })
    expect(await uidsShown()).toHaveLength(5)
  })

  test('a request repeated over a weak link finds its deed done', async () => {
    const named = { code: '113001', comment: '', SOPInstanceUIDs: [uidOf(study, 1, 1)] } as const
    const reject = () => rejectInstances(tools, county.people.eastTech, StudyInstanceUID, named, `key-${study}`)
    const id = await reject()
    expect(await reject()).toBe(id)
    const restore = () => restoreRejection(tools, county.people.eastTech, id, { reason: '', idempotencyKey: `back-${study}` })
    await restore()
    await restore()
    expect(await uidsShown()).toHaveLength(4)
  })

  test('what is named and not there is 404 and nothing is rejected', async () => {
    const named = { code: '113001', comment: '', SOPInstanceUIDs: [uidOf(study, 1, 1), '1.2.3'] } as const
    await expect(rejectInstances(tools, county.people.eastTech, StudyInstanceUID, named)).rejects.toBeInstanceOf(NotFound)
    expect(await uidsShown()).toHaveLength(4)
  })
})

describe('what is sent again', () => {
  test('the same: Success, and it stays hidden; its second object is not kept', async () => {
    await rejectStudy()
    expect(await publish({ series: 1, instance: 1 })).toBe('rejected')
    expect(await uidsShown()).toEqual([])
    const rows = await query(index.pool, 'select from series where series_instance_uid = $1', [uidOf(study, 1)])
    expect(rows).toEqual([])
  })

  test('other content is kept as a version and asked about, another encoding too; neither shows anything', async () => {
    const id = await rejectStudy()
    expect(await publish({ series: 1, instance: 1, content: 'another' })).toBe('conflict')
    expect(await publish({ series: 1, instance: 2, TransferSyntaxUID: '1.2.840.10008.1.2.5' })).toBe('other-encoding')
    expect(await uidsShown()).toEqual([])
    expect(await getRejection(tools, county.people.eastTech, id)).toMatchObject({ resent: 2 })
    await restoreRejection(tools, county.people.eastTech, id, { reason: '' })
    expect(await uidsShown()).toHaveLength(4)
  })

  test('the call whose answer was lost is told again that it was stored', async () => {
    const record = instanceRecord({ study, series: 1, instance: 7, source: county.east, epoch: 1 })
    await publishInstances(index.pool, 1, [record])
    await rejectStudy()
    const [again] = await publishInstances(index.pool, 1, [record])
    expect(again).toMatchObject({ outcome: 'stored', change: null })
    expect(await uidsShown()).toEqual([])
  })

  test('objects of rejected instances are known to the sweeper', async () => {
    const [row] = await query<{ key: string }>(index.pool, 'select object_key as key from instance where sop_instance_uid = $1', [
      uidOf(study, 1, 1),
    ])
    await rejectStudy()
    expect(await publishedAmong(index.pool, [row!.key])).toEqual(new Set([row!.key]))
  })

  test('rejecting and storing at the same time never leaves a shown instance in a hidden study, nor a count that is wrong', async () => {
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        rejectStudy().catch(() => undefined),
        ...[10, 11, 12].map((instance) =>
          publishInstances(index.pool, 1, [
            instanceRecord({ study, series: round, instance: round * 10 + instance, source: county.east, epoch: 1 }),
          ]).catch(() => undefined),
        ),
      ])
      const [found] = await query<{ instances: number; series: number; counted: number; countedSeries: number; shown: boolean }>(
        index.pool,
        `select t.instances, t.series, (select count(*) from instance i where i.study_pk = s.study_pk) as counted,
           (select count(distinct i.series_pk) from instance i join series e using (series_pk) where i.study_pk = s.study_pk) as "countedSeries",
           exists (select from study_access a where a.study_pk = s.study_pk) as shown
         from study s join study_totals t using (study_pk) where s.study_instance_uid = $1`,
        [StudyInstanceUID],
      )
      expect(found).toMatchObject({ instances: found!.counted, series: found!.countedSeries, shown: found!.counted > 0 })
    }
  })
})

describe('who may', () => {
  test('a technologist: images of the own institution; a clinician, a radiologist and another township: not', async () => {
    await expect(rejectStudy(county.people.westTech)).rejects.toBeInstanceOf(NotFound)
    await expect(rejectStudy(county.people.eastDoctor)).rejects.toBeInstanceOf(Forbidden)
    await expect(rejectStudy(county.people.wang)).rejects.toBeInstanceOf(Forbidden)
    const id = await rejectStudy(county.people.admin)
    await expect(restoreRejection(tools, county.people.eastTech, id, { reason: '' })).rejects.toBeInstanceOf(Forbidden)
    await expect(restoreRejection(tools, county.people.westTech, id, { reason: '' })).rejects.toBeInstanceOf(NotFound)
  })

  test('nobody but an administrator rejects what a report was signed on, and nobody the documents of the report', async () => {
    const workitem = await county.workitemOf(StudyInstanceUID)
    await perform(tools, county.people.eastTech, workitem, 'ready')
    await perform(tools, county.people.wang, workitem, 'claim')
    await writeDraft(tools, county.people.wang, workitem, { ...completeDraft, rev: undefined } as never)
    await perform(tools, county.people.wang, workitem, 'submit', { reason: 'x' })
    await perform(tools, county.people.zeng, workitem, 'review')
    await perform(tools, county.people.zeng, workitem, 'sign', { reason: 'x', pinProved: true })
    const [document] = await query<{ uid: string }>(
      index.pool,
      `select d.sop_instance_uid as uid from report_document d join report r on r.id = d.report_id where r.workitem_id = $1 and d.kind = 'sr'`,
      [workitem],
    )
    await arrive({ series: 9, instance: 1 })
    await query(index.pool, 'update instance set sop_instance_uid = $2 where sop_instance_uid = $1', [uidOf(study, 9, 1), document!.uid])

    await expect(rejectStudy()).rejects.toBeInstanceOf(ReportStands)
    const named = { code: '113001', comment: '', SOPInstanceUIDs: [document!.uid] } as const
    await expect(rejectInstances(tools, county.people.admin, StudyInstanceUID, named)).rejects.toBeInstanceOf(ReportStands)
    const id = await rejectStudy(county.people.admin)
    expect(await uidsShown()).toEqual([document!.uid])
    // The images of a signed report are kept for their whole time, whatever the reason of their rejection.
    await age(id, 1_000)
    await expect(requestPurge(tools, county.people.admin, id, { reason: '' })).rejects.toBeInstanceOf(RetentionRuns)
  })

  test('113039 is for an administrator, and only when the time has run out', async () => {
    const request = { code: '113039', comment: '' } as const
    await expect(rejectInstances(tools, county.people.eastTech, StudyInstanceUID, request)).rejects.toBeInstanceOf(Forbidden)
    await expect(rejectInstances(tools, county.people.admin, StudyInstanceUID, request)).rejects.toBeInstanceOf(RetentionRuns)
  })
})

describe('purge', () => {
  /** Objects under the keys of the study's instances. */
  const putObjects = async () => {
    const rows = await query<{ key: string }>(
      index.pool,
      'select i.object_key as key from instance i join study s using (study_pk) where s.study_instance_uid = $1',
      [StudyInstanceUID],
    )
    for (const { key } of rows) await objects.put(key, one(Buffer.from('bytes')))
    return rows.map(({ key }) => key)
  }
  const there = async (keys: readonly string[]) => (await Promise.all(keys.map((key) => objects.stat(key)))).filter(Boolean).length

  test('two people, after the time: rows first, then objects; nothing else is touched', async () => {
    const keys = await putObjects()
    const id = await rejectStudy()
    await expect(requestPurge(tools, county.people.eastTech, id, { reason: '' })).rejects.toBeInstanceOf(Forbidden)
    await expect(requestPurge(tools, county.people.admin, id, { reason: '' })).rejects.toBeInstanceOf(RetentionRuns)
    await age(id, 91)
    await requestPurge(tools, county.people.admin, id, { reason: '过期' })
    await expect(confirmPurge(tools, county.people.admin, id, { reason: '' })).rejects.toBeInstanceOf(SecondPersonNeeded)
    await expect(restoreRejection(tools, county.people.admin, id, { reason: '' })).rejects.toBeInstanceOf(Conflict)
    expect((await getRejection(tools, county.people.admin, id)).verbs).toEqual(['withdraw-purge'])
    expect((await getRejection(tools, secondAdmin, id)).verbs).toEqual(['confirm-purge', 'withdraw-purge'])
    await confirmPurge(tools, secondAdmin, id, { reason: '同意' })
    expect(await there(keys)).toBe(4)
    // As if the gateway had died between the two: the next turn finishes it.
    expect(await removePurged({ index, objects })).toBe(4)
    expect(await there(keys)).toBe(0)
    expect(await removePurged({ index, objects })).toBe(0)
    expect(await getRejection(tools, secondAdmin, id)).toMatchObject({
      state: 'purged',
      purge: { requestedBy: 'admin', confirmedBy: 'second-admin', reason: '过期' },
      verbs: [],
    })
    const left = await query(
      index.pool,
      'select from instance_metadata m join rejected_instance r using (instance_pk) where r.rejection_id = $1',
      [id],
    )
    expect(left).toEqual([])
    expect((await kinds()).filter((kind) => kind === 'purge')).toHaveLength(4)
  })

  test('a store that fails in the middle is asked again, also by another gateway', async () => {
    const keys = await putObjects()
    const id = await rejectStudy()
    await age(id, 91)
    await requestPurge(tools, county.people.admin, id, { reason: '' })
    await confirmPurge(tools, secondAdmin, id, { reason: '' })
    let calls = 0
    const failing = {
      remove: (key: string) => {
        calls += 1
        return calls === 3 ? Promise.reject(new Error('away')) : objects.remove(key)
      },
    }
    await expect(removePurged({ index, objects: failing })).rejects.toThrow('away')
    await query(index.pool, 'update purged_object set next_attempt_at = now()')
    await removePurged({ index, objects })
    expect(await there(keys)).toBe(0)
  })

  test('of several who decide at once one does, and the others are told what stands', async () => {
    const id = await rejectStudy()
    await age(id, 91)
    const both = await Promise.allSettled([
      requestPurge(tools, county.people.admin, id, { reason: 'a' }),
      requestPurge(tools, secondAdmin, id, { reason: 'b' }),
      restoreRejection(tools, county.people.eastTech, id, { reason: 'c' }),
    ])
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const each of both) if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(Conflict)
    const { state, purge } = await getRejection(tools, county.people.admin, id)
    if (state === 'restored') return
    const other = purge?.requestedBy === 'admin' ? secondAdmin : county.people.admin
    const confirmed = await Promise.allSettled([1, 2, 3].map(() => confirmPurge(tools, other, id, { reason: '' })))
    expect(confirmed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await kinds()).filter((kind) => kind === 'purge')).toHaveLength(4)
    await removePurged({ index, objects })
  })

  test('an object that something refers to stays', async () => {
    const [key] = await putObjects()
    const [rejection] = await query<{ id: number }>(index.pool, 'select min(rejection_id) as id from rejection')
    await query(index.pool, 'insert into purged_object (object_key, rejection_id) values ($1, $2)', [key, rejection!.id])
    expect(await removePurged({ index, objects })).toBe(0)
    expect(await there([key!])).toBe(1)
  })

  test('a withdrawn purge can be restored; the purged bytes do not come back by a repetition, other content does', async () => {
    const id = await rejectStudy()
    await age(id, 91)
    await requestPurge(tools, county.people.admin, id, { reason: '' })
    await withdrawPurge(tools, county.people.admin, id, { reason: '' })
    await requestPurge(tools, secondAdmin, id, { reason: '' })
    await confirmPurge(tools, county.people.admin, id, { reason: '' })
    expect(await publish({ series: 1, instance: 1 })).toBe('rejected')
    expect(await publish({ series: 1, instance: 1, content: 'another' })).toBe('stored')
    expect(await uidsShown()).toEqual([uidOf(study, 1, 1)])
    // And that can be rejected in its turn.
    const again = await rejectStudy()
    expect(await uidsShown()).toEqual([])
    await restoreRejection(tools, county.people.eastTech, again, { reason: '' })
    expect(await uidsShown()).toEqual([uidOf(study, 1, 1)])
  })

  test('what expired after thirty years is purged, and welcome when it is sent again', async () => {
    await query(index.pool, `update study set study_date = '19900101', first_received_at = '1990-01-01' where study_instance_uid = $1`, [
      StudyInstanceUID,
    ])
    // The same person was seen later: that counts.
    const request = { code: '113039', comment: '' } as const
    await expect(rejectInstances(tools, county.people.admin, StudyInstanceUID, request)).rejects.toBeInstanceOf(RetentionRuns)
    await query(index.pool, `update study set first_received_at = '1990-01-01'`)
    const id = await rejectInstances(tools, county.people.admin, StudyInstanceUID, request)
    await requestPurge(tools, county.people.admin, id, { reason: '' })
    await confirmPurge(tools, secondAdmin, id, { reason: '' })
    expect(await publish({ series: 1, instance: 1 })).toBe('stored')
    expect(await uidsShown()).toEqual([uidOf(study, 1, 1)])
  })
})

test('the list: newest first, by state, for those concerned only; every deed is in the audit and in the feed', async () => {
  const id = await rejectStudy()
  const [newest] = await searchRejections(tools, county.people.eastTech, { states: ['rejected'], limit: 5 })
  expect(newest).toMatchObject({
    id: String(id),
    StudyInstanceUID,
    instances: 4,
    code: '113001',
    meaning: { zh: '因质量原因拒收' },
    comment: '体位不正',
    by: 'east-tech',
    state: 'rejected',
    patient: { name: '张三' },
    verbs: ['restore'],
  })
  expect(await searchRejections(tools, county.people.westTech, { states: undefined, limit: 500 })).toEqual([])
  await restoreRejection(tools, county.people.eastTech, id, { reason: '误操作' })
  const audit = await query<{ action: string; detail: object }>(
    index.pool,
    `select action, detail from audit_event where study_instance_uid = $1 order by id`,
    [StudyInstanceUID],
  )
  expect(audit.filter(({ action }) => action !== 'view')).toEqual([
    { action: 'reject', detail: { code: '113001', instances: 4 } },
    { action: 'restore', detail: { code: '113001', instances: 4, reason: '误操作' } },
  ])
  const feed = await kinds()
  expect(feed.filter((kind) => kind === 'delete')).toHaveLength(4)
  expect(feed.filter((kind) => kind === 'restore')).toHaveLength(4)
})
