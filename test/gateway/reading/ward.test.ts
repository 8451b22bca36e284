/** The ward over HTTP: the text comes first and stays small, however much was written (reading.md §6.4: under 20 kB). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completeDraft } from '../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { uidOf } from '../../support/records.ts'
import { type Browser, type Portal, startPortal } from './portal.ts'

const mostBytes = 20_000

let index: TestIndex
let portal: Portal
let radiologist: Browser
let reviewer: Browser
let clinician: Browser

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { wang, eastDoctor } = portal.county.people
  radiologist = await portal.signIn('radiologist', ['radiologist'], wang.institution.id)
  reviewer = await portal.signIn('reviewer', ['reviewer'], wang.institution.id)
  clinician = await portal.signIn('clinician', ['clinician'], eastDoctor.institution.id)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

/** So many characters of sentences that say different things. */
function prose(characters: number): string {
  let text = ''
  for (let n = 1; text.length < characters; n += 1) text += `第${n}层面肺野清晰，支气管通畅，未见结节影，纵隔居中。`
  return text
}

const long = {
  ...completeDraft,
  technique: prose(150),
  findings: prose(2_500),
  impression: prose(600),
  advice: prose(300),
  remark: prose(150),
}

async function signed(study: number, draft: object, amending?: object): Promise<void> {
  const id = amending === undefined ? await portal.county.ready(study) : await portal.county.workitemOf(uidOf(study))
  const verb = async (who: Browser, name: string, body: object = {}) => {
    const answer = await who.post(`/api/workitems/${id}/${name}`, body)
    expect([name, answer.status, answer.body.error]).toEqual([name, 200, undefined])
  }
  await (amending === undefined ? verb(radiologist, 'claim') : verb(radiologist, 'amend', amending))
  const path = `/api/workitems/${id}/draft`
  const rev = (await radiologist.get(`/api/workitems/${id}`)).body.draft?.rev ?? 0
  expect((await radiologist.put(path, draft, { 'if-match': `"${rev}"` })).status).toBe(200)
  await verb(radiologist, 'submit')
  await verb(reviewer, 'review')
  await verb(reviewer, 'sign')
}

test('the report of a long case, with its addendum, is under 20 kB of text', async () => {
  await signed(1, long)
  const path = `/api/ward/studies/${uidOf(1)}/report`
  const first = (await clinician.get(path)).body
  expect(first.report).toMatchObject({ findings: long.findings, impression: long.impression })
  expect(Buffer.byteLength(JSON.stringify(first))).toBeLessThan(mostBytes)

  await signed(1, { ...completeDraft, findings: prose(300), impression: prose(150) }, { amending: 'addendum', reason: '补充' })
  const second = (await clinician.get(path)).body
  expect(second.report.addenda).toHaveLength(1)
  expect(Buffer.byteLength(JSON.stringify(second))).toBeLessThan(mostBytes)
})

test('the timeline carries the beginning of an impression, never a text', async () => {
  await signed(2, long)
  const { items } = (await clinician.get(`/api/ward/timeline/${uidOf(2)}`)).body
  const { report } = items.find(({ StudyInstanceUID }: { StudyInstanceUID: string }) => StudyInstanceUID === uidOf(2))
  expect(long.impression.startsWith(report.impression)).toBe(true)
  expect(report.impression.length).toBeLessThan(long.impression.length)
  expect(JSON.stringify(items)).not.toContain(long.findings.slice(0, 200))
})
