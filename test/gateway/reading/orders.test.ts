/** Orders over the portal's API: entered, changed, withdrawn; found by studies or by people; what flows into the reading task. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { matchArrivals } from '../../../archive/orders/matching.ts'
import { readChanges } from '../../../storage/index/changes.ts'
import { query } from '../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { uidOf } from '../../support/records.ts'
import { Browser, type Portal, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let east: Browser
let ward: Browser
let west: Browser
let doctor: Browser

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { eastTech, westTech, wang } = portal.county.people
  east = await portal.signIn('tech', ['technologist'], eastTech.institution.id)
  ward = await portal.signIn('ward', ['clinician'], eastTech.institution.id)
  west = await portal.signIn('other', ['technologist'], westTech.institution.id)
  doctor = await portal.signIn('reader', ['radiologist'], wang.institution.id)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

const card = '11010519491231002X'
const input = (changes: object = {}, patient: object = {}) => ({
  patient: { PatientName: '张三', sex: 'M', birthDate: '19700101', ...patient },
  modality: 'CT',
  procedure: '胸部CT平扫',
  bodyPart: '胸部',
  AETitle: 'EAST_CT',
  clinicalInformation: '咳嗽 3 天',
  urgency: 1,
  department: '内科',
  requester: '陈静',
  ...changes,
})
const enter = async (changes: object = {}, patient: object = {}) => (await east.post('/api/orders', input(changes, patient))).body.order

let matched = 0
const match = async () => {
  const changes = await readChanges(index.pool, matched)
  await matchArrivals({ ...portal.county.tools }, changes)
  matched = changes.at(-1)?.number ?? matched
}

describe('an order', () => {
  test('gets an AccessionNumber of its institution, a StudyInstanceUID and a PatientID', async () => {
    const { status, body } = await east.post('/api/orders', input())
    expect(status).toBe(201)
    expect(body.order).toMatchObject({
      state: 'scheduled',
      generation: 1,
      patient: { PatientName: '张三', sex: 'M', birthDate: '19700101', idCardNumber: null, phone: null },
      institution: { name: 'EAST 卫生院' },
      createdBy: 'tech',
      urgency: 1,
      studies: [],
      verbs: ['edit', 'cancel'],
    })
    expect(body.order.AccessionNumber).toMatch(/^EASTCT\d{10}$/)
    expect(body.order.StudyInstanceUID).toMatch(/^2\.25\.\d+$/)
    expect(body.order.patient.PatientID).toMatch(/^EASTP\d{10}$/)
    const next = await enter({ modality: 'US' }, {})
    expect(Number(next.AccessionNumber.slice(-4))).toBe(Number(body.order.AccessionNumber.slice(-4)) + 1)
  })

  test('takes sex and date of birth from the identity card, keeps it sealed and shows its last four characters', async () => {
    const order = await enter(
      {},
      { PatientName: '李四', sex: null, birthDate: null, idCardNumber: card.toLowerCase(), phone: '138 0000 0000' },
    )
    expect(order.patient).toMatchObject({ sex: 'F', birthDate: '19491231', idCardNumber: '**************002X', phone: '138 0000 0000' })
    const again = await enter({}, { PatientName: '李四', sex: 'F', birthDate: null, idCardNumber: card })
    expect(again.patient.PatientID).toBe(order.patient.PatientID)
    const rows = await query<{ whole: string }>(index.pool, `select to_jsonb(o)::text as whole from exam_order o where id = $1`, [order.id])
    expect(rows[0]!.whole).not.toContain(card.slice(0, 17))
    expect(rows[0]!.whole).not.toContain('0000 0000')
    const audit = await query<{ whole: string }>(index.pool, `select coalesce(jsonb_agg(e)::text, '') as whole from audit_event e`)
    expect(audit[0]!.whole).not.toContain(card.slice(0, 17))
  })

  test.each([
    ['an identity card that is mistyped', {}, { sex: null, birthDate: null, idCardNumber: '110105194912310021' }, 422, 'card-check'],
    ['an old card of 15 digits', {}, { sex: null, birthDate: null, idCardNumber: '110105491231002' }, 422, 'card-fifteen-digits'],
    ['a sex that is not the card’s', {}, { sex: 'M', birthDate: null, idCardNumber: card }, 422, 'card-contradicts'],
    ['a name that is empty', {}, { PatientName: ' ' }, 400, 'bad-request'],
    ['a name with a backslash', {}, { PatientName: 'A\\B' }, 400, 'bad-request'],
    ['a day that is none', {}, { birthDate: '20260230' }, 400, 'bad-request'],
    ['a machine of another institution', { AETitle: 'WEST_CT' }, {}, 400, 'bad-request'],
    ['a modality in small letters', { modality: 'ct' }, {}, 400, 'bad-request'],
  ])('is refused with %s', async (_, changes, patient, status, code) => {
    const answer = await east.post('/api/orders', input(changes, patient))
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
  })

  test('is made once, however often the line repeats the request', async () => {
    const headers = { 'Idempotency-Key': 'one-order' }
    const first = await east.post('/api/orders', input(), headers)
    const second = await east.post('/api/orders', input(), headers)
    expect(second.body.order.id).toBe(first.body.order.id)
    expect((await east.post('/api/orders', input({ procedure: '头部CT' }), headers)).body.error.code).toBe('key-reused')
  })

  test('is changed by whoever has seen its newest version', async () => {
    const order = await enter()
    const path = `/api/orders/${order.id}`
    expect((await east.put(path, input({ procedure: '头部CT平扫' }))).status).toBe(400)
    const changed = await east.put(path, input({ procedure: '头部CT平扫' }), { 'If-Match': '"1"' })
    expect(changed.body.order).toMatchObject({ generation: 2, procedure: '头部CT平扫', AccessionNumber: order.AccessionNumber })
    expect(changed.body.order.patient.PatientID).toBe(order.patient.PatientID)
    const late = await ward.put(path, input(), { 'If-Match': '"1"' })
    expect([late.status, late.body.error.code]).toEqual([409, 'order-changed'])
  })

  test('is withdrawn with a reason, and then stays so', async () => {
    const { id } = await enter()
    expect((await ward.post(`/api/orders/${id}/cancel`, {})).body.error.code).toBe('reason-missing')
    expect((await ward.post(`/api/orders/${id}/cancel`, { reason: '患者拒绝' })).body.order).toMatchObject({
      state: 'cancelled',
      verbs: [],
    })
    expect((await ward.post(`/api/orders/${id}/cancel`, { reason: '再次' })).body.error.code).toBe('order-state')
    expect((await ward.get(`/api/orders/${id}`)).body.order.ended).toMatchObject({
      reason: '患者拒绝',
      by: expect.any(String),
      at: expect.any(String),
    })
    const events = await query<{ verb: string; reason: string | null }>(
      index.pool,
      `select verb, reason from order_event where order_id = $1 order by id`,
      [id],
    )
    expect(events).toEqual([
      { verb: 'create', reason: null },
      { verb: 'cancel', reason: '患者拒绝' },
    ])
  })

  test('is seen by its institution only, and by nobody who only reads', async () => {
    const { id } = await enter()
    expect((await west.get(`/api/orders/${id}`)).status).toBe(404)
    expect((await west.get('/api/orders')).body.items).toEqual([])
    expect((await west.post(`/api/orders/${id}/cancel`, { reason: 'x' })).status).toBe(404)
    expect((await doctor.get('/api/orders')).status).toBe(403)
    expect((await new Browser(portal.url).get('/api/orders')).status).toBe(401)
  })

  test('is found by name, pinyin, number and state; an identity card does not belong in an address', async () => {
    const order = await enter({}, { PatientName: '欧阳娜娜' })
    for (const q of ['欧阳', 'oynn', 'ouyang', order.AccessionNumber.toLowerCase(), order.patient.PatientID]) {
      expect((await east.get(`/api/orders?q=${encodeURIComponent(q)}`)).body.items.map(({ id }: { id: string }) => id)).toContain(order.id)
    }
    expect((await east.get('/api/orders?state=cancelled,completed&q=欧阳')).body.items).toEqual([])
    expect((await east.get('/api/orders?state=lost')).status).toBe(400)
    expect((await east.get(`/api/orders?q=${card}`)).status).toBe(400)
    expect((await east.get(`/api/orders/patients?q=${card}`)).status).toBe(400)
  })
})

test('a number is checked, and its owner known again, without standing in an address', async () => {
  const { body } = await east.post('/api/orders/check', { idCardNumber: card })
  expect(body).toMatchObject({
    valid: true,
    sex: 'F',
    birthDate: '19491231',
    patients: [{ PatientName: '李四', idCardNumber: '**************002X' }],
  })
  expect((await west.post('/api/orders/check', { idCardNumber: card })).body.patients).toEqual([])
  expect((await east.post('/api/orders/check', { idCardNumber: '110105491231002' })).body).toMatchObject({
    valid: false,
    zh: expect.stringContaining('15 位'),
  })
})

test('machines are the own institution’s', async () => {
  expect((await east.get('/api/orders/machines')).body.items).toEqual([{ AETitle: 'EAST_CT', description: null }])
})

describe('a study that arrives', () => {
  let study = 100
  beforeEach(() => {
    study += 1
  })
  const arrive = async (values: Record<string, string>) => {
    const uid = await portal.county.arrive({ study, values })
    await match()
    return uid
  }
  const tray = async (uid: string) =>
    (await east.get('/api/unmatched')).body.items.find(({ StudyInstanceUID }: { StudyInstanceUID: string }) => StudyInstanceUID === uid)

  test('with its AccessionNumber is linked at once; the order’s text reaches the radiologist', async () => {
    const order = await enter()
    const uid = await arrive({ accession_number: order.AccessionNumber, patient_name: 'ZHANG^SAN' })
    const { body } = await east.get(`/api/orders/${order.id}`)
    expect(body.order).toMatchObject({
      state: 'in-progress',
      studies: [{ StudyInstanceUID: uid, instances: 1 }],
      startedAt: expect.any(String),
    })
    const workitem = await portal.county.workitemOf(uid)
    expect((await doctor.get(`/api/workitems/${workitem}`)).body).toMatchObject({
      urgency: 1,
      clinicalInformation: '咳嗽 3 天',
      // The machine cannot write Chinese: the order says how the name is written.
      patient: { name: '张三' },
      supplement: { department: '内科', requester: '陈静' },
    })
    expect(await tray(uid)).toBeUndefined()
  })

  test('does not overwrite what the imaging room has written', async () => {
    const order = await enter()
    const uid = await portal.county.arrive({ study, values: { accession_number: order.AccessionNumber } })
    await east.put(`/api/studies/${uid}/supplement`, { clinicalInformation: '外伤', urgency: 0 })
    await match()
    const { body } = await doctor.get(`/api/workitems/${await portal.county.workitemOf(uid)}`)
    expect(body).toMatchObject({ urgency: 0, clinicalInformation: '外伤', supplement: { department: '内科' } })
  })

  const inpatient = { patientClass: 'inpatient', ward: '内科3病区', bed: '十二床' }
  const supplementOf = async (uid: string) => (await doctor.get(`/api/workitems/${await portal.county.workitemOf(uid)}`)).body.supplement

  test('brings ward and bed along, and a bed that is changed after the exam has begun follows', async () => {
    const order = await enter(inpatient)
    expect(order).toMatchObject({ patientClass: 'inpatient', ward: '内科3病区', bed: '12' })
    const uid = await arrive({ accession_number: order.AccessionNumber })
    expect(await supplementOf(uid)).toMatchObject({ ward: '内科3病区', bed: '12' })
    const { body } = await east.get(`/api/orders/${order.id}`)
    const moved = await east.put(`/api/orders/${order.id}`, input({ ...inpatient, bed: '加3' }), {
      'if-match': `"${body.order.generation}"`,
    })
    expect([moved.status, moved.body.order]).toMatchObject([200, { state: 'in-progress', bed: '加3' }])
    expect(await supplementOf(uid)).toMatchObject({ ward: '内科3病区', bed: '加3' })
  })

  test('half of a place that the imaging room has written is never filled with half of another', async () => {
    const order = await enter(inpatient)
    const uid = await portal.county.arrive({ study, values: { accession_number: order.AccessionNumber } })
    await east.put(`/api/studies/${uid}/supplement`, { ward: 'ICU' })
    await match()
    expect(await supplementOf(uid)).toMatchObject({ ward: 'ICU', bed: '', department: '内科' })
    // Its bed stays alone, too, when the order moves on.
    const { generation } = (await east.get(`/api/orders/${order.id}`)).body.order
    await east.put(`/api/orders/${order.id}`, input({ ...inpatient, ward: 'ICU', bed: '7' }), { 'if-match': `"${generation}"` })
    expect(await supplementOf(uid)).toMatchObject({ ward: 'ICU', bed: '' })
  })

  test('undoing puts back a supplement that was kept before there were beds', async () => {
    const order = await enter(inpatient)
    const uid = await portal.county.arrive({ study, values: { accession_number: order.AccessionNumber } })
    await east.put(`/api/studies/${uid}/supplement`, { clinicalInformation: '外伤' })
    await match()
    await query(index.pool, `update study_order set supplement_before = supplement_before - 'ward' - 'bed' where order_id = $1`, [order.id])
    expect((await east.send('DELETE', `/api/studies/${uid}/order`, { reason: '不是' })).status).toBe(200)
    expect(await supplementOf(uid)).toMatchObject({ clinicalInformation: '外伤', ward: '', bed: '' })
  })

  test.each([{ ward: '病'.repeat(33) }, { bed: '1'.repeat(17) }, { ward: 'a\\b' }, { bed: '1\n2' }, { patientClass: 'ward' }])(
    'with %j is refused',
    async (changes) => {
      expect((await east.post('/api/orders', input(changes))).status).toBe(400)
    },
  )

  test('with the StudyInstanceUID that was reserved is linked, whatever its AccessionNumber', async () => {
    const order = await enter()
    const uid = uidOf(study)
    await query(index.pool, `update exam_order set study_instance_uid = $2 where id = $1`, [order.id, uid])
    await arrive({ accession_number: 'TYPED' })
    expect((await east.get(`/api/orders/${order.id}`)).body.order.studies).toMatchObject([{ StudyInstanceUID: uid }])
  })

  test.each([
    ['sex', { patient_sex: 'F' }, '性别不一致'],
    ['date of birth', { patient_birth_date: '19650505' }, '出生日期不一致'],
    ['name', { patient_name: 'Wang^Wu=王^五' }, '姓名不一致'],
  ])('that contradicts its order in %s is not linked in silence: it waits with the reason', async (_, values, zh) => {
    const order = await enter()
    const uid = await arrive({ accession_number: order.AccessionNumber, ...values })
    expect((await east.get(`/api/orders/${order.id}`)).body.order).toMatchObject({ state: 'scheduled', studies: [] })
    const waiting = await tray(uid)
    const candidate = waiting.candidates.find((one: { order: { id: string } }) => one.order.id === order.id)
    expect(candidate.reasons.map((reason: { zh: string }) => reason.zh)).toEqual(expect.arrayContaining(['检查号一致', zh]))
    const silent = await east.post(`/api/studies/${uid}/order`, { orderId: order.id })
    expect([silent.status, silent.body.error.code]).toEqual([422, 'reason-missing'])
    const decided = await east.post(`/api/studies/${uid}/order`, { orderId: order.id, reason: '登记时输错' })
    expect(decided.body.order).toMatchObject({ state: 'in-progress', studies: [{ StudyInstanceUID: uid }] })
  })

  test('without a number waits with ranked candidates, and one click matches it', async () => {
    const [right, other] = [
      await enter({}, { PatientName: '赵丽', sex: 'F', birthDate: '19880808' }),
      await enter({ modality: 'MR' }, { PatientName: '赵莉', sex: 'F', birthDate: '19900101' }),
    ]
    const uid = await arrive({ patient_name: 'ZHAO^LI', patient_sex: 'F', patient_birth_date: '19880808', accession_number: '' })
    const waiting = await tray(uid)
    expect(waiting).toMatchObject({ patient: { name: 'ZHAO LI', sex: 'F' }, modality: 'CT', instances: 1 })
    expect(waiting.candidates[0].order.id).toBe(right.id)
    expect(waiting.candidates[0].score).toBeGreaterThan(
      waiting.candidates.find((one: { order: { id: string } }) => one.order.id === other.id)?.score ?? 0,
    )
    expect((await west.get('/api/unmatched')).body.items).toEqual([])
    expect((await ward.get('/api/unmatched')).status).toBe(403)
    const { body } = await east.post(`/api/studies/${uid}/order`, { orderId: right.id })
    expect(body.order.studies).toMatchObject([{ StudyInstanceUID: uid }])
    expect(await tray(uid)).toBeUndefined()
    expect((await east.post(`/api/studies/${uid}/order`, { orderId: other.id })).body.error.code).toBe('already-matched')
  })

  test('that was matched wrongly goes back: the order to the worklist, the study to the tray, the text to where it was', async () => {
    const order = await enter()
    const uid = await arrive({ accession_number: order.AccessionNumber })
    expect((await east.send('DELETE', `/api/studies/${uid}/order`, {})).body.error.code).toBe('reason-missing')
    expect((await east.send('DELETE', `/api/studies/${uid}/order`, { reason: '选错患者' })).status).toBe(200)
    expect((await east.get(`/api/orders/${order.id}`)).body.order).toMatchObject({ state: 'scheduled', studies: [], startedAt: null })
    expect(await tray(uid)).toBeDefined()
    const workitem = (await doctor.get(`/api/workitems/${await portal.county.workitemOf(uid)}`)).body
    expect(workitem).toMatchObject({ urgency: 3, clinicalInformation: '' })
    await match()
    expect((await east.get(`/api/orders/${order.id}`)).body.order.studies).toEqual([])
  })

  test('whose patient is put right from the order shows the order’s patient, and what was received when the match is undone', async () => {
    const order = await enter({}, { PatientName: '钱多多', sex: 'F', birthDate: '19950505' })
    const uid = await arrive({ patient_name: 'TEST', patient_id: '999', patient_sex: 'M', accession_number: '' })
    const matched = await east.post(`/api/studies/${uid}/order`, { orderId: order.id, correct: true, reason: '机上误选患者' })
    expect(matched.status).toBe(200)
    const workitem = async () => (await doctor.get(`/api/workitems/${await portal.county.workitemOf(uid)}`)).body
    expect((await workitem()).patient).toMatchObject({
      name: '钱多多',
      PatientID: order.patient.PatientID,
      sex: 'F',
      birthDate: '19950505',
    })
    const { body } = await east.get(`/api/studies/${uid}/corrections`)
    expect(body.corrections).toMatchObject([{ reason: '机上误选患者' }])
    expect(body.now.AccessionNumber).toBe(order.AccessionNumber)
    expect((await east.send('DELETE', `/api/studies/${uid}/order`, { reason: '选错' })).status).toBe(200)
    expect((await workitem()).patient).toMatchObject({ name: 'TEST', PatientID: '999', sex: 'M' })
    // Undone twice: a correction that somebody has taken back before is no obstacle.
    await east.post(`/api/studies/${uid}/order`, { orderId: order.id, correct: true, reason: '机上误选患者' })
    const { corrections } = (await east.get(`/api/studies/${uid}/corrections`)).body
    const standing = corrections.find(({ undone }: { undone: unknown }) => undone === null)
    await east.post(`/api/studies/${uid}/corrections/${standing.revision}/undo`, { reason: '先撤销更正' })
    expect((await east.send('DELETE', `/api/studies/${uid}/order`, { reason: '选错' })).status).toBe(200)
  })

  test.each([
    ['gets the order’s AccessionNumber where it has none', '', false, undefined],
    ['keeps the AccessionNumber that the machine has written', 'TYPED', false, 'TYPED'],
    ['gets the order’s AccessionNumber for its own by a correction', 'TYPED', true, undefined],
  ])('%s, until the match is undone', async (_, had, correct, keeps) => {
    const order = await enter()
    const uid = await arrive({ accession_number: had })
    const numberOf = async () => {
      const { rows } = await index.pool.query('select accession_number as number from study where study_instance_uid = $1', [uid])
      return rows[0].number ?? ''
    }
    expect((await east.post(`/api/studies/${uid}/order`, { orderId: order.id, correct })).status).toBe(200)
    expect(await numberOf()).toBe(keeps ?? order.AccessionNumber)
    const { corrections } = (await east.get(`/api/studies/${uid}/corrections`)).body
    expect(corrections).toMatchObject(keeps === undefined ? [{ attributes: { AccessionNumber: order.AccessionNumber } }] : [])
    expect((await east.send('DELETE', `/api/studies/${uid}/order`, { reason: '选错' })).status).toBe(200)
    expect(await numberOf()).toBe(had)
  })

  test('that is here keeps its order from being withdrawn; an exam that never ended does not', async () => {
    const order = await enter()
    await query(index.pool, `update exam_order set state = 'in-progress' where id = $1`, [order.id])
    expect((await east.get(`/api/orders/${order.id}`)).body.order.verbs).toEqual(['edit', 'cancel'])
    const uid = await arrive({ accession_number: order.AccessionNumber })
    expect((await east.get(`/api/orders/${order.id}`)).body.order).toMatchObject({ verbs: ['edit'], studies: [{ StudyInstanceUID: uid }] })
    expect((await east.post(`/api/orders/${order.id}/cancel`, { reason: '设备故障' })).body.error.code).toBe('order-state')
    const other = await enter()
    await query(index.pool, `update exam_order set state = 'in-progress' where id = $1`, [other.id])
    expect((await east.post(`/api/orders/${other.id}/cancel`, { reason: '设备故障' })).body.order.state).toBe('cancelled')
  })

  test('that needs no order leaves the tray with a reason', async () => {
    const uid = await arrive({ accession_number: 'X', patient_name: 'PHANTOM' })
    expect((await east.post(`/api/studies/${uid}/no-order`, {})).body.error.code).toBe('reason-missing')
    expect((await east.post(`/api/studies/${uid}/no-order`, { reason: '质控模体' })).status).toBe(200)
    expect(await tray(uid)).toBeUndefined()
  })

  test('whose order is changed shows the radiologist what it says now', async () => {
    const order = await enter()
    const uid = await arrive({ accession_number: order.AccessionNumber })
    const { generation } = (await east.get(`/api/orders/${order.id}`)).body.order
    const headers = { 'If-Match': `"${generation}"` }
    expect((await east.put(`/api/orders/${order.id}`, input({ procedure: '头部CT' }), headers)).body.error.code).toBe('order-settled')
    const text = input({ clinicalInformation: '咯血', urgency: 0 })
    expect((await east.put(`/api/orders/${order.id}`, { ...text, scheduledAt: order.scheduledAt }, headers)).status).toBe(200)
    expect((await doctor.get(`/api/workitems/${await portal.county.workitemOf(uid)}`)).body).toMatchObject({
      urgency: 0,
      clinicalInformation: '咯血',
    })
    await east.send('DELETE', `/api/studies/${uid}/order`, { reason: '选错患者' })
    expect((await doctor.get(`/api/workitems/${await portal.county.workitemOf(uid)}`)).body).toMatchObject({
      urgency: 3,
      clinicalInformation: '',
    })
  })

  test('at an institution that works without orders is in nobody’s tray', async () => {
    await portal.county.arrive({ study }, portal.county.west)
    await match()
    expect((await west.get('/api/unmatched')).body.items).toEqual([])
  })
})
