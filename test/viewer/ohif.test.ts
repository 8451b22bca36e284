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
const studies: Record<'head' | 'prior' | 'other', string> = { head: '', prior: '', other: '' }

const collect = async (instances: AsyncIterable<Instance>): Promise<Instance[]> => {
  const all: Instance[] = []
  for await (const instance of instances) all.push(instance)
  return all
}

/** What the viewer said on the channel so far, to a page of the same origin. */
const said = (): Promise<Record<string, unknown>[]> => report.evaluate('window.said')

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
  const prior = await collect(drStudy({ scale: 1, seed: 'prior', patient: patients.shan }))
  const other = await collect(
    ctStudy({ region: 'chest', thick: 6, thin: 0, seed: 'other', patient: patients.zeng, transferSyntax: 'jpegLSLossless' }),
  )
  studies.head = head[0]!.StudyInstanceUID
  studies.prior = prior[0]!.StudyInstanceUID
  studies.other = other[0]!.StudyInstanceUID
  archive = smallDICOMweb([...head, ...prior, ...other])
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
  // Somebody asks all the time, from before there is anything to ask.
  await report.evaluate(`setInterval(() => window.channel.postMessage({ type: 'open', StudyInstanceUID: window.wanted }), 100)`)
  await report.evaluate(`window.wanted = '${studies.head}'`)
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

test('tells the report which study is in the active viewport, and whose it is', async () => {
  await expect
    .poll(said, { timeout: 10_000 })
    .toContainEqual({ type: 'opened', StudyInstanceUID: studies.head, PatientID: '1001', PatientName: '单文英' })
})

test('says whose images these are: Han characters first, sex, date of birth, number', async () => {
  expect(await viewer.locator('[data-patient]').innerText()).toMatch(/^单文英\s*女 · \d{4}-\d\d-\d\d · 1001$/)
  expect(await viewer.evaluate('document.documentElement.lang')).toBe('zh-CN')
})

test('opens the next study inside the running viewer', async () => {
  await viewer.evaluate('window.notReloaded = true')
  const before = archive.asked.length
  await report.evaluate(`window.wanted = '${studies.other}'`)
  await expect
    .poll(said, { timeout: 30_000 })
    .toContainEqual({ type: 'opened', StudyInstanceUID: studies.other, PatientID: '1002', PatientName: '曾广林' })
  await expect.poll(() => painted(viewer), { timeout: 30_000 }).toBe(true)
  await viewer.screenshot({ path: join(screenshots, 'ohif-next.png') })
  expect(await viewer.evaluate('window.notReloaded')).toBe(true)
  expect(await viewer.locator('[data-patient]').getAttribute('data-patient')).toBe('曾广林')
  const after = archive.asked.slice(before)
  expect(after.length).toBeGreaterThan(0)
  expect(after.filter((url) => url.startsWith(`/dicomweb/around/${studies.other}/studies?`)).length).toBeGreaterThan(0)
})

test('hands chords of the report over, wherever the focus is', async () => {
  await viewer.bringToFront()
  await viewer.keyboard.press('Control+Enter')
  await expect.poll(said).toContainEqual({ type: 'key', code: 'Enter', ctrlKey: true, shiftKey: false, altKey: false })
})

test('asks nothing of the world outside and breaks no policy', () => {
  expect(outside).toEqual([])
  expect(failures).toEqual([])
})
