/**
 * Two people under one number, in a real browser: kept apart, decided by a person on the page, taken back; and a study put right, shown right on the
 * lists as they stand, in QIDO-RS and beside its history. dicom.md §6; index.md §5.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { drStudy, type Instance, patients } from '../../test-images/index.ts'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from '../support/chromium.ts'
import { run, testWithPeer } from '../support/foreign-peers.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')
const patience = { timeout: 60_000 }

let program: TestProgram
let browser: Browser
let context: BrowserContext
let folder: string

beforeAll(async () => {
  const [portal, ohif] = await Promise.all([buildPortal(), installOHIF()])
  await mkdir(screenshots, { recursive: true })
  folder = await mkdtemp(join(tmpdir(), 'machine-'))
  program = await startTestProgram({ pages: { portal: portal.folder, ohif: ohif.folder } })
  browser = await launchChromium()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await program?.close()
  await rm(folder, { recursive: true, force: true })
})

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await Promise.all(context.pages().map((page, at) => picture(page, `failed-identity-${at + 1}`)))
})

const picture = (page: Page, name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) })

async function push(instances: AsyncIterable<Instance>): Promise<string> {
  let StudyInstanceUID = ''
  const from = await mkdtemp(join(folder, 'study-'))
  for await (const instance of instances) {
    StudyInstanceUID = instance.StudyInstanceUID
    await writeFile(join(from, `${instance.SOPInstanceUID}.dcm`), instance.part10)
  }
  const args = ['-aet', 'EAST_DR', '-aec', 'ARCHIVE', '+sd', '127.0.0.1', String(program.dicomPort), from]
  const { code, output } = await run('storescu', args, { timeout: 90_000 })
  expect(code, output).toBe(0)
  return StudyInstanceUID
}

const nameInQIDO = async (StudyInstanceUID: string): Promise<unknown> => {
  const answer = await program.request('radiologist', `/dicomweb/studies?StudyInstanceUID=${StudyInstanceUID}`)
  const [study] = (await answer.json()) as Record<string, { Value?: { Ideographic?: string }[] }>[]
  return study?.['00100010']?.Value?.[0]?.Ideographic
}

testWithPeer('storescu', 'two people under one number are decided by a person, and a study is put right', decideAndCorrect, 240_000)

async function decideAndCorrect(): Promise<void> {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  const page = await context.newPage()
  await page.goto(`${program.origin}/conflicts`)
  await page.getByLabel('用户名').fill('east-technologist')
  await page.getByLabel('密码').fill(testPassword)
  await page.getByRole('button', { name: /登\s*录/ }).click()
  await page.getByText('没有待处理的冲突').waitFor()
  const board = await context.newPage()
  await board.goto(`${program.origin}/board`)

  await push(drStudy({ seed: 'first', scale: 3, patient: patients.shan }))
  const second = await push(drStudy({ seed: 'second', scale: 3, patient: { ...patients.qiu, PatientID: patients.shan.PatientID } }))

  // The conflict appears by itself, with both sides; a decision needs a reason, and can be taken back.
  const card = page.locator('[data-kind="identity"]')
  await card.waitFor(patience)
  await card.locator('[data-attribute="PatientBirthDate"] .likeness-differs').waitFor()
  await page.locator('.top-bar .waiting').waitFor()
  await picture(page, 'e2e-conflict')
  await card.getByRole('button', { name: '是两个人，继续分开' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/理由/).fill('身份证核对过,是两个人')
  await dialog.getByRole('button', { name: '是两个人，继续分开' }).click()
  await card.waitFor({ state: 'detached', ...patience })
  await page.getByText('已处理', { exact: true }).last().click()
  await card.getByText(/决定：是两个人/).waitFor()
  await card.getByRole('button', { name: '撤销决定，重新处理' }).click()
  await dialog.getByLabel(/理由/).fill('再核对一次')
  await dialog.getByRole('button', { name: '撤销决定，重新处理' }).click()
  await card.waitFor({ state: 'detached', ...patience })
  await page.getByText('待处理', { exact: true }).click()
  await card.waitFor(patience)

  // Each is a patient of their own; the study of the second is put right, and every page follows.
  await page.goto(`${program.origin}/corrections/${second}`)
  await page.getByLabel('姓名').fill('Qiu^XiaoMei=仇^晓梅')
  await page.getByLabel('患者编号', { exact: true }).fill('2003')
  await page.getByRole('button', { name: '更正…' }).first().click()
  await dialog.getByText('仇晓梅').waitFor()
  await dialog.getByLabel('理由').fill('登记时写错')
  await dialog.getByRole('button', { name: /更\s*正/ }).click()
  await page.locator('[data-revision]').waitFor(patience)
  await picture(page, 'e2e-correction')
  await board.locator(`[data-study="${second}"]`).getByText('仇晓梅').waitFor(patience)
  await expect.poll(() => nameInQIDO(second), patience).toBe('仇^晓梅')

  // Taken back: what was received stands again.
  await page
    .locator('[data-revision]')
    .first()
    .getByRole('button', { name: /撤\s*销/ })
    .click()
  await dialog.getByLabel('理由').fill('改错了人')
  await dialog.getByRole('button', { name: /撤\s*销/ }).click()
  await board.locator(`[data-study="${second}"]`).getByText('仇小妹').waitFor(patience)
  await expect.poll(() => nameInQIDO(second), patience).toBe('仇^小妹')

  // Both are found by the number that they share, and shown as two.
  await page.goto(`${program.origin}/patients?q=1001`)
  await expect.poll(() => page.locator('[data-patient]').count(), patience).toBe(2)
}
