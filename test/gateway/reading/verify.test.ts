/** The page behind the QR code: for anybody, of nobody. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeDraft } from '../../../archive/reading/reports/drafts.ts'
import { perform } from '../../../archive/reading/workflow/perform.ts'
import { verifyRoutes } from '../../../gateway/reading/verify-routes.ts'
import { reportOfWorkitem } from '../../../storage/index/reading/reports.ts'
import { completeDraft, readingCounty } from '../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'

let index: TestIndex
let server: Server
let code: string
let now = new Date('2026-11-22T08:00:00Z')

beforeAll(async () => {
  index = await openTestIndex()
  const { tools, people, ready } = await readingCounty(index)
  const id = await ready(1)
  await perform(tools, people.wang, id, 'claim')
  await writeDraft(tools, people.wang, id, { ...completeDraft, rev: 0 })
  await perform(tools, people.wang, id, 'submit')
  await perform(tools, people.zeng, id, 'review')
  await perform(tools, people.zeng, id, 'sign')
  code = (await reportOfWorkitem(index.pool, id))!.code!
  const app = new Koa()
  app.use(verifyRoutes({ index, clock: () => now }).routes() as unknown as Koa.Middleware)
  server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
})
afterAll(async () => {
  server.close()
  await index.close()
})

const look = async (asked: string) => {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/verify/${asked}`)
  return { status: response.status, text: await response.text(), headers: response.headers }
}

test('says that the version counts, with a masked name and nothing of the text', async () => {
  const { status, text, headers } = await look(code)
  expect([status, headers.get('cache-control'), headers.get('referrer-policy')]).toEqual([200, 'no-store', 'no-referrer'])
  for (const words of ['有效：这是现行版本', '张*', '诊断报告']) expect(text).toContain(words)
  for (const secret of ['张三', completeDraft.findings, completeDraft.impression, '10001', '<script']) expect(text).not.toContain(secret)
})

test('answers a code that nobody has like any other wrong one, and slows down who guesses', async () => {
  const [unknown, wrong] = [await look('A'.repeat(22)), await look('<b>')]
  expect([unknown.status, wrong.status, unknown.text === wrong.text]).toEqual([404, 404, true])
  for (let guess = 0; guess < 40; guess += 1) await look('B'.repeat(22))
  expect((await look(code)).status).toBe(429)
  now = new Date(now.getTime() + 60_000)
  expect((await look(code)).status).toBe(200)
})
