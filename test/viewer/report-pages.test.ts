/** Versions of a report, prints, amendments, notices, recalls and signing, in a real browser over a small API. */
import { expect, test } from 'vitest'
import type { Account } from '../../viewer/portal/api/types.ts'
import { pagesOf } from './pages.ts'
import type { SmallAPI } from './small-api.ts'

const open = pagesOf('report-pages')
const patience = { timeout: 20_000 }
const asked = ({ asked: all }: SmallAPI, path: string) => all.filter((one) => one.method === 'POST' && one.path === path)

const account = (role: string, readingCentre: boolean): Account =>
  ({
    username: role,
    displayName: '曾国强',
    roles: [role],
    institution: { id: 1, code: 'C', name: readingCentre ? '县人民医院' : '青石镇中心卫生院', readingCentre },
    demo: true,
  }) as unknown as Account
const chief = account('chief', true)
const clinician = account('technologist', false)

const patient = { name: '单晓敏', PatientName: 'Shan^XiaoMin=单^晓敏', PatientID: 'P0001', sex: 'F', birthDate: '19790304', age: '47岁' }
const report = {
  id: '9',
  version: 1,
  status: 'final',
  standing: true,
  fate: 'standing',
  withdrawn: null,
  workitem: '4',
  technique: '胸部 CT 平扫，层厚 5 mm。',
  comparison: '与 2026-08-02 胸部 CT 比较。',
  findings: '胸廓对称，纵隔居中。右肺下叶背段见斑片状高密度影，边界模糊，范围约 3.2 cm×2.5 cm，内见支气管充气征。',
  impression: '右肺下叶背段炎症。',
  advice: '治疗后 2 周复查。',
  remark: '',
  polarity: 'positive',
  wording: 'affirmative',
  grade: { grade: 1, dims: {} },
  keyImages: [],
  addenda: [],
  samePerson: false,
  correction: null,
  clinical: { information: '咳嗽、发热 3 天。', department: '内科门诊', requester: '周建国' },
  signatures: [],
  patient,
  patientNow: null,
  institution: '青石镇中心卫生院',
  centre: '清河县医共体远程影像诊断中心',
  author: '王丽',
  authoredAt: '2026-11-22T02:31:00Z',
  reviewer: '曾国强',
  signedAt: '2026-11-22T02:48:30Z',
  hash: 'ab'.repeat(32),
  verifyURL: null,
  StudyInstanceUID: '2.25.1',
  modality: 'CT',
  bodyPart: 'CHEST',
  StudyDate: '20261122',
  StudyDescription: '胸部 CT 平扫',
  AccessionNumber: 'A1',
  documents: 'stored',
  standingId: '9',
}
const version = (of: object) => ({ ...report, author: '王丽', reviewer: '曾国强', ...of })
const versions = [
  version({ id: '9', version: 2, status: 'correction', fate: 'standing' }),
  version({ id: '8', version: 1, status: 'final', fate: 'superseded' }),
]
const workitem = {
  id: '4',
  generation: 7,
  state: 'FINAL',
  verbs: ['amend', 'retract', 'unsign'],
  patient,
  priors: [],
  events: [],
  studies: [],
}

test('the version that stands: printed with a number, corrected with class and reason', async () => {
  const { page, api, picture } = await open(chief, '/reports/9', {
    'GET /api/reports/9': { ...report, versions },
    'GET /api/workitems/4': workitem,
    'GET /api/reports/9/readers': {
      items: [
        { channel: 'print', recipient: '陈静', institution: '青石镇中心卫生院', at: '2026-11-22T05:00:00Z', printNumber: 1, copies: 2 },
      ],
    },
    'POST /api/reports/9/printed': { number: 3, at: '2026-11-22T06:00:00Z' },
    'POST /api/workitems/4/amend': { workitem: { ...workitem, state: 'CLAIMED' } },
  })
  await page.getByText('右肺下叶背段炎症。').waitFor(patience)
  await picture('report-page')
  await page.getByRole('button', { name: '谁看过' }).click()
  await page.getByText('打印 第 1 次 2 份').waitFor(patience)
  await picture('report-readers')
  await page.keyboard.press('Escape')
  await page.evaluate('globalThis.print = () => { globalThis.printed = true }')
  await page.getByRole('button', { name: '打印', exact: true }).click()
  await page.getByRole('spinbutton', { name: '份数' }).fill('2')
  await picture('report-print')
  await page.getByRole('dialog').getByRole('button', { name: '打印', exact: true }).click()
  await page.getByText('第 3 次打印').waitFor(patience)
  await expect.poll(() => page.evaluate('globalThis.printed === true'), patience).toBe(true)
  await page.getByRole('button', { name: '补充 / 更正' }).click()
  await page.getByText('更正报告', { exact: true }).last().click()
  await page.getByText('左右', { exact: true }).click()
  await page.getByLabel('原因').fill('左右写反')
  await picture('report-amend')
  await page.getByRole('button', { name: '开始' }).click()
  await expect
    .poll(() => asked(api, '/api/workitems/4/amend').map(({ body }) => body), patience)
    .toMatchObject([{ amending: 'correction', amendingClass: 'side', reason: '左右写反', generation: 7 }])
}, 120_000)

test('a version that does not stand says so first, strikes its text and leads to the one that does', async () => {
  const { page, picture } = await open(clinician, '/reports/8', {
    'GET /api/reports/8': { ...report, id: '8', standing: false, fate: 'superseded', versions },
    'GET /api/reports/9': { ...report, version: 2, status: 'correction', correction: { class: 'side', reason: '左右写反' }, versions },
  })
  await page.getByText('这不是现行版本').waitFor(patience)
  await picture('report-superseded')
  expect(await page.getByRole('button', { name: '打印', exact: true }).isDisabled()).toBe(true)
  expect(await page.locator('.report-sheet.struck').count()).toBe(1)
  await page.getByRole('button', { name: '看现行版本' }).click()
  await page.getByText('更正原因 左右：左右写反').waitFor(patience)
  await picture('report-correction')
}, 120_000)

test('notices are counted, read and put away; copies are recalled', async () => {
  const notice = {
    id: '5',
    kind: 'correction',
    report: '8',
    successor: '9',
    text: { zh: '您看过的报告已更正，请按新报告处理（左右写反）', en: 'corrected' },
    patient: '单晓敏',
    StudyDescription: '胸部 CT 平扫',
    StudyDate: '20261122',
    printed: 2,
    at: '2026-11-22T05:00:00Z',
    seenAt: null,
  }
  const recall = {
    id: '3',
    report: '8',
    version: 1,
    why: 'correction',
    standing: '9',
    patient: '单晓敏',
    PatientID: 'P0001',
    AccessionNumber: 'A1',
    StudyDescription: '胸部 CT 平扫',
    StudyDate: '20261122',
    printNumber: 1,
    copies: 2,
    printedAt: '2026-11-22T05:00:00Z',
    printedBy: '陈静',
    institution: '青石镇中心卫生院',
    done: null,
  }
  const { page, api, picture } = await open(clinician, '/recalls', {
    'GET /api/notices': { items: [notice] },
    'GET /api/recalls': { items: [recall] },
    'POST /api/notices/5/seen': {},
    'POST /api/recalls/3/done': {},
  })
  await page.getByText('打印 第 1 次 2 份').waitFor(patience)
  await picture('recalls')
  await page.getByRole('button', { name: '通知' }).click()
  await page.getByText('您打印过 2 份旧报告').waitFor(patience)
  await picture('notices')
  await page.getByRole('button', { name: '知道了' }).click()
  await expect.poll(() => asked(api, '/api/notices/5/seen').length, patience).toBe(1)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: '登记收回' }).click()
  await page.getByLabel('备注').fill('已销毁')
  await page.getByRole('dialog').getByRole('button', { name: '登记收回' }).click()
  await expect.poll(() => asked(api, '/api/recalls/3/done').map(({ body }) => body), patience).toEqual([{ note: '已销毁' }])
}, 120_000)

test('my signature, and normal health checks signed together: the PIN is asked for once', async () => {
  let inSession = false
  const mine = () => ({
    username: 'chief',
    displayName: '曾国强',
    title: '主任医师',
    pinSet: true,
    signingUntil: null,
    picture: null,
    keys: [{ keyId: 'ab'.repeat(16), algorithm: 'Ed25519', createdAt: '2026-11-01T00:00:00Z', retiredAt: null }],
  })
  const item = {
    id: '4',
    generation: 1,
    patient,
    institution: '青石镇中心卫生院',
    modality: 'DX',
    StudyDescription: '胸部正位',
    StudyDate: '20261122',
    findings: '双肺纹理清晰，未见实质性病变。',
    impression: '心肺膈未见异常。',
    advice: '',
    author: '王丽',
    submittedAt: null,
    seen: true,
  }
  const { page, api, picture } = await open(chief, '/signature', {
    'GET /api/account': mine,
    'GET /api/workitems/sign-batch': { items: [item, { ...item, id: '5', seen: false, patient: { ...patient, name: '欧阳建国' } }] },
    'POST /api/signing-session': () => {
      inSession = true
      return { until: '2026-11-22T06:00:00Z' }
    },
    'POST /api/workitems/sign-batch': (_: unknown, ctx: { status: number }) => {
      if (inSession) return { signed: ['4', '5'], refused: [] }
      ctx.status = 403
      return { error: { code: 'pin-needed', zh: '请输入签名口令', en: 'PIN' } }
    },
  })
  await page.getByText('使用中').waitFor(patience)
  await picture('signature')
  await page.goto(`${api.origin}/batch`)
  await page.getByText('欧阳建国').waitFor(patience)
  await page.getByRole('checkbox').first().check()
  await picture('batch')
  await page.getByRole('button', { name: '签发所选 2 份' }).click()
  // One of them was not looked at: why not is typed once for both.
  await page.getByRole('dialog').getByLabel('其中 1 份的图像您没有打开过，请说明原因').fill('体检批量，报告医师已阅片')
  await picture('batch-unseen')
  await page.getByRole('dialog').getByRole('button', { name: '签发所选 2 份' }).click()
  await page.getByText('输入签名口令').waitFor(patience)
  await picture('pin')
  // Whoever goes back has done nothing wrong.
  await page.keyboard.press('Escape')
  await page.getByText('输入签名口令').waitFor({ state: 'hidden', ...patience })
  expect(await page.locator('.ant-message-error').count()).toBe(0)
  await page.getByRole('dialog').getByRole('button', { name: '签发所选 2 份' }).click()
  await page.getByText('输入签名口令').waitFor(patience)
  // The field is ready for the hand, also where nothing moves.
  await expect.poll(() => page.evaluate('document.activeElement.id'), patience).toBe('pin')
  await page.keyboard.type('246810')
  await page.getByRole('dialog', { name: '输入签名口令' }).getByRole('button', { name: '确定' }).click()
  await page.getByText('已签发 2 份').waitFor(patience)
  expect(asked(api, '/api/workitems/sign-batch')).toHaveLength(3)
}, 120_000)
