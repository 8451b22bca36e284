/**
 * Viewer and report with the real OHIF on the whole program (reading.md §6.2): two patients of two institutions with the same number are never mixed, a
 * mismatch locks in both windows, the next patient does not reload the viewer, priors hang beside, key images, measurements and keys come over, the viewer
 * goes to a second window and comes back, and what a doctor has set follows to another PC. Screenshots go to `test/screenshots`.
 */
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { ctStudy, type Instance, patients } from '../../test-images/index.ts'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from '../support/chromium.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')
let program: TestProgram
let browser: Browser
const contexts: BrowserContext[] = []
/** Requests that left this machine: there must be none. */
const strangers: string[] = []
interface Study {
  readonly uid: string
  readonly workitem: string
}
let east: Study
let west: Study
let before: string
let page: Page

const api = async (username: string, method: string, path: string, body?: unknown) => {
  const response = await program.request(username, `/api${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return {
    status: response.status,
    body: (await response.json().catch(() => ({}))) as {
      viewer?: unknown
      items: { id: string; StudyInstanceUID: string }[]
      opened: { StudyInstanceUID: string; what: string }[]
    },
  }
}

async function stow(username: string, instances: AsyncIterable<Instance>): Promise<string> {
  const boundary = randomUUID()
  const parts: Buffer[] = []
  let uid = ''
  for await (const { part10, StudyInstanceUID } of instances) {
    uid = StudyInstanceUID
    parts.push(Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`), part10, Buffer.from('\r\n'))
  }
  const response = await program.request(username, '/dicomweb/studies', {
    method: 'POST',
    headers: { 'content-type': `multipart/related; type="application/dicom"; boundary=${boundary}`, accept: 'application/dicom+json' },
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  })
  expect(response.status).toBe(200)
  return uid
}

/** It has come from the township, and the radiologist has claimed it. */
async function claimed(technologist: string, instances: AsyncIterable<Instance>): Promise<Study> {
  const uid = await stow(technologist, instances)
  const patience = { timeout: 60_000, interval: 200 }
  await vi.waitFor(async () => expect((await api(technologist, 'POST', `/studies/${uid}/send`)).status).toBe(200), patience)
  const workitem = await vi.waitFor(async () => {
    const { body } = await api('radiologist', 'GET', '/workitems?view=all&limit=50')
    const found = body.items.find(({ StudyInstanceUID }) => StudyInstanceUID === uid)
    if (found === undefined) throw new Error(`Study ${uid} is not on the list`)
    return found.id
  }, patience)
  expect((await api('radiologist', 'POST', `/workitems/${workitem}/claim`)).status).toBe(200)
  return { uid, workitem }
}

beforeAll(async () => {
  const [portal, ohif] = await Promise.all([buildPortal(), installOHIF()])
  await mkdir(screenshots, { recursive: true })
  program = await startTestProgram({ pages: { portal: portal.folder, ohif: ohif.folder } })
  before = await stow(
    'east-technologist',
    ctStudy({ seed: 'room before', patient: patients.shan, region: 'head', thick: 8, thin: 0, StudyDate: '20250810' }),
  )
  east = await claimed('east-technologist', ctStudy({ seed: 'room now', patient: patients.shan, region: 'head', thick: 8, thin: 0 }))
  // Another person, who has the same number in another township.
  const namesake = { ...patients.zeng, PatientID: patients.shan.PatientID }
  west = await claimed('west-technologist', ctStudy({ seed: 'room west', patient: namesake, region: 'chest', thick: 8, thin: 0 }))
  browser = await launchChromium()
  page = await enter('radiologist', `/reading/${east.workitem}`)
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await program?.close()
})

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  const pages = contexts.flatMap((context) => context.pages())
  await Promise.all(pages.map((each, at) => picture(`failed-room-${at + 1}`, each)))
})

const picture = (name: string, of: Page = page) => of.screenshot({ path: join(screenshots, `${name}.png`) })

async function enter(username: string, path: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  contexts.push(context)
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (/^https?:$/.test(url.protocol) && url.origin !== program.origin) strangers.push(url.origin)
  })
  const entered = await context.newPage()
  await entered.goto(`${program.origin}${path}`)
  const name = entered.getByLabel('用户名')
  await name.waitFor()
  await name.fill(username)
  await entered.getByLabel('密码').fill(testPassword)
  await entered.getByRole('button', { name: /登\s*录/ }).click()
  await name.waitFor({ state: 'detached' })
  return entered
}

const lock = (on: Page = page) => on.locator('[data-lock]').first().getAttribute('data-lock')
const viewerIn = async (on: Page = page): Promise<Frame> => {
  const frame = await (await on.locator('iframe[title="影像"]').elementHandle({ timeout: 60_000 }))?.contentFrame()
  if (!frame) throw new Error('There is no viewer in the page')
  return frame
}
/** Within the portal, as a click does: no page is loaded. */
const go = (path: string) =>
  page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`)
const studiesShown = (viewer: Frame): Promise<string[]> =>
  viewer.evaluate(`[...window.services.viewportGridService.getState().viewports.values()]
    .map(({ displaySetInstanceUIDs: [uid] }) => uid && window.services.displaySetService.getDisplaySetByUID(uid)?.StudyInstanceUID)`)

test('shows the study of the report with its prior beside it, and nobody with the same number elsewhere', {
  timeout: 240_000,
}, async () => {
  await expect.poll(() => lock(), { timeout: 60_000 }).toBe('none')
  const viewer = await viewerIn()
  await expect.poll(() => studiesShown(viewer), { timeout: 60_000 }).toEqual([east.uid, before])
  await expect.poll(() => viewer.locator('#reading-link[aria-pressed="true"]').count(), { timeout: 60_000 }).toBe(1)
  const priors = page.locator('.prior[data-prior]')
  expect(await priors.count()).toBe(1)
  expect(await priors.getAttribute('data-prior')).toBe(before)
  expect(await viewer.getByText('胸部CT平扫').count()).toBe(0)
  await viewer.evaluate('window.notReloaded = true')
  await picture('reading-room')
})

test('says to the server what was really seen, for the signature and for what is compared', { timeout: 120_000 }, async () => {
  const opened = async () => {
    const { body } = await api('radiologist', 'GET', `/workitems/${east.workitem}/opened`)
    return body.opened.map(({ StudyInstanceUID, what }) => [StudyInstanceUID, what])
  }
  await expect.poll(opened, { timeout: 60_000 }).toEqual(
    expect.arrayContaining([
      [east.uid, 'images'],
      [before, 'images'],
    ]),
  )
  // A study of the other person does not count, whoever says so.
  expect(
    (await api('radiologist', 'POST', `/workitems/${east.workitem}/opened`, { StudyInstanceUID: west.uid, what: 'images' })).status,
  ).toBe(404)
})

test('takes the image before the eyes into the report, and a measurement with the way back to its image', {
  timeout: 240_000,
}, async () => {
  const viewer = await viewerIn()
  await page.getByLabel('检查所见').fill('左侧基底节区见片状高密度影，')
  await viewer
    .locator('[data-cy="viewport-pane"]')
    .first()
    .click({ position: { x: 200, y: 40 } })
  await viewer.evaluate(`window.commandsManager.run('setToolActiveToolbar', { toolName: 'Length', toolGroupIds: ['default'] })`)
  const box = (await viewer.locator('[data-cy="viewport-pane"]').first().boundingBox())!
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.45)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5, { steps: 4 })
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.55, { steps: 4 })
  await page.mouse.up()
  await page.keyboard.press('m')
  await expect.poll(() => page.getByLabel('检查所见').inputValue()).toMatch(/长径 \d+(\.\d)? mm（序列\d+:图像\d+）/)
  await viewer.locator('[data-cy="viewport-pane"]').first().hover()
  await viewer.evaluate('window.focus()')
  await viewer.locator('#reading-key-image').click()
  const image = page.locator('.key-images img')
  await expect.poll(() => image.count()).toBe(1)
  await expect.poll(() => page.evaluate<number>(`document.querySelector('.key-images img').naturalWidth`)).toBeGreaterThan(50)
  expect(await image.getAttribute('src')).toContain(`/dicomweb/studies/${east.uid}/`)
  expect(await image.getAttribute('src')).toMatch(/&window=\d+(\.\d+)?,\d+(\.\d+)?,linear/)
  expect(await page.locator('.key-images svg polyline').count()).toBe(1)
  await page.locator('.key-images').scrollIntoViewIfNeeded()
  await picture('reading-key-image')

  const index = () =>
    viewer.evaluate<number>(`(() => {
    const [id] = window.services.viewportGridService.getState().viewports.keys()
    return window.services.cornerstoneViewportService.getCornerstoneViewport(id).getCurrentImageIdIndex()
  })()`)
  const there = await index()
  await viewer.locator('[data-cy="viewport-pane"]').first().hover()
  await page.mouse.wheel(0, 100)
  await page.mouse.wheel(0, 100)
  await expect.poll(index).not.toBe(there)
  await page.locator('.anchors button').first().click()
  await expect.poll(index).toBe(there)
})

test('keys of the portal work with the focus in the viewer', { timeout: 120_000 }, async () => {
  await page.getByLabel('诊断意见').fill('脑出血。')
  const viewer = await viewerIn()
  await viewer.locator('[data-patient]').click()
  await page.keyboard.press('Control+s')
  await expect.poll(() => page.locator('.save-line').getAttribute('data-phase')).toBe('saved')
})

test('another patient opens inside the same viewer, with nothing of the first', { timeout: 240_000 }, async () => {
  await go(`/reading/${west.workitem}`)
  await expect.poll(() => page.locator('.patient-banner').innerText()).toContain('曾广林')
  await expect.poll(() => lock(), { timeout: 60_000 }).toBe('none')
  const viewer = await viewerIn()
  expect(await viewer.evaluate('window.notReloaded')).toBe(true)
  expect(await studiesShown(viewer)).toEqual([west.uid])
  expect(await page.locator('.prior[data-prior]').count()).toBe(0)
  await expect.poll(() => viewer.locator('[data-patient]').getAttribute('data-patient')).toBe('曾广林')
  const ms = Number(await page.locator('[data-first-image]').first().getAttribute('data-first-image'))
  expect(ms).toBeGreaterThan(0)
  console.info(`from the next patient to the first image: ${ms} ms`)
})

test('a viewer that shows somebody else locks the report, red in both and with both names', { timeout: 240_000 }, async () => {
  const viewer = await viewerIn()
  await viewer.evaluate(
    `window.commandsManager.run('navigateHistory', { to: '/viewer?StudyInstanceUIDs=${east.uid}', options: { replace: true } })`,
  )
  await expect.poll(() => lock(), { timeout: 60_000 }).toBe('mismatch')
  expect(await page.locator('[data-lock="mismatch"]').innerText()).toMatch(/曾广林.*单文英/s)
  expect(await page.getByRole('button', { name: '提交审核' }).isDisabled()).toBe(true)
  await expect.poll(() => viewer.locator('#reading-strip').isVisible()).toBe(true)
  expect(await viewer.locator('#reading-strip').innerText()).toMatch(/曾广林.*单文英/s)
  await picture('reading-mismatch')
  await page.getByRole('button', { name: '回到本次检查' }).click()
  await expect.poll(() => lock(), { timeout: 60_000 }).toBe('none')
  await expect.poll(() => viewer.locator('#reading-strip').isVisible()).toBe(false)
  expect(await viewer.evaluate('window.notReloaded')).toBe(true)
})

test('the viewer goes to a window of its own, follows the next patient there, and comes back when it is closed', {
  timeout: 240_000,
}, async () => {
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: '移到第二屏' }).click()])
  await expect.poll(() => lock(), { timeout: 60_000 }).toBe('none')
  expect(await page.locator('iframe[title="影像"]').count()).toBe(0)
  await expect.poll(() => popup.locator('[data-patient]').getAttribute('data-patient'), { timeout: 60_000 }).toBe('曾广林')
  expect(await popup.evaluate('crossOriginIsolated')).toBe(true)
  await go(`/reading/${east.workitem}`)
  await expect.poll(() => popup.locator('[data-patient]').getAttribute('data-patient'), { timeout: 60_000 }).toBe('单文英')
  await expect.poll(() => lock(), { timeout: 60_000 }).toBe('none')
  await page.waitForTimeout(300)
  await picture('reading-second-window')
  await picture('second-window', popup)
  await popup.close()
  await viewerIn()
  await expect.poll(() => lock(), { timeout: 60_000 }).toBe('none')
})

test('a viewer that breaks down is told of, and nothing that was written is lost', { timeout: 240_000 }, async () => {
  const written = await page.getByLabel('检查所见').inputValue()
  const viewer = await viewerIn()
  await viewer.evaluate(`location.replace('about:blank')`)
  await expect.poll(() => lock(), { timeout: 60_000 }).not.toBe('none')
  expect(await page.getByLabel('检查所见').inputValue()).toBe(written)
  await expect.poll(() => page.getByRole('button', { name: '重新打开影像' }).count(), { timeout: 60_000 }).toBe(1)
  await page.getByRole('button', { name: '重新打开影像' }).click()
  await expect.poll(() => lock(), { timeout: 60_000 }).toBe('none')
})

test('what a doctor has set for the viewer is there on another PC', { timeout: 240_000 }, async () => {
  await page.getByRole('button', { name: '阅片设置' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('checkbox', { name: /打开时并排/ }).click()
  await dialog.getByLabel('名称').fill('胰腺窗')
  await dialog.getByLabel('窗宽').fill('250')
  await dialog.getByLabel('窗位').fill('45')
  await dialog.getByRole('button', { name: /添\s*加/ }).click()
  await picture('viewer-settings')
  await dialog.getByRole('button', { name: /完\s*成/ }).click()
  const kept = async () => (await api('radiologist', 'GET', '/account/preferences')).body.viewer
  await expect.poll(kept).toMatchObject({ beside: false, presets: [{ name: '胰腺窗', width: 250, center: 45 }], placement: 'window' })
  const other = await enter('radiologist', `/reading/${east.workitem}`)
  const popup = await other.waitForEvent('popup', { timeout: 60_000 }).catch(() => undefined)
  // There too the viewer stands in a window of its own; where the browser does not allow that, in the page.
  const seen = popup ?? (await viewerIn(other))
  await expect.poll(() => lock(other), { timeout: 60_000 }).toBe('none')
  await expect
    .poll(() => seen.evaluate(`window.services.customizationService.getCustomization('cornerstone.windowLevelPresets').CT[0].description`))
    .toBe('1 胰腺窗')
  expect(await seen.evaluate(`[...window.services.viewportGridService.getState().viewports.keys()].length`)).toBe(1)
})

test('nothing left this machine', () => {
  expect(strangers).toEqual([])
})
