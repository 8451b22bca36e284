/**
 * Critical values in real browsers (reading.md §3.4, §9 A): raised by `!` while reading, the whole window of the ward until it is repeated, acted on; and
 * nobody answers: the ladder, the telephone list on the reader's screen, the call in the register. And the ward's page around it.
 */
import { createHmac } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { query } from '../../storage/index/query.ts'
import { ctStudy, drStudy, type Instance, patients } from '../../test-images/index.ts'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from '../support/chromium.ts'
import { startTestProgram, type TestProgram, testPassword, testPIN } from '../support/program.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')
const readingRoom = { width: 1440, height: 900 }
const wardPC = { width: 1024, height: 768 }
const secret = 'a secret of sixteen'
/** Longer than any machine takes: what is waited for is a fact, never a time. */
const patience = 60_000
const patiently = { timeout: patience }

let program: TestProgram
let browser: Browser
let outside: Server
const told: { headers: IncomingHttpHeaders; body: string }[] = []
let refusing = 1
const contexts: BrowserContext[] = []

beforeAll(async () => {
  const [portal, ohif] = await Promise.all([buildPortal(), installOHIF()])
  await mkdir(screenshots, { recursive: true })
  // An SMS gateway that is away for the first call.
  outside = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (refusing-- > 0) return void response.writeHead(503).end()
    told.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.end('ok')
  })
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  program = await startTestProgram({
    pages: { portal: portal.folder, ohif: ohif.folder },
    config: {
      CRITICAL_WEBHOOK_URL: `http://127.0.0.1:${(outside.address() as AddressInfo).port}/sms`,
      CRITICAL_WEBHOOK_SECRET: secret,
      CRITICAL_WEBHOOK_DETAIL: 'finding',
    },
  })
  browser = await launchChromium()
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await program?.close()
  outside?.close()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') {
    const pages = contexts.flatMap((context) => context.pages())
    await Promise.all(pages.map((page, at) => picture(page, `failed-critical-${at + 1}`)))
  }
  await Promise.all(contexts.splice(0).map((context) => context.close()))
  // What one scenario leaves open would take the window of the next.
  const { items } = await ask('reviewer', 'GET', '/api/critical?state=open')
  for (const { id } of items) await ask('reviewer', 'POST', `/api/critical/${id}/withdraw`, { reason: '场景结束' })
})

const picture = (page: Page, name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) })

async function enter(username: string, path: string, viewport: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN' })
  contexts.push(context)
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  await page.goto(`${program.origin}${path}`)
  const name = page.getByLabel('用户名')
  await name.fill(username)
  await page.getByLabel('密码').fill(testPassword)
  await page.getByRole('button', { name: /登\s*录/ }).click()
  await name.waitFor({ state: 'detached' })
  return page
}

async function push(instances: AsyncIterable<Instance> | Iterable<Instance>, as = 'east-technologist'): Promise<string> {
  const parts: Buffer[] = []
  let uid = ''
  for await (const { part10, StudyInstanceUID } of instances) {
    parts.push(Buffer.from('\r\n--part\r\nContent-Type: application/dicom\r\n\r\n'), Buffer.from(part10))
    uid = StudyInstanceUID
  }
  const answer = await program.request(as, '/dicomweb/studies', {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=part', Accept: 'application/dicom+json' },
    body: Buffer.concat([...parts, Buffer.from('\r\n--part--\r\n')]),
  })
  expect(answer.status).toBe(200)
  return uid
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
async function ask(username: string, method: string, path: string, body?: unknown): Promise<any> {
  const answer = await program.request(username, path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  expect(answer.status, `${method} ${path}: ${text}`).toBeLessThan(300)
  return text === '' ? undefined : JSON.parse(text)
}

async function workitemOf(uid: string): Promise<string> {
  const sql = `select w.id from workitem w join study s using (study_pk) where s.study_instance_uid = $1`
  const find = async () => (await query<{ id: number }>(program.index.pool, sql, [uid]))[0]?.id
  await expect.poll(find, patiently).toBeGreaterThan(0)
  return String(await find())
}

/** A study has arrived, was sent and is claimed. */
async function claimed(instances: AsyncIterable<Instance>): Promise<string> {
  const id = await workitemOf(await push(instances))
  await ask('east-technologist', 'POST', `/api/workitems/${id}/ready`)
  await ask('radiologist', 'POST', `/api/workitems/${id}/claim`)
  return id
}

const report = {
  technique: '平扫，层厚 8 mm。',
  findings: '双肺纹理清晰，未见实变。胸主动脉未见扩张，管壁少许钙化。双侧胸腔未见积液。',
  impression: '1. 胸部平扫未见急性异常。\n2. 胸主动脉管壁少许钙化。',
  advice: '请结合心电图及肌钙蛋白。',
  polarity: 'negative',
  wording: 'normal',
  grade: { grade: 1, dims: {} },
} as const

/** Written and reviewed at the centre. */
async function sign(id: string): Promise<void> {
  const verb = (who: string, name: string) => ask(who, 'POST', `/api/workitems/${id}/${name}`, { pin: testPIN, reason: '图像在胶片上已阅' })
  await ask('east-technologist', 'POST', `/api/workitems/${id}/ready`)
  await verb('radiologist', 'claim')
  await ask('radiologist', 'PUT', `/api/workitems/${id}/draft`, report)
  await verb('radiologist', 'submit')
  await verb('reviewer', 'review')
  await verb('reviewer', 'sign')
}

test('raised by a key, the ward’s whole window, repeated, acted on, closed', { timeout: 400_000 }, async () => {
  const id = await claimed(drStudy({ scale: 1, patient: patients.shan, seed: 'critical', AccessionNumber: 'E2603010009' }))
  const ward = await enter('east-clinician', '/ward', wardPC)
  await ward.getByText('声音未启用').waitFor()
  await picture(ward, 'ward-inbox')
  await ward.getByRole('button', { name: '试音并启用' }).click()
  await ward.getByRole('button', { name: '听到了' }).click()
  await ward.getByText('声音未启用').waitFor({ state: 'detached' })

  const reader = await enter('radiologist', '/list?view=mine', readingRoom)
  await reader.locator(`tr[data-workitem="${id}"]`).click()
  await reader.locator(`tr[data-workitem="${id}"][aria-selected="true"]`).waitFor()
  await reader.keyboard.press('Shift+Digit1')
  const dialog = reader.getByRole('dialog')
  await dialog.getByText('张力性气胸').click()
  await dialog.getByRole('textbox', { name: '说明' }).fill('右侧肺压缩约 80%，纵隔左移')
  await picture(reader, 'critical-raise')
  await dialog.getByRole('button', { name: '立即上报' }).click()

  // The ward sees nothing else.
  const notice = ward.getByRole('alertdialog')
  await notice.getByText('张力性气胸').waitFor()
  expect(await ward.title()).toContain('危急值')
  const covered = async () => {
    const box = await notice.boundingBox()
    return box && { width: box.width, height: box.height }
  }
  await expect.poll(covered, patiently).toEqual(wardPC)
  await picture(ward, 'critical-takeover-1024')
  const answer = notice.getByRole('button', { name: '接收并登记处置' })
  expect(await answer.isDisabled()).toBe(true)

  // About somebody else: refused, and what was typed stays.
  await notice.getByLabel('接收人姓名').fill('陈静')
  await notice.getByLabel('复述').fill('李四，气胸')
  await notice.locator('textarea').fill('已通知主管医师')
  await answer.click()
  await notice.getByText('请核对患者后再复述').waitFor()
  expect(await notice.locator('textarea').inputValue()).toBe('已通知主管医师')
  const [patient] = await query<{ name: string }>(
    program.index.pool,
    `select told ->> 'name' as name from critical_value where workitem_id = $1`,
    [id],
  )
  await notice.getByLabel('复述').fill(`${patient!.name}，右侧张力性气胸`)
  await answer.click()
  await notice.waitFor({ state: 'detached' })

  // The reader hears it and closes.
  const line = reader.locator('.critical-line')
  await line.getByText('已处置').waitFor()
  await line.getByRole('button', { name: '复述正确' }).click()
  await picture(reader, 'critical-reader-line')
  await line.getByRole('button', { name: '闭环' }).click()
  await line.waitFor({ state: 'detached' })
  await reader.goto(`${program.origin}/critical`)
  const row = reader.locator('table.critical-register tbody tr').first()
  await row.getByText('已闭环').waitFor()
  expect(await row.innerText()).toContain('陈静')
  await reader.getByText('100%').waitFor()
  await picture(reader, 'critical-register')
  await reader.setViewportSize(wardPC)
  await picture(reader, 'critical-register-1024')
  await reader.setViewportSize(readingRoom)
  await reader.goto(`${program.origin}/critical/findings`)
  await reader.getByText('主动脉夹层').first().waitFor()
  await picture(reader, 'critical-findings')
})

test('nobody answers: it goes further, the reader telephones, and the call stands in the register', { timeout: 400_000 }, async () => {
  const township = program.county.townships[0]
  await ask('east-technologist', 'PUT', `/api/critical-contacts/${township}`, {
    items: [
      { level: 1, name: '内科护士站', duty: '病区值班', phone: '0555-6120001', address: '' },
      { level: 2, name: '刘建军', duty: '总值班', phone: '13900000001', address: '' },
    ],
  })
  const id = await claimed(drStudy({ scale: 1, seed: 'nobody', AccessionNumber: 'E2603010010' }))
  const { critical } = await ask('radiologist', 'POST', '/api/critical', { workitem: id, finding: 'perforation', text: '膈下游离气体' })
  const reader = await enter('radiologist', `/list`, readingRoom)
  const line = reader.locator('.critical-line')
  await line.getByText('待接收').waitFor()
  // Five minutes later.
  await query(program.index.pool, `update critical_value set next_escalation_at = now() where id = $1`, [critical.id])
  await line.getByText('无人接收，请立即电话通知').waitFor()
  // Outside they are told too, of both, signed, and without the patient.
  const outward = () => told.map(({ body }) => (JSON.parse(body) as { event: string }).event)
  await expect.poll(outward, patiently).toEqual(expect.arrayContaining(['raised', 'escalated']))
  for (const { headers, body } of told) {
    const signed = createHmac('sha256', secret).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signed}`)
    expect(body).not.toContain(critical.patient.name)
  }
  await line.getByRole('button', { name: '电话通知' }).click()
  const dialog = reader.getByRole('dialog')
  await dialog.getByText('0555-6120001').click()
  await dialog.getByLabel('备注').fill('占线')
  await dialog.getByRole('button', { name: '无人接听' }).click()
  await dialog.getByText('占线').waitFor()
  await dialog.getByText('13900000001').click()
  await dialog.getByLabel('对方复述').fill(`${critical.patient.name} 消化道穿孔`)
  await picture(reader, 'critical-phone')
  await dialog.getByRole('button', { name: '已通知，复述无误' }).click()
  await line.getByText('已接收').waitFor()
  const duty = await enter('east-technologist', '/critical/contacts', wardPC)
  await expect.poll(() => duty.getByLabel('电话号码').first().inputValue(), patiently).toBe('0555-6120001')
  await picture(duty, 'critical-contacts-1024')
  const after = await ask('radiologist', 'GET', `/api/critical/${critical.id}`)
  expect(after).toMatchObject({
    state: 'ACKNOWLEDGED',
    level: 1,
    acknowledged: { via: 'phone', name: '刘建军（总值班）' },
    chain: { whole: true },
  })
  expect(after.notices.filter(({ channel }: { channel: string }) => channel === 'phone')).toHaveLength(2)
  await ask('radiologist', 'POST', `/api/critical/${critical.id}/act`, { text: '已转县医院' })
  await ask('radiologist', 'POST', `/api/critical/${critical.id}/close`)
})

test('the imaging room suspects one before any doctor has looked, and its ward is told', { timeout: 400_000 }, async () => {
  const uid = await push(drStudy({ scale: 1, seed: 'suspected', AccessionNumber: 'E2603010011' }))
  await workitemOf(uid)
  const board = await enter('east-technologist', '/board', wardPC)
  const row = board.locator(`[data-study="${uid}"]`)
  await row.getByRole('button', { name: /疑似危急值/ }).click()
  const dialog = board.getByRole('dialog')
  await dialog.getByText('肺栓塞').click()
  await dialog.getByRole('button', { name: '立即上报' }).click()
  await dialog.waitFor({ state: 'detached' })
  // Who raised it is not asked to answer it.
  expect(await board.getByRole('alertdialog').count()).toBe(0)
  const ward = await enter('east-clinician', '/ward', wardPC)
  const notice = ward.getByRole('alertdialog')
  await notice.getByText('疑似').waitFor()
  await picture(ward, 'critical-suspected')
  // The reader who looks at it takes the suspicion back.
  const reader = await enter('radiologist', '/list', readingRoom)
  const line = reader.locator('.critical-line')
  await line.getByText('疑似').waitFor()
  await line.getByRole('button', { name: '确认危急值' }).waitFor()
  await line.getByRole('button', { name: '撤销' }).click()
  const why = reader.getByRole('dialog')
  await why.getByRole('textbox').fill('呼吸伪影，非肺栓塞')
  await why.getByRole('button', { name: '撤销危急值' }).click()
  await line.waitFor({ state: 'detached' })
  await notice.waitFor({ state: 'detached' })
})

test('the ward: a bed finds a patient, the text is small and comes first, a prior scrolls along, an emergency opens another house', {
  timeout: 400_000,
}, async () => {
  const now = await push(ctStudy({ thick: 8, thin: 0, seed: 'now', AccessionNumber: 'E2603010012', patient: patients.shan }))
  const before = await push(
    ctStudy({ thick: 8, thin: 0, seed: 'before', AccessionNumber: 'E2503010012', StudyDate: '20250301', patient: patients.shan }),
  )
  await ask('east-technologist', 'PUT', `/api/studies/${now}/supplement`, {
    department: '内科',
    ward: '内科3病区',
    bed: '十二床',
    clinicalInformation: '胸痛',
  })
  const ward = await enter('east-clinician', '/ward', readingRoom)
  await ward.getByLabel(/姓名/).fill('12床')
  await ward.locator(`[data-study="${now}"]`).click()
  await ward.getByText('内科3病区 12床').first().waitFor()
  await ward.getByText('还没有正式报告').waitFor()
  await picture(ward, 'ward-patient')
  // That it has come is told by itself; it is read when somebody asks for it.
  await sign(await workitemOf(now))
  await ward.locator('.views .waiting').waitFor()
  await ward.getByRole('button', { name: '查看现行报告' }).click()
  await ward.getByText('胸主动脉未见扩张').first().waitFor()
  // What is read is not counted as unread.
  await ward.locator('.views .waiting').waitFor({ state: 'detached' })
  await ward.locator(`.found [data-study="${now}"]`).getByText('未读').waitFor({ state: 'detached' })
  await picture(ward, 'ward-report')
  await ward.setViewportSize(wardPC)
  await picture(ward, 'ward-report-1024')
  await ward.setViewportSize(readingRoom)
  await ward.getByRole('combobox').selectOption(before)
  await ward.getByRole('button', { name: '看图像' }).click()
  const pictures = ward.locator('.picture img')
  await expect.poll(() => pictures.count(), patiently).toBe(2)
  const sliders = ward.getByRole('slider')
  const places = async () => [await sliders.nth(0).inputValue(), await sliders.nth(1).inputValue()].map(Number)
  const [a, b] = await places()
  await ward.keyboard.press('ArrowDown')
  await expect.poll(places, patiently).toEqual([a! + 1, b! + 1])
  await ward.keyboard.press('x')
  await expect.poll(() => ward.getByRole('checkbox').isChecked(), patiently).toBe(false)
  await ward.keyboard.press('ArrowDown')
  await expect.poll(places, patiently).toEqual([a! + 2, b! + 1])
  await picture(ward, 'ward-compare')
  await ward.setViewportSize(wardPC)
  await picture(ward, 'ward-compare-1024')

  const stranger = await push(
    drStudy({ scale: 1, seed: 'west', AccessionNumber: 'W2603010001', patient: patients.zha }),
    'west-technologist',
  )
  expect((await program.request('east-clinician', `/api/studies/${stranger}/series`)).status).toBe(404)
  const [row] = await query<{ PatientID: string; PatientName: string }>(
    program.index.pool,
    `select patient_id as "PatientID", patient_name as "PatientName" from study where study_instance_uid = $1`,
    [stranger],
  )
  await ward.getByLabel(/姓名/).fill('zzz')
  await ward.getByRole('button', { name: /其他单位的患者/ }).click()
  const glass = ward.getByRole('dialog')
  await glass.getByLabel('完整姓名').fill((row!.PatientName.split('=')[1] ?? row!.PatientName).replaceAll('^', ''))
  await glass.getByLabel('患者编号或身份证号').fill(row!.PatientID)
  await glass.getByRole('button', { name: '查找' }).click()
  await glass.getByLabel('调阅原因').fill('昏迷患者急诊抢救，需既往影像')
  await picture(ward, 'ward-break-glass')
  await glass.getByRole('button', { name: '调阅并记录' }).click()
  await ward.getByText('紧急调阅，可查看至').waitFor()
  expect((await program.request('east-clinician', `/api/studies/${stranger}/series`)).status).toBe(200)
  const alerts = await ask('west-technologist', 'GET', '/api/break-glass')
  expect(alerts.items).toMatchObject([{ by: '陈静', reason: '昏迷患者急诊抢救，需既往影像' }])
})

test('a browser that is too old is told so, without a module', { timeout: 60_000 }, async () => {
  const context = await browser.newContext({ viewport: wardPC, locale: 'zh-CN' })
  contexts.push(context)
  const page = await context.newPage()
  await page.addInitScript('delete Array.prototype.findLast')
  await page.goto(`${program.origin}/ward`)
  await page.getByRole('heading', { name: '这个浏览器太旧' }).waitFor()
  expect(await page.getByLabel('用户名').count()).toBe(0)
  await picture(page, 'ward-old-browser')
})
