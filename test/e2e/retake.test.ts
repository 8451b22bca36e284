/**
 * Scenario B of reading.md §9 in real browsers: a chest whose apices are cut off is returned with 111209 and an arrow, the township sees why and keeps the
 * patient, takes it again, and the same task ends FINAL; the pause is seen on the clock, and the technologist's rate is another.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { drStudy, type Instance, patients } from '../../test-images/index.ts'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { completeDraft } from '../archive/reading/county.ts'
import { launchChromium } from '../support/chromium.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')
const readingRoom = { width: 1440, height: 900 }
const townshipPC = { width: 1024, height: 768 }
const pin = '428517'

let program: TestProgram
let browser: Browser
const contexts: BrowserContext[] = []

beforeAll(async () => {
  const [portal, ohif] = await Promise.all([buildPortal(), installOHIF()])
  await mkdir(screenshots, { recursive: true })
  program = await startTestProgram({ pages: { portal: portal.folder, ohif: ohif.folder } })
  browser = await launchChromium()
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await program?.close()
})
afterEach(async ({ task }) => {
  const pages = contexts.flatMap((context) => context.pages())
  if (task.result?.state === 'fail') await Promise.all(pages.map((page, at) => picture(page, `failed-retake-${at + 1}`)))
  // Viewers without a graphics card keep the processor busy: none is left to the next test.
  await Promise.all(contexts.splice(0).map((context) => context.close()))
})

async function enter(username: string, path: string, viewport: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN' })
  contexts.push(context)
  context.setDefaultTimeout(90_000)
  const page = await context.newPage()
  await page.goto(`${program.origin}${path}`)
  const name = page.getByLabel('用户名')
  await name.fill(username)
  await page.getByLabel('密码').fill(testPassword)
  await page.getByRole('button', { name: /登\s*录/ }).click()
  await name.waitFor({ state: 'detached' })
  return page
}

const picture = (page: Page, name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) })

async function films(options: Parameters<typeof drStudy>[0]): Promise<Instance[]> {
  const views: Instance[] = []
  for await (const view of drStudy({ scale: 1, patient: patients.shan, AccessionNumber: 'E2603010001', ...options })) views.push(view)
  return views
}

async function push(instances: readonly Instance[]): Promise<void> {
  const body = Buffer.concat([
    ...instances.flatMap(({ part10 }) => [Buffer.from('\r\n--part\r\nContent-Type: application/dicom\r\n\r\n'), part10]),
    Buffer.from('\r\n--part--\r\n'),
  ])
  const answer = await program.request('east-technologist', '/dicomweb/studies', {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=part', Accept: 'application/dicom+json' },
    body,
  })
  expect(answer.status).toBe(200)
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

/** 检查完成，发送, on the board. */
async function send(board: Page, StudyInstanceUID: string): Promise<void> {
  const row = board.locator(`[data-study="${StudyInstanceUID}"]`)
  await row.getByRole('button', { name: /检查完成/ }).click({ timeout: 90_000 })
  await board
    .getByRole('dialog')
    .getByRole('button', { name: /检查完成/ })
    .click()
}

test('a clipped chest is returned, taken again and reported', { timeout: 480_000 }, async () => {
  const first = await films({ seed: 'clipped' })
  const again = await films({ seed: 'taken again', StudyTime: '083600' })
  const board = await enter('east-technologist', '/board', townshipPC)
  await push(first.slice(0, 1))
  await send(board, first[0]!.StudyInstanceUID)

  // Claimed, looked at, returned with a reason and an arrow.
  const reader = await enter('radiologist', '/list', readingRoom)
  const row = reader.locator('tr[data-workitem]')
  await row.waitFor({ timeout: 90_000 })
  const id = (await row.getAttribute('data-workitem'))!
  await ask('radiologist', 'POST', `/api/workitems/${id}/claim`)
  await reader.goto(`${program.origin}/reading/${id}?beside=return`)
  const dialog = reader.getByRole('dialog')
  await dialog.getByText(/退回 单.* 的图像，请重拍？/).waitFor({ timeout: 90_000 })
  await dialog.getByLabel('体位不正 / 范围不全').check()
  await dialog.getByLabel('说明').fill('双侧肺尖未包全，请上移中心线')
  const image = dialog.locator('.drawing-box img')
  await expect
    .poll(() => image.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth), { timeout: 90_000 })
    .toBeGreaterThan(100)
  const box = (await dialog.locator('.drawing-box').boundingBox())!
  await reader.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.4)
  await reader.mouse.down()
  await reader.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.2, { steps: 4 })
  await reader.mouse.move(box.x + box.width * 0.35, box.y + box.height * 0.08)
  await reader.mouse.up()
  await dialog.locator('.marks polyline').first().waitFor()
  await picture(reader, 'return-dialog')
  await dialog.getByRole('button', { name: '退回重拍' }).click()
  await reader.locator('.state-RETURNED').waitFor({ timeout: 90_000 })
  await expect.poll(() => reader.locator('.reading-head .clock').innerText(), { timeout: 15_000 }).toContain('暂停')

  // The township sees it without a reload, and the patient is still there.
  const card = board.locator('.return-card')
  await card.waitFor({ timeout: 90_000 })
  expect(await card.innerText()).toContain('双侧肺尖未包全')
  const marked = card.locator('figure img')
  await expect
    .poll(() => marked.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth), { timeout: 90_000 })
    .toBeGreaterThan(100)
  await card.getByRole('button', { name: '还在，能等 15 分钟' }).click()
  await card.getByRole('timer').waitFor()
  await picture(board, 'return-card-real')
  await reader.getByText(/患者在等，还有/).waitFor({ timeout: 90_000 })
  await picture(reader, 'returned-waiting')
  const returned = (await ask('radiologist', 'GET', `/api/returns?workitem=${id}`)).items[0]
  expect(returned).toMatchObject({ reasons: [{ code: '111209' }], annotation: { shapes: [{ kind: 'arrow' }] }, seen: { by: '赵磊' } })

  // The retake, six minutes later: the same task goes on with it, the card goes.
  await push(again.slice(0, 1))
  await card.waitFor({ state: 'detached', timeout: 90_000 })
  await send(board, again[0]!.StudyInstanceUID)
  await reader.getByText('已重拍 第1次').waitFor({ timeout: 90_000 })
  await reader.locator('.state-READY').waitFor({ timeout: 90_000 })
  await picture(reader, 'retaken')

  // Kept for the same reader, written and signed by two.
  await ask('radiologist', 'POST', `/api/workitems/${id}/claim`)
  await ask('radiologist', 'POST', `/api/workitems/${id}/opened`, { StudyInstanceUID: again[0]!.StudyInstanceUID })
  await ask('radiologist', 'PUT', `/api/workitems/${id}/draft`, completeDraft)
  for (const username of ['radiologist', 'reviewer']) await ask(username, 'PUT', '/api/account/pin', { password: testPassword, pin })
  await ask('radiologist', 'POST', `/api/workitems/${id}/submit`, { pin, details: await overridden(id, 'radiologist') })
  await ask('reviewer', 'POST', `/api/workitems/${id}/review`)
  await ask('reviewer', 'POST', `/api/workitems/${id}/opened`, { StudyInstanceUID: again[0]!.StudyInstanceUID })
  await ask('reviewer', 'POST', `/api/workitems/${id}/sign`, { pin, details: await overridden(id, 'reviewer') })
  const final = await ask('radiologist', 'GET', `/api/workitems/${id}`)
  expect(final).toMatchObject({ state: 'FINAL', StudyInstanceUID: again[0]!.StudyInstanceUID, returnCount: 1, paused: false })
  expect(final.events.map(({ verb }: { verb: string }) => verb)).toEqual(
    expect.arrayContaining(['return', 'retake', 'claim', 'submit', 'sign']),
  )

  // Two films taken, one of them returned for its position.
  const figures = await ask('east-technologist', 'GET', '/api/returns/figures')
  expect(figures.items).toEqual([expect.objectContaining({ technologist: '赵磊', studies: 2, returned: 1, reasons: { '111209': 1 } })])
})

test('a question while the patient is still there: asked with T, answered with one tap, back with the same reader', {
  timeout: 180_000,
}, async () => {
  const [film] = await films({ seed: 'question', patient: patients.zeng, AccessionNumber: 'E2603010009' })
  const board = await enter('east-technologist', '/board', townshipPC)
  await push([film!])
  await send(board, film!.StudyInstanceUID)
  // The board's click answers when the server has done it.
  const arrived = async (): Promise<string | undefined> => (await ask('radiologist', 'GET', '/api/workitems?view=todo')).items[0]?.id
  await expect.poll(arrived, { timeout: 90_000 }).toBeDefined()
  const id = await arrived()
  await ask('radiologist', 'POST', `/api/workitems/${id}/claim`)
  const reader = await enter('radiologist', `/reading/${id}`, readingRoom)
  await reader.locator('.state-CLAIMED').waitFor({ timeout: 90_000 })
  await reader.keyboard.press('t')
  const field = reader.getByPlaceholder('要问什么？')
  await field.waitFor()
  await expect.poll(() => reader.locator('textarea:focus').getAttribute('placeholder')).toBe('要问什么？')
  await field.fill('有外伤史吗？')
  await reader.getByLabel(/等回答后再写/).check()
  await picture(reader, 'question-asked')
  await reader.keyboard.press('Control+Enter')
  await reader.locator('.state-QUERIED').waitFor({ timeout: 90_000 })
  await reader.getByText('等待检查单位回答').first().waitFor()

  const waiting = board.locator(`[data-thread="${id}"]`)
  await waiting.waitFor({ timeout: 90_000 })
  await picture(board, 'question-on-board')
  await waiting.getByRole('button', { name: '查看并回答' }).click()
  await board.getByRole('dialog').getByRole('button', { name: '无外伤史' }).click()
  await board.getByRole('dialog').locator('.said-mine').waitFor()
  await reader.locator('.state-CLAIMED').waitFor({ timeout: 90_000 })
  await reader.locator('.said-answer').getByText('无外伤史').waitFor({ timeout: 90_000 })
  await picture(reader, 'question-answered')
  expect(await ask('radiologist', 'GET', `/api/workitems/${id}`)).toMatchObject({
    state: 'CLAIMED',
    assignee: { username: 'radiologist' },
    paused: false,
  })
})

/** What the linter warns of here is overridden, each with a reason. */
async function overridden(id: string, username: string): Promise<object> {
  const { findings } = await ask(username, 'POST', '/api/lint', { workitem: id, draft: completeDraft })
  return { overrides: findings.map(({ rule }: { rule: string }) => ({ rule, reason: '端到端测试' })) }
}
