/** A signed report stays what it was signed as; where the patient was corrected since, it says so. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { correctStudy, undoCorrection } from '../../../archive/corrections.ts'
import { getWorkitem } from '../../../archive/reading/list/workitems.ts'
import { writeDraft } from '../../../archive/reading/reports/drafts.ts'
import { getReport } from '../../../archive/reading/reports/reports.ts'
import { wardReport, wardTimeline } from '../../../archive/reading/ward/ward.ts'
import { perform } from '../../../archive/reading/workflow/perform.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { uidOf } from '../../support/records.ts'
import { completeDraft, type ReadingCounty, readingCounty } from './county.ts'

let index: TestIndex
let county: ReadingCounty
beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
})
afterAll(() => index.close())

test('the report keeps its patient and its hash, every other page shows the corrected one', async () => {
  const { tools, people } = county
  const { wang, zeng, eastTech, eastDoctor } = people
  const id = await county.ready(1)
  await perform(tools, wang, id, 'claim')
  await writeDraft(tools, wang, id, { ...completeDraft, rev: 0 })
  await perform(tools, wang, id, 'submit')
  await perform(tools, zeng, id, 'review')
  await perform(tools, zeng, id, 'sign')
  const { report: signed } = await wardReport(tools, eastDoctor, uidOf(1))
  expect(signed!.patientNow).toBeNull()

  const { revision } = await correctStudy(tools, eastTech, uidOf(1), {
    attributes: { PatientName: 'Li^Si=李^四', PatientSex: 'F' },
    reason: '选错',
  })
  const { view } = await getReport(tools, zeng, Number(signed!.id))
  expect(view).toMatchObject({ ...signed, patientNow: expect.objectContaining({ name: '李四', sex: 'F' }) })
  expect(view.patient).toMatchObject({ name: '张三', sex: 'M' })
  expect((await getWorkitem(tools, wang, id)).patient).toMatchObject({ name: '李四', sex: 'F' })
  expect((await wardTimeline(tools, eastDoctor, uidOf(1)))[0]!.patient).toMatchObject({ name: '李四' })

  await undoCorrection(tools, eastTech, uidOf(1), revision, '选对了')
  expect((await getReport(tools, zeng, Number(signed!.id))).view).toMatchObject({ ...signed })
})
