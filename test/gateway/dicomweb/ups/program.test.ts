/** The Worklist Service in the whole program: real accounts at the door of the event channel, images that arrive, an end while channels are open. */
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { newInstance, newStudy, storeBySTOW } from '../../../faults/senders.ts'
import { startTestProgram, type TestProgram } from '../../../support/program.ts'
import type { JSONDataset } from './worklist.ts'

let program: TestProgram
let token: string
let ended = false
beforeAll(async () => {
  program = await startTestProgram()
  const created = await program.accounts.create({
    username: 'ai-queue',
    displayName: 'AI',
    kind: 'program',
    roles: ['performer'],
    institution: program.county.county,
  })
  token = created.token!
})
afterAll(() => (ended ? undefined : program?.close()))

const channel = (headers: Record<string, string>) =>
  new WebSocket(`${program.origin.replace('http', 'ws')}/dicomweb/subscribers/AI`, { headers })
const refused = async (headers: Record<string, string>): Promise<number> => {
  const socket = channel(headers)
  socket.on('error', () => undefined)
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
  socket.terminate()
  return response.statusCode
}

test('the channel is for accounts: a bearer token, a password, the cookie of this site', async () => {
  expect(await refused({})).toBe(401)
  expect(await refused({ Authorization: 'Bearer wrong' })).toBe(401)
  expect(await refused({ Authorization: program.basic('east-clinician') })).toBe(403)
  const session = await fetch(`${program.origin}/api/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'radiologist', password: 'correct horse battery' }),
  })
  const cookie = session.headers.getSetCookie()[0]!.split(';')[0]!
  expect(await refused({ Cookie: cookie, Origin: 'http://elsewhere.example' })).toBe(403)
  for (const headers of [
    { Authorization: `Bearer ${token}` },
    { Authorization: program.basic('radiologist') },
    { Cookie: cookie, Origin: program.origin },
  ]) {
    const socket = channel(headers)
    await once(socket, 'open')
    socket.terminate()
  }
})

test('a study that arrives is told to who watches the worklist; the program ends while the channel is open', async () => {
  const authorization = { Authorization: `Bearer ${token}` }
  const subscribed = await fetch(`${program.origin}/dicomweb/workitems/1.2.840.10008.5.1.4.34.5/subscribers/AI`, {
    method: 'POST',
    headers: authorization,
  })
  expect(subscribed.status).toBe(201)
  const socket = channel(authorization)
  const heard: JSONDataset[] = []
  socket.on('message', (data) => heard.push(JSON.parse(String(data)) as JSONDataset))
  await once(socket, 'open')
  const study = newStudy()
  await storeBySTOW({ ...program, authorization: program.basic('east-technologist') }, [newInstance(study, 1_000)])
  await expect.poll(() => heard.map((report) => report['00741000']?.Value?.[0]), { timeout: 25_000 }).toContain('SCHEDULED')
  const found = await fetch(`${program.origin}/dicomweb/workitems?ScheduledWorkitemCodeSequence.CodeValue=110005`, {
    headers: authorization,
  })
  const [step] = (await found.json()) as JSONDataset[]
  expect(step!['00404041']).toEqual({ vr: 'CS', Value: ['INCOMPLETE'] })
  const closed = once(socket, 'close')
  ended = true
  await program.close()
  expect((await closed)[0]).toBe(1001)
  expect(heard.at(-1)!['00741242']).toEqual({ vr: 'CS', Value: ['GOING DOWN'] })
})
