/** The built portal in a real browser over an `/api` held in memory: one window for each test, and a picture of it when the test failed. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Account } from '../../viewer/portal/api/types.ts'
import { launchChromium } from '../support/chromium.ts'
import { type SmallAPI, smallAPI } from './small-api.ts'

const { buildPortal } = (await import('../../viewer/build.mjs' as string)) as { buildPortal: () => Promise<{ folder: string }> }
const screenshots = join(import.meta.dirname, '..', 'screenshots')

export const readingRoom = { width: 1440, height: 900 }
export const townshipPC = { width: 1024, height: 768 }

export interface Opened {
  readonly page: Page
  readonly api: SmallAPI
  /** Writes what stands in the window to `test/screenshots`. */
  picture(name: string): Promise<unknown>
}

/** `answers` are set before the page asks anything. */
export function pagesOf(name: string): (account: Account, path: string, answers?: Readonly<Record<string, unknown>>) => Promise<Opened> {
  let folder: string
  let browser: Browser
  let opened: Opened | undefined
  beforeAll(async () => {
    folder = (await buildPortal()).folder
    await mkdir(screenshots, { recursive: true })
    browser = await launchChromium()
  }, 180_000)
  afterAll(() => browser?.close())
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await opened?.picture(`failed-${name}`)
    await opened?.page.context().close()
    await opened?.api.close()
    opened = undefined
  })
  return async (account, path, answers = {}) => {
    const api = await smallAPI(folder, account)
    for (const [question, answer] of Object.entries(answers)) api.answers.set(question, answer)
    const context = await browser.newContext({ viewport: readingRoom, locale: 'zh-CN' })
    const page = await context.newPage()
    opened = { page, api, picture: (name) => page.screenshot({ path: join(screenshots, `${name}.png`) }) }
    await page.goto(`${api.origin}${path}`)
    return opened
  }
}
