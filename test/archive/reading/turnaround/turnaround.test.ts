/** The turnaround clock on a real database: rules and hours of the centre, pauses, a retake, a temporary report; and who may set them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Asker } from '../../../../archive/access.ts'
import { getWorkitem } from '../../../../archive/reading/list/workitems.ts'
import { calendars, readPolicies, setCalendar, setPolicies, setTurnaround, turnaroundTable } from '../../../../archive/reading/settings.ts'
import { defaultCalendar } from '../../../../archive/reading/turnaround/calendar.ts'
import { type CentreTurnaround, defaultRules } from '../../../../archive/reading/turnaround/turnaround.ts'
import { moved, turnaroundSoFar } from '../../../../archive/reading/turnaround/turnaround-clock.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { query } from '../../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
let chief: Asker
let townAdmin: Asker
beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  chief = await county.asker('chief', ['chief'], county.people.wang.institution.id)
  townAdmin = await county.asker('town-admin', ['administrator'], county.people.eastTech.institution.id)
})
afterAll(() => index.close())

const minute = 60_000
const code = (deed: Promise<unknown>): Promise<string> =>
  deed.then(
    () => 'done',
    (error: { code?: string; name: string }) => error.code ?? error.name,
  )

test('what the chief sets counts from the next study on; what was promised stays', async () => {
  const before = await county.ready(1)
  const promised = (await getWorkitem(county.tools, chief, before)).dueAt
  await setTurnaround(county.tools, chief, [{ urgency: 3, kind: 'ct', minutes: 77, workingHours: false }])
  expect((await getWorkitem(county.tools, chief, before)).dueAt).toEqual(promised)
  const after = await getWorkitem(county.tools, chief, await county.ready(2))
  expect(after.dueAt!.getTime() - after.readyAt!.getTime()).toBe(77 * minute)
  expect(after.tat.limitMs).toBe(77 * minute)
  const { rules, defaults } = await turnaroundTable(county.tools, county.people.wang)
  expect([rules[3].ct, defaults[3].ct, rules[3].mr]).toEqual([{ minutes: 77, workingHours: false }, defaultRules[3].ct, defaultRules[3].mr])
  expect(await code(setTurnaround(county.tools, county.people.wang, []))).toBe('Forbidden')
  expect(await code(setTurnaround(county.tools, townAdmin, []))).toBe('Forbidden')
  const [audited] = await query<{ detail: unknown }>(index.pool, `select detail from audit_event where action = 'set-turnaround'`)
  expect(audited?.detail).toMatchObject({ rules: [{ urgency: 3, kind: 'ct', minutes: 77, before: defaultRules[3].ct }] })
})

test('a question stops the clock; the time that the patient waits goes on', async () => {
  const { wang, eastDoctor } = county.people
  const id = await county.ready(3)
  await perform(county.tools, wang, id, 'claim')
  const due = (await getWorkitem(county.tools, wang, id)).dueAt!
  await perform(county.tools, wang, id, 'query', { reason: '有无外伤史？' })
  expect(await getWorkitem(county.tools, wang, id)).toMatchObject({ state: 'QUERIED', paused: true, leaseUntil: null })
  // Ten minutes pass.
  await query(
    index.pool,
    `update workitem set ready_at = ready_at - interval '10 minutes', due_at = due_at - interval '10 minutes', paused_at = paused_at - interval '10 minutes' where id = $1`,
    [id],
  )
  await perform(county.tools, eastDoctor, id, 'answer', { reason: '无' })
  const answered = await getWorkitem(county.tools, wang, id)
  expect(answered).toMatchObject({ state: 'CLAIMED', paused: false, assignee: { username: wang.username } })
  expect(answered.pausedSeconds).toBeGreaterThanOrEqual(600)
  // As much as was left is left: only the seconds of this test lie between.
  expect(Math.abs(answered.dueAt!.getTime() - due.getTime())).toBeLessThan(120_000)
  // Since READY ten minutes have passed for the patient, and none of them for the reader.
  expect(Date.now() - answered.times.T2!.getTime()).toBeGreaterThanOrEqual(10 * minute)
  expect(answered.tat.ms!).toBeLessThan(5 * minute)
  expect(answered.times.T0!.getTime()).toBeLessThanOrEqual(answered.times.T2!.getTime())
})

test('the clock of a retake goes on where it stood; what is cancelled and sent again begins anew', () => {
  const centre: CentreTurnaround = { rules: defaultRules, calendar: defaultCalendar }
  const at = (text: string) => new Date(`${text}+08:00`)
  const fresh = { readyAt: null, limitMs: null, workingHours: false, pausedAt: null, pausedSeconds: 0 }
  const run = { urgency: 1, temporary: false } as const
  const ready = moved(centre, { ...fresh, now: at('2026-11-20T08:00:00') }, 'CT', { ...run, clock: 'start' })
  expect(ready.dueAt).toEqual(at('2026-11-20T09:00:00'))
  const returned = moved(centre, { ...ready, now: at('2026-11-20T08:10:00') }, 'CT', { ...run, clock: 'pause' })
  const again = moved(centre, { ...returned, now: at('2026-11-20T08:40:00') }, 'CT', { ...run, clock: 'start' })
  expect(again).toMatchObject({
    readyAt: ready.readyAt,
    dueAt: at('2026-11-20T09:30:00'),
    pausedSeconds: 1_800,
    pausedAt: null,
    started: true,
  })
  expect(turnaroundSoFar(centre, { ...again, now: at('2026-11-20T09:00:00'), finalAt: null })).toBe(30 * minute)
  expect(turnaroundSoFar(centre, { ...again, now: at('2026-11-20T19:00:00'), finalAt: at('2026-11-20T08:50:00') })).toBe(20 * minute)
  const anew = moved(centre, { ...again, now: at('2026-11-20T10:00:00') }, 'CT', { ...run, clock: 'start' })
  expect(anew).toMatchObject({ readyAt: at('2026-11-20T10:00:00'), pausedSeconds: 0 })
  // A temporary report leaves the formal one more time, in hours that are worked.
  const released = moved(centre, { ...ready, now: at('2026-11-20T08:05:00') }, 'CT', { urgency: 1, temporary: true, clock: 'keep' })
  expect(released).toMatchObject({ dueAt: at('2026-11-20T12:00:00'), workingHours: true, started: false })
  // Routine work that waits over a weekend: only worked time counts, in the pause too.
  const routine = { urgency: 3, temporary: false } as const
  const friday = moved(centre, { ...fresh, now: at('2026-11-20T16:30:00') }, 'MR', { ...routine, clock: 'start' })
  expect(friday.dueAt).toEqual(at('2026-11-23T11:00:00'))
  const paused = moved(centre, { ...friday, now: at('2026-11-20T17:00:00') }, 'MR', { ...routine, clock: 'pause' })
  const resumed = moved(centre, { ...paused, now: at('2026-11-23T09:00:00') }, 'MR', { ...routine, clock: 'resume' })
  expect(resumed).toMatchObject({ pausedSeconds: 5_400, dueAt: at('2026-11-23T14:30:00') })
})

test('hours are set per institution, kept from the one above, and refused when they make no sense', async () => {
  const { wang, eastTech, admin } = county.people
  const { weekly } = defaultCalendar
  await setCalendar(county.tools, chief, wang.institution.id, { weekly, holidays: ['2026-10-01'], extraDays: [] })
  await setCalendar(county.tools, townAdmin, eastTech.institution.id, { weekly, holidays: [], extraDays: [] })
  expect(await code(setCalendar(county.tools, townAdmin, wang.institution.id, null))).toBe('Forbidden')
  expect(await code(setCalendar(county.tools, admin, 99_999, null))).toBe('NotFound')
  const overlapping = [
    { from: '08:00', to: '12:00' },
    { from: '11:00', to: '13:00' },
  ]
  expect(
    await code(
      setCalendar(county.tools, chief, wang.institution.id, { weekly: [overlapping, [], [], [], [], [], []], holidays: [], extraDays: [] }),
    ),
  ).toBe('BadRequest')
  const twice = { weekly, holidays: ['2026-10-01'], extraDays: [{ date: '2026-10-01', hours: [] }] }
  expect(await code(setCalendar(county.tools, chief, wang.institution.id, twice))).toBe('BadRequest')
  const { items } = await calendars(county.tools, chief)
  expect(items.find(({ institution }) => institution.id === wang.institution.id)?.calendar?.holidays).toEqual(['2026-10-01'])
  expect((await calendars(county.tools, townAdmin)).items.map(({ institution }) => institution.id)).toEqual([eastTech.institution.id])
})

test('policies are read by all and set by the chief', async () => {
  expect((await readPolicies(county.tools, county.people.eastTech)).mayChange).toBe(false)
  const { policies } = await setPolicies(county.tools, chief, { undoSeconds: 30, sameSigner: { from: '22:00', to: '06:00' } })
  expect(policies).toMatchObject({ undoSeconds: 30, sameSigner: { from: '22:00', to: '06:00' }, careDays: 30 })
  expect(await code(setPolicies(county.tools, chief, { escalationMinutes: [10, 5, 15] }))).toBe('BadRequest')
  expect(await code(setPolicies(county.tools, county.people.wang, { undoSeconds: 1 }))).toBe('Forbidden')
})
