/** Patients, conflicts and corrections in a real browser, over an `/api` held in memory. dicom.md §6; index.md §5. */
import { describe, expect, test } from 'vitest'
import type { Conflict, Corrections, PatientDetail, PatientRow } from '../../viewer/portal/api/patient-types.ts'
import { pagesOf, townshipPC } from './pages.ts'
import { accountOf } from './small-api.ts'

const enter = pagesOf('patients')
const technologist = accountOf('technologist')
const patience = { timeout: 15_000 }
const quiet = { 'GET /api/unmatched': { items: [] }, 'GET /api/conflicts': { items: [] } }
const study = '1.2.840.113619.2.55.3'

const conflict: Conflict = {
  id: '7',
  kind: 'identity',
  at: new Date(Date.now() - 3_600_000).toISOString(),
  StudyInstanceUID: study,
  institution: { id: 2, name: '城东镇中心卫生院' },
  what: { zh: '同一患者编号，出生日期和性别不同', en: 'The same patient ID with another birth date and sex' },
  current: { PatientName: '单^文远', PatientSex: 'M', PatientBirthDate: '19580314', PatientID: 'E1001' },
  other: { PatientName: '曾^小红', PatientSex: 'F', PatientBirthDate: '19700101', PatientID: 'E1001' },
  decisions: [
    { code: 'apart', zh: '不是同一人，分开存放', en: 'Two people: keep them apart', destructive: false },
    { code: 'same', zh: '是同一人，归到编号 E1001', en: 'One person: file under E1001', destructive: true },
  ],
  decided: null,
}

const row = (change: Partial<PatientRow> = {}): PatientRow => ({
  id: '11',
  issuer: '城东镇中心卫生院',
  PatientID: 'E1001',
  name: '单文远',
  sex: 'M',
  birthDate: '19580314',
  studies: 2,
  lastStudyDate: '20261121',
  mergedInto: null,
  provisional: false,
  ...change,
})

const detail: PatientDetail = {
  ...row(),
  studies: [
    {
      StudyInstanceUID: study,
      StudyDate: '20261121',
      modality: 'CT',
      StudyDescription: '颅脑平扫',
      AccessionNumber: 'E2611210007',
      name: '单文远',
      PatientID: 'E1001',
      institution: { id: 2, name: '城东镇中心卫生院' },
      instances: 24,
      corrected: true,
    },
  ],
  links: [
    {
      id: '3',
      kind: 'merge',
      from: '12',
      into: '11',
      StudyInstanceUID: null,
      reason: '重复建档',
      by: '赵磊',
      at: new Date().toISOString(),
      undone: null,
    },
  ],
}

const corrections: Corrections = {
  asReceived: { PatientName: 'SHAN^WENYUAN', PatientSex: 'M', PatientBirthDate: '19580314', PatientID: '0001', AccessionNumber: '' },
  now: { PatientName: '单文远', PatientSex: 'M', PatientBirthDate: '19580314', PatientID: 'E1001', AccessionNumber: '' },
  correctable: ['PatientName', 'PatientSex', 'PatientBirthDate', 'PatientID', 'AccessionNumber'],
  corrections: [
    {
      revision: 1,
      by: '赵磊',
      at: new Date().toISOString(),
      reason: '机器不能输入中文',
      attributes: { PatientName: '单文远', PatientID: 'E1001' },
      SeriesInstanceUID: null,
      undone: null,
    },
  ],
  series: [
    {
      SeriesInstanceUID: `${study}.1`,
      Modality: 'DX',
      SeriesNumber: '1',
      SeriesDescription: 'KNEE',
      asReceived: { Laterality: 'L' },
      now: { Laterality: 'L' },
      correctable: ['Laterality'],
    },
  ],
}

describe('a conflict', () => {
  test('shows what differs, and is decided with a reason after a question with the name', { timeout: 60_000 }, async () => {
    const { page, api, picture } = await enter(technologist, '/conflicts', {
      ...quiet,
      'GET /api/conflicts': { items: [conflict] },
      'POST /api/conflicts/7/decision': {},
    })
    await page.locator('[data-conflict="7"] [data-attribute="PatientSex"] .likeness-differs').waitFor()
    await picture('conflicts')
    await page.setViewportSize(townshipPC)
    await picture('conflicts-1024')
    await page.getByRole('button', { name: '不是同一人，分开存放' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('单文远：不是同一人，分开存放？').waitFor()
    await dialog.getByRole('button', { name: '不是同一人，分开存放' }).click()
    await dialog.getByText('请填写').waitFor()
    await dialog.getByLabel(/理由/).fill('两位患者用了同一个号')
    await dialog.getByRole('button', { name: '不是同一人，分开存放' }).click()
    await expect
      .poll(() => api.asked.find(({ method }) => method === 'POST')?.body, patience)
      .toEqual({ decision: 'apart', reason: '两位患者用了同一个号' })
  })
})

describe('a patient', () => {
  const other = row({ id: '12', PatientID: 'E2002', name: '单文远', provisional: true })
  const answers = {
    ...quiet,
    'GET /api/patients': { items: [row(), other] },
    'GET /api/patients/11': detail,
    'POST /api/patients/11/merge': {},
    'POST /api/patient-links/3/undo': {},
  }
  test('is found, and merged into another one laid beside it', { timeout: 60_000 }, async () => {
    const { page, api, picture } = await enter(technologist, '/patients', answers)
    await page.locator('[data-patient="11"]').waitFor()
    await picture('patients')
    await page.locator('[data-patient="11"]').click()
    await page.locator(`[data-study="${study}"]`).waitFor()
    await picture('patient')
    await page.getByRole('button', { name: '合并到其他患者…' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.locator('[data-patient="11"]').count()).toBe(0)
    await dialog.locator('[data-patient="12"]').click()
    await dialog.locator('[data-attribute="PatientID"] .likeness-differs').waitFor()
    await dialog.getByLabel('理由').fill('重复建档')
    await picture('patient-merge')
    await dialog.getByRole('button', { name: '合并到 单文远 E2002' }).click()
    await expect
      .poll(() => api.asked.find(({ path }) => path.endsWith('/merge'))?.body, patience)
      .toEqual({ into: '12', reason: '重复建档' })
  })
  test('what was merged is taken back with a reason', { timeout: 60_000 }, async () => {
    const { page, api } = await enter(technologist, '/patients/11', answers)
    await page
      .locator('[data-link="3"]')
      .getByRole('button', { name: /撤\s*销/ })
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/撤销对 单文远 的「合并」/).waitFor()
    await dialog.getByLabel('理由').fill('是两个人')
    await dialog.getByRole('button', { name: /撤\s*销/ }).click()
    await expect.poll(() => api.asked.find(({ path }) => path.endsWith('/undo'))?.body, patience).toEqual({ reason: '是两个人' })
  })
})

describe('a correction', () => {
  test('sends only what was changed, and shows before and after in the question', { timeout: 60_000 }, async () => {
    const { page, api, picture } = await enter(technologist, `/corrections/${study}`, {
      ...quiet,
      [`GET /api/studies/${study}/corrections`]: corrections,
      [`POST /api/studies/${study}/corrections`]: { revision: 2 },
    })
    await page.getByLabel('出生日期').fill('1958-03-15')
    await page.getByLabel('检查号').fill('E2611210007')
    await picture('correction')
    await page.setViewportSize(townshipPC)
    await picture('correction-1024')
    await page.getByRole('button', { name: '更正…' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('更正 单文远 的资料？').waitFor()
    await dialog.locator('[data-attribute="PatientBirthDate"]').waitFor()
    expect(await dialog.locator('[data-attribute]').count()).toBe(2)
    await dialog.getByLabel('理由').fill('身份证核对')
    await picture('correction-question')
    await dialog.getByRole('button', { name: /更\s*正/ }).click()
    await expect
      .poll(() => api.asked.find(({ method }) => method === 'POST')?.body, patience)
      .toEqual({ attributes: { PatientBirthDate: '19580315', AccessionNumber: 'E2611210007' }, reason: '身份证核对' })
  })
})
