/** Whoever submits, releases or signs has opened the images themselves, as they are now, or says why not; a grade is that of the images that were there. reading.md §3.2. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../../../archive/access.ts'
import { rejectInstances, restoreRejection } from '../../../../archive/delete.ts'
import { openWorkitem } from '../../../../archive/reading/list/workitems.ts'
import type { Refused } from '../../../../archive/reading/refused.ts'
import { lintDraft } from '../../../../archive/reading/reports/checks.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { signableBatch, signBatch } from '../../../../archive/reading/signing/sign-batch.ts'
import { eventLog } from '../../../../archive/reading/workflow/event-log.ts'
import { joinWorkitems } from '../../../../archive/reading/workflow/join.ts'
import type { Verb } from '../../../../archive/reading/workflow/machine.ts'
import { noteOpened } from '../../../../archive/reading/workflow/openings.ts'
import { perform, type VerbRequest } from '../../../../archive/reading/workflow/perform.ts'
import { lastChange } from '../../../../storage/index/changes.ts'
import { query } from '../../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { uidOf } from '../../../support/records.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
let studies = 0
beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
})
afterAll(() => index.close())

const act = (who: Asker, id: number, verb: Verb, request: VerbRequest = {}) =>
  perform(county.tools, who, id, verb, { pinProved: true, ...request })
const refusal = (deed: Promise<unknown>) =>
  deed.then(
    () => undefined,
    ({ code, current }: Refused) => ({ code, rules: ((current as { rule: string }[] | undefined) ?? []).map(({ rule }) => rule) }),
  )
const codeOf = async (deed: Promise<unknown>) => (await refusal(deed))?.code
const look = (who: Asker, id: number, study: number, upTo?: number) =>
  noteOpened(county.tools, who, id, { StudyInstanceUID: uidOf(study), what: 'images', upTo })
const write = async (who: Asker, id: number, text: object) => {
  const rev = (await openWorkitem(county.tools, who, id)).draft?.rev ?? 0
  return writeDraft(county.tools, who, id, { ...text, rev })
}
const unseenBy = async (who: Asker, id: number) => (await openWorkitem(county.tools, who, id)).unseen

/** Claimed and written by 王丽; nobody has opened the images. */
async function written(): Promise<{ id: number; study: number }> {
  studies += 1
  const study = studies
  const id = await county.workitemOf(await county.arrive({ study }))
  await perform(county.tools, county.people.eastTech, id, 'ready')
  await act(county.people.wang, id, 'claim')
  await write(county.people.wang, id, completeDraft)
  return { id, study }
}
/** 王丽 has looked and submitted. */
async function submitted(): Promise<{ id: number; study: number }> {
  const task = await written()
  await look(county.people.wang, task.id, task.study)
  await act(county.people.wang, task.id, 'submit')
  return task
}

describe('the images', () => {
  test('are opened by each who signs: what the author has seen the reviewer has not', async () => {
    const { wang, zeng } = county.people
    const { id, study } = await written()
    expect(await codeOf(act(wang, id, 'submit'))).toBe('images-unseen')
    // A colleague who had a look signs nothing.
    await look(zeng, id, study)
    expect(await codeOf(act(wang, id, 'submit'))).toBe('images-unseen')
    await look(wang, id, study)
    expect(await unseenBy(wang, id)).toEqual([])
    await act(wang, id, 'submit')
    const other = await submitted()
    await act(zeng, other.id, 'review')
    expect(await unseenBy(zeng, other.id)).toEqual([{ StudyInstanceUID: uidOf(other.study), newImages: false }])
    expect(await codeOf(act(zeng, other.id, 'sign'))).toBe('images-unseen')
    await look(zeng, other.id, other.study)
    await act(zeng, other.id, 'sign')
  })

  test('may be signed unopened with a reason, which stands in the log and in the audit', async () => {
    const { zeng } = county.people
    const { id, study } = await submitted()
    await act(zeng, id, 'review')
    await act(zeng, id, 'sign', { reason: '在设备工作站看过' })
    const { events } = await eventLog(county.tools, zeng, id)
    expect(events.at(-1)).toMatchObject({ verb: 'sign', reason: '在设备工作站看过', detail: { imagesUnseen: true } })
    expect(events.find(({ verb }) => verb === 'submit')?.detail).not.toHaveProperty('imagesUnseen')
    const audited = await query(
      index.pool,
      `select study_instance_uid as uid, detail from audit_event where action = 'sign-unseen' and object = $1`,
      [`workitem/${id}`],
    )
    expect(audited).toEqual([{ uid: uidOf(study), detail: expect.objectContaining({ verb: 'sign', reason: '在设备工作站看过' }) }])
  })

  test('that came since count as unseen, until they are acknowledged by those who sign, or opened again', async () => {
    const { wang, zeng } = county.people
    const { id, study } = await written()
    for (const each of [wang, zeng]) await look(each, id, study)
    await county.arrive({ study, instance: 2 })
    expect(await unseenBy(wang, id)).toEqual([{ StudyInstanceUID: uidOf(study), newImages: true }])
    expect(await codeOf(act(wang, id, 'submit'))).toBe('images-unseen')
    await act(wang, id, 'acknowledge')
    expect(await unseenBy(wang, id)).toEqual([])
    // What one acknowledges the other has not seen.
    expect(await unseenBy(zeng, id)).toEqual([{ StudyInstanceUID: uidOf(study), newImages: true }])
    await look(zeng, id, study)
    expect(await unseenBy(zeng, id)).toEqual([])
  })

  test('are not acknowledged by somebody who has never opened any', async () => {
    const { wang } = county.people
    const { id, study } = await written()
    await county.arrive({ study, instance: 2 })
    await act(wang, id, 'acknowledge')
    expect(await codeOf(act(wang, id, 'submit'))).toBe('images-unseen')
  })

  test('that came after the viewer was asked for them are not among those it shows', async () => {
    const { wang } = county.people
    const { id, study } = await written()
    const asked = await lastChange(index.pool)
    await county.arrive({ study, instance: 2 })
    await look(wang, id, study, asked)
    expect(await unseenBy(wang, id)).toEqual([{ StudyInstanceUID: uidOf(study), newImages: true }])
    // A number from the future opens nothing in advance.
    await look(wang, id, study, 1e12)
    await county.arrive({ study, instance: 3 })
    expect(await unseenBy(wang, id)).toHaveLength(1)
  })

  test('of a study that is joined are opened too, whoever had it open before', async () => {
    const { wang } = county.people
    const { id, study } = await written()
    await look(wang, id, study)
    studies += 1
    const joined = studies
    const other = await county.workitemOf(await county.arrive({ study: joined }))
    await perform(county.tools, county.people.eastTech, other, 'ready')
    await look(wang, other, joined)
    await joinWorkitems(county.tools, wang, id, { other, reason: '同一次检查' })
    expect(await unseenBy(wang, id)).toEqual([{ StudyInstanceUID: uidOf(joined), newImages: false }])
    await look(wang, id, joined)
    expect(await unseenBy(wang, id)).toEqual([])
  })

  test('are none of ours, and no documents beside them', async () => {
    const { wang } = county.people
    const { id, study } = await written()
    await look(wang, id, study)
    await county.arrive({ study, series: 8 }, { ...county.east, via: 'authored' })
    for (const SOPClassUID of ['1.2.840.10008.5.1.4.1.1.88.67', '1.2.840.10008.5.1.4.1.1.11.1'])
      await county.store({ study, series: 9, instance: SOPClassUID.length }, county.east, { SOPClassUID })
    expect(await unseenBy(wang, id)).toEqual([])
  })

  test('are asked for before a temporary report leaves the house', async () => {
    const { wang } = county.people
    const { id, study } = await submitted()
    await query(index.pool, 'update workitem set urgency = 1 where id = $1', [id])
    await county.arrive({ study, instance: 2 })
    expect(await codeOf(act(wang, id, 'temp-release'))).toBe('images-unseen')
    await act(wang, id, 'temp-release', { reason: '急诊，电话已报' })
  })

  test('that come while a temporary report is put together keep it in the house', async () => {
    const { wang } = county.people
    const { id, study } = await submitted()
    await query(index.pool, 'update workitem set urgency = 1 where id = $1', [id])
    const { signer } = county.tools
    const sign = async (...given: Parameters<typeof signer.sign>) => {
      await county.store({ study, instance: 2 })
      return signer.sign(...given)
    }
    const meanwhile = { ...county.tools, signer: { ...signer, sign } }
    expect(await codeOf(perform(meanwhile, wang, id, 'temp-release', { pinProved: true }))).toBe('images-unseen')
    expect(await query(index.pool, 'select from report where workitem_id = $1', [id])).toEqual([])
  })

  test('that were put aside while somebody looked, and are back, count as unseen', async () => {
    const { wang, eastTech } = county.people
    const { id, study } = await written()
    await county.arrive({ study, instance: 2 })
    const tools = { ...county.tools, retention: { years: 30, days: 90 } }
    const named = { code: '113001', comment: '', SOPInstanceUIDs: [uidOf(study, 1, 2)] } as const
    const rejection = await rejectInstances(tools, eastTech, uidOf(study), named)
    await look(wang, id, study)
    expect(await unseenBy(wang, id)).toEqual([])
    await restoreRejection(tools, eastTech, rejection, { reason: '' })
    expect(await codeOf(act(wang, id, 'submit'))).toBe('images-unseen')
  })

  test('of normal health checks are signed unopened in one go with one reason, where their author has looked', async () => {
    const { zeng, wang } = county.people
    const { id } = await submitted()
    const { id: opened, study } = await submitted()
    await look(zeng, opened, study)
    const { id: nobody } = await written()
    await act(wang, nobody, 'submit', { reason: '在设备工作站看过' })
    await query(index.pool, 'update workitem set urgency = 4 where id = any($1)', [[id, opened, nobody]])
    const offered = await signableBatch(county.tools, zeng, 100)
    expect(offered.map((item) => [Number(item.id), item.seen])).toEqual([
      [id, false],
      [opened, true],
    ])
    expect((await signBatch(county.tools, zeng, [id, nobody], true)).refused).toEqual([
      { id: String(id), code: 'images-unseen' },
      { id: String(nobody), code: 'not-normal' },
    ])
    expect(await signBatch(county.tools, zeng, [id, opened], true, '批量体检，报告医师已阅片')).toEqual({
      signed: [String(id), String(opened)],
      refused: [],
    })
    const reasons = async (task: number) =>
      (await eventLog(county.tools, zeng, task)).events
        .filter(({ verb }) => verb === 'sign' || verb === 'review')
        .map(({ reason }) => reason)
    expect(await reasons(id)).toEqual(['体检批量审核', '批量体检，报告医师已阅片'])
    expect(await reasons(opened)).toEqual(['体检批量审核', null])
  })
})

describe('the grade', () => {
  test('is asked for again when images come after it, at the submission, whoever acknowledged; the text stays', async () => {
    const { wang } = county.people
    const { id, study } = await written()
    await county.arrive({ study, instance: 2 })
    await look(wang, id, study)
    const rules = async (text: object = {}) => (await lintDraft(county.tools, wang, id, text)).map(({ rule }) => rule)
    expect(await rules()).toEqual(['late-images'])
    expect(await refusal(act(wang, id, 'submit'))).toEqual({ code: 'unchecked', rules: ['late-images'] })
    await act(wang, id, 'acknowledge')
    expect(await refusal(act(wang, id, 'submit'))).toEqual({ code: 'unchecked', rules: ['late-images'] })
    const overrides = [{ rule: 'late-images', reason: '不影响' }]
    expect((await refusal(act(wang, id, 'submit', { details: { overrides } })))?.code).toBe('unchecked')
    // Saving other words is no grading; what is being chosen is.
    await write(wang, id, { advice: '建议复查。' })
    expect(await rules()).toEqual(['late-images'])
    expect(await rules({ grade: { grade: '乙', dims: {} } })).toEqual([])
    await write(wang, id, { grade: null })
    await write(wang, id, { grade: completeDraft.grade })
    expect(await rules()).toEqual([])
    await act(wang, id, 'submit')
    expect((await openWorkitem(county.tools, wang, id)).draft).toMatchObject({ findings: completeDraft.findings, advice: '建议复查。' })
  })

  test('is asked for again at the signature when images came after the submission, and when they came while it was signed', async () => {
    const { zeng } = county.people
    const { id, study } = await submitted()
    await county.arrive({ study, instance: 2 })
    await act(zeng, id, 'review')
    await look(zeng, id, study)
    expect(await refusal(act(zeng, id, 'sign'))).toEqual({ code: 'unchecked', rules: ['late-images'] })
    await write(zeng, id, { grade: { grade: '乙', dims: {} } })
    const { signer } = county.tools
    const meanwhile = {
      ...county.tools,
      signer: {
        ...signer,
        sign: async (...given: Parameters<typeof signer.sign>) => {
          await county.store({ study, instance: 3 })
          return signer.sign(...given)
        },
      },
    }
    const signing = perform(meanwhile, zeng, id, 'sign', { pinProved: true, reason: '在工作站看过' })
    expect(await refusal(signing)).toEqual({ code: 'unchecked', rules: ['late-images'] })
    const [row] = await query(
      index.pool,
      'select state, (select count(*)::int from report r where r.workitem_id = w.id) as reports from workitem w where id = $1',
      [id],
    )
    expect(row).toEqual({ state: 'REVIEWING', reports: 0 })
    await county.follow()
    await look(zeng, id, study)
    await write(zeng, id, { grade: { grade: '丙', dims: {} } })
    await act(zeng, id, 'sign')
  })

  test('is that of all studies that are read together', async () => {
    const { wang } = county.people
    const { id } = await written()
    studies += 1
    const other = await county.ready(studies)
    await joinWorkitems(county.tools, wang, id, { other, reason: '同一次检查' })
    expect((await lintDraft(county.tools, wang, id, {})).map(({ rule }) => rule)).toEqual(['late-images'])
  })

  test('of a report is chosen again for an amendment only where images came since', async () => {
    const { wang, zeng } = county.people
    const { id, study } = await submitted()
    await look(zeng, id, study)
    await act(zeng, id, 'review')
    await act(zeng, id, 'sign')
    await act(wang, id, 'amend', { amending: 'addendum' })
    expect((await lintDraft(county.tools, wang, id, {})).map(({ rule }) => rule)).not.toContain('late-images')
    await act(wang, id, 'abandon')
    await county.arrive({ study, instance: 2 })
    await act(wang, id, 'amend', { amending: 'addendum' })
    expect((await lintDraft(county.tools, wang, id, {})).map(({ rule }) => rule)).toContain('late-images')
  })
})

test('images that come while somebody signs are in no report of somebody who has not seen them', async () => {
  const { zeng } = county.people
  for (let round = 0; round < 8; round++) {
    const { id, study } = await submitted()
    await act(zeng, id, 'review')
    await look(zeng, id, study)
    const seen = await lastChange(index.pool)
    await Promise.all([codeOf(act(zeng, id, 'sign')), county.store({ study, instance: 2 })])
    const [report] = await query<{ content: string }>(index.pool, 'select content from report where workitem_id = $1', [id])
    if (report === undefined) continue
    const signed = (JSON.parse(report.content) as { study: { evidence: { instances: string[][] }[] } }).study.evidence.flatMap(
      ({ instances }) => instances.map(([, uid]) => uid),
    )
    const unseen = await query(index.pool, 'select from change where kind = $1 and number > $2 and ref = any($3)', [
      'instance',
      seen,
      signed,
    ])
    expect(unseen).toEqual([])
  }
})
