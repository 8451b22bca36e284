/**
 * The main job in a real browser: a machine pushes a study, it is on the lists without a reload, it is read in OHIF, written, reviewed and signed by two
 * doctors, found by the ward, and its report stands in the study as SR and PDF. A screenshot of each page goes to `test/screenshots`.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openAssociation } from '../../gateway/dimse/scu.ts'
import { ctStudy, type Instance, patients } from '../../test-images/index.ts'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from '../support/chromium.ts'
import { pathOf, run } from '../support/foreign-peers.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')
const readingRoom = { width: 1440, height: 900 }
const wardPC = { width: 1024, height: 768 }

let program: TestProgram
let browser: Browser
const contexts: BrowserContext[] = []
/** Requests that left this machine: there must be none. */
const strangers: string[] = []

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

/** A window of their own for a person, signed in through the page. */
async function enter(username: string, path: string, viewport: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN' })
  contexts.push(context)
  const page = await context.newPage()
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (/^https?:$/.test(url.protocol) && url.origin !== program.origin) strangers.push(url.origin)
  })
  await page.goto(`${program.origin}${path}`)
  const name = page.getByLabel('用户名')
  await name.waitFor()
  if (username === 'radiologist') await picture(page, 'sign-in')
  await name.fill(username)
  await page.getByLabel('密码').fill(testPassword)
  await page.getByRole('button', { name: /登\s*录/ }).click()
  await name.waitFor({ state: 'detached' })
  return page
}

const picture = (page: Page, name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) })

/** The machine sends: storescu where DCMTK is installed, else our own SCU. */
async function push(instances: readonly Instance[]): Promise<void> {
  if (pathOf('storescu') === undefined) {
    const [first] = instances
    const contexts = [{ abstractSyntax: first!.SOPClassUID, transferSyntaxes: [first!.TransferSyntaxUID] }]
    const association = await openAssociation({
      host: '127.0.0.1',
      port: program.dicomPort,
      callingAETitle: 'EAST_CT',
      calledAETitle: 'ARCHIVE',
      contexts,
    })
    for (const instance of instances) {
      const dataset = (async function* () {
        yield instance.dataset
      })()
      expect(await association.store({ ...instance, dataset })).toMatchObject({ Status: 0 })
    }
    await association.release()
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'machine-'))
  try {
    for (const { SOPInstanceUID, part10 } of instances) await writeFile(join(folder, `${SOPInstanceUID}.dcm`), part10)
    const { code, output } = await run(
      'storescu',
      ['-aet', 'EAST_CT', '-aec', 'ARCHIVE', '+sd', '127.0.0.1', String(program.dicomPort), folder],
      { timeout: 90_000 },
    )
    expect(code, output).toBe(0)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The biggest canvas of the viewer: how many different grey values it shows. In the page's own language, whose types are not ours. */
const greys = (viewer: Frame): Promise<number> =>
  viewer.evaluate(`(() => {
    const [canvas] = [...document.querySelectorAll('canvas')].sort((a, b) => b.width * b.height - a.width * a.height)
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
    const seen = new Set()
    for (let i = 0; i < pixels.length; i += 4) seen.add(pixels[i])
    return seen.size
  })()`)

/** What every open page shows when something is missing. */
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  const pages = contexts.flatMap((context) => context.pages())
  await Promise.all(pages.map((page, at) => picture(page, `failed-${at + 1}`)))
})

test('from the machine to the signed report, and to the ward', { timeout: 240_000 }, async () => {
  const instances: Instance[] = []
  for await (const instance of ctStudy({ seed: 'first-path', patient: patients.shan, region: 'head', thick: 12, thin: 8 }))
    instances.push(instance)
  const { StudyInstanceUID } = instances[0]!

  const board = await enter('east-technologist', '/board', readingRoom)
  const list = await enter('radiologist', '/', readingRoom)
  const foreign = await enter('west-technologist', '/board', readingRoom)
  await list.locator('.list-empty').waitFor()
  await picture(list, 'reading-list-empty')

  // Received: on the township's board without a reload; not on the county's unread list before it is sent; on nobody else's at all.
  await push(instances)
  const row = board.locator(`[data-study="${StudyInstanceUID}"]`)
  await row.waitFor({ timeout: 10_000 })
  await picture(board, 'board-received')
  await row.getByRole('button', { name: '补充资料' }).click()
  await board.getByLabel(/临床资料/).fill('突发头痛、呕吐 2 小时')
  await picture(board, 'board-supplement')
  await board.getByRole('button', { name: /保\s*存/ }).click()
  await row.getByRole('button', { name: /检查完成/ }).click()
  await picture(board, 'board-send')
  await board
    .getByRole('dialog')
    .getByRole('button', { name: /检查完成/ })
    .click()
  expect(await foreign.locator('[data-study]').count()).toBe(0)

  const waiting = list.locator('tr[data-workitem]')
  await waiting.waitFor({ timeout: 10_000 })
  await expect.poll(() => waiting.innerText()).toContain('单')
  await picture(list, 'reading-list')

  // Read in OHIF beside the report.
  await waiting.getByRole('button', { name: /领\s*取/ }).click()
  await list.waitForURL(/\/reading\//)
  const viewer = await viewerFrame(list)
  await expect.poll(() => greys(viewer), { timeout: 90_000, interval: 1_000 }).toBeGreaterThan(20)
  await list.locator('[data-lock="none"]').waitFor({ timeout: 30_000 })
  await list.getByLabel('检查所见').fill('左侧基底节区见片状高密度影,大小约 2.1×1.8 cm,周围见低密度水肿带。中线结构居中。')
  await list.getByLabel('诊断意见').fill('左侧基底节区脑出血。')
  await list.getByText('阳性', { exact: true }).click()
  await list.getByText('肯定', { exact: true }).click()
  await list.keyboard.press('Alt+Shift+Digit1')
  await list.locator('[data-phase="saved"]').waitFor({ timeout: 15_000 })
  await picture(list, 'reading-page')
  await list.getByRole('button', { name: /提交审核/ }).click()
  await list
    .getByText(/等待其他医师审核/)
    .first()
    .waitFor()

  // Signed by another doctor.
  const review = await enter('reviewer', '/list?view=review', readingRoom)
  await review
    .locator('tr[data-workitem]')
    .getByRole('button', { name: /审\s*核/ })
    .click()
  await review.waitForURL(/\/reading\//)
  await expect.poll(() => review.getByLabel('诊断意见').inputValue()).toBe('左侧基底节区脑出血。')
  await review.locator('[data-lock="none"]').waitFor({ timeout: 90_000 })
  await picture(review, 'review')
  await review.getByRole('button', { name: /审核签发/ }).click()
  await review
    .getByRole('dialog')
    .getByRole('button', { name: /审核签发/ })
    .click()
  await review.locator('[data-report]').waitFor({ timeout: 15_000 })
  await picture(review, 'report-final')

  // The ward finds it by the initials of the name and reads the report first.
  const ward = await enter('east-clinician', '/ward', wardPC)
  await ward.getByRole('searchbox').or(ward.locator('input.search')).first().fill('swy')
  await ward.locator(`[data-study="${StudyInstanceUID}"]`).click()
  await ward.getByText('左侧基底节区脑出血。').first().waitFor()
  await picture(ward, 'ward-report')
  await ward
    .getByRole('button', { name: /影像|图像/ })
    .first()
    .click()
  const stack = ward.locator('img').last()
  await expect
    .poll(() => stack.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth), { timeout: 15_000 })
    .toBeGreaterThan(100)
  await picture(ward, 'ward-images')
  expect(await board.locator(`[data-study="${StudyInstanceUID}"][data-stage="reported"]`).count()).toBe(1)
  await picture(board, 'board-reported')

  // The report is in the study, for every DICOM peer.
  await expect
    .poll(
      async () => {
        const response = await program.request('radiologist', `/dicomweb/studies/${StudyInstanceUID}/instances?includefield=SOPClassUID`)
        const found = (await response.json()) as Record<string, { Value: string[] }>[]
        return found
          .map((instance) => instance['00080016']!.Value[0])
          .filter((uid) => /\.88\.22$|\.104\.1$/.test(uid!))
          .sort()
      },
      { timeout: 20_000 },
    )
    .toEqual(['1.2.840.10008.5.1.4.1.1.104.1', '1.2.840.10008.5.1.4.1.1.88.22'])

  expect(strangers, 'nothing left the machine').toEqual([])
})

async function viewerFrame(page: Page): Promise<Frame> {
  await page.locator('iframe').first().waitFor({ timeout: 15_000 })
  const handle = await page.locator('iframe').first().elementHandle()
  const frame = await handle?.contentFrame()
  if (!frame) throw new Error('the viewer has no frame')
  return frame
}
