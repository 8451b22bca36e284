/** UPS-RS transactions on Workitems from outside: PS3.18 §11.4–§11.8, each row of PS3.4 Table CC.1.1-2 over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newUID } from '../../../../archive/dicom/uid.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { firstOf, performed, startWorklist, stateOf, type Worklist, warningOf, workitem } from './worklist.ts'

let index: TestIndex
let worklist: Worklist
beforeAll(async () => {
  index = await openTestIndex()
  worklist = await startWorklist(index)
})
afterAll(async () => {
  await worklist.close()
  await index.close()
})

const lock = newUID()
const state = (uid: string, wanted: string, transactionUID?: string, asker = 'ai') =>
  worklist.send(asker, 'PUT', `/workitems/${uid}/state`, stateOf(wanted, transactionUID))
const update = (uid: string, changes: object, transactionUID?: string) =>
  worklist.send('ai', 'POST', `/workitems/${uid}${transactionUID === undefined ? '' : `?${transactionUID}`}`, changes)
const subscribe = (uid: string, title = 'WATCHER') => worklist.send('ai', 'POST', `/workitems/${uid}/subscribers/${title}`)

/** A Workitem brought to a state by its performer. */
async function inState(wanted: 'SCHEDULED' | 'IN PROGRESS' | 'COMPLETED' | 'CANCELED'): Promise<string> {
  const uid = await worklist.create()
  if (wanted === 'SCHEDULED') return uid
  expect((await state(uid, 'IN PROGRESS', lock)).status).toBe(200)
  if (wanted === 'IN PROGRESS') return uid
  if (wanted === 'COMPLETED') expect((await update(uid, performed(), lock)).status).toBe(200)
  expect((await state(uid, wanted, lock)).status).toBe(200)
  return uid
}

describe('Create', () => {
  test('answers 201 with the Location of a SCHEDULED Workitem, which is retrieved as it was given and without Transaction UID', async () => {
    const uid = newUID()
    const response = await worklist.send('ai', 'POST', `/workitems?${uid}`, workitem())
    expect(response.status).toBe(201)
    expect(response.headers.get('Location')).toBe(`${worklist.url}/dicomweb/workitems/${uid}`)
    expect(response.headers.get('Warning')).toBeNull()
    const kept = await worklist.retrieve('ai', uid)
    expect(kept['00081195']).toBeUndefined()
    expect(firstOf(kept, '00080018')).toBe(uid)
    expect(firstOf(kept, '00080016')).toBe('1.2.840.10008.5.1.4.34.6.1')
    expect(kept['00404018']).toEqual(workitem()['00404018'])
    expect(kept['00100010']).toEqual(workitem()['00100010'])
    expect(Object.keys(kept)).toEqual(Object.keys(kept).toSorted())
  })

  test.each([
    ['?workitem=', (uid: string) => `?workitem=${uid}`],
    ['?AffectedSOPInstanceUID=', (uid: string) => `?AffectedSOPInstanceUID=${uid}`],
  ])('takes the UID as %s too', async (_, query) => {
    const uid = newUID()
    const response = await worklist.send('ai', 'POST', `/workitems${query(uid)}`, [workitem()], { 'Content-Type': 'application/json' })
    expect(response.status).toBe(201)
    expect(response.headers.get('Location')).toContain(uid)
  })

  test('takes the UID of the data set, and makes one where there is none', async () => {
    const uid = newUID()
    const inside = await worklist.send('ai', 'POST', '/workitems', { ...workitem(), '00080018': { vr: 'UI', Value: [uid] } })
    expect(inside.headers.get('Location')).toContain(uid)
    const none = await worklist.send('ai', 'POST', '/workitems', workitem())
    expect(none.headers.get('Location')).toMatch(/\/workitems\/2\.25\.\d+$/)
  })

  test('of a duplicate is 409, also when another institution made the first', async () => {
    const uid = await worklist.create()
    for (const asker of ['ai', 'east']) {
      const response = await worklist.send(asker, 'POST', `/workitems?${uid}`, workitem())
      expect(response.status).toBe(409)
      expect(warningOf(response)).toBe('The Workitem already exists.')
    }
  })

  test('two at once: one is made, the other is 409', async () => {
    const uid = newUID()
    const answers = await Promise.all([1, 2, 3, 4].map(() => worklist.send('ai', 'POST', `/workitems?${uid}`, workitem())))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409])
  })

  test.each([
    ['without ScheduledProcedureStepPriority', { '00741200': undefined }, 400],
    ['with an empty ProcedureStepLabel', { '00741204': { vr: 'LO' } }, 400],
    ['without InputReadinessState', { '00404041': undefined }, 400],
    ['without ScheduledProcedureStepStartDateTime', { '00404005': undefined }, 400],
    ['without ProcedureStepState', { '00741000': undefined }, 400],
    ['IN PROGRESS', { '00741000': { vr: 'CS', Value: ['IN PROGRESS'] } }, 400],
    ['with a Transaction UID', { '00081195': { vr: 'UI', Value: ['1.2.3'] } }, 400],
    ['with progress', { '00741002': { vr: 'SQ', Value: [{ '00741004': { vr: 'DS', Value: [1] } }] } }, 400],
    ['with a priority that there is not', { '00741200': { vr: 'CS', Value: ['STAT'] } }, 400],
    ['with a date-time that is none', { '00404005': { vr: 'DT', Value: ['tomorrow'] } }, 400],
    ['with bulk data', { '00420011': { vr: 'OB', BulkDataURI: 'http://elsewhere' } }, 400],
    ['with half a character', { '00741204': { vr: 'LO', Value: ['\ud800'] } }, 400],
    ['with an attribute that is none', { NoSuchThing: { vr: 'LO' } }, 400],
  ])('%s is %i and makes nothing', async (_, changes, status) => {
    const uid = newUID()
    const response = await worklist.send('ai', 'POST', `/workitems?${uid}`, { ...workitem(), ...changes })
    expect(response.status).toBe(status)
    expect(response.headers.get('Warning')).toMatch(/^299 /)
    expect((await worklist.send('ai', 'GET', `/workitems/${uid}`)).status).toBe(404)
  })

  test('without attributes of type 2 adds them empty and says so', async () => {
    const { '00404025': _, '00741202': __, ...less } = workitem()
    const response = await worklist.send('ai', 'POST', '/workitems', less)
    expect(response.status).toBe(201)
    expect(warningOf(response)).toBe('The Workitem was created with modifications.')
    const kept = await worklist.retrieve('ai', response.headers.get('Location')!.split('/').at(-1)!)
    expect(kept['00404025']).toEqual({ vr: 'SQ' })
    expect(firstOf(kept, '00741202')).toBe('WORKLIST')
  })

  test.each([
    ['an empty body', '', 400, 'application/dicom+json'],
    ['no JSON', '{', 400, 'application/dicom+json'],
    ['two Workitems', JSON.stringify([workitem(), workitem()]), 400, 'application/dicom+json'],
    ['a text', '"x"', 400, 'application/dicom+json'],
    ['another media type', 'x', 415, 'text/plain'],
    ['a body of two megabytes', ' '.repeat(2_000_000), 413, 'application/dicom+json'],
    ['sequences 30 deep', nested(30), 413, 'application/dicom+json'],
  ])('with %s is refused', async (_, body, status, type) => {
    expect((await worklist.send('ai', 'POST', '/workitems', body, { 'Content-Type': type })).status).toBe(status)
  })

  test('at an address that is no UID is 400', async () => {
    expect((await worklist.send('ai', 'POST', '/workitems?workitem=abc', workitem())).status).toBe(400)
    expect((await worklist.send('ai', 'GET', '/workitems/abc')).status).toBe(400)
  })
})

function nested(depth: number): string {
  let inner: object = {}
  for (let level = 0; level < depth; level += 1) inner = { '0040A370': { vr: 'SQ', Value: [inner] } }
  return JSON.stringify({ ...workitem(), ...inner })
}

describe('Retrieve', () => {
  test('of what there is not is 404, of what was deleted 410', async () => {
    const response = await worklist.send('ai', 'GET', '/workitems/1.2.3.4')
    expect(response.status).toBe(404)
    expect(warningOf(response)).toBe('The Target Workitem was not found.')
    const uid = await inState('CANCELED')
    await index.pool.query(`update ups set gone_at = now(), dataset = '{}' where sop_instance_uid = $1`, [uid])
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['PUT', '/state'],
    ] as const)
      expect(
        (await worklist.send('ai', method, `/workitems/${uid}${path}`, method === 'GET' ? undefined : stateOf('CANCELED', lock))).status,
      ).toBe(410)
  })

  test('as XML is the Native DICOM Model; as anything else 406', async () => {
    const uid = await worklist.create()
    const response = await worklist.send('ai', 'GET', `/workitems/${uid}`, undefined, {
      Accept: 'multipart/related; type="application/dicom+xml"',
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toMatch(/^multipart\/related; type="application\/dicom\+xml"; boundary=/)
    const text = await response.text()
    expect(text).toContain('<FamilyName>张</FamilyName>')
    expect(text).not.toContain('00081195')
    const single = await worklist.send('ai', 'GET', `/workitems/${uid}`, undefined, { Accept: 'application/dicom+xml' })
    expect(single.headers.get('Content-Type')).toBe('application/dicom+xml')
    expect(await single.text()).toMatch(/^<\?xml .*<\/NativeDicomModel>$/s)
    expect((await worklist.send('ai', 'GET', `/workitems/${uid}`, undefined, { Accept: 'image/png' })).status).toBe(406)
  })
})

describe('Change State, by the table', () => {
  const stateText = 'The submitted request is inconsistent with the current state of the UPS Instance.'
  const rows: readonly [
    from: Parameters<typeof inState>[0],
    wanted: string,
    given: 'right' | 'wrong' | 'none',
    status: number,
    warning: string | null,
  ][] = [
    ['SCHEDULED', 'IN PROGRESS', 'right', 200, null],
    ['SCHEDULED', 'IN PROGRESS', 'none', 400, 'The Transaction UID is missing.'],
    ['SCHEDULED', 'COMPLETED', 'right', 409, stateText],
    ['SCHEDULED', 'CANCELED', 'right', 409, stateText],
    ['SCHEDULED', 'SCHEDULED', 'right', 409, stateText],
    ['IN PROGRESS', 'IN PROGRESS', 'right', 409, stateText],
    ['IN PROGRESS', 'IN PROGRESS', 'wrong', 400, 'The Transaction UID is incorrect.'],
    ['IN PROGRESS', 'SCHEDULED', 'right', 409, stateText],
    ['IN PROGRESS', 'COMPLETED', 'right', 409, stateText], // final state requirements are not met
    ['IN PROGRESS', 'COMPLETED', 'wrong', 400, 'The Transaction UID is incorrect.'],
    ['IN PROGRESS', 'COMPLETED', 'none', 400, 'The Transaction UID is missing.'],
    ['IN PROGRESS', 'CANCELED', 'wrong', 400, 'The Transaction UID is incorrect.'],
    ['IN PROGRESS', 'CANCELED', 'right', 200, null],
    ['COMPLETED', 'COMPLETED', 'right', 200, 'The UPS is already in the requested state of COMPLETED.'],
    ['COMPLETED', 'COMPLETED', 'wrong', 400, 'The Transaction UID is incorrect.'],
    ['COMPLETED', 'CANCELED', 'right', 409, stateText],
    ['COMPLETED', 'IN PROGRESS', 'right', 409, stateText],
    ['CANCELED', 'CANCELED', 'right', 200, 'The UPS is already in the requested state of CANCELED.'],
    ['CANCELED', 'COMPLETED', 'right', 409, stateText],
    ['CANCELED', 'CANCELED', 'none', 400, 'The Transaction UID is missing.'],
  ]
  test.each(rows)('%s → %s with the %s Transaction UID: %i', async (from, wanted, given, status, warning) => {
    const uid = await inState(from)
    const response = await state(uid, wanted, { right: lock, wrong: '1.2.3', none: undefined }[given])
    expect(response.status).toBe(status)
    expect(response.headers.get('Warning') === null ? null : warningOf(response)).toBe(warning)
    const after = firstOf(await worklist.retrieve('ai', uid), '00741000')
    expect(after).toBe(status === 200 ? wanted : from)
  })

  test('of what there is not is 404', async () => {
    expect((await state('1.2.3.4', 'IN PROGRESS', lock)).status).toBe(404)
  })

  test.each([
    ['a state that there is not', { '00741000': { vr: 'CS', Value: ['DONE'] }, '00081195': { vr: 'UI', Value: ['1.2'] } }],
    ['no state', { '00081195': { vr: 'UI', Value: ['1.2'] } }],
    ['a Transaction UID that is no UID', { '00741000': { vr: 'CS', Value: ['IN PROGRESS'] }, '00081195': { vr: 'UI', Value: ['abc'] } }],
  ])('to %s is 400', async (_, body) => {
    const uid = await worklist.create()
    expect((await worklist.send('ai', 'PUT', `/workitems/${uid}/state`, body)).status).toBe(400)
  })

  test('two who claim at once: one has it', async () => {
    const uid = await worklist.create()
    const answers = await Promise.all(
      ['1.2.1', '1.2.2', '1.2.3'].map((own, at) => state(uid, 'IN PROGRESS', own, at === 1 ? 'other' : 'ai')),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400])
  })

  test('COMPLETED demands what the table has as R and P; CANCELED gets its time and a reason code from the archive', async () => {
    const uid = await inState('IN PROGRESS')
    const response = await state(uid, 'COMPLETED', lock)
    expect(((await response.json()) as { error: { detail: string } }).error.detail).toContain(
      'UnifiedProcedureStepPerformedProcedureSequence',
    )
    const { '00741216': sequence } = performed()
    const { '00404051': _, ...withoutEnd } = sequence!.Value![0] as Record<string, unknown>
    expect((await update(uid, { '00741216': { vr: 'SQ', Value: [withoutEnd] } }, lock)).status).toBe(200)
    expect((await state(uid, 'COMPLETED', lock)).status).toBe(409)
    expect((await update(uid, performed(), lock)).status).toBe(200)
    expect((await state(uid, 'COMPLETED', lock)).status).toBe(200)
    const canceled = await worklist.retrieve('ai', await inState('CANCELED'))
    expect(firstOf(canceled, '00741002')).toMatchObject({
      '00404052': { vr: 'DT', Value: [expect.stringMatching(/^\d{14}\+0000$/)] },
      '0074100E': { Value: [{ '00080100': { Value: ['110513'] } }] },
    })
  })
})

describe('Update', () => {
  const label = { '00741204': { vr: 'LO', Value: ['another'] } }

  test.each([
    ['SCHEDULED', undefined, 200, null],
    ['SCHEDULED', '1.2.3', 409, 'The target URI did not reference a claimed Workitem.'],
    ['IN PROGRESS', lock, 200, null],
    ['IN PROGRESS', undefined, 400, 'The Transaction UID is missing.'],
    ['IN PROGRESS', '1.2.3', 400, 'The Transaction UID is incorrect.'],
    ['COMPLETED', lock, 400, 'The submitted request is inconsistent with the current state of the Workitem.'],
    ['CANCELED', lock, 400, 'The submitted request is inconsistent with the current state of the Workitem.'],
  ] as const)('of what is %s with Transaction UID %s: %i', async (from, given, status, warning) => {
    const uid = await inState(from)
    const response = await update(uid, label, given)
    expect(response.status).toBe(status)
    expect(response.headers.get('Warning') === null ? null : warningOf(response)).toBe(warning)
    expect(firstOf(await worklist.retrieve('ai', uid), '00741204')).toBe(status === 200 ? 'another' : '肺结节检测')
  })

  test('takes the Transaction UID from the data set too, and never keeps it', async () => {
    const uid = await inState('IN PROGRESS')
    expect((await update(uid, { ...label, '00081195': { vr: 'UI', Value: [lock] } })).status).toBe(200)
    expect(JSON.stringify(await worklist.retrieve('ai', uid))).not.toContain(lock)
  })

  test.each([
    ['the state', { '00741000': { vr: 'CS', Value: ['COMPLETED'] } }],
    ['the patient', { '00100020': { vr: 'LO', Value: ['P-2'] } }],
    ['the request', { '0040A370': { vr: 'SQ' } }],
    ['what is required, to nothing', { '00741204': { vr: 'LO' } }],
  ])('of %s is 400', async (_, changes) => {
    const uid = await worklist.create()
    expect((await update(uid, changes)).status).toBe(400)
  })
})

describe('Request Cancellation', () => {
  const request = (uid: string, body?: object, asker = 'ai') => worklist.send(asker, 'POST', `/workitems/${uid}/cancelrequest`, body)
  const why = { '00741238': { vr: 'LT', Value: ['重复申请'] }, '0074100C': { vr: 'LO', Value: ['李娜'] } }

  test('of a SCHEDULED one cancels it, by way of IN PROGRESS, with the reason', async () => {
    const uid = await worklist.create()
    expect((await subscribe(uid)).status).toBe(201)
    expect((await request(uid, why)).status).toBe(202)
    const kept = await worklist.retrieve('ai', uid)
    expect(firstOf(kept, '00741000')).toBe('CANCELED')
    expect(firstOf(kept, '00741002')).toMatchObject({ '00741238': { Value: ['重复申请'] } })
  })

  test('without a body too', async () => {
    expect((await request(await worklist.create())).status).toBe(202)
  })

  test('of one IN PROGRESS is told to its subscribers and changes nothing; without any it is 409', async () => {
    const uid = await inState('IN PROGRESS')
    expect((await request(uid, why)).status).toBe(409)
    await subscribe(uid)
    expect((await request(uid, why)).status).toBe(202)
    expect(firstOf(await worklist.retrieve('ai', uid), '00741000')).toBe('IN PROGRESS')
  })

  test('of a COMPLETED one is 409, of a CANCELED one 202 with a warning', async () => {
    expect((await request(await inState('COMPLETED'))).status).toBe(409)
    const again = await request(await inState('CANCELED'))
    expect(again.status).toBe(202)
    expect(warningOf(again)).toBe('The UPS is already in the requested state of CANCELED.')
    expect((await request('1.2.3.4')).status).toBe(404)
  })
})

describe('who may', () => {
  test('nobody without an account, a sender nothing, a receiver look, a performer all', async () => {
    const uid = await worklist.create()
    expect((await worklist.send('nobody', 'GET', '/workitems')).status).toBe(401)
    expect((await worklist.send('sender', 'GET', '/workitems')).status).toBe(403)
    expect((await worklist.send('watcher', 'GET', `/workitems/${uid}`)).status).toBe(200)
    expect((await worklist.send('watcher', 'POST', '/workitems', workitem())).status).toBe(403)
    expect((await state(uid, 'IN PROGRESS', lock, 'watcher')).status).toBe(403)
  })

  test('another institution sees nothing of it', async () => {
    const uid = await worklist.create()
    for (const asker of ['east', 'west']) {
      expect((await worklist.send(asker, 'GET', `/workitems/${uid}`)).status).toBe(404)
      expect((await state(uid, 'IN PROGRESS', lock, asker)).status).toBe(404)
      expect((await worklist.send(asker, 'POST', `/workitems/${uid}/cancelrequest`)).status).toBe(404)
      expect((await worklist.send(asker, 'POST', `/workitems/${uid}/subscribers/X`)).status).toBe(404)
      expect(await worklist.search(asker, `SOPInstanceUID=${uid}`)).toEqual([])
    }
  })

  test('what is done is audited, with whom', async () => {
    const uid = await inState('IN PROGRESS')
    const { rows } = await index.pool.query('select action, username from audit_event where object = $1 order by id', [uid])
    expect(rows).toEqual([
      { action: 'ups-create', username: 'ai' },
      { action: 'ups-state', username: 'ai' },
    ])
  })

  test('a method that a resource does not have is 405', async () => {
    const response = await worklist.send('ai', 'DELETE', '/workitems/1.2.3')
    expect(response.status).toBe(405)
    expect(response.headers.get('Allow')).toContain('GET')
  })
})

test('a Workitem comes as XML too, alone or as the one part of a multipart body', async () => {
  const attribute = (tag: string, vr: string, value: string) =>
    `<DicomAttribute tag="${tag}" vr="${vr}"><Value number="1">${value}</Value></DicomAttribute>`
  const document = `<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel>${[
    attribute('00741200', 'CS', 'HIGH'),
    attribute('00741204', 'LO', '左膝'),
    attribute('00404005', 'DT', '20261122'),
    attribute('00404041', 'CS', 'READY'),
    attribute('00741000', 'CS', 'SCHEDULED'),
    '<DicomAttribute tag="00100010" vr="PN"><PersonName number="1"><Alphabetic><FamilyName>Li</FamilyName><GivenName>Si</GivenName></Alphabetic></PersonName></DicomAttribute>',
  ].join('')}</NativeDicomModel>`
  const alone = await worklist.send('ai', 'POST', '/workitems', document, { 'Content-Type': 'application/dicom+xml' })
  const part = `--b\r\nContent-Type: application/dicom+xml\r\n\r\n${document}\r\n--b--\r\n`
  const multipart = await worklist.send('ai', 'POST', '/workitems', part, {
    'Content-Type': 'multipart/related; type="application/dicom+xml"; boundary=b',
  })
  for (const response of [alone, multipart]) {
    expect(response.status).toBe(201)
    const kept = await worklist.retrieve('ai', response.headers.get('Location')!.split('/').at(-1)!)
    expect(kept['00100010']!.Value).toEqual([{ Alphabetic: 'Li^Si' }])
    expect(firstOf(kept, '00741204')).toBe('左膝')
  }
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><NativeDicomModel>&a;</NativeDicomModel>'
  expect((await worklist.send('ai', 'POST', '/workitems', bomb, { 'Content-Type': 'application/dicom+xml' })).status).toBe(400)
})
