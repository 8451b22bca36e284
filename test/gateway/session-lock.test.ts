/** A locked session is locked at every door of the program, not on its pages alone. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'

let program: TestProgram
beforeAll(async () => {
  program = await startTestProgram()
}, 60_000)
afterAll(() => program.close())

test('DICOMweb and WADO-URI answer 423 until it is unlocked; a program’s password is no page', async () => {
  const signedIn = await program.request(undefined, '/api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'east-technologist', password: testPassword }),
  })
  const cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!
  const ask = async (path: string, body?: unknown) => {
    const headers = { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const asked = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
    return (await program.request(undefined, path, asked)).status
  }
  const picture = '/wado?requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4'
  expect([await ask('/dicomweb/studies'), await ask(picture)]).toEqual([200, 404])
  expect(await ask('/api/session/lock', {})).toBe(200)
  expect([await ask('/dicomweb/studies'), await ask(picture), await ask('/api/board')]).toEqual([423, 423, 200])
  expect((await program.request('east-technologist', '/dicomweb/studies')).status).toBe(200)
  expect(await ask('/api/session/unlock', { secret: testPassword })).toBe(200)
  expect(await ask('/dicomweb/studies')).toBe(200)
})
