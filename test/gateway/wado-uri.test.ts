/** WADO-URI in the whole program: who may ask, and how. PS3.18 §9. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ctStudy, type Instance } from '../../test-images/index.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

let program: TestProgram
let image: Instance
beforeAll(async () => {
  program = await startTestProgram()
  for await (const first of ctStudy({ seed: 'wado in the program' })) {
    image = first
    break
  }
  const sent = { method: 'POST', headers: { 'Content-Type': 'application/dicom' }, body: image.part10 }
  expect((await program.request('east-technologist', '/dicomweb/studies', sent)).status).toBe(200)
})
afterAll(() => program.close())

const address = () => {
  const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = image
  return `/wado?requestType=WADO&studyUID=${StudyInstanceUID}&seriesUID=${SeriesInstanceUID}&objectUID=${SOPInstanceUID}&columns=64`
}

test('signed out: 401; of another institution: 404; otherwise the picture', async () => {
  expect((await fetch(`http://127.0.0.1:${program.httpPort}${address()}`)).status).toBe(401)
  const elsewhere = await program.request('west-technologist', address())
  expect([elsewhere.status, elsewhere.headers.get('warning')]).toEqual([404, expect.stringMatching(/^299 archive "/)])
  const response = await program.request('east-technologist', address())
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
})

test('another method: 405 with Allow', async () => {
  const response = await program.request('east-technologist', '/wado', { method: 'POST' })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'HEAD, GET'])
})

test('what is wrong with the request is told', async () => {
  const response = await program.request('east-technologist', `${address()}&frameNumber=none`)
  const { error } = (await response.json()) as { error: { detail: string } }
  expect([response.status, error.detail]).toEqual([400, expect.stringContaining('frameNumber')])
})
