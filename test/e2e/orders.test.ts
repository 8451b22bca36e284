/**
 * An order in a real browser and at a real machine: entered by an identity card, asked for by the worklist of a machine, answered by its images; and a
 * study that came without a number, matched by a person and shown under the right name. reading.md §6.3; dicom.md §4, §6.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { upsertAE } from '../../storage/index/ae.ts'
import { ctStudy, drStudy, type Instance, patients } from '../../test-images/index.ts'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from '../support/chromium.ts'
import { run, testWithPeer } from '../support/foreign-peers.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')

let program: TestProgram
let browser: Browser
let folder: string
const contexts: BrowserContext[] = []

beforeAll(async () => {
  const [portal, ohif] = await Promise.all([buildPortal(), installOHIF()])
  await mkdir(screenshots, { recursive: true })
  folder = await mkdtemp(join(tmpdir(), 'machine-'))
  program = await startTestProgram({ pages: { portal: portal.folder, ohif: ohif.folder } })
  // An exam is over when its machine has been quiet for five seconds.
  for (const title of ['EAST_CT', 'EAST_DR'])
    await upsertAE(program.index.pool, { title, institution: program.county.townships[0], quietSeconds: 5, description: title })
  browser = await launchChromium()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await program?.close()
  await rm(folder, { recursive: true, force: true })
})

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  const pages = contexts.flatMap((context) => context.pages())
  await Promise.all(pages.map((page, at) => picture(page, `failed-orders-${at + 1}`)))
})

const picture = (page: Page, name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) })

async function enter(username: string, path: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  contexts.push(context)
  const page = await context.newPage()
  await page.goto(`${program.origin}${path}`)
  await page.getByLabel('用户名').fill(username)
  await page.getByLabel('密码').fill(testPassword)
  await page.getByRole('button', { name: /登\s*录/ }).click()
  await page.getByLabel('用户名').waitFor({ state: 'detached' })
  return page
}

/** What the worklist answers a machine, as DCMTK prints it. */
async function worklist(AETitle: string, AccessionNumber: string): Promise<string> {
  const keys = ['SpecificCharacterSet', 'PatientName', 'PatientID', 'PatientBirthDate', 'PatientSex', 'StudyInstanceUID', 'AccessionNumber']
  const { code, output } = await run('findscu', [
    '-v',
    '-W',
    ...['-aet', AETitle, '-aec', 'ARCHIVE'],
    ...keys.filter((key) => key !== 'AccessionNumber').flatMap((key) => ['-k', key]),
    ...['-k', `AccessionNumber=${AccessionNumber}`],
    ...['-k', 'ScheduledProcedureStepSequence[0].Modality', '-k', 'ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate'],
    '127.0.0.1',
    String(program.dicomPort),
  ])
  expect(code, output).toBe(0)
  const [, answers = ''] = Buffer.from(output, 'latin1').toString().split('Find Response: 1 ')
  return answers
}

/** The value of an attribute; UIDs are padded with NULL, text with spaces (PS3.5 §6.2). */
const valueIn = (dump: string, tag: string): string | undefined =>
  new RegExp(`\\(${tag}\\) \\w\\w \\[([^\\]]*)\\]`).exec(dump)?.[1]?.replaceAll('\0', '').trim()

/** The machine sends a study, as DCMTK sends it. */
async function push(AETitle: string, instances: readonly Instance[]): Promise<void> {
  const from = await mkdtemp(join(folder, 'study-'))
  for (const { SOPInstanceUID, part10 } of instances) await writeFile(join(from, `${SOPInstanceUID}.dcm`), part10)
  const { code, output } = await run(
    'storescu',
    ['-aet', AETitle, '-aec', 'ARCHIVE', '+sd', '127.0.0.1', String(program.dicomPort), from],
    {
      timeout: 90_000,
    },
  )
  expect(code, output).toBe(0)
}

const collect = async (study: AsyncIterable<Instance>): Promise<Instance[]> => {
  const instances: Instance[] = []
  for await (const instance of study) instances.push(instance)
  return instances
}

/** 单文远 with an identity card; the check character follows ISO 7064 MOD 11-2. */
const card = { number: '110105195803140011', sex: '男', birthDate: '1958-03-14' }

testWithPeer('findscu', 'from the identity card to the worklist, the images and the tray', fromCardToTray, 240_000)

async function fromCardToTray(): Promise<void> {
  const orders = await enter('east-technologist', '/orders')
  const board = await orders.context().newPage()
  await board.goto(`${program.origin}/board`)

  // Entered: the card's number gives sex and date of birth.
  await orders.getByRole('button', { name: '新申请单' }).click()
  await orders.getByLabel('身份证号').fill(card.number)
  await orders.getByText(/号码正确/).waitFor()
  expect(await orders.getByLabel('出生日期').inputValue()).toBe(card.birthDate)
  await orders.getByLabel('姓名').fill('单文远')
  await orders.getByText('CT', { exact: true }).click()
  await orders.getByLabel('检查项目').fill('颅脑平扫')
  await orders.getByLabel('临床资料').fill('突发头痛、呕吐 2 小时')
  await orders.getByLabel('申请医师').fill('陈静')
  await picture(orders, 'e2e-order-form')
  await orders.keyboard.press('Control+Enter')
  const number = orders.locator('.order-number strong')
  await number.waitFor()
  const AccessionNumber = await number.innerText()
  await picture(orders, 'e2e-order-saved')

  // The machine asks and is told.
  const item = await worklist('EAST_CT', AccessionNumber)
  expect(item).toContain('单^文远')
  expect(valueIn(item, '0020,000d')).toMatch(/^[0-9.]+$/)
  expect(valueIn(item, '0010,0030')).toBe('19580314')
  expect(valueIn(item, '0010,0040')).toBe('M')
  const PatientID = valueIn(item, '0010,0020')

  // Its images come with the number: matched, and done, on the page as it stands.
  await orders.getByRole('button', { name: /返回列表/ }).click()
  const row = orders.locator('[data-order]').filter({ hasText: AccessionNumber })
  await row.waitFor()
  const own = {
    ...patients.shan,
    given: '文远',
    pinyin: ['Shan', 'WenYuan'] as const,
    PatientID: PatientID ?? '',
    PatientBirthDate: '19580314',
    PatientSex: 'M' as const,
  }
  const images = await collect(
    ctStudy({ seed: 'ordered', patient: own, region: 'head', thick: 6, thin: 0, AccessionNumber, StudyDate: today() }),
  )
  await push('EAST_CT', images)
  await orders.locator(`[data-order][data-state="in-progress"]`).filter({ hasText: AccessionNumber }).waitFor({ timeout: 60_000 })
  await orders.locator(`[data-order][data-state="completed"]`).filter({ hasText: AccessionNumber }).waitFor({ timeout: 60_000 })
  await picture(orders, 'e2e-order-completed')
  await board.locator(`[data-study="${images[0]!.StudyInstanceUID}"]`).filter({ hasText: AccessionNumber }).waitFor({ timeout: 60_000 })
  expect(await worklist('EAST_CT', AccessionNumber)).not.toContain('单^文远')

  // A second patient, whose machine cannot take the number: the study waits in the tray beside the order.
  await orders.getByRole('button', { name: '新申请单' }).click()
  await orders.getByLabel('姓名').fill('曾小红')
  await orders.getByText('女', { exact: true }).click()
  await orders.getByLabel('出生日期').fill('1970-01-01')
  await orders.getByText('DR', { exact: true }).click()
  await orders.getByLabel('检查项目').fill('左膝关节正侧位')
  await orders.keyboard.press('Control+Enter')
  await number.waitFor()
  const second = await number.innerText()
  const typed = {
    ...patients.zeng,
    given: '小红',
    pinyin: ['Zeng', 'XiaoHong'] as const,
    PatientID: '0007',
    PatientBirthDate: '19700101',
    PatientSex: 'F' as const,
  }
  const [film] = await collect(
    drStudy({
      seed: 'unnumbered',
      scale: 3,
      patient: typed,
      characterSet: 'none',
      AccessionNumber: '',
      StudyDate: today(),
    }),
  )
  await push('EAST_DR', [film!])
  const waiting = orders.locator('.top-bar .waiting').first()
  await waiting.waitFor({ timeout: 60_000 })
  await orders.getByRole('link', { name: /未匹配/ }).click()
  const card2 = orders.locator(`[data-study="${film!.StudyInstanceUID}"]`)
  await card2.waitFor()
  await picture(orders, 'e2e-unmatched')
  await card2.locator('[data-candidate]').filter({ hasText: second }).getByRole('button', { name: '就是这张' }).click()
  const dialog = orders.getByRole('dialog')
  await dialog.getByText(/曾小红 的申请单/).waitFor()
  await picture(orders, 'e2e-unmatched-question')
  await dialog.getByRole('button', { name: '就是这张' }).click()
  await card2.waitFor({ state: 'detached' })

  // Corrected from the order: the board shows the name that the desk wrote, and so does every DICOM peer.
  await board.locator(`[data-study="${film!.StudyInstanceUID}"]`).getByText('曾小红').first().waitFor({ timeout: 60_000 })
  await picture(board, 'e2e-board-corrected')
  const answer = await program.request('radiologist', `/dicomweb/studies?StudyInstanceUID=${film!.StudyInstanceUID}`)
  expect(JSON.stringify(await answer.json())).toContain('曾^小红')
}

function today(): string {
  const now = new Date()
  return `${now.getFullYear()}${String(now.getMonth() + 1).padStart(2, '0')}${String(now.getDate()).padStart(2, '0')}`
}
