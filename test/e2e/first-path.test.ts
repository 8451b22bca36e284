/**
 * The main job in a real browser: a machine pushes a study, it is on the lists without a reload, it is read in OHIF, written, reviewed and signed by two
 * doctors, found, opened and printed by the ward, and its report stands in the study as SR and PDF; then it is corrected, and whoever has the old version is
 * told. A screenshot of each page goes to `test/screenshots`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openAssociation } from '../../gateway/dimse/scu.ts'
import { ctStudy, type Instance, patients } from '../../test-images/index.ts'
import { pathOf, run } from '../support/foreign-peers.ts'
import {
  beginCorrection,
  givePIN,
  patience,
  type ReadingDay,
  saved,
  seen,
  sign,
  startReadingDay,
  wardPC,
  write,
} from '../support/reading-day.ts'

let day: ReadingDay
let instances: Instance[]
let StudyInstanceUID: string
/** Their windows stay open from the first step to the last. */
let board: Page
let list: Page
let review: Page
let ward: Page
let workitem: string

beforeAll(async () => {
  day = await startReadingDay()
  instances = []
  for await (const instance of ctStudy({ seed: 'first-path', patient: patients.shan, region: 'head', thick: 12, thin: 8 }))
    instances.push(instance)
  StudyInstanceUID = instances[0]!.StudyInstanceUID
}, 300_000)

afterAll(() => day?.close())

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await day.pictures('failed-first-path')
})

/** The machine sends: storescu where DCMTK is installed, else our own SCU. */
async function push(instances: readonly Instance[]): Promise<void> {
  if (pathOf('storescu') === undefined) {
    const [first] = instances
    const contexts = [{ abstractSyntax: first!.SOPClassUID, transferSyntaxes: [first!.TransferSyntaxUID] }]
    const association = await openAssociation({
      host: '127.0.0.1',
      port: day.program.dicomPort,
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
      ['-aet', 'EAST_CT', '-aec', 'ARCHIVE', '+sd', '127.0.0.1', String(day.program.dicomPort), folder],
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

test('a machine pushes a study: it is on the lists without a reload, and on nobody else’s', { timeout: 180_000 }, async () => {
  board = await day.enter('east-technologist', '/board')
  list = await day.enter('radiologist', '/')
  const foreign = await day.enter('west-technologist', '/board')
  await list.locator('.list-empty').waitFor()
  await day.picture(list, 'reading-list-empty')

  // Not on the county's list before it is sent.
  await push(instances)
  const row = board.locator(`[data-study="${StudyInstanceUID}"]`)
  await row.waitFor()
  await day.picture(board, 'board-received')
  await row.getByRole('button', { name: '补充资料' }).click()
  await board.getByLabel(/临床资料/).fill('突发头痛、呕吐 2 小时')
  await day.picture(board, 'board-supplement')
  await board.getByRole('button', { name: /保\s*存/ }).click()
  await row.getByRole('button', { name: /检查完成/ }).click()
  await day.picture(board, 'board-send')
  await board
    .getByRole('dialog')
    .getByRole('button', { name: /检查完成/ })
    .click()
  expect(await foreign.locator('[data-study]').count()).toBe(0)

  const waiting = list.locator('tr[data-workitem]')
  await waiting.waitFor()
  await expect.poll(() => waiting.innerText(), patience).toContain('单文英')
  workitem = (await waiting.getAttribute('data-workitem'))!
  await day.picture(list, 'reading-list')
})

test('claimed, seen in OHIF, written with a template and submitted with the PIN', { timeout: 240_000 }, async () => {
  await list
    .locator('tr[data-workitem]')
    .getByRole('button', { name: /领\s*取/ })
    .click()
  await list.waitForURL(/\/reading\//)
  const viewer = await viewerFrame(list)
  await expect.poll(() => greys(viewer), { timeout: 90_000, interval: 1_000 }).toBeGreaterThan(20)
  await list.locator('[data-lock="none"]').waitFor()

  // A template fills the sections; what it leaves open is counted until it is written.
  await list.getByLabel('检查所见').click()
  await list.keyboard.press('F2')
  await list.getByPlaceholder('标题、拼音首字母或正文').fill('ncx')
  const first = list.getByRole('option').first()
  await expect.poll(() => first.innerText(), patience).toContain('脑出血')
  await list.keyboard.press('Enter')
  await list.locator('.blanks').waitFor()
  expect(await list.getByLabel('检查方法').inputValue()).toBe('颅脑CT平扫')
  await write(list, {
    findings: '左侧基底节区见团块状高密度影，大小约 2.1cm×1.8cm，周围见低密度水肿带。中线结构居中。',
    impression: '左侧基底节区脑出血。',
  })
  await list.locator('.blanks').waitFor({ state: 'detached' })
  await day.picture(list, 'reading-page')
  await seen(day, 'radiologist', workitem, StudyInstanceUID)
  await list.getByRole('button', { name: '提交审核' }).click()
  await givePIN(list)
  await list
    .getByText(/等待其他医师审核/)
    .first()
    .waitFor()
})

test('reviewed and signed by another doctor', { timeout: 180_000 }, async () => {
  review = await day.enter('reviewer', '/list?view=review')
  await review
    .locator('tr[data-workitem]')
    .getByRole('button', { name: /审\s*核/ })
    .click()
  await review.waitForURL(/\/reading\//)
  await expect.poll(() => review.getByLabel('诊断意见').inputValue(), patience).toBe('左侧基底节区脑出血。')
  await review.locator('[data-lock="none"]').waitFor({ timeout: 90_000 })
  await day.picture(review, 'review')
  await sign(review)
  await day.picture(review, 'report-final')
})

test('the ward finds it by the initials of the name, reads the report first, and prints it', { timeout: 180_000 }, async () => {
  ward = await day.enter('east-clinician', '/ward', { viewport: wardPC })
  await ward.getByRole('searchbox').fill('swy')
  await ward.locator(`[data-study="${StudyInstanceUID}"]`).click()
  await ward.getByText('左侧基底节区脑出血。').first().waitFor()
  await day.picture(ward, 'ward-report')
  await ward.getByRole('button', { name: '打印', exact: true }).click()
  await ward.getByText('第 1 次打印').waitFor()
  await ward.getByRole('button', { name: '看图像' }).click()
  const stack = ward.locator('img').last()
  await expect.poll(() => stack.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth), patience).toBeGreaterThan(100)
  await day.picture(ward, 'ward-images')
  await ward.getByRole('button', { name: '报告', exact: true }).click()
  await board.locator(`[data-study="${StudyInstanceUID}"][data-stage="reported"]`).waitFor()
  await day.picture(board, 'board-reported')
})

/** Documents of the report in the study, as every DICOM peer finds them. */
const documents = async (): Promise<string[]> => {
  const response = await day.program.request('radiologist', `/dicomweb/studies/${StudyInstanceUID}/instances?includefield=SOPClassUID`)
  const found = (await response.json()) as Record<string, { Value: string[] }>[]
  return found
    .map((instance) => instance['00080016']!.Value[0]!)
    .filter((uid) => /\.88\.22$|\.104\.1$/.test(uid))
    .sort()
}
const SRAndPDF = ['1.2.840.10008.5.1.4.1.1.104.1', '1.2.840.10008.5.1.4.1.1.88.22']

test('the report is in the study, for every DICOM peer', { timeout: 90_000 }, async () => {
  await expect.poll(documents, patience).toEqual(SRAndPDF)
})

test('corrected with a class and a reason, and signed by another reviewer', { timeout: 240_000 }, async () => {
  const { reportId } = await day.api('reviewer', 'GET', `/workitems/${workitem}`)
  await review.goto(`${day.program.origin}/reports/${reportId}`)
  await review.getByText('左侧基底节区脑出血。').first().waitFor()
  await beginCorrection(review, '漏诊', '漏写破入侧脑室')
  await review.locator('[data-lock="none"]').waitFor({ timeout: 90_000 })
  await expect.poll(() => review.getByLabel('诊断意见').inputValue(), patience).toBe('左侧基底节区脑出血。')
  await review.getByLabel('诊断意见').fill('左侧基底节区脑出血，破入侧脑室。')
  await saved(review)
  await day.picture(review, 'correction-writing')
  // Inside the signing session of this browser nobody is asked again.
  await review.getByRole('button', { name: '提交审核' }).click()
  await review
    .getByText(/等待其他医师审核/)
    .first()
    .waitFor()

  const second = await day.enter('second-reviewer', '/list?view=review')
  await second
    .locator('tr[data-workitem]')
    .getByRole('button', { name: /审\s*核/ })
    .click()
  await expect.poll(() => second.getByLabel('诊断意见').inputValue(), patience).toContain('破入侧脑室')
  await second.locator('[data-lock="none"]').waitFor({ timeout: 90_000 })
  await sign(second)
})

test('the ward is told, the old version is struck through, and the new documents name the old', { timeout: 180_000 }, async () => {
  // Without a reload.
  await ward.getByText('原文已收起').waitFor()
  expect(await ward.locator('.paper').count()).toBe(0)
  await ward.getByRole('button', { name: '查看现行报告' }).click()
  const banner = ward.locator('.amended-banner').filter({ hasText: '报告在您上次查看后已修改' })
  await banner.waitFor()
  await ward.getByText('左侧基底节区脑出血，破入侧脑室。').first().waitFor()
  await day.picture(ward, 'ward-amended')
  const [old] = await Promise.all([ward.waitForEvent('popup'), banner.getByRole('link', { name: '查看那一版' }).click()])
  await old.getByText('这不是现行版本').waitFor()
  await old.locator('.report-sheet.struck').waitFor()
  await day.picture(old, 'report-struck')
  await old.getByRole('button', { name: '通知' }).click()
  await old.getByText('您打印过 1 份旧报告').waitFor()
  await day.picture(old, 'ward-notice')

  const { reportId } = await day.api('reviewer', 'GET', `/workitems/${workitem}`)
  const detail = (id: string) => day.api('reviewer', 'GET', `/reports/${id}`)
  await expect.poll(async () => (await detail(reportId)).documents, patience).toBe('stored')
  const standing = await detail(reportId)
  expect(standing.versions).toHaveLength(2)
  expect(standing.correction).toMatchObject({ class: 'missed', reason: '漏写破入侧脑室' })
  const before = await detail(standing.versions.find(({ fate }: { fate: string }) => fate === 'superseded').id)
  // The old documents are put aside; the new one says which it replaces.
  await expect.poll(documents, patience).toEqual(SRAndPDF)
  const metadata = await day.program.request('radiologist', `/dicomweb/studies/${StudyInstanceUID}/metadata`)
  const said = JSON.stringify(((await metadata.json()) as Record<string, unknown>[]).map((instance) => instance['0040A360']))
  expect(said).toContain(before.SRInstanceUID)
  expect(day.strangers, 'nothing left the machine').toEqual([])
})

async function viewerFrame(page: Page): Promise<Frame> {
  await page.locator('iframe').first().waitFor()
  const handle = await page.locator('iframe').first().elementHandle()
  const frame = await handle?.contentFrame()
  if (!frame) throw new Error('the viewer has no frame')
  return frame
}
