/** The reading tasks as Workitems: what the portal does is seen over UPS-RS, and what UPS-RS asks is done by the reading machine or refused as the standard has it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newUID } from '../../../../archive/dicom/uid.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { tellWorkitem } from '../../../../archive/ups/follow-reading.ts'
import { completeDraft } from '../../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { uidOf } from '../../../support/records.ts'
import { firstOf, type JSONDataset, startWorklist, stateOf, type Worklist, warningOf } from './worklist.ts'

let index: TestIndex
let worklist: Worklist
let studies = 100
beforeAll(async () => {
  index = await openTestIndex()
  worklist = await startWorklist(index)
})
afterAll(async () => {
  await worklist.close()
  await index.close()
})

const [interpretation, verification] = ['110005', '110007']
const ready = async (): Promise<{ id: number; study: string }> => {
  studies += 1
  const id = await worklist.county.ready(studies, {
    patient_name: 'WANG^LI=王^丽',
    accession_number: `A${studies}`,
    patient_id: `P${studies}`,
  })
  await worklist.tell(id)
  return { id, study: uidOf(studies) }
}
/** Newest first: the step that stands, then those it replaced. */
const steps = async (study: string, code: string, asker = 'ai'): Promise<JSONDataset[]> =>
  worklist.search(asker, `StudyInstanceUID=${study}&ScheduledWorkitemCodeSequence.CodeValue=${code}&includefield=all`)
const states = async (study: string, code: string) => (await steps(study, code)).map((step) => firstOf(step, '00741000'))
const uidOfStep = async (study: string, code = interpretation) => String(firstOf((await steps(study, code!))[0]!, '00080018'))
const state = (asker: string, uid: string, wanted: string, lock?: string) =>
  worklist.send(asker, 'PUT', `/workitems/${uid}/state`, stateOf(wanted, lock))
const does = async (who: keyof Worklist['county']['people'], id: number, verb: Parameters<typeof perform>[3], reason?: string) => {
  await perform(worklist.county.tools, worklist.county.people[who], id, verb, { reason, pinProved: true })
  await worklist.tell(id)
}
const write = (id: number, who: 'wang' | 'li' | 'zeng' = 'wang') =>
  writeDraft(worklist.county.tools, worklist.county.people[who], id, { ...completeDraft, rev: undefined })

test('a study that has arrived is a SCHEDULED Interpretation with its patient, request, priority and images', async () => {
  const { id, study } = await ready()
  const uid = await uidOfStep(study)
  const step = await worklist.retrieve('ai', uid)
  expect(step).toMatchObject({
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'WANG^LI', Ideographic: '王^丽' }] },
    '00100020': { Value: [`P${studies}`] },
    '00741000': { Value: ['SCHEDULED'] },
    '00741200': { Value: ['MEDIUM'] },
    '00741202': { Value: ['READING'] },
    '00404041': { Value: ['READY'] },
    '00404018': { Value: [{ '00080100': { Value: ['110005'] }, '00080102': { Value: ['DCM'] } }] },
    '0040A370': { Value: [{ '00080050': { Value: [`A${studies}`] }, '0020000D': { Value: [study] } }] },
    '00404021': {
      Value: [
        {
          '0020000D': { Value: [study] },
          '00081199': { Value: [{ '00081155': { vr: 'UI' } }] },
          '0040E025': { Value: [{ '00081190': { Value: [expect.stringContaining(`/dicomweb/studies/${study}/series/`)] } }] },
        },
      ],
    },
  })
  const [found] = await steps(study, interpretation!)
  expect(firstOf(found!, '00404021')).toMatchObject({
    '0040E025': { Value: [{ '00081190': { Value: [`${worklist.url}/dicomweb/studies/${study}`] } }] },
  })
  expect(await tellWorkitem({ reading: worklist.county.tools, clock: () => new Date() }, id)).toBe(false)
})

test('what is still arriving is INCOMPLETE and cannot be claimed', async () => {
  studies += 1
  const study = await worklist.county.arrive({ study: studies, values: {} })
  await worklist.tell(await worklist.county.workitemOf(study))
  const [step] = await steps(study, interpretation!)
  expect(firstOf(step!, '00404041')).toBe('INCOMPLETE')
  const response = await state('ai', String(firstOf(step!, '00080018')), 'IN PROGRESS', newUID())
  expect(response.status).toBe(409)
  expect(warningOf(response)).toBe('The submitted request is inconsistent with the current state of the UPS Instance.')
})

test('read, verified and signed in the portal: both steps are COMPLETED with their performers and documents', async () => {
  const { id, study } = await ready()
  await does('wang', id, 'claim')
  expect(await states(study, interpretation!)).toEqual(['IN PROGRESS'])
  expect((await steps(study, interpretation!))[0]!['00404034']!.Value![0]).toMatchObject({
    '00404037': { Value: [{ Alphabetic: '王丽' }] },
  })
  await write(id)
  await does('wang', id, 'submit')
  expect(await states(study, verification!)).toEqual(['SCHEDULED'])
  expect((await steps(study, interpretation!))[0]!['00741002']!.Value![0]).toMatchObject({
    '00741004': { Value: [80] },
    '00741006': { Value: ['submitted for verification'] },
  })
  await does('zeng', id, 'review')
  expect(await states(study, verification!)).toEqual(['IN PROGRESS'])
  await does('zeng', id, 'sign')
  expect(await states(study, interpretation!)).toEqual(['COMPLETED'])
  expect(await states(study, verification!)).toEqual(['COMPLETED'])
  const done = await worklist.retrieve('ai', await uidOfStep(study))
  expect(done['00741216']!.Value![0]).toMatchObject({
    '00404035': { Value: [{ '00404037': { Value: [{ Alphabetic: '王丽' }] } }] },
    '00404033': { Value: [{ '00081199': { vr: 'SQ' } }, { '0040E025': { vr: 'SQ' } }] },
  })
})

test('what is released, returned or runs out ends CANCELED with the reason, and another step replaces it', async () => {
  const { id, study } = await ready()
  await does('wang', id, 'claim')
  await does('wang', id, 'release')
  expect(await states(study, interpretation!)).toEqual(['SCHEDULED', 'CANCELED'])
  const [now, before] = await steps(study, interpretation!)
  expect(now!['00741224']!.Value![0]).toMatchObject({ '00081155': { Value: [firstOf(before!, '00080018')] } })
  expect(before!['00741002']!.Value![0]).toMatchObject({ '00741238': { Value: ['released by its performer'] }, '0074100E': { vr: 'SQ' } })
  await does('li', id, 'claim')
  await write(id, 'li')
  await does('li', id, 'submit')
  await does('zeng', id, 'review')
  await does('zeng', id, 'rework', '左右写反')
  expect(await states(study, interpretation!)).toEqual(['IN PROGRESS', 'CANCELED'])
  expect(await states(study, verification!)).toEqual(['CANCELED'])
})

test('however late the follower looks, every step of the history is told', async () => {
  studies += 1
  const id = await worklist.county.ready(studies, {})
  const { tools, people } = worklist.county
  for (const who of [people.wang, people.li, people.wang]) {
    await perform(tools, who, id, 'claim')
    await perform(tools, who, id, 'release')
  }
  await worklist.tell(id)
  expect(await states(uidOf(studies), interpretation!)).toEqual(['SCHEDULED', 'CANCELED', 'CANCELED', 'CANCELED'])
})

describe('a program', () => {
  test('claims with a Transaction UID, reports progress, and lets go: the machine follows', async () => {
    const { id, study } = await ready()
    const uid = await uidOfStep(study)
    const lock = newUID()
    expect((await state('ai', uid, 'IN PROGRESS', lock)).status).toBe(200)
    const { rows } = await index.pool.query(
      'select w.state, a.username from workitem w join account a on a.id = w.assignee_id where w.id = $1',
      [id],
    )
    expect(rows).toEqual([{ state: 'CLAIMED', username: 'ai' }])
    await expect(perform(worklist.county.tools, worklist.county.people.wang, id, 'claim')).rejects.toThrow()
    const progress = {
      '00741002': { vr: 'SQ', Value: [{ '00741004': { vr: 'DS', Value: [40] }, '00741006': { vr: 'ST', Value: ['分割中'] } }] },
    }
    const reported = await worklist.send('ai', 'POST', `/workitems/${uid}?${lock}`, progress)
    expect(reported.status).toBe(200)
    expect(reported.headers.get('Warning')).toBeNull()
    expect((await worklist.retrieve('ai', uid))['00741002']!.Value![0]).toMatchObject({ '00741004': { Value: [40] } })
    expect((await worklist.send('ai', 'POST', `/workitems/${uid}?1.2.3`, progress)).status).toBe(400)
    const more = await worklist.send('ai', 'POST', `/workitems/${uid}?${lock}`, { ...progress, '00741204': { vr: 'LO', Value: ['mine'] } })
    expect(warningOf(more)).toBe('Requested optional Attributes are not supported.')
    expect((await state('ai', uid, 'CANCELED', '1.2.3')).status).toBe(400)
    expect((await state('ai', uid, 'CANCELED', lock)).status).toBe(200)
    expect(await states(study, interpretation!)).toEqual(['SCHEDULED', 'CANCELED'])
    await does('wang', id, 'claim')
    const again = await state('ai', uid, 'CANCELED', lock)
    expect([again.status, warningOf(again)]).toEqual([200, 'The UPS is already in the requested state of CANCELED.'])
  })

  test('cannot complete what is not signed, nor verify, nor take what a person holds, nor cancel', async () => {
    const { id, study } = await ready()
    const uid = await uidOfStep(study)
    const lock = newUID()
    expect((await state('ai', uid, 'COMPLETED', lock)).status).toBe(409)
    await state('ai', uid, 'IN PROGRESS', lock)
    expect((await state('ai', uid, 'COMPLETED', lock)).status).toBe(409)
    expect((await state('ai', uid, 'CANCELED', lock)).status).toBe(200)
    await does('wang', id, 'claim')
    const held = await uidOfStep(study)
    expect((await state('ai', held, 'IN PROGRESS', newUID())).status).toBe(400)
    expect((await worklist.send('ai', 'POST', `/workitems/${held}/cancelrequest`)).status).toBe(409)
    await write(id)
    await does('wang', id, 'submit')
    expect((await state('ai', await uidOfStep(study, verification), 'IN PROGRESS', newUID())).status).toBe(403)
  })

  test('of a township sees the task of its own study and may not take it; another township sees nothing', async () => {
    const { study } = await ready()
    const uid = await uidOfStep(study)
    expect((await worklist.send('east', 'GET', `/workitems/${uid}`)).status).toBe(200)
    expect((await state('east', uid, 'IN PROGRESS', newUID())).status).toBe(403)
    expect((await worklist.send('west', 'GET', `/workitems/${uid}`)).status).toBe(404)
    expect(await steps(study, interpretation!, 'west')).toEqual([])
  })

  test('that lost its task to a reviewer has lost the lock too', async () => {
    const { id, study } = await ready()
    const uid = await uidOfStep(study)
    const lock = newUID()
    await state('ai', uid, 'IN PROGRESS', lock)
    await does('zeng', id, 'takeover', '程序不响应')
    expect((await state('ai', uid, 'CANCELED', lock)).status).toBe(400)
    expect(await states(study, interpretation!)).toEqual(['IN PROGRESS'])
  })
})

test('a person may claim over UPS-RS and go on in the portal; the signature completes it for the same lock', async () => {
  const { id, study } = await ready()
  const uid = await uidOfStep(study)
  const lock = newUID()
  expect((await state('wang', uid, 'IN PROGRESS', lock)).status).toBe(200)
  await write(id)
  await does('wang', id, 'submit')
  expect((await state('wang', uid, 'CANCELED', lock)).status).toBe(409)
  const review = await uidOfStep(study, verification)
  expect((await state('wang', review, 'IN PROGRESS', newUID())).status).toBe(403)
  expect((await state('zeng', review, 'IN PROGRESS', newUID())).status).toBe(200)
  await does('zeng', id, 'sign')
  const again = await state('wang', uid, 'COMPLETED', lock)
  expect([again.status, warningOf(again)]).toEqual([200, 'The UPS is already in the requested state of COMPLETED.'])
})

test('the imaging room cancels its own task, and nobody else', async () => {
  const { id, study } = await ready()
  const uid = await uidOfStep(study)
  const asked = await worklist.send('wang', 'POST', `/workitems/${uid}/cancelrequest`)
  expect([asked.status, warningOf(asked)]).toEqual([409, 'The performer chooses not to cancel.'])
  expect(
    (await worklist.send('eastTech', 'POST', `/workitems/${uid}/cancelrequest`, { '00741238': { vr: 'LT', Value: ['病人离开'] } })).status,
  ).toBe(202)
  expect(await states(study, interpretation!)).toEqual(['CANCELED'])
  const { rows } = await index.pool.query('select state from workitem where id = $1', [id])
  expect(rows).toEqual([{ state: 'CANCELED' }])
})

test('who takes over the verification takes its lock, and leaves that of the text', async () => {
  const { id, study } = await ready()
  const [lock, second] = [newUID(), newUID()]
  await state('wang', await uidOfStep(study), 'IN PROGRESS', lock)
  await write(id)
  await does('wang', id, 'submit')
  await state('zeng', await uidOfStep(study, verification), 'IN PROGRESS', second)
  await does('zhao', id, 'takeover', '曾医师离岗')
  const locks = await index.pool.query<{ step: string; lock: string }>(
    'select step, transaction_uid as lock from ups where workitem_id = $1 and final_at is null order by step',
    [id],
  )
  expect(locks.rows).toEqual([
    { step: '110005', lock },
    { step: '110007', lock: expect.not.stringContaining(second) },
  ])
})

test('a corrected name is the name of the open step', async () => {
  const { id, study } = await ready()
  await index.pool.query(`update study set patient_name = 'LI^SI=李^四' where study_instance_uid = $1`, [study])
  await worklist.tell(id)
  expect((await steps(study, interpretation!))[0]!['00100010']!.Value![0]).toEqual({ Alphabetic: 'LI^SI', Ideographic: '李^四' })
  expect(await worklist.search('ai', `PatientName=lisi&fuzzymatching=true&StudyInstanceUID=${study}`)).toHaveLength(1)
})
