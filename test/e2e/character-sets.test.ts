/** Names of five character sets before the eyes, in a real browser: on the board of the portal and above the picture in OHIF. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileMeta } from '../../archive/dicom/part10.ts'
import { displayName } from '../../archive/dicom/person-name.ts'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from '../support/chromium.ts'
import { element, header, image, uids } from '../support/dataset.ts'
import { standardExamples } from '../support/names.ts'
import { OHIFViewer } from '../support/ohif.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')
const labels = ['GB18030', '\\ISO 2022 IR 58', '\\ISO 2022 IR 149', '\\ISO 2022 IR 87', 'ISO_IR 144']
const shown = labels.map((label) => standardExamples.find((example) => example.label === label)!)
const studyOf = (i: number) => `1.2.826.0.1.3680043.2.2.${i + 1}`

/** A small picture of its own study. */
function pictureOf(i: number): Buffer {
  const { label, bytes } = shown[i]!
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(' ')])
  const pixels = Buffer.from([0, 0, 0, 4, 0, 8, 0, 12])
  const dataset = Buffer.concat([
    element(0x00080005, 'CS', label!),
    element(0x00080016, 'UI', uids.SOPClassUID),
    element(0x00080018, 'UI', `${studyOf(i)}.1.1`),
    element(0x00080020, 'DA', '20260301'),
    element(0x00080060, 'CS', 'OT'),
    element(0x00100010, 'PN', even),
    element(0x00100020, 'LO', `NAME${i}`),
    element(0x0020000d, 'UI', studyOf(i)),
    element(0x0020000e, 'UI', `${studyOf(i)}.1`),
    element(0x00200013, 'IS', '1'),
    ...image(),
    header(0x7fe00010, 'OW', pixels.length),
    pixels,
  ])
  return Buffer.concat([
    fileMeta({ SOPClassUID: uids.SOPClassUID, SOPInstanceUID: `${studyOf(i)}.1.1`, TransferSyntaxUID: '1.2.840.10008.1.2.1' }),
    dataset,
  ])
}

let program: TestProgram
let browser: Browser
let page: Page

beforeAll(async () => {
  const [portal, ohif] = await Promise.all([buildPortal(), installOHIF()])
  await mkdir(screenshots, { recursive: true })
  program = await startTestProgram({ pages: { portal: portal.folder, ohif: ohif.folder } })
  const parts = shown.flatMap((_, i) => [
    Buffer.from('--part\r\nContent-Type: application/dicom\r\n\r\n'),
    pictureOf(i),
    Buffer.from('\r\n'),
  ])
  const stored = await program.request('east-technologist', '/dicomweb/studies', {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=part', Accept: 'application/dicom+json' },
    body: Buffer.concat([...parts, Buffer.from('--part--\r\n')]),
  })
  expect(stored.status, await stored.text()).toBe(200)
  browser = await launchChromium()
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  const session = { username: 'east-technologist', password: testPassword }
  expect((await context.request.post(`${program.origin}/api/session`, { data: session, headers: { Origin: program.origin } })).ok()).toBe(
    true,
  )
  page = await context.newPage()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await program?.close()
})

test('the board of the portal lists each name as it is read', { timeout: 180_000 }, async () => {
  await page.goto(`${program.origin}/board`)
  for (const [i, { name }] of shown.entries()) {
    const row = page.locator(`[data-study="${studyOf(i)}"]`)
    await row.waitFor()
    expect(await row.innerText()).toContain(displayName(name))
  }
  await page.screenshot({ path: join(screenshots, 'names-board.png') })
})

test('OHIF shows the patient of each study by the same name', { timeout: 180_000 }, async () => {
  const viewer = await OHIFViewer.in(page, program.origin)
  for (const [i, { name }] of shown.entries()) {
    viewer.restart()
    await viewer.open(studyOf(i), [`${studyOf(i)}.1.1`])
    await expect.poll(() => page.locator('body').innerText(), { timeout: 60_000 }).toContain(displayName(name))
    await page.screenshot({ path: join(screenshots, `names-ohif-${i + 1}.png`) })
  }
})
