/** Search for Workitems: PS3.18 §11.9, every kind of matching of PS3.4 §C.2.2.2. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { firstOf, type JSONDataset, startWorklist, stateOf, type Worklist } from './worklist.ts'

let index: TestIndex
let worklist: Worklist
const named: Record<string, string> = {}
const text = (vr: string, ...values: unknown[]) => ({ vr, Value: values })
const code = (value: string) => ({ '00080100': text('SH', value), '00080102': text('SH', 'DCM') })

beforeAll(async () => {
  index = await openTestIndex()
  worklist = await startWorklist(index)
  named.zhang = await worklist.create('ai', { '00741204': text('LO', 'Chest CT'), '00404005': text('DT', '20261122103000+0800') })
  named.li = await worklist.create('ai', {
    '00100010': text('PN', { Alphabetic: 'LI^SI', Ideographic: '李^四' }),
    '00741204': text('LO', '100% sure_thing'),
    '00404005': text('DT', '20261123'),
    '00741200': text('CS', 'HIGH'),
    '0040A370': text(
      'SQ',
      { '00080050': text('SH', 'B-1'), '00401001': text('SH', 'R-2') },
      { '00080050': text('SH', 'B-2'), '00401001': text('SH', 'R-1') },
    ),
  })
  named.smith = await worklist.create('ai', {
    '00100010': text('PN', { Alphabetic: 'Smith^John' }),
    '00404005': text('DT', '20261201080000'),
    '00404011': text('DT', '20261201090000+0100'),
    '00404018': text('SQ', code('110001'), code('110002')),
    '00400400': text('LT', 'urgent'),
  })
  await worklist.send('ai', 'PUT', `/workitems/${named.smith}/state`, stateOf('IN PROGRESS', '1.2.3'))
})
afterAll(async () => {
  await worklist.close()
  await index.close()
})

const who = async (query: string): Promise<string> => {
  const found = await worklist.search('ai', query)
  const names = new Map(Object.entries(named).map(([name, uid]) => [uid, name]))
  return found
    .map((dataset) => names.get(String(firstOf(dataset, '00080018'))))
    .toSorted()
    .join(' ')
}

test.each([
  ['', 'li smith zhang'],
  ['ProcedureStepState=SCHEDULED', 'li zhang'],
  ['00741000=IN%20PROGRESS', 'smith'],
  ['ProcedureStepState=SCHEDULED,IN%20PROGRESS', 'li smith zhang'],
  ['ScheduledProcedureStepPriority=HIGH', 'li'],
  ['ScheduledProcedureStepPriority=H*,LOW', 'li'],
  ['ProcedureStepLabel=chest*', 'zhang'],
  ['ProcedureStepLabel=?hest%20CT', 'zhang'],
  ['ProcedureStepLabel=100%25*', 'li'],
  ['ProcedureStepLabel=*sure_thing', 'li'],
  ['ProcedureStepLabel=*sureXthing', ''],
  ['PatientID=P-1', 'li smith zhang'],
  ['PatientName=zs&fuzzymatching=true', 'zhang'],
  ['PatientName=张三', 'zhang'],
  ['PatientName=smith*', 'smith'],
  ['PatientName=SMITH^JOHN', 'smith'],
  ['PatientName=jo&fuzzymatching=true', 'smith'],
  ['ScheduledWorkitemCodeSequence.CodeValue=110002', 'smith'],
  ['00404018.00080100=110004', 'li zhang'],
  ['ReferencedRequestSequence.AccessionNumber=B-1', 'li'],
  // Both keys in one item, not one in each of two.
  ['ReferencedRequestSequence.AccessionNumber=B-1&ReferencedRequestSequence.RequestedProcedureID=R-2', 'li'],
  ['ReferencedRequestSequence.AccessionNumber=B-1&ReferencedRequestSequence.RequestedProcedureID=R-1', ''],
  ['ScheduledProcedureStepStartDateTime=20261122', 'zhang'],
  ['ScheduledProcedureStepStartDateTime=20261122-20261123', 'li zhang'],
  ['ScheduledProcedureStepStartDateTime=-20261130', 'li zhang'],
  ['ScheduledProcedureStepStartDateTime=20261123-', 'li smith'],
  // 10:30 in Beijing is 02:30 in UTC.
  ['ScheduledProcedureStepStartDateTime=202611220230-202611220230', 'zhang'],
  ['ScheduledProcedureStepStartDateTime=20261122103000%2B0800', 'zhang'],
  ['ScheduledProcedureStepStartDateTime=20261121203000-0600', 'zhang'],
  ['ExpectedCompletionDateTime=2026120108', 'smith'],
  ['CommentsOnTheScheduledProcedureStep=""&emptyvaluematching=true', 'li zhang'],
  ['ProcedureStepLabel=Chest%20CT%5C100%25%20sure_thing&multiplevaluematching=true', 'li zhang'],
  ['PatientBirthDate=19691231-19700102', 'li smith zhang'],
  ['PatientBirthDate=19700102-', ''],
])('%s finds %s', async (query, names) => {
  expect(await who(query)).toBe(names)
})

test('by SOPInstanceUID, in lists by comma, backslash and repetition', async () => {
  expect(await who(`SOPInstanceUID=${named.zhang},${named.li}`)).toBe('li zhang')
  expect(await who(`SOPInstanceUID=${named.zhang}%5C${named.li}`)).toBe('li zhang')
  expect(await who(`SOPInstanceUID=${named.zhang}&SOPInstanceUID=${named.smith}`)).toBe('smith zhang')
})

test('answers return keys of type 1 and 2, what was asked by, and what is included; never the Transaction UID', async () => {
  const [plain] = (await worklist.search('ai', `SOPInstanceUID=${named.smith}`)) as [JSONDataset]
  expect(Object.keys(plain)).toEqual(expect.arrayContaining(['00741000', '00741204', '00404041', '00100010', '0040A370']))
  expect(plain['00404011']).toBeUndefined()
  const [asked] = (await worklist.search('ai', `ExpectedCompletionDateTime=20261201-&includefield=00741216`)) as [JSONDataset]
  expect(asked['00404011']).toBeDefined()
  expect(asked['00741216']).toBeDefined()
  for (const query of ['includefield=all', 'includefield=TransactionUID', 'includefield=00081195'])
    for (const dataset of await worklist.search('ai', query)) expect(dataset['00081195']).toBeUndefined()
})

test('pages: newest first, limit, offset, and a warning when there is more', async () => {
  const response = await worklist.send('ai', 'GET', '/workitems?limit=2')
  expect(response.headers.get('Warning')).toContain('additional results')
  const first = (await response.json()) as JSONDataset[]
  expect(first.map((dataset) => firstOf(dataset, '00080018'))).toEqual([named.smith, named.li])
  const last = await worklist.send('ai', 'GET', '/workitems?limit=2&offset=2')
  expect(last.headers.get('Warning')).toBeNull()
  expect(((await last.json()) as JSONDataset[]).map((dataset) => firstOf(dataset, '00080018'))).toEqual([named.zhang])
  const fuzzy = await worklist.search('ai', 'PatientName=*&limit=1&offset=1')
  expect(firstOf(fuzzy[0]!, '00080018')).toBe(named.li)
})

test('nothing found is 200 and []', async () => {
  const response = await worklist.send('ai', 'GET', '/workitems?PatientID=nobody')
  expect([response.status, await response.text()]).toEqual([200, '[]'])
})

test.each([
  ['NoSuchAttribute=1', 400],
  ['TransactionUID=1.2.3', 400],
  ['00081195=1.2.3', 400],
  ['limit=-1', 400],
  ['offset=20000', 400],
  ['fuzzymatching=yes', 400],
  ['ScheduledProcedureStepStartDateTime=yesterday', 400],
  ['PatientBirthDate=1970', 400],
  ['ReferencedRequestSequence=x', 400],
  ['PatientName=%ff', 400],
  ['PatientID=a&PatientID=b', 400],
  [`${'ReferencedRequestSequence.'.repeat(5)}AccessionNumber=1`, 400],
])('%s is %i', async (query, status) => {
  expect((await worklist.send('ai', 'GET', `/workitems?${query}`)).status).toBe(status)
})
