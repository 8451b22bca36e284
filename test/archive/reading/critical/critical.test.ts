/** Critical values on a real database: raised, told, repeated, acted on; the ladder's clock on several gateways; the register and its figure. reading.md §3.4. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../../../archive/access.ts'
import { getContacts, putContacts } from '../../../../archive/reading/critical/contacts.ts'
import { approveFindings, getFindings, saveFindings } from '../../../../archive/reading/critical/findings.ts'
import { type CriticalRequest, performCritical, secondsToNext, turnLadder } from '../../../../archive/reading/critical/perform.ts'
import { raiseCritical } from '../../../../archive/reading/critical/raise.ts'
import { getCritical, getFigures, searchCriticals } from '../../../../archive/reading/critical/register.ts'
import { getWorkitem } from '../../../../archive/reading/list/workitems.ts'
import { Refused } from '../../../../archive/reading/refused.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { query } from '../../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
let chief: Asker
let studies = 100

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  chief = await county.asker('chief', ['chief'], county.people.wang.institution.id)
})
afterAll(() => index.close())

const patient = { patient_name: 'ZHANG^SAN=张^三', patient_id: 'E10234' }
async function claimed(): Promise<number> {
  studies += 1
  const id = await county.ready(studies, patient)
  await perform(county.tools, county.people.wang, id, 'claim')
  return id
}
const raise = (who: Asker, workitem: number, change: Partial<Parameters<typeof raiseCritical>[2]> = {}) =>
  raiseCritical(county.tools, who, { workitem, finding: 'tension-pneumothorax', text: '右侧肺压缩约 80%', suspected: false, ...change })
const act = (who: Asker, id: number, verb: Parameters<typeof performCritical>[3], request: CriticalRequest = {}) =>
  performCritical(county.tools, who, id, verb, request)
const see = (who: Asker, id: number) => getCritical(county.tools, who, id)
const readBack = { name: '陈静', readBack: '张三，右侧张力性气胸' }
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof Refused ? error.code : (error as Error).name),
  )
const overdue = (id: number) =>
  query(index.pool, `update critical_value set next_escalation_at = now() - interval '1 second' where id = $1`, [id])

test('is raised before any signature, makes the task the most urgent, and goes from the repetition to what was done', async () => {
  const { people, tools } = county
  const workitem = await claimed()
  const id = await raise(people.wang, workitem)
  const task = await getWorkitem(tools, people.wang, workitem)
  expect(task.urgency).toBe(0)
  expect(task.criticals).toEqual({ open: 1, id: String(id) })
  const raised = await see(people.eastDoctor, id)
  expect(raised).toMatchObject({
    state: 'NOTIFYING',
    suspected: false,
    finding: { code: 'tension-pneumothorax', zh: '张力性气胸' },
    raisedBy: { displayName: '王丽' },
    verbs: ['ack'],
    patient: { name: '张三' },
    toldAs: null,
  })
  await act(people.eastDoctor, id, 'ack', readBack)
  expect(await see(people.eastDoctor, id)).toMatchObject({
    state: 'ACKNOWLEDGED',
    acknowledged: { name: '陈静', via: 'portal', readBack: '张三，右侧张力性气胸', confirmed: null },
    nextEscalationAt: null,
  })
  await act(people.li, id, 'confirm')
  await act(people.eastDoctor, id, 'act', { text: '已行胸腔闭式引流' })
  await act(people.wang, id, 'close')
  const closed = await see(people.wang, id)
  expect(closed).toMatchObject({ state: 'CLOSED', action: { text: '已行胸腔闭式引流' }, chain: { whole: true } })
  expect(closed.events.map(({ verb, to }) => `${verb} ${to}`)).toEqual([
    'raise NOTIFYING',
    'ack ACKNOWLEDGED',
    'confirm ACKNOWLEDGED',
    'act ACTED',
    'close CLOSED',
  ])
  const [row] = await query<{ critical: number }>(index.pool, `select critical from workitem where id = $1`, [workitem])
  expect(row?.critical).toBe(2)
})

test('a repetition about somebody else is refused, and the ward is waited for still', async () => {
  const id = await raise(county.people.wang, await claimed())
  expect(await code(act(county.people.eastDoctor, id, 'ack', { name: '陈静', readBack: '李四，气胸' }))).toBe('critical-other-patient')
  expect((await see(county.people.wang, id)).state).toBe('NOTIFYING')
  // The last four characters of the number tell the patient as well.
  await act(county.people.eastDoctor, id, 'ack', { name: '陈静', readBack: '编号 0234，气胸', text: '通知值班医生' })
  expect((await see(county.people.wang, id)).state).toBe('ACTED')
})

test('another township neither sees nor answers it', async () => {
  const id = await raise(county.people.wang, await claimed())
  expect(await code(see(county.people.westDoctor, id))).toBe('NotFound')
  expect(await code(act(county.people.westDoctor, id, 'ack', readBack))).toBe('NotFound')
})

test('a technologist raises a suspicion while images still arrive; the reader confirms it', async () => {
  const { people } = county
  studies += 1
  const workitem = await county.workitemOf(await county.arrive({ study: studies, values: patient }))
  const id = await raise(people.eastTech, workitem, { suspected: false })
  expect(await see(people.eastTech, id)).toMatchObject({ suspected: true, verbs: expect.not.arrayContaining(['ack']) })
  await act(people.wang, id, 'verify')
  expect((await see(people.wang, id)).suspected).toBe(false)
})

test('the same finding is not raised twice at once, and a repeated request is one raising', async () => {
  const { people } = county
  const workitem = await claimed()
  const id = await raise(people.wang, workitem, { idempotencyKey: 'once' })
  expect(await raise(people.wang, workitem, { idempotencyKey: 'once' })).toBe(id)
  expect(await code(raise(people.zeng, workitem))).toBe('critical-already')
  const results = await Promise.allSettled(Array.from({ length: 4 }, () => raise(people.wang, workitem, { finding: 'sah' })))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

describe('the ladder', () => {
  test('each step is taken once, however many gateways look', async () => {
    const id = await raise(county.people.wang, await claimed())
    await overdue(id)
    const taken = await Promise.all(Array.from({ length: 4 }, () => turnLadder(county.tools)))
    expect(taken.reduce((sum, n) => sum + n)).toBe(1)
    const after = await see(county.people.wang, id)
    expect(after).toMatchObject({ level: 1, state: 'NOTIFYING' })
    for (const level of [2, 3, 3]) {
      await overdue(id)
      await turnLadder(county.tools)
      expect((await see(county.people.wang, id)).level).toBe(level)
    }
    expect((await see(county.people.wang, id)).events.filter(({ verb }) => verb === 'escalate').map(({ detail }) => detail.about)).toEqual([
      'escalated',
      'escalated',
      'escalated',
      'reminded',
    ])
  })

  test('5, 10 and 15 minutes after the raising, then every five', () => {
    expect([0, 1, 2, 3].map((level) => secondsToNext([5, 10, 15], level))).toEqual([300, 300, 300, 300])
    expect([0, 1, 2, 3].map((level) => secondsToNext([2, 6, 20], level))).toEqual([120, 240, 840, 120])
  })

  test('an answer ends it; a wrong repetition starts it anew', async () => {
    const { people } = county
    const id = await raise(people.wang, await claimed())
    await act(people.eastDoctor, id, 'ack', readBack)
    expect(await turnLadder(county.tools)).toBe(0)
    await act(people.wang, id, 'repeat', { text: '复述成左侧' })
    expect(await see(people.eastDoctor, id)).toMatchObject({ state: 'NOTIFYING', level: 0, acknowledged: null, verbs: ['ack'] })
  })

  test('nobody answers: the reader telephones, and the call is in the register', async () => {
    const { people, tools } = county
    const east = people.eastDoctor.institution.id
    await putContacts(tools, chief, east, [
      { level: 1, name: '护士站', duty: '病区值班', phone: '0555-1234', address: '' },
      { level: 2, name: '刘院长', duty: '总值班', phone: '13900000001', address: '13900000001' },
    ])
    await putContacts(tools, chief, people.wang.institution.id, [{ level: 3, name: '县总值班', duty: '', phone: '0555-110', address: '' }])
    const id = await raise(people.wang, await claimed())
    expect((await see(people.wang, id)).contacts.map(({ name, level }) => `${level} ${name}`)).toEqual([
      '1 护士站',
      '2 刘院长',
      '3 县总值班',
    ])
    await act(people.wang, id, 'ring', { name: '护士站', phone: '0555-1234', text: '无人接听' })
    expect((await see(people.wang, id)).state).toBe('NOTIFYING')
    await act(people.wang, id, 'call', { name: '刘院长', phone: '13900000001', readBack: '张三 张力性气胸' })
    const told = await see(people.wang, id)
    expect(told).toMatchObject({
      state: 'ACKNOWLEDGED',
      acknowledged: { name: '刘院长', via: 'phone', confirmed: { by: { displayName: '王丽' } } },
    })
    expect(
      told.notices.filter(({ channel }) => channel === 'phone').map(({ recipients, answer }) => [recipients[0]?.phone, answer]),
    ).toEqual([
      ['0555-1234', '无人接听'],
      ['13900000001', '张三 张力性气胸'],
    ])
  })
})

test('what was raised for somebody else is told beside whom the study names now', async () => {
  const workitem = await claimed()
  const id = await raise(county.people.wang, workitem)
  await query(index.pool, `update study set patient_name = 'LI^SI=李^四' where study_pk = (select study_pk from workitem where id = $1)`, [
    workitem,
  ])
  expect(await see(county.people.wang, id)).toMatchObject({ toldAs: { name: '张三' }, patient: { name: '李四' } })
})

test('withdrawing needs a reason and tells everybody who was told', async () => {
  const { people } = county
  const id = await raise(people.wang, await claimed())
  expect(await code(act(people.wang, id, 'withdraw', {}))).toBe('critical-text')
  expect(await code(act(people.li, id, 'withdraw', { text: '看错' }))).toBe('not-yours')
  await act(people.wang, id, 'withdraw', { text: '皮肤皱褶，非气胸' })
  expect(await see(people.eastDoctor, id)).toMatchObject({ state: 'WITHDRAWN', ended: { reason: '皮肤皱褶，非气胸' }, verbs: [] })
})

test('the ten-minute figure counts who answered in time, by institution, without what was withdrawn', async () => {
  const { people, tools } = county
  const span = [new Date(Date.now() - 1_000), new Date(Date.now() + 86_400_000)] as const
  const before = await getFigures(tools, people.wang, ...span)
  const [inTime, late, open, withdrawn] = [await claimed(), await claimed(), await claimed(), await claimed()]
  const ids = [
    await raise(people.wang, inTime),
    await raise(people.wang, late),
    await raise(people.wang, open),
    await raise(people.wang, withdrawn),
  ]
  await act(people.eastDoctor, ids[0]!, 'ack', readBack)
  await act(people.eastDoctor, ids[1]!, 'ack', readBack)
  await query(index.pool, `update critical_value set acknowledged_at = raised_at + interval '11 minutes' where id = $1`, [ids[1]])
  await act(people.wang, ids[3]!, 'withdraw', { text: '误报' })
  const after = await getFigures(tools, people.wang, ...span)
  expect(after.raised - before.raised).toBe(3)
  expect(after.acknowledged - before.acknowledged).toBe(2)
  expect(after.within - before.within).toBe(1)
  expect((await getFigures(tools, people.westDoctor, ...span)).raised).toBe(0)
})

test('the register goes on page by page, newest first', async () => {
  const { people, tools } = county
  const first = await searchCriticals(tools, people.wang, { state: 'all', limit: 2 })
  expect(first.items).toHaveLength(2)
  const second = await searchCriticals(tools, people.wang, { state: 'all', limit: 2, before: Number(first.next) })
  expect(Number(second.items[0]?.id)).toBeLessThan(Number(first.items[1]?.id))
  expect((await searchCriticals(tools, people.wang, { state: 'open', limit: 500 })).items.every(({ ended }) => ended === null)).toBe(true)
})

test('the log is only added to, and what was changed in it shows', async () => {
  const id = await raise(county.people.wang, await claimed())
  await expect(query(index.pool, `update critical_event set verb = 'x' where critical_id = $1`, [id])).rejects.toThrow('append-only')
  await query(index.pool, `alter table critical_event disable trigger critical_event_kept`)
  await query(index.pool, `update critical_event set detail = '{"text":"other"}' where critical_id = $1 and number = 1`, [id])
  await query(index.pool, `alter table critical_event enable trigger critical_event_kept`)
  expect((await see(county.people.wang, id)).chain.whole).toBe(false)
})

describe('the list of findings', () => {
  test('begins with a list that nobody has approved; a reviewer proposes, the chief approves', async () => {
    const { people, tools } = county
    const starter = await getFindings(tools, people.wang)
    expect(starter).toMatchObject({ revision: 0, approved: null, mayEdit: false })
    expect(starter.items.length).toBeGreaterThan(10)
    expect(await code(approveFindings(tools, people.zeng, 0))).toBe('Forbidden')
    expect((await approveFindings(tools, chief, 0)).approved?.by).toBe('chief')
    const items = [...starter.items, { code: 'foreign-body', zh: '气道异物', en: 'Airway foreign body' }]
    const proposed = await saveFindings(tools, people.zeng, items, 1)
    // Doctors choose from what is approved until the chief has seen the new one.
    expect(proposed.items).toHaveLength(starter.items.length)
    expect(proposed.proposal?.items).toHaveLength(items.length)
    expect(await code(saveFindings(tools, people.zeng, items, 1))).toBe('Conflict')
    expect((await approveFindings(tools, chief, 2)).items).toHaveLength(items.length)
    expect((await saveFindings(tools, chief, starter.items, 2)).approved).not.toBeNull()
  })

  test('a telephone list is kept by the house itself and by the centre', async () => {
    const { people, tools } = county
    expect(await code(putContacts(tools, people.westTech, people.eastDoctor.institution.id, []))).toBe('Forbidden')
    expect(await code(getContacts(tools, people.westDoctor, people.eastDoctor.institution.id))).toBe('Forbidden')
    expect((await getContacts(tools, people.wang, people.eastDoctor.institution.id)).mayEdit).toBe(false)
  })
})
