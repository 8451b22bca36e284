/** A county's day in real browsers: the whole program with its pages, people who sign in through the page, and what doctors do with a report. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { query } from '../../storage/index/query.ts'
import type { Instance } from '../../test-images/index.ts'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from './chromium.ts'
import { startTestProgram, type TestProgram, testPassword, testPIN } from './program.ts'
import { showStillViewer } from './still-viewer.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')
export const readingRoom = { width: 1440, height: 900 }
export const wardPC = { width: 1024, height: 768 }
/** Milliseconds: nothing that is waited for here says how fast the machine is. */
export const patience = { timeout: 60_000, interval: 500 }

export interface ReadingDay {
  readonly program: TestProgram
  /** Requests that left this machine: there must be none. */
  readonly strangers: readonly string[]
  /** A window of their own for a person, signed in through the page. `still`: without OHIF. */
  enter(username: string, path: string, options?: { viewport?: typeof readingRoom; still?: boolean }): Promise<Page>
  picture(page: Page, name: string): Promise<unknown>
  /** What every open page shows when something is missing. */
  pictures(name: string): Promise<unknown>
  /** An answer of the API as JSON; throws what was refused. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers by name
  api(username: string, method: string, path: string, body?: object): Promise<any>
  close(): Promise<void>
}

/** `secondReviewer` reviews what the reviewer corrects. */
export async function startReadingDay(): Promise<ReadingDay> {
  const [portal, ohif] = await Promise.all([buildPortal(), installOHIF()])
  await mkdir(screenshots, { recursive: true })
  const program = await startTestProgram({ pages: { portal: portal.folder, ohif: ohif.folder } })
  const browser: Browser = await launchChromium()
  const contexts: BrowserContext[] = []
  const strangers: string[] = []
  const picture = (page: Page, name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) })
  const day: ReadingDay = {
    program,
    strangers,
    async enter(username, path, { viewport = readingRoom, still = false } = {}) {
      const context = await browser.newContext({ viewport, locale: 'zh-CN' })
      contexts.push(context)
      context.setDefaultTimeout(patience.timeout)
      context.on('request', (request) => {
        const url = new URL(request.url())
        if (/^https?:$/.test(url.protocol) && url.origin !== program.origin) strangers.push(url.origin)
      })
      if (still) await showStillViewer(context)
      const page = await context.newPage()
      await page.goto(`${program.origin}${path}`)
      const name = page.getByLabel('用户名')
      await name.fill(username)
      await page.getByLabel('密码').fill(testPassword)
      await page.getByRole('button', { name: /登\s*录/ }).click()
      await name.waitFor({ state: 'detached' })
      return page
    },
    picture,
    pictures: (name) =>
      Promise.all(
        contexts.flatMap((context) => context.pages()).map((page, at) => picture(page, `${name}-${at + 1}`).catch(() => undefined)),
      ),
    async api(username, method, path, body) {
      const response = await program.request(username, `/api${path}`, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
    async close() {
      await browser.close()
      await program.close()
    },
  }
  await program.accounts.create({
    username: 'second-reviewer',
    displayName: '赵敏',
    roles: ['reviewer'],
    institution: program.county.county,
    password: testPassword,
  })
  await day.api('second-reviewer', 'PUT', '/account/pin', { password: testPassword, pin: testPIN })
  return day
}

/** A study has come from the eastern township and was sent to the centre; answers the key of its workitem. */
export async function sent(day: ReadingDay, instances: AsyncIterable<Instance>): Promise<{ workitem: string; StudyInstanceUID: string }> {
  const parts: Buffer[] = []
  let StudyInstanceUID = ''
  for await (const instance of instances) {
    StudyInstanceUID = instance.StudyInstanceUID
    parts.push(Buffer.from('\r\n--part\r\nContent-Type: application/dicom\r\n\r\n'), Buffer.from(instance.part10))
  }
  const stored = await day.program.request('east-technologist', '/dicomweb/studies', {
    method: 'POST',
    headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=part' },
    body: Buffer.concat([...parts, Buffer.from('\r\n--part--\r\n')]),
  })
  if (!stored.ok) throw new Error(`the study was not stored: ${await stored.text()}`)
  // Until the study is on the township's list there is nothing to send.
  const send = () => day.program.request('east-technologist', `/api/studies/${StudyInstanceUID}/send`, { method: 'POST' })
  await vi.waitFor(async () => expect((await send()).status).toBe(200), patience)
  const [row] = await query<{ id: number }>(
    day.program.index.pool,
    'select w.id from workitem w join study s using (study_pk) where s.study_instance_uid = $1',
    [StudyInstanceUID],
  )
  return { workitem: String(row!.id), StudyInstanceUID }
}

/** Findings, impression, and the three choices that nothing presets, by their keys. */
export async function write(page: Page, text: { findings: string; impression: string }): Promise<void> {
  await page.locator('[data-lock="none"]').waitFor()
  await page.getByLabel('检查所见').fill(text.findings)
  await page.getByLabel('诊断意见').fill(text.impression)
  for (const key of ['Alt+Equal', 'Alt+Digit2', 'Alt+Shift+Digit1']) await page.keyboard.press(key)
  await saved(page)
}

export const saved = (page: Page): Promise<void> => page.locator('[data-phase="saved"]').first().waitFor()

/** The first deed of a signing session asks for the PIN. */
export async function givePIN(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: '输入签名口令' })
  await dialog.getByRole('textbox', { name: '签名口令' }).fill(testPIN)
  await dialog.getByRole('button', { name: /确\s*定/ }).click()
  await dialog.waitFor({ state: 'detached' })
}

/** The server knows that the images were looked at before anything is signed. */
export async function seen(day: ReadingDay, username: string, workitem: string, StudyInstanceUID: string): Promise<void> {
  for (const until = Date.now() + patience.timeout; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 500))) {
    const { opened } = (await day.api(username, 'GET', `/workitems/${workitem}/opened`)) as { opened: { StudyInstanceUID: string }[] }
    if (opened.some((each) => each.StudyInstanceUID === StudyInstanceUID)) return
  }
  throw new Error('nobody noted that the images were opened')
}

/** Signs what is open for review; the question is answered with yes. */
export async function sign(page: Page, { pin = true } = {}): Promise<void> {
  await page.locator('[data-lock="none"]').waitFor()
  // The viewer has drawn an image for whoever signs.
  await page.locator('.unseen').first().waitFor({ state: 'detached' })
  await page.getByRole('button', { name: '审核签发' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '审核签发' }).click()
  if (pin) await givePIN(page)
  await page.locator('[data-report]').waitFor()
}

/** Begins the correction of a signed report on its page: what was wrong, and why. */
export async function beginCorrection(page: Page, what: string, reason: string): Promise<void> {
  await page.getByRole('button', { name: '补充 / 更正' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('更正报告', { exact: true }).click()
  await dialog.getByText(what, { exact: true }).click()
  await dialog.getByLabel('原因').fill(reason)
  await dialog.getByRole('button', { name: /开\s*始/ }).click()
  await page.waitForURL(/\/reading\//)
}
