/**
 * A day of one patient over HTTP, with all that goes wrong in it, at the most talkative level of the log: nothing of the patient, of what doctors wrote and
 * of what people keep secret stands in the log, in the figures for monitoring or in the headers of an answer.
 */
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '../../storage/index/query.ts'
import { ctStudy, type Instance, patients } from '../../test-images/index.ts'
import { startTestProgram, type TestProgram, testPassword, testPIN } from '../support/program.ts'

const log: string[] = []
const heads: string[] = []
let program: TestProgram
let cookie = ''

beforeAll(async () => {
  program = await startTestProgram({ log: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }) })
})
afterAll(() => program.close())

const patient = patients.shan
const name = patient.family + patient.given
const idCardNumber = '110105195803120029'
const phone = '13800138777'
const words = {
  findings: '左侧基底节区见片状高密度影，边界清楚。',
  impression: '左侧基底节区脑出血，建议立即会诊。',
  reason: '申请单与患者不符的那位老人',
  comment: '家属在三号门等候通知',
}

/** Every answer is looked at, whatever it says. */
async function ask(who: string | undefined, method: string, path: string, body?: string | object, type = 'application/json') {
  const response = await program.request(who, path, {
    method,
    redirect: 'manual',
    ...(body === undefined ? {} : { headers: { 'content-type': type }, body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  heads.push(JSON.stringify([...response.headers].filter(([header]) => header !== 'set-cookie')))
  const text = await response.text()
  return { status: response.status, text, cookie: response.headers.get('set-cookie') ?? '' }
}
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by name
async function done(who: string, method: string, path: string, body?: object): Promise<any> {
  const { status, text } = await ask(who, method, path, body)
  expect(status, `${method} ${path}: ${text}`).toBeLessThan(300)
  return text === '' ? undefined : JSON.parse(text)
}

/** As it is written, in an address, and as programs pack it. */
const formsOf = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
]

async function goesWrong(StudyInstanceUID: string, id: string): Promise<void> {
  const q = encodeURIComponent(name)
  const refused: [string | undefined, string, string, (string | object)?, string?][] = [
    [undefined, 'GET', `/api/workitems?q=${q}`],
    [undefined, 'GET', `/dicomweb/studies?PatientName=${q}&PatientID=${patient.PatientID}`],
    ['reviewer', 'GET', `/api/workitems?q=${q}&limit=no`],
    ['reviewer', 'GET', `/api/workitems/${q}`],
    ['reviewer', 'GET', `/api/${q}`],
    ['reviewer', 'GET', `/${q}/${idCardNumber}`],
    ['reviewer', 'GET', `/dicomweb/studies?PatientName=${q}&limit=no`],
    ['reviewer', 'GET', `/dicomweb/studies/${q}/metadata`],
    ['reviewer', 'GET', `/dicomweb/studies?PatientBirthDate=${patient.PatientBirthDate}-x`],
    ['west-clinician', 'GET', `/api/ward/studies/${StudyInstanceUID}/report`],
    ['west-clinician', 'GET', `/dicomweb/studies/${StudyInstanceUID}/metadata`],
    ['east-technologist', 'POST', '/api/orders', { patient: { PatientName: name, idCardNumber: '110105195803120021' }, modality: 'CT' }],
    ['east-technologist', 'POST', '/api/orders', `{"patient":{"PatientName":"${name}","phone":"${phone}"`],
    ['east-technologist', 'POST', '/api/orders', { patient: { PatientName: `${name}\0`, phone }, modality: 'CT', procedure: 'CT' }],
    ['east-technologist', 'POST', '/dicomweb/studies', `--b\r\n\r\nDICM ${name} ${idCardNumber}\r\n--b--`, 'multipart/related; boundary=b'],
    ['radiologist', 'PUT', `/api/workitems/${id}/draft`, { findings: words.findings, impression: 7 }],
    ['radiologist', 'POST', `/api/workitems/${id}/sign`, { pin: '975310', reason: words.reason }],
    ['radiologist', 'POST', '/api/critical', { workitem: id, finding: words.impression, text: words.comment }],
    ['west-clinician', 'POST', '/api/ward/elsewhere', { name, number: idCardNumber }],
    ['west-clinician', 'POST', '/api/ward/break-glass', { StudyInstanceUID, reason: '' }],
    [undefined, 'POST', '/api/session', { username: 'radiologist', password: 'a wrong horse battery' }],
    [undefined, 'POST', '/api/session', `{"username":"radiologist","password":"${testPassword}"`],
    [undefined, 'GET', `/verify/${q}`],
  ]
  for (const [who, method, path, body, type] of refused) {
    const { status } = await ask(who, method, path, body, type)
    expect(status, `${method} ${path}`).toBeLessThan(500)
  }
}

test('a day leaves nothing of its patient in log, metrics and headers', { timeout: 180_000 }, async () => {
  // Ordered, imaged, sent.
  const { order } = await done('east-technologist', 'POST', '/api/orders', {
    patient: { PatientName: name, PatientID: patient.PatientID, idCardNumber, sex: 'F', birthDate: patient.PatientBirthDate, phone },
    modality: 'CT',
    procedure: '颅脑平扫',
    clinicalInformation: words.comment,
  })
  const images: Instance[] = []
  for await (const image of ctStudy({ seed: 'no patient data', patient, AccessionNumber: order.AccessionNumber })) {
    images.push(image)
    if (images.length === 2) break
  }
  const [{ StudyInstanceUID }] = images as [Instance]
  const stored = await program.request('east-technologist', '/dicomweb/studies', {
    method: 'POST',
    headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=b' },
    body: Buffer.concat([
      ...images.flatMap(({ part10 }) => [Buffer.from('\r\n--b\r\nContent-Type: application/dicom\r\n\r\n'), Buffer.from(part10)]),
      Buffer.from('\r\n--b--\r\n'),
    ]),
  })
  expect(stored.status).toBe(200)
  await expect.poll(async () => (await ask('east-technologist', 'POST', `/api/studies/${StudyInstanceUID}/send`)).status).toBe(200)
  const workitems = () => query<{ id: number }>(program.index.pool, `select id from workitem where state = 'READY'`)
  await expect.poll(async () => (await workitems()).length).toBe(1)
  const id = String((await workitems())[0]!.id)

  // Looked for, read, told, signed.
  const signedIn = await ask(undefined, 'POST', '/api/session', { username: 'radiologist', password: testPassword })
  cookie = /=([^;]+)/.exec(signedIn.cookie)?.[1] ?? ''
  expect(cookie.length).toBeGreaterThan(20)
  const q = encodeURIComponent(name)
  for (const [who, path] of [
    ['radiologist', `/api/workitems?view=all&q=${q}`],
    ['east-technologist', `/api/board?q=${q}`],
    ['east-technologist', `/api/orders?q=${q}`],
    ['east-technologist', `/api/orders/patients?q=${q}`],
    ['administrator', `/api/patients?q=${q}`],
    ['east-clinician', `/api/ward/studies?q=${q}`],
    ['radiologist', `/dicomweb/studies?PatientName=${q}*&PatientBirthDate=${patient.PatientBirthDate}&includefield=all`],
    ['radiologist', `/dicomweb/studies/${StudyInstanceUID}/metadata`],
  ] as const)
    await done(who, 'GET', path)
  for (const reader of ['radiologist', 'reviewer']) await done(reader, 'POST', `/api/workitems/${id}/opened`, { StudyInstanceUID })
  await done('radiologist', 'POST', `/api/workitems/${id}/claim`)
  await done('radiologist', 'POST', `/api/workitems/${id}/questions`, { kind: 'question', text: words.comment })
  const draft = { ...words, polarity: 'positive', wording: 'affirmative', grade: { grade: 1, dims: {} } }
  const { reason, comment, ...text } = draft
  await done('radiologist', 'PUT', `/api/workitems/${id}/draft`, text)
  const { critical } = await done('radiologist', 'POST', '/api/critical', { workitem: id, text: words.impression })
  await done('east-clinician', 'POST', `/api/critical/${critical.id}/ack`, { name: '何护士', readBack: `${name} ${words.impression}` })
  const { findings } = await done('radiologist', 'POST', '/api/lint', { workitem: id, draft: text })
  const details = { overrides: (findings as { rule: string }[]).map(({ rule }) => ({ rule, reason })) }
  await goesWrong(StudyInstanceUID, id)
  await done('radiologist', 'POST', `/api/workitems/${id}/submit`, { pin: testPIN, details })
  await done('reviewer', 'POST', `/api/workitems/${id}/review`)
  const { workitem } = await done('reviewer', 'POST', `/api/workitems/${id}/sign`, { pin: testPIN, details })

  // Read on the ward, printed, carried away.
  for (const form of ['pdf', 'json', 'html', 'txt']) {
    expect((await ask('east-clinician', 'GET', `/api/reports/${workitem.reportId}/${form}`)).status).toBe(200)
  }
  await done('east-clinician', 'POST', `/api/reports/${workitem.reportId}/printed`, { copies: 1 })
  const { verifyURL } = await done('reviewer', 'GET', `/api/reports/${workitem.reportId}`)
  expect((await ask(undefined, 'GET', new URL(verifyURL).pathname)).status).toBe(200)
  await goesWrong(StudyInstanceUID, id)
  const metrics = await ask(undefined, 'GET', '/metrics')
  expect(metrics.status).toBe(200)

  const places = { log: log.join(''), metrics: metrics.text, heads: heads.join('\n') }
  expect(log.length).toBeGreaterThan(50)
  const secrets = [name, ...patient.pinyin, idCardNumber, phone, ...Object.values(words), testPassword, cookie]
  for (const secret of [...secrets.filter((each) => each.length > 1), new URL(verifyURL).pathname.split('/').at(-1)!]) {
    for (const form of formsOf(secret)) {
      for (const [place, all] of Object.entries(places)) {
        const at = all.toLowerCase().indexOf(form.toLowerCase())
        expect(at === -1 ? '' : all.slice(Math.max(0, at - 120), at + form.length + 40), `${secret} stands in the ${place}`).toBe('')
      }
    }
  }
  for (const number of [testPIN, patient.PatientBirthDate]) {
    const whole = new RegExp(`.{0,80}(?<!\\d)${number}(?!\\d)`)
    for (const [place, all] of Object.entries(places)) expect(whole.exec(all)?.[0], place).toBeUndefined()
  }
})
