/** The published OHIF build under our configuration, in a real browser: design README §6. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Koa from 'koa'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { staticViewer } from '../../gateway/static-viewer.ts'
import { ctStudy, drStudy, type Instance, patients } from '../../test-images/index.ts'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from '../support/chromium.ts'
import { type SmallDICOMweb, smallDICOMweb } from './small-dicomweb.ts'

const screenshots = new URL('../screenshots/', import.meta.url).pathname
let portal: string
let server: Server
let browser: Browser
let context: BrowserContext
let viewer: Page
let report: Page
let archive: SmallDICOMweb
let origin: string
const outside: string[] = []
const failures: string[] = []
const studies: Record<'head' | 'prior' | 'before' | 'other', string> = { head: '', prior: '', before: '', other: '' }

const collect = async (instances: AsyncIterable<Instance>): Promise<Instance[]> => {
  const all: Instance[] = []
  for await (const instance of instances) all.push(instance)
  return all
}

/** What the viewer said on the channel so far, to a page of the same origin. */
const said = async (event: string): Promise<Record<string, unknown>[]> =>
  (await report.evaluate<{ 'hub.event': string; context: Record<string, unknown> }[]>('window.said'))
    .filter((message) => message['hub.event'] === event)
    .map(({ context }) => context)

/** The report is about this study. */
const want = (StudyInstanceUID: string, associatedStudies: readonly string[] = [], compare: string | null = null) =>
  report.evaluate(
    `window.wanted = ${JSON.stringify({ StudyInstanceUID, StudyDate: '20260301', associatedStudies, compare, instances: 6 })}`,
  )
const send = (event: string, about: object = {}) => report.evaluate(`window.send(${JSON.stringify(event)}, ${JSON.stringify(about)})`)
/** Said in the page of the viewer, whose policy lets nobody make functions of text. */
const inViewer = <T>(script: string): Promise<T> => viewer.evaluate<T>(script)

/** The canvas holds a picture, not one colour. */
const painted = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>(`(() => {
    const canvas = document.querySelector('canvas')
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
    return new Set(Array.from(pixels).filter((_, index) => index % 400 === 0)).size > 20
  })()`)

beforeAll(async () => {
  const { folder } = await installOHIF()
  portal = await mkdtemp(join(tmpdir(), 'portal-'))
  await writeFile(join(portal, 'index.html'), '<!doctype html><title>portal</title>')
  await writeFile(join(portal, 'ward.html'), '<!doctype html><title>ward</title>')
  const head = await collect(
    ctStudy({ region: 'head', thick: 6, thin: 0, seed: 'head', patient: patients.shan, transferSyntax: 'htj2kLossless' }),
  )
  const before = await collect(
    ctStudy({ region: 'head', thick: 6, thin: 0, seed: 'before', patient: patients.shan, StudyDate: '20250810' }),
  )
  const prior = await collect(drStudy({ scale: 1, seed: 'prior', patient: patients.shan }))
  const other = await collect(
    ctStudy({ region: 'chest', thick: 6, thin: 0, seed: 'other', patient: patients.zeng, transferSyntax: 'jpegLSLossless' }),
  )
  studies.head = head[0]!.StudyInstanceUID
  studies.before = before[0]!.StudyInstanceUID
  studies.prior = prior[0]!.StudyInstanceUID
  studies.other = other[0]!.StudyInstanceUID
  archive = smallDICOMweb([...head, ...before, ...prior, ...other])
  const app = new Koa()
  app.use(archive.middleware)
  app.use(await staticViewer({ ohif: folder, portal }))
  server = createServer(app.callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await mkdir(screenshots, { recursive: true })
  browser = await launchChromium()
  context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
  context.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(`${origin}/`)) outside.push(request.url())
  })
  report = await context.newPage()
  await report.goto(`${origin}/ward`)
  await report.evaluate(`
    window.said = []
    window.channel = new BroadcastChannel('reading')
    window.channel.onmessage = ({ data }) => window.said.push(data)
  `)
  viewer = await context.newPage()
  viewer.on('pageerror', (error) => failures.push(error.message))
  viewer.on('console', (message) => {
    if (/Content Security Policy|Cross-Origin/i.test(message.text())) failures.push(message.text())
  })
  await report.evaluate(
    `window.send = (event, context = {}) => window.channel.postMessage({ 'hub.topic': 'viewer-1', 'hub.event': event, context })`,
  )
  await viewer.addInitScript(`window.name = 'viewer-1'`)
  // Somebody asks all the time, from before there is anything to ask.
  await report.evaluate(`setInterval(() => window.wanted && window.send('DiagnosticReport-open', window.wanted), 100)`)
  await want(studies.head, [studies.prior, studies.before])
  await viewer.goto(`${origin}/viewer?StudyInstanceUIDs=${studies.head}`)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  server?.close()
  await rm(portal, { recursive: true, force: true })
})

test('opens a study of compressed images in Chinese, without a tour, isolated for shared memory', { timeout: 90_000 }, async () => {
  await expect.poll(() => painted(viewer), { timeout: 60_000, interval: 500 }).toBe(true)
  await viewer.screenshot({ path: join(screenshots, 'ohif-ct.png') })
  expect(await viewer.getByText('检查', { exact: true }).count()).toBeGreaterThan(0)
  expect(await viewer.locator('.shepherd-element').count()).toBe(0)
  expect(await viewer.evaluate('crossOriginIsolated')).toBe(true)
})

test('lists as priors only what lies around the study in the address', async () => {
  expect(archive.asked.every((url) => url.startsWith(`/dicomweb/around/${studies.head}/`))).toBe(true)
  await expect.poll(() => viewer.getByText('胸部正侧位').count(), { timeout: 10_000 }).toBeGreaterThan(0)
  expect(await viewer.getByText('胸部CT平扫').count()).toBe(0)
})

test('tells the report which study is on the screen, whose it is, and that an image of it was drawn', async () => {
  await expect
    .poll(async () => (await said('ImagingStudy-open')).at(-1), { timeout: 10_000 })
    .toMatchObject({
      StudyInstanceUID: studies.head,
      PatientID: '1001',
      PatientName: '单文英',
      studies: [studies.head],
      seen: [studies.head],
    })
})

test('says whose images these are: Han characters first, sex, date of birth, number', async () => {
  expect(await viewer.locator('[data-patient]').innerText()).toMatch(/^单文英\s*女 · \d{4}-\d\d-\d\d · 1001$/)
  expect(await viewer.evaluate('document.documentElement.lang')).toBe('zh-CN')
  expect(await viewer.locator('[data-cy="viewport-pane"]').first().innerText()).toContain('本次')
})

test('has window presets in Chinese on the number keys', async () => {
  await viewer.bringToFront()
  const range = () =>
    inViewer<{ lower: number; upper: number }>(`(() => {
    const { viewportGridService, cornerstoneViewportService } = window.services
    return cornerstoneViewportService.getCornerstoneViewport(viewportGridService.getState().activeViewportId).getProperties().voiRange
  })()`)
  await viewer.keyboard.press('1')
  await expect.poll(async () => Math.round((await range()).upper - (await range()).lower)).toBe(1499)
  await viewer.keyboard.press('4')
  await expect.poll(async () => Math.round((await range()).upper - (await range()).lower)).toBe(79)
})

test('captures the image before the eyes with its window, and hands it over', async () => {
  await viewer.keyboard.press('k')
  await expect.poll(async () => (await said('DiagnosticReport-update')).length).toBe(1)
  const [{ keyImage, anchor }] = (await said('DiagnosticReport-update')) as [{ keyImage: Record<string, unknown>; anchor: unknown }]
  expect(keyImage).toMatchObject({ frame: 1, window: { center: 40, width: 80 }, shapes: [], caption: '' })
  expect(anchor).toMatchObject({ StudyInstanceUID: studies.head, StudyDate: '20260301' })
})

test('hands a measurement over as a sentence with its anchor', async () => {
  await inViewer(`window.commandsManager.run('setToolActiveToolbar', { toolName: 'Length', toolGroupIds: ['default'] })`)
  const box = (await viewer.locator('[data-cy="viewport-pane"]').first().boundingBox())!
  await viewer.mouse.move(box.x + box.width * 0.45, box.y + box.height * 0.45)
  await viewer.mouse.down()
  await viewer.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5, { steps: 4 })
  await viewer.mouse.move(box.x + box.width * 0.55, box.y + box.height * 0.55, { steps: 4 })
  await viewer.mouse.up()
  await viewer.keyboard.press('m')
  const last = async () => (await said('DiagnosticReport-update')).at(-1) as { measurement?: { text: string; anchor: object } }
  await expect.poll(async () => (await last()).measurement?.text).toMatch(/^长径 \d+(\.\d)? mm$/)
  expect((await last()).measurement?.anchor).toMatchObject({ StudyInstanceUID: studies.head })
  await viewer.keyboard.press('k')
  await expect
    .poll(async () => ((await last()) as { keyImage?: { shapes: unknown[] } }).keyImage?.shapes)
    .toMatchObject([{ kind: 'line', text: expect.stringMatching(/mm$/) }])
  await viewer.screenshot({ path: join(screenshots, 'ohif-measured.png') })
})

test('hangs the prior of the same kind beside the study, marks both, and scrolls them together', { timeout: 60_000 }, async () => {
  await report.evaluate('window.wanted = null')
  await send('ImagingStudy-open', { StudyInstanceUID: studies.before })
  await expect
    .poll(async () => (await said('ImagingStudy-open')).at(-1), { timeout: 20_000 })
    .toMatchObject({
      StudyInstanceUID: studies.head,
      studies: [studies.head, studies.before],
      seen: [studies.head, studies.before],
    })
  const panes = viewer.locator('[data-cy="viewport-pane"]')
  await expect.poll(() => panes.count()).toBe(2)
  await expect.poll(async () => (await panes.nth(0).innerText()).includes('本次')).toBe(true)
  await expect.poll(async () => panes.nth(1).innerText()).toMatch(/既往 · 7 个月前/)
  await expect.poll(() => viewer.locator('#reading-link[aria-pressed="true"]').count(), { timeout: 15_000 }).toBe(1)
  const slices = () =>
    inViewer<number[]>(`[...window.services.viewportGridService.getState().viewports.keys()].map((id) => {
    const viewport = window.services.cornerstoneViewportService.getCornerstoneViewport(id)
    return viewport.getCurrentImageIdIndex ? viewport.getCurrentImageIdIndex() : viewport.getSliceIndex()
  })`)
  const [left, right] = (await slices()) as [number, number]
  await panes.nth(0).hover()
  await viewer.mouse.wheel(0, 100)
  await viewer.mouse.wheel(0, 100)
  await expect.poll(async () => (await slices())[0]).toBeGreaterThan(left)
  await expect.poll(async () => (await slices())[1]! - right).toBe((await slices())[0]! - left)
  await viewer.screenshot({ path: join(screenshots, 'ohif-beside.png') })
})

test('goes to the image that an anchor names, of the study and of the prior', async () => {
  await send('DiagnosticReport-select', { StudyInstanceUID: studies.before, series: 2, image: 2 })
  const shownImage = () =>
    inViewer<string>(`(() => {
    const { viewportGridService, cornerstoneViewportService } = window.services
    return cornerstoneViewportService.getCornerstoneViewport(viewportGridService.getState().activeViewportId).getCurrentImageId()
  })()`)
  const numbers = () =>
    inViewer<unknown>(`(() => {
    const { viewportGridService, cornerstoneViewportService } = window.services
    const id = cornerstoneViewportService.getCornerstoneViewport(viewportGridService.getState().activeViewportId).getCurrentImageId()
    const { SeriesNumber, InstanceNumber } = window.cornerstone.metaData.get('instance', id)
    return [Number(SeriesNumber), Number(InstanceNumber)]
  })()`)
  await expect.poll(numbers).toEqual([2, 2])
  expect(await shownImage()).toContain(studies.before)
  await send('DiagnosticReport-select', { StudyInstanceUID: studies.head, series: 2, image: 5 })
  await expect.poll(shownImage).toContain(studies.head)
  await expect.poll(numbers).toEqual([2, 5])
})

test('shows red who it is of when the report is of somebody else', async () => {
  await send('syncerror', { text: '影像与报告不是同一患者！' })
  await expect.poll(() => viewer.locator('#reading-strip').innerText()).toContain('不是同一患者')
  await viewer.screenshot({ path: join(screenshots, 'ohif-strip.png') })
  await send('syncerror', { text: null })
  await expect.poll(() => viewer.locator('#reading-strip').isVisible()).toBe(false)
})

test('opens the next study inside the running viewer, fetched ahead, and says how long its first image took', async () => {
  await viewer.evaluate('window.notReloaded = true')
  await send('prefetch', { StudyInstanceUID: studies.other })
  const ahead = () => archive.asked.filter((url) => url.startsWith(`/dicomweb/around/${studies.other}/`))
  await expect.poll(() => ahead().filter((url) => url.includes('/frames/')).length, { timeout: 15_000 }).toBe(6)
  const before = archive.asked.length
  await want(studies.other)
  await expect
    .poll(async () => (await said('ImagingStudy-open')).at(-1), { timeout: 30_000 })
    .toMatchObject({
      StudyInstanceUID: studies.other,
      PatientID: '1002',
      PatientName: '曾广林',
      studies: [studies.other],
      firstImageMs: expect.any(Number),
    })
  console.info(`next to first image: ${(await said('ImagingStudy-open')).at(-1)?.firstImageMs} ms`)
  await expect.poll(() => painted(viewer), { timeout: 30_000 }).toBe(true)
  await viewer.screenshot({ path: join(screenshots, 'ohif-next.png') })
  expect(await viewer.evaluate('window.notReloaded')).toBe(true)
  expect(await viewer.locator('[data-patient]').getAttribute('data-patient')).toBe('曾广林')
  const after = archive.asked.slice(before)
  expect(after.filter((url) => url.startsWith(`/dicomweb/around/${studies.other}/studies?`)).length).toBeGreaterThan(0)
})

test('gives a sign of life when it is asked for one, and what it shows', async () => {
  await send('heartbeat')
  await expect.poll(async () => (await said('heartbeat')).length).toBeGreaterThan(0)
})

test('hands chords of the portal over, wherever the focus is, and keeps its own keys', async () => {
  await viewer.bringToFront()
  for (const key of ['Control+Enter', 'Control+s', 'F2', 'n', 'q', 'Shift+Digit1', 'r', 'Digit1', 'Control+c', 'Alt+n'])
    await viewer.keyboard.press(key)
  await expect
    .poll(async () => (await said('key')).map(({ code }) => code))
    .toEqual(['Enter', 'KeyS', 'F2', 'KeyN', 'KeyQ', 'Digit1', 'KeyN'])
  expect((await said('key'))[0]).toEqual({ code: 'Enter', key: 'Enter', ctrlKey: true, shiftKey: false, altKey: false })
})

test('says that it goes', async () => {
  await viewer.goto('about:blank')
  await expect.poll(async () => (await said('unsubscribe')).length).toBe(1)
})

test('asks nothing of the world outside and breaks no policy', () => {
  expect(outside).toEqual([])
  expect(failures).toEqual([])
})
