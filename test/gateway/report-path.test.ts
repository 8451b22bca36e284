/** A report from the outside: key images on paper, documents in the study, a correction that puts the old ones aside, the page behind the QR code, a verifier. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '../../storage/index/query.ts'
import { ctStudy, type Instance } from '../../test-images/index.ts'
import { run } from '../support/foreign-peers.ts'
import { startTestProgram, type TestProgram, testPIN } from '../support/program.ts'

let program: TestProgram
let folder: string

beforeAll(async () => {
  program = await startTestProgram()
  folder = await mkdtemp(join(tmpdir(), 'report-path-'))
})
afterAll(async () => {
  await program.close()
  await rm(folder, { recursive: true, force: true })
})

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by name
const send = async (who: string, method: string, path: string, body: object = {}, headers: object = {}): Promise<any> => {
  const response = await program.request(who, path, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by name
const get = async (who: string, path: string): Promise<any> => (await program.request(who, path)).json()
const verb = async (who: string, id: string, name: string, body: object = {}) =>
  (await send(who, 'POST', `/api/workitems/${id}/${name}`, { pin: testPIN, ...body })).workitem

async function eventually<T>(look: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  for (let turn = 0; ; turn += 1) {
    const value = await look()
    if (isDone(value) || turn > 300) return value
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const draft = {
  findings: '颅脑：左侧基底节区见片状高密度影。',
  impression: '左侧基底节区脑出血。',
  polarity: 'positive',
  wording: 'affirmative',
  grade: { grade: 1, dims: {} },
}

test('signed, printed, corrected: the archive shows the corrected documents, the paper says that it is old', {
  timeout: 180_000,
}, async () => {
  const list: Instance[] = []
  for await (const image of ctStudy({ seed: 'report path' })) {
    list.push(image)
    if (list.length === 2) break
  }
  const [first] = list
  const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = first!
  const head = '\r\n--b\r\nContent-Type: application/dicom\r\n\r\n'
  const body = Buffer.concat([...list.flatMap(({ part10 }) => [Buffer.from(head), Buffer.from(part10)]), Buffer.from('\r\n--b--\r\n')])
  const headers = { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=b' }
  expect((await program.request('east-technologist', '/dicomweb/studies', { method: 'POST', headers, body })).status).toBe(200)
  await send('east-technologist', 'POST', `/api/studies/${StudyInstanceUID}/send`)
  const [row] = await eventually(
    () => query<{ id: number }>(program.index.pool, `select id from workitem where state = 'READY'`),
    (rows) => rows.length === 1,
  )
  const id = String(row!.id)
  for (const reader of ['radiologist', 'reviewer']) await send(reader, 'POST', `/api/workitems/${id}/opened`, { StudyInstanceUID })
  await verb('radiologist', id, 'claim')
  const keyImages = [{ SeriesInstanceUID, SOPInstanceUID, frame: 1, caption: '出血' }]
  await send('radiologist', 'PUT', `/api/workitems/${id}/draft`, { ...draft, keyImages })
  const findings = (await send('radiologist', 'POST', '/api/lint', { workitem: id, draft })).findings as { rule: string }[]
  const details = { overrides: findings.map(({ rule }) => ({ rule, reason: '测试' })) }
  await verb('radiologist', id, 'submit', { details })
  await verb('reviewer', id, 'review')
  const { reportId } = await verb('reviewer', id, 'sign', { details })

  const stored = await eventually(
    () => get('reviewer', `/api/reports/${reportId}`),
    ({ documents }) => documents === 'stored',
  )
  expect(stored.documents).toBe('stored')
  const picture = await program.request('east-clinician', `/api/reports/${reportId}/images/1`)
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
  expect((await send('east-clinician', 'POST', `/api/reports/${reportId}/printed`, { copies: 1 })).number).toBe(1)

  const page = new URL(stored.verifyURL).pathname
  expect(await (await fetch(`${program.origin}${page}`)).text()).toContain('有效：这是现行版本')

  await verb('reviewer', id, 'amend', { amending: 'correction', amendingClass: 'typo', reason: '错字' })
  await verb('reviewer', id, 'submit', { details })
  const another = await program.accounts.create({
    username: 'second',
    displayName: '赵敏',
    roles: ['reviewer'],
    institution: program.county.county,
    password: 'correct horse battery',
  })
  expect(another.id).toBeGreaterThan(0)
  await send('second', 'PUT', '/api/account/pin', { password: 'correct horse battery', pin: testPIN })
  await send('second', 'POST', `/api/workitems/${id}/opened`, { StudyInstanceUID })
  await verb('second', id, 'review')
  const corrected = await verb('second', id, 'sign', { details })
  const shown = async () => {
    const answer = await get('administrator', `/dicomweb/studies/${StudyInstanceUID}/instances?includefield=00080018`)
    return (answer as { '00080018': { Value: string[] } }[]).map((one) => one['00080018'].Value[0])
  }
  const uids = await eventually(shown, (all) => !all.includes(stored.SRInstanceUID) && !all.includes(stored.PDFInstanceUID))
  const now = await get('reviewer', `/api/reports/${corrected.reportId}`)
  expect(uids).not.toContain(stored.SRInstanceUID)
  expect(uids).not.toContain(stored.PDFInstanceUID)
  expect(uids).toEqual(expect.arrayContaining([now.SRInstanceUID, now.PDFInstanceUID]))
  expect(await (await fetch(`${program.origin}${page}`)).text()).toContain('已失效：已由 v2 代替')
  expect((await get('east-clinician', '/api/notices')).items).toMatchObject([{ kind: 'correction', printed: 1 }])

  // With nothing but the PDF and the public keys.
  const pdf = join(folder, 'report.pdf')
  const keys = join(folder, 'keys.json')
  await writeFile(pdf, Buffer.from(await (await program.request('east-clinician', `/api/reports/${corrected.reportId}/pdf`)).arrayBuffer()))
  await writeFile(keys, JSON.stringify(await get('east-clinician', '/api/signing-keys')))
  const { output } = await run('node', [join(import.meta.dirname, '../../archive/reading/signing/verify-report.mjs'), pdf, keys])
  expect(output).toContain('The report is as it was signed.')
})
