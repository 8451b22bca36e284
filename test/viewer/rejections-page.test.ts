/** 已拒收/删除 in a real browser, over an `/api` held in memory. */
import { describe, expect, test } from 'vitest'
import type { Rejection } from '../../viewer/portal/api/rejection-types.ts'
import type { WardStudy } from '../../viewer/portal/api/types.ts'
import { pagesOf, townshipPC } from './pages.ts'
import { accountOf } from './small-api.ts'

const enter = pagesOf('rejections')
const quiet = { 'GET /api/unmatched': { items: [] }, 'GET /api/conflicts': { items: [] } }
const patient = { name: '单文远', PatientName: 'SHAN^WENYUAN=单^文远', PatientID: 'E1001', sex: 'M', birthDate: '19580314', age: '68岁' }
const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

const rejection = (change: Partial<Rejection> = {}): Rejection => ({
  id: '7',
  StudyInstanceUID: '2.25.7',
  SeriesInstanceUID: null,
  level: 'study',
  instances: 24,
  bytes: 12_600_000,
  patient,
  modality: 'CT',
  StudyDescription: '颅脑平扫',
  StudyDate: '20261121',
  institution: { id: 2, name: '城东镇中心卫生院' },
  code: '113037',
  meaning: { zh: '因患者安全原因拒收', en: 'Rejected for Patient Safety Reasons' },
  comment: '患者选错,图像属于另一人',
  by: '赵磊',
  at: ago(30),
  state: 'rejected',
  purge: null,
  restored: null,
  resent: 0,
  retainUntil: new Date(Date.now() + 60 * 86_400_000).toISOString(),
  verbs: ['restore'],
  ...change,
})
const asked = { requestedBy: '系统管理员', requestedAt: ago(2), reason: '误拍,已重拍并确认', confirmedBy: null, purgedAt: null }

describe('the list', () => {
  test('shows what was rejected, and restores it after a question with the name', { timeout: 60_000 }, async () => {
    const items = [
      rejection(),
      rejection({
        id: '6',
        level: 'series',
        SeriesInstanceUID: '2.25.7.1',
        instances: 3,
        code: '113001',
        meaning: { zh: '因质量原因拒收', en: 'Rejected for Quality Reasons' },
        comment: '运动伪影',
        resent: 2,
        retainUntil: ago(24),
        verbs: ['restore', 'request-purge'],
        patient: { ...patient, name: '曾小红', sex: 'F', age: '31岁', PatientID: 'E1002' },
      }),
    ]
    const { page, api, picture } = await enter(accountOf('technologist', 'administrator'), '/rejections', {
      ...quiet,
      'GET /api/rejections': { items },
      'POST /api/rejections/7/restore': {},
    })
    await page.locator('[data-rejection="7"]').getByText('因患者安全原因拒收').waitFor()
    await picture('rejections')
    await page.setViewportSize(townshipPC)
    await picture('rejections-1024')
    await page.locator('[data-rejection="7"]').getByRole('button', { name: '恢复' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('恢复 单文远 的 24 幅图像？').waitFor()
    await dialog.getByRole('button', { name: '恢复' }).click()
    await dialog.getByText('请填写').waitFor()
    await dialog.getByLabel('理由').fill('误操作')
    await dialog.getByRole('button', { name: '恢复' }).click()
    await expect.poll(() => api.asked.find(({ path }) => path.endsWith('/restore'))?.body).toEqual({ reason: '误操作' })
  })

  test('a purge is confirmed by another person, who reads who asked and why', { timeout: 60_000 }, async () => {
    const waiting = rejection({ state: 'purge-requested', purge: asked, verbs: ['confirm-purge', 'withdraw-purge'] })
    const mine = rejection({ id: '8', state: 'purge-requested', purge: asked, verbs: ['withdraw-purge'] })
    const { page, api, picture } = await enter(accountOf('administrator'), '/rejections?state=purge-requested', {
      ...quiet,
      'GET /api/rejections': { items: [waiting, mine] },
      'POST /api/rejections/7/confirm-purge': {},
    })
    await page.locator('[data-rejection="8"]').getByText('须由另一位管理员确认').waitFor()
    expect(await page.locator('[data-rejection="8"]').getByRole('button', { name: '确认永久删除' }).count()).toBe(0)
    await page.locator('[data-rejection="7"]').getByRole('button', { name: '确认永久删除' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('系统管理员 申请：误拍,已重拍并确认。此操作不能撤销。').waitFor()
    await picture('rejections-confirm')
    await dialog.getByLabel('理由').fill('已核对')
    await dialog.getByRole('button', { name: '确认永久删除' }).click()
    await expect.poll(() => api.asked.find(({ path }) => path.endsWith('/confirm-purge'))?.body).toEqual({ reason: '已核对' })
  })
})

test('any study is looked for and rejected, whole or one series, with a code and a comment', { timeout: 60_000 }, async () => {
  const study: WardStudy = {
    StudyInstanceUID: '2.25.7',
    patient,
    modality: 'CT',
    StudyDescription: '颅脑平扫',
    AccessionNumber: 'E2611210007',
    StudyDate: '20261121',
    receivedAt: ago(20),
    instances: 24,
    stage: 'waiting',
    institution: '城东镇中心卫生院',
    report: null,
  }
  const series = (number: number, instances: number) => ({
    SeriesInstanceUID: `2.25.7.${number}`,
    Modality: 'CT',
    SeriesDescription: number === 1 ? '定位像' : '脑 5 mm',
    SeriesNumber: number,
    instances: Array.from({ length: instances }, (_, n) => ({ SOPInstanceUID: `2.25.7.${number}.${n}`, frames: 1 })),
  })
  const { page, api, picture } = await enter(accountOf('administrator'), '/rejections/studies', {
    ...quiet,
    'GET /api/ward/studies': { items: [study] },
    'GET /api/studies/2.25.7/series': [series(1, 2), series(2, 22)],
    'POST /api/studies/2.25.7/rejection': {},
  })
  await page.locator('[data-study="2.25.7"]').getByRole('button', { name: '拒收…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('拒收 单文远 的图像？').waitFor()
  await dialog.getByText('保存期限已满').waitFor()
  await dialog.getByRole('button', { name: '拒收' }).click()
  await dialog.getByText('请填写').first().waitFor()
  await dialog.getByText('因质量原因拒收').click()
  await dialog.getByLabel('范围').click()
  await page.getByText('序列 1 定位像（2 幅）').click()
  await dialog.getByLabel('说明').fill('定位像运动模糊')
  await picture('rejections-ask')
  await dialog.getByRole('button', { name: '拒收' }).click()
  await expect
    .poll(() => api.asked.find(({ path }) => path.endsWith('/rejection'))?.body)
    .toEqual({ code: '113001', comment: '定位像运动模糊', SeriesInstanceUID: '2.25.7.1' })
})

test('a technologist is not offered the age of images as a reason', { timeout: 60_000 }, async () => {
  const { page } = await enter(accountOf('technologist'), '/rejections', { ...quiet, 'GET /api/rejections': { items: [] } })
  await page.getByText('没有被拒收的图像').waitFor()
})
