/** Returning images and asking questions, in the built portal over an `/api` held in memory. */
import { expect, test } from 'vitest'
import { pagesOf, townshipPC } from './pages.ts'
import { accountOf } from './small-api.ts'

const open = pagesOf('returns')

const now = () => new Date().toISOString()
const patient = {
  name: '欧阳文远',
  PatientName: 'OUYANG^WENYUAN=欧阳^文远',
  PatientID: 'E1001',
  sex: 'M',
  birthDate: '19580314',
  age: '068Y',
}
const card = (change: object = {}) => ({
  id: '7',
  number: 1,
  workitem: '12',
  workitemState: 'RETURNED',
  StudyInstanceUID: '2.25.1',
  AccessionNumber: 'E2611220001',
  patient,
  institution: { id: 2, name: '城东镇中心卫生院' },
  modality: 'DX',
  StudyDescription: '胸部正位',
  reasons: [
    {
      code: '111209',
      zh: '体位不正 / 范围不全',
      en: 'Positioning',
      advice: {
        zh: '对准中心线，照射野盖全所查部位。胸片：上缘过第 7 颈椎，下缘含双侧肋膈角，肩胛骨拉开，深吸气后屏气。',
        en: 'Centre the beam.',
      },
    },
    {
      code: 'SIDE-MARK',
      zh: '左右标错或未标',
      en: 'Side marker',
      advice: { zh: '曝光前放好左右铅字，并与申请单和患者本人核对。', en: 'Place it.' },
    },
  ],
  comment: '双侧肺尖未包全，请上移中心线后重拍正位',
  images: 1,
  annotatedImage: '/api/returns/7/picture',
  by: { username: 'wangli', displayName: '王丽' },
  at: now(),
  state: 'open',
  closedAt: null,
  seen: null,
  patientWaiting: null,
  waitingUntil: null,
  technologist: '赵磊',
  retakes: [],
  ...change,
})
const empty = { items: [] }
const base = {
  'GET /api/board': { items: [], clocks: [] },
  'GET /api/orders': { items: [], counts: {} },
  'GET /api/unmatched': empty,
  'GET /api/questions': empty,
  'GET /api/critical': empty,
  'GET /api/notices': empty,
  'GET /api/answer-presets': {
    items: [
      { id: 'a', zh: '无外伤史', en: 'No trauma' },
      { id: 'b', zh: '马上重拍', en: 'Now' },
    ],
  },
  'POST /api/returns/7/seen': card({ seen: { at: now(), by: '赵磊' } }),
}

test('the township sees why, how to do better, and answers with one tap', async () => {
  let stands = card()
  const { page, api, picture } = await open(accountOf('technologist'), '/board', {
    ...base,
    'GET /api/returns': () => ({ items: [stands] }),
    'POST /api/returns/7/patient-waiting': ({ body }: { body: Record<string, unknown> }) => {
      stands = card({ patientWaiting: body.waiting, waitingUntil: body.waiting ? new Date(Date.now() + 15 * 60_000).toISOString() : null })
      return stands
    },
    'POST /api/workitems/12/questions': { items: [], open: false, waitingFor: null, unread: 0, mayWrite: true },
  })
  await page.setViewportSize(townshipPC)
  const shown = page.locator('.return-card')
  await shown.waitFor()
  await expect.poll(() => shown.textContent()).toContain('双侧肺尖未包全')
  expect(await shown.textContent()).toContain('上缘过第 7 颈椎')
  // What a reason means is drawn, right and wrong.
  expect(await shown.getByRole('img', { name: '所查部位完整，上下界都在' }).count()).toBe(1)
  expect(await shown.getByRole('img', { name: '没有标识，或左右写反' }).count()).toBe(1)
  await expect.poll(() => api.asked.some(({ path }) => path === '/api/returns/7/seen')).toBe(true)
  await page.getByRole('button', { name: '还在，能等 15 分钟' }).click()
  await expect.poll(() => page.getByRole('timer').textContent()).toMatch(/患者在等，还有 1[45]:\d\d/)
  await picture('return-card')
  await page.getByRole('button', { name: '马上重拍' }).click()
  await expect
    .poll(() => api.asked.find(({ path }) => path === '/api/workitems/12/questions')?.body)
    .toMatchObject({
      text: '马上重拍',
      kind: 'remark',
    })
})

test('a retake that was not linked by itself is chosen by hand; another person’s is asked for once more', async () => {
  const { page, api, picture } = await open(accountOf('technologist'), '/board', {
    ...base,
    'GET /api/returns': { items: [card()] },
    'GET /api/returns/7/candidates': {
      items: [
        {
          StudyInstanceUID: '2.25.8',
          patient,
          modality: 'DX',
          StudyDescription: '胸部正位',
          receivedAt: now(),
          instances: 1,
          samePerson: true,
        },
        {
          StudyInstanceUID: '2.25.9',
          patient: { ...patient, name: '单雄信', PatientID: 'E1009' },
          modality: 'DX',
          StudyDescription: '胸部正位',
          receivedAt: now(),
          instances: 2,
          samePerson: false,
        },
      ],
    },
    'POST /api/returns/7/retake': card({ state: 'retaken' }),
  })
  await page.setViewportSize(townshipPC)
  await page.getByRole('button', { name: '手工关联重拍' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('不是同一患者').waitFor()
  await picture('retake-by-hand')
  await dialog.getByRole('button', { name: '就是这个' }).nth(1).click()
  const question = page.locator('.ant-modal-confirm')
  await question.waitFor()
  expect(api.asked.some(({ path }) => path === '/api/returns/7/retake')).toBe(false)
  await question.getByRole('button', { name: /取\s*消/ }).click()
  await question.waitFor({ state: 'detached' })
  await dialog.getByRole('button', { name: '就是这个' }).first().click()
  await expect.poll(() => api.asked.find(({ path }) => path === '/api/returns/7/retake')?.body).toEqual({ StudyInstanceUID: '2.25.8' })
})

test('a question of the centre stands on the board and is answered with one tap', async () => {
  const question = {
    id: '31',
    by: { username: 'wangli', displayName: '王丽', institution: '县人民医院' },
    at: now(),
    text: '有外伤史吗？受伤多久了？',
    kind: 'question',
    side: 'centre',
    mine: false,
    seenAt: null,
    seenBy: null,
  }
  let items: object[] = [question]
  const { page, api, picture } = await open(accountOf('technologist'), '/board', {
    ...base,
    'GET /api/returns': empty,
    'GET /api/questions': {
      items: [
        {
          workitem: '12',
          state: 'QUERIED',
          StudyInstanceUID: '2.25.1',
          patient,
          institution: { id: 2, name: '城东镇中心卫生院' },
          modality: 'DX',
          StudyDescription: '右膝正侧位',
          held: false,
          unread: 1,
          awaitsUs: true,
          last: { kind: 'question', text: question.text, by: '王丽', at: question.at, mine: false },
        },
      ],
    },
    'GET /api/workitems/12/questions': () => ({
      items,
      open: items.length === 1,
      waitingFor: items.length === 1 ? 'owner' : null,
      unread: 1,
      mayWrite: true,
    }),
    'POST /api/workitems/12/questions/seen': {},
    'POST /api/workitems/12/questions': ({ body }: { body: Record<string, unknown> }) => {
      items = [
        question,
        { ...question, id: '32', text: body.text, kind: 'answer', side: 'owner', mine: true, by: { ...question.by, displayName: '赵磊' } },
      ]
      return { items, open: false, waitingFor: null, unread: 0, mayWrite: true }
    },
  })
  await page.setViewportSize(townshipPC)
  await page.getByRole('button', { name: '查看并回答' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('有外伤史吗').waitFor()
  await picture('question-answer')
  await dialog.getByRole('button', { name: '无外伤史' }).click()
  await expect
    .poll(() => api.asked.find(({ method, path }) => method === 'POST' && path === '/api/workitems/12/questions')?.body)
    .toMatchObject({
      text: '无外伤史',
      kind: 'answer',
    })
  await expect.poll(() => dialog.locator('.said-mine').textContent()).toContain('无外伤史')
})
