/** Who sees which patient (reading.md §8.3, §10): the owner, whoever has them under their care within 30 days, and whoever breaks the glass. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FieldKey } from '../../../../archive/field-key.ts'
import { Refused } from '../../../../archive/reading/refused.ts'
import { acknowledgeAlert, breakGlass, searchAlerts, searchElsewhere } from '../../../../archive/reading/ward/break-glass.ts'
import { endCare, followCare, reviewCare } from '../../../../archive/reading/ward/care.ts'
import { lightSeries, searchWard, wardInbox, wardTimeline } from '../../../../archive/reading/ward/ward.ts'
import { lastChange, readChanges } from '../../../../storage/index/changes.ts'
import { query } from '../../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { uidOf } from '../../../support/records.ts'
import { type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
const fieldKey = new FieldKey(new Uint8Array(32))
let followed = 0

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
})
afterAll(() => index.close())

/** The follower catches up. */
async function follow(): Promise<void> {
  const upto = await lastChange(index.pool)
  while (followed < upto) {
    const changes = await readChanges(index.pool, followed)
    await followCare(county.tools, changes)
    followed = changes.at(-1)!.number
  }
}
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof Refused ? error.code : (error as Error).name),
  )
const sees = (who: keyof ReadingCounty['people'], study: number) => code(lightSeries(county.tools, county.people[who], uidOf(study)))

/** 王建国 at East under E1, and at West under W1; a person has said that they are one. */
async function oneAtTwo(study: number, name = '王^建国'): Promise<void> {
  const values = (patient_id: string) => ({
    patient_name: `WANG^JIANGUO=${name}`,
    patient_id,
    patient_birth_date: '19520304',
    study_description: 'Chest',
  })
  await county.arrive({ study, values: values(`E${study}`) }, county.east)
  await county.arrive({ study: study + 1, values: values(`W${study}`) }, county.west)
  await query(
    index.pool,
    `update patient set person_pk = (select min(p.person_pk) from patient p join study s on s.patient_pk = p.patient_pk where s.study_instance_uid = any($1))
     where patient_pk in (select patient_pk from study where study_instance_uid = any($1))`,
    [[uidOf(study), uidOf(study + 1)]],
  )
}

test('without a relation another township sees nothing', async () => {
  await county.arrive({ study: 500, values: { patient_id: 'E500' } }, county.east)
  await follow()
  expect(await sees('westDoctor', 500)).toBe('NotFound')
  expect((await searchWard(county.tools, county.people.westDoctor, { q: 'E500', limit: 10 })).length).toBe(0)
})

test('a visit of the same person opens what other sites have, and says why; its end takes it back', async () => {
  const { tools, people } = county
  await oneAtTwo(510)
  await follow()
  const timeline = await wardTimeline(tools, people.eastDoctor, uidOf(510))
  expect(timeline.map(({ StudyInstanceUID, access }) => [StudyInstanceUID, access]).sort()).toEqual([
    [uidOf(510), 'owner'],
    [uidOf(511), 'care'],
  ])
  expect(await sees('eastDoctor', 511)).toBe('done')
  // The visit was 31 days ago.
  await query(index.pool, `update study set first_received_at = now() - interval '31 days' where study_instance_uid = $1`, [uidOf(510)])
  await query(index.pool, `update study_access set until = now() - interval '1 second' where reason = 'care' and institution_id = $1`, [
    people.eastDoctor.institution.id,
  ])
  await endCare(tools)
  expect(await sees('eastDoctor', 511)).toBe('NotFound')
  expect(await sees('westDoctor', 510)).toBe('done')
})

test('an order opens the records from the moment it is entered; a cancelled one does not', async () => {
  const { people, tools } = county
  await county.arrive({ study: 520, values: { patient_id: 'E520', patient_name: 'ZHOU^MIN=周^敏' } }, county.east)
  await county.arrive({ study: 521, values: { patient_id: 'W521', patient_name: 'ZHOU^MIN=周^敏' } }, county.west)
  await query(index.pool, `update study set first_received_at = now() - interval '90 days' where study_instance_uid = any($1)`, [
    [uidOf(520), uidOf(521)],
  ])
  await query(
    index.pool,
    `update patient set person_pk = (select p.person_pk from patient p join study s using (patient_pk) where s.study_instance_uid = $1)
     where patient_pk = (select patient_pk from study where study_instance_uid = $2)`,
    [uidOf(520), uidOf(521)],
  )
  await follow()
  await reviewCare(tools)
  expect(await sees('westDoctor', 520)).toBe('NotFound')
  const [order] = await query<{ id: number }>(
    index.pool,
    `insert into exam_order (institution_id, accession_number, study_instance_uid, patient_name, name_keys, patient_id, modality, procedure, scheduled_at, urgency, created_by)
     values ($1, 'W1', '2.25.999521', 'ZHOU^MIN=周^敏', '{}', 'W521', 'CT', '胸部平扫', now(), 3, $2) returning id`,
    [people.westDoctor.institution.id, people.westDoctor.account],
  )
  await query(index.pool, `select append_change('order', null, $1)`, [String(order!.id)])
  await follow()
  expect(await sees('westDoctor', 520)).toBe('done')
  await query(index.pool, `update exam_order set state = 'cancelled' where id = $1`, [order!.id])
  await query(index.pool, `select append_change('order', null, $1)`, [String(order!.id)])
  await follow()
  expect(await sees('westDoctor', 520)).toBe('NotFound')
})

test('two people who turn out to be two are two again at once', async () => {
  await oneAtTwo(530)
  await follow()
  expect(await sees('eastDoctor', 531)).toBe('done')
  await query(
    index.pool,
    `update patient set person_pk = own_person_pk where patient_pk in (select patient_pk from study where study_instance_uid = any($1))`,
    [[uidOf(530), uidOf(531)]],
  )
  await query(index.pool, `select append_change('patient', (select study_pk from study where study_instance_uid = $1), null)`, [uidOf(530)])
  await follow()
  expect(await sees('eastDoctor', 531)).toBe('NotFound')
})

test('breaking the glass needs the whole name, a second identifier and a reason; the owner is told, and after a day it is over', async () => {
  const { tools, people } = county
  await county.arrive(
    { study: 540, values: { patient_id: 'E540', patient_name: 'ZHAO^TIEZHU=赵^铁柱', patient_birth_date: '19600102' } },
    county.east,
  )
  await follow()
  const seek = (who: keyof ReadingCounty['people'], name: string, birthDate: string | null, number: string | null = null) =>
    searchElsewhere({ ...tools, fieldKey }, people[who], { name, birthDate, number })
  expect(await code(seek('westDoctor', '赵铁柱', null))).toBe('BadRequest')
  expect(await seek('westDoctor', '赵铁柱', '19600103')).toEqual([])
  expect(await code(seek('wang', '赵铁柱', '19600102'))).toBe('Forbidden')
  const [found] = await seek('westDoctor', '赵铁柱', '19600102')
  expect(found).toMatchObject({ name: '赵**', birthYear: '1960', studies: 1 })
  expect(await code(breakGlass(tools, people.westDoctor, found!.StudyInstanceUID, '急'))).toBe('glass-reason')
  expect(await breakGlass(tools, people.westDoctor, found!.StudyInstanceUID, '昏迷患者急诊抢救，需既往影像')).toMatchObject({ studies: 1 })
  expect(await sees('westDoctor', 540)).toBe('done')
  expect(await wardTimeline(tools, people.westDoctor, uidOf(540))).toMatchObject([{ access: 'break-glass' }])
  // Again does nothing, and says nothing twice.
  expect(await breakGlass(tools, people.westDoctor, found!.StudyInstanceUID, '昏迷患者急诊抢救，需既往影像')).toMatchObject({ studies: 0 })
  const alerts = await searchAlerts(tools, people.eastTech, { unseen: true, limit: 10 })
  expect(alerts).toMatchObject([{ by: 'west-doctor', patient: { name: '赵铁柱' }, reason: '昏迷患者急诊抢救，需既往影像' }])
  expect(await searchAlerts(tools, people.westTech, { unseen: false, limit: 10 })).toEqual([])
  await acknowledgeAlert(tools, people.eastTech, Number(alerts[0]!.id))
  expect(await searchAlerts(tools, people.eastTech, { unseen: true, limit: 10 })).toEqual([])
  const [audited] = await query<{ detail: { reason: string } }>(index.pool, `select detail from audit_event where action = 'break-glass'`)
  expect(audited?.detail.reason).toContain('昏迷')
  await query(index.pool, `update study_access set until = now() - interval '1 second' where reason = 'break-glass'`)
  await endCare(tools)
  expect(await sees('westDoctor', 540)).toBe('NotFound')
})

test('a patient is found by the bed, and bed 3 is not bed 13', async () => {
  const { tools, people } = county
  for (const [study, department] of [
    [550, '内科 3床'],
    [551, '内科 13床'],
  ] as const) {
    await county.arrive({ study, values: { patient_id: `E${study}` } }, county.east)
    await query(
      index.pool,
      `insert into study_supplement (study_pk, department, account_id) values ((select study_pk from study where study_instance_uid = $1), $2, $3)`,
      [uidOf(study), department, people.eastTech.account],
    )
  }
  const found = await searchWard(tools, people.eastDoctor, { q: '3床', limit: 10 })
  expect(found.map(({ department }) => department)).toEqual(['内科 3床'])
})

/** A study whose patient lies there; `PatientID` decides what else may find it. */
async function inBed(study: number, { PatientID = `E${study}`, department = '', ward = '', bed = '' }): Promise<void> {
  await county.arrive({ study, values: { patient_id: PatientID } }, county.east)
  await query(
    index.pool,
    `insert into study_supplement (study_pk, department, ward, bed, account_id)
     values ((select study_pk from study where study_instance_uid = $1), $2, $3, $4, $5)`,
    [uidOf(study), department, ward, bed, county.people.eastTech.account],
  )
}

test('a bed is found with and without its ward, however it is written; a bare number may begin a PatientID too, after the beds', async () => {
  await inBed(560, { department: '外科', ward: '外科2病区', bed: '47' })
  await inBed(561, { department: '儿科', ward: '3 病区', bed: '047' })
  await inBed(562, { department: '外科', ward: '外科2病区', bed: '147' })
  await inBed(563, { PatientID: '4700', department: '外科' })
  const found = async (q: string) => {
    const rows = await searchWard(county.tools, county.people.eastDoctor, { q, limit: 10 })
    return rows.map(({ StudyInstanceUID }) => [560, 561, 562, 563].find((study) => uidOf(study) === StudyInstanceUID))
  }
  for (const q of ['47床', '四十七床', '４７号床', '047床']) expect((await found(q)).sort(), q).toEqual([560, 561])
  for (const q of ['外科47床', '外科2病区 47床', '2病区47']) expect(await found(q), q).toEqual([560])
  expect(await found('3病区47床')).toEqual([561])
  expect(await found('3病区')).toEqual([561])
  expect(await found('7床')).toEqual([])
  const bare = await found('47')
  expect([bare.slice(0, 2).sort(), bare.slice(2)]).toEqual([[560, 561], [563]])
  expect(await searchWard(county.tools, county.people.westDoctor, { q: '47床', limit: 10 })).toEqual([])
  const [row] = await searchWard(county.tools, county.people.eastDoctor, { q: '外科47床', limit: 10 })
  expect(row).toMatchObject({ department: '外科', ward: '外科2病区', bed: '47' })
})

test('the inbox holds what the institution may see, newest first', async () => {
  const { items, unread } = await wardInbox(county.tools, county.people.eastDoctor, {
    since: new Date(Date.now() - 86_400_000),
    limit: 100,
  })
  expect(items.length).toBeGreaterThan(3)
  expect(unread).toBe(0)
})
