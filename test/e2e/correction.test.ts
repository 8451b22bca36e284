/** Scenario H of reading.md §9: a correction after two prints. Whoever opened or printed the old version is told, and the printed copies are recalled. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ctStudy, patients } from '../../test-images/index.ts'
import { testPIN } from '../support/program.ts'
import { beginCorrection, givePIN, patience, type ReadingDay, saved, seen, sent, startReadingDay, wardPC } from '../support/reading-day.ts'

const written = {
  technique: '颅脑CT平扫',
  findings: '左侧基底节区见片状高密度影，中线结构居中。',
  impression: '左侧基底节区脑出血。',
  polarity: 'positive',
  wording: 'affirmative',
  grade: { grade: 0, dims: {} },
}

let day: ReadingDay
let workitem: string
let StudyInstanceUID: string
let first: string

beforeAll(async () => {
  day = await startReadingDay()
  const study = ctStudy({ seed: 'correction', patient: patients.shan, region: 'head', thick: 4, thin: 0 })
  ;({ workitem, StudyInstanceUID } = await sent(day, study))
  const verb = (who: string, name: string) => day.api(who, 'POST', `/workitems/${workitem}/${name}`, { pin: testPIN })
  await verb('radiologist', 'claim')
  // Whoever signs has looked.
  for (const who of ['radiologist', 'reviewer', 'second-reviewer'])
    await day.api(who, 'POST', `/workitems/${workitem}/opened`, { StudyInstanceUID, what: 'images' })
  await day.api('radiologist', 'PUT', `/workitems/${workitem}/draft`, written)
  await verb('radiologist', 'submit')
  await verb('reviewer', 'review')
  first = (await verb('reviewer', 'sign')).workitem.reportId
}, 300_000)

afterAll(() => day?.close())

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await day.pictures('failed-correction')
})

test('H: corrected after two prints: who opened or printed it is told, the copies are recalled', { timeout: 300_000 }, async () => {
  // The ward prints one copy, the imaging room two.
  const ward = await day.enter('east-clinician', '/ward', { viewport: wardPC })
  await ward.locator(`[data-study="${StudyInstanceUID}"]`).click()
  await ward.getByRole('button', { name: '打印', exact: true }).click()
  await ward.getByText('第 1 次打印').waitFor()
  const room = await day.enter('east-technologist', `/reports/${first}`)
  await room.evaluate('globalThis.print = () => { globalThis.printed = true }')
  await room.getByRole('button', { name: '打印', exact: true }).click()
  await room.getByRole('spinbutton', { name: '份数' }).fill('2')
  await room.getByRole('dialog').getByRole('button', { name: '打印', exact: true }).click()
  await room.locator('.print-mark').getByText('第 2 次打印').waitFor()
  await expect.poll(() => room.evaluate('globalThis.printed === true'), patience).toBe(true)

  // The wrong side: corrected by the reviewer, signed by another one.
  const reviewer = await day.enter('reviewer', `/reports/${first}`, { still: true })
  await beginCorrection(reviewer, '左右', '左右写反')
  await reviewer.locator('[data-lock="none"]').waitFor()
  await reviewer.getByLabel('检查所见').fill('右侧基底节区见片状高密度影，中线结构居中。')
  await reviewer.getByLabel('诊断意见').fill('右侧基底节区脑出血。')
  await saved(reviewer)
  await seen(day, 'reviewer', workitem, StudyInstanceUID)
  await reviewer.getByRole('button', { name: '提交审核' }).click()
  await givePIN(reviewer)
  await reviewer
    .getByText(/等待其他医师审核/)
    .first()
    .waitFor()
  // What stands is seen until the correction is signed.
  expect((await day.api('east-clinician', 'GET', `/ward/studies/${StudyInstanceUID}/report`)).report.id).toBe(first)
  const verb = (name: string) => day.api('second-reviewer', 'POST', `/workitems/${workitem}/${name}`, { pin: testPIN })
  await verb('review')
  const second = (await verb('sign')).workitem.reportId as string
  expect(second).not.toBe(first)

  // The ward has it on its page, the imaging room is told without a reload; another township hears nothing.
  await ward.getByRole('button', { name: '查看现行报告' }).click()
  await ward.getByText('报告在您上次查看后已修改').waitFor()
  await ward.getByText('右侧基底节区脑出血。').first().waitFor()
  await room.getByRole('button', { name: '通知' }).click()
  await room.getByText('您打印过 2 份旧报告').waitFor()
  await day.picture(room, 'correction-notices')
  const notices = async (who: string) =>
    ((await day.api(who, 'GET', '/notices')).items as { kind: string; report: string; successor: string; printed: number }[]).map(
      ({ kind, report, successor, printed }) => ({ kind, report, successor, printed }),
    )
  const told = { kind: 'correction', report: first, successor: second }
  await expect.poll(() => notices('east-clinician'), patience).toEqual([{ ...told, printed: 1 }])
  expect(await notices('east-technologist')).toEqual([{ ...told, printed: 2 }])
  expect(await notices('west-clinician')).toEqual([])
  await room.getByRole('button', { name: '看新报告' }).click()
  await room.getByText('更正原因 左右：左右写反').waitFor()

  // Both prints are on the list of copies to bring back; one is back.
  await room.goto(`${day.program.origin}/recalls`)
  const rows = room.locator('tr[data-row-key]')
  await expect.poll(() => rows.count(), patience).toBe(2)
  const one = rows.filter({ hasText: '打印 第 1 次 1 份' })
  await one.waitFor()
  const two = rows.filter({ hasText: '打印 第 2 次 2 份' })
  await day.picture(room, 'correction-recalls')
  await two.getByRole('button', { name: '登记收回' }).click()
  await room.getByRole('dialog').getByLabel('备注').fill('已销毁')
  await room.getByRole('dialog').getByRole('button', { name: '登记收回' }).click()
  await two.waitFor({ state: 'detached' })
  expect(await one.count()).toBe(1)
})
