/** Orders and the tray in a real browser, over an `/api` held in memory: what is typed, asked, kept and shown. reading.md §6.3. */
import type { Context } from 'koa'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Order } from '../../viewer/portal/api/order-types.ts'
import { type Opened, pagesOf, readingRoom, townshipPC } from './pages.ts'
import { type Asked, accountOf, order, type SmallAPI, unmatchedStudy } from './small-api.ts'

let api: SmallAPI
let page: Page
let picture: Opened['picture']
const enter = pagesOf('orders')

const right = { valid: true, sex: 'F', birthDate: '19491231', zh: '身份证号有效', en: 'valid', patients: [] as object[] }
const wrong = {
  valid: false,
  sex: null,
  birthDate: null,
  zh: '最后一位校验码不对，请核对号码',
  en: 'The check digit is wrong',
  patients: [],
}
const number = '11010519491231002X'

async function open(path: string): Promise<void> {
  const opened = await enter(accountOf('technologist'), path, {
    'GET /api/orders': { items: [] },
    'GET /api/unmatched': { items: [] },
    'GET /api/conflicts': { items: [] },
    'GET /api/orders/machines': { items: [{ AETitle: 'EAST_CT', description: '64 排 CT' }] },
    'GET /api/orders/patients': [],
    'POST /api/orders/check': ({ body }: { body: { idCardNumber: string } }) => (body.idCardNumber === number ? right : wrong),
    'DELETE /api/session': {},
  })
  ;({ api, page, picture } = opened)
}

const patience = { timeout: 15_000 }

/** What the browser keeps of unsaved forms and reports. */
const kept = (): Promise<string> =>
  page.evaluate(`new Promise((resolve, reject) => {
    const open = indexedDB.open('reading', 1)
    open.onupgradeneeded = () => open.result.createObjectStore('drafts')
    open.onerror = () => reject(open.error)
    open.onsuccess = () => {
      const all = open.result.transaction('drafts').objectStore('drafts').getAll()
      all.onsuccess = () => {
        open.result.close()
        resolve(JSON.stringify(all.result))
      }
    }
  })`)

const idCard = () => page.getByLabel('身份证号')

describe('the form', () => {
  test('says that a check digit is wrong before the field is left, and takes sex and birth date from a right number', {
    timeout: 60_000,
  }, async () => {
    await open('/orders/new')
    await idCard().pressSequentially('110105194912310021')
    await page.getByText('最后一位校验码不对').waitFor()
    await picture('order-form-wrong-digit')
    await idCard().fill('１１０１０５ 19491231 002x')
    await page.getByText(/号码正确/).waitFor()
    expect(await page.getByLabel('出生日期').inputValue()).toBe('1949-12-31')
    expect(await page.getByRole('radio', { name: '女' }).isChecked()).toBe(true)
    expect(await page.getByRole('radio', { name: '女' }).isDisabled()).toBe(true)
    expect(api.asked.filter(({ path }) => path === '/api/orders/check').map(({ body }) => body.idCardNumber)).toEqual([
      '110105194912310021',
      number,
    ])
    // Of a number that is taken back nothing stays.
    await idCard().fill('')
    await expect.poll(() => page.getByLabel('出生日期').inputValue(), patience).toBe('')
    await idCard().fill('123')
    await idCard().blur()
    await page.getByText('身份证号应为 18 位，现在是 3 位').waitFor()
  })

  test('keeps what was typed over a reload, and forgets it when its writer signs out', { timeout: 60_000 }, async () => {
    await open('/orders/new')
    await page.getByLabel('姓名').fill('单文远')
    await page.getByLabel('临床资料').fill('突发头痛')
    await expect.poll(kept, patience).toContain('突发头痛')
    await page.reload()
    await expect.poll(() => page.getByLabel('临床资料').inputValue(), patience).toBe('突发头痛')
    await page.getByText('已恢复上次没有保存的内容').waitFor()
    await page.getByRole('link', { name: '检查发送' }).click()
    await page.locator('.who').click()
    await Promise.all([page.waitForEvent('load'), page.getByText('退出登录').click()])
    await expect.poll(kept, patience).toBe('[]')
    await page.goto(`${api.origin}/orders/new`)
    await page.getByLabel('姓名').waitFor()
    expect(await page.getByLabel('姓名').inputValue()).toBe('')
  })

  test('is filled in with the keyboard alone and shows the number large', { timeout: 60_000 }, async () => {
    await open('/orders/new')
    const saved = order({ patient: { ...order().patient, PatientName: '单文远' } })
    const known = {
      PatientName: '单^文远',
      PatientID: 'E1001',
      sex: 'F',
      birthDate: '19491231',
      idCardNumber: '**************002X',
      lastStudyDate: '20260501',
    }
    api.answers.set('POST /api/orders/check', { ...right, patients: [known] })
    api.answers.set('POST /api/orders', { order: saved })
    api.answers.set(`GET /api/orders/${saved.id}`, { order: saved })
    await idCard().waitFor()
    await page.keyboard.type(number)
    await page.getByText(/号码正确/).waitFor()
    await page.getByRole('button', { name: /填\s*入/ }).waitFor()
    await picture('order-form-earlier')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    expect(await page.getByLabel('姓名').inputValue()).toBe('单文远')
    expect(await page.getByLabel('门诊号').inputValue()).toBe('E1001')
    await page.getByText('CT', { exact: true }).click()
    await page.getByLabel('检查项目').fill('颅脑平扫')
    await page.keyboard.press('Escape')
    await page.getByLabel('临床资料').fill('突发头痛、呕吐 2 小时')
    await picture('order-form')
    await page.keyboard.press('Control+Enter')
    await page.locator('.order-number strong').waitFor()
    expect(await page.locator('.order-number').innerText()).toContain(saved.AccessionNumber)
    await page.getByText('在 EAST_CT 的工作列表可见').waitFor()
    await picture('order-saved')
    const sent = api.asked.find(({ method, path }) => method === 'POST' && path === '/api/orders')?.body
    expect(sent).toMatchObject({
      patient: { PatientName: '单文远', PatientID: 'E1001', idCardNumber: number, sex: 'F', birthDate: '19491231' },
      modality: 'CT',
      procedure: '颅脑平扫',
      urgency: 3,
      clinicalInformation: '突发头痛、呕吐 2 小时',
    })
  })

  test('takes a suggestion by the keyboard, and Enter goes on from field to field', { timeout: 60_000 }, async () => {
    await open('/orders/new')
    api.answers.set('GET /api/orders/patients', [
      { PatientName: '单^文远', PatientID: 'E1001', sex: 'M', birthDate: '19580314', idCardNumber: null, lastStudyDate: null },
      { PatientName: '单^文远', PatientID: 'E2002', sex: 'F', birthDate: '19700101', idCardNumber: null, lastStudyDate: '20260501' },
    ])
    await page.getByLabel('姓名').pressSequentially('单文')
    await page.getByText('上次检查 2026-05-01').waitFor()
    const marked = page.locator('.ant-select-item-option-active')
    for (let press = 0; press < 4 && !(await marked.allInnerTexts()).join().includes('E2002'); press++) {
      await page.keyboard.press('ArrowDown')
      await marked.waitFor()
    }
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByLabel('门诊号').inputValue(), patience).toBe('E2002')
    expect([await page.getByLabel('姓名').inputValue(), await page.getByLabel('出生日期').inputValue()]).toEqual(['单文远', '1970-01-01'])
    const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.value')
    const order: string[] = []
    for (let press = 0; press < 5; press++) {
      await page.keyboard.press('Enter')
      order.push(await focused())
    }
    expect(order).toEqual(['F', 'birthDate', 'PatientID', 'phone', 'DX'])
  })

  test('asks an inpatient’s ward and bed in their turn, and carries neither to the next patient', { timeout: 60_000 }, async () => {
    await open('/orders/new')
    const saved = order({ patientClass: 'inpatient', department: '内科', ward: '内科3病区', bed: '12' })
    const other = order({ id: '2', patientClass: 'inpatient', department: '神经内科', ward: '神经内科3病区', bed: '2' })
    api.answers.set('POST /api/orders', { order: saved })
    api.answers.set(`GET /api/orders/${saved.id}`, { order: saved })
    // What others were sent from is offered, and not taken for what was typed.
    const isSaved = () => api.asked.some(({ method, path }) => method === 'POST' && path === '/api/orders')
    api.answers.set('GET /api/orders', () => ({ items: [isSaved() ? saved : other] }))
    await page.getByLabel('姓名').fill('单文远')
    await page.getByText('男', { exact: true }).click()
    await page.getByText('CT', { exact: true }).click()
    await page.getByLabel('检查项目').fill('颅脑平扫')
    await page.keyboard.press('Escape')
    await page.getByText('门诊', { exact: true }).click()
    expect(await page.getByLabel('床号').count()).toBe(0)
    await page.getByText('住院', { exact: true }).click()
    await page.getByLabel('床号').waitFor()
    for (const typed of ['内科', '内科3病区', '十二床', '陈静']) {
      await page.keyboard.press('Enter')
      await page.keyboard.type(typed)
    }
    await picture('order-form-inpatient')
    await page.keyboard.press('Control+Enter')
    await page.locator('.order-number strong').waitFor()
    const facts = await page.locator('.order-shown .order-facts').innerText()
    expect(facts).toMatch(/就诊类型\s+住院.*病区\s+内科3病区.*床号\s+12/s)
    await picture('order-page-inpatient')
    const sent = api.asked.find(({ method, path }) => method === 'POST' && path === '/api/orders')?.body
    expect(sent).toMatchObject({ patientClass: 'inpatient', department: '内科', ward: '内科3病区', bed: '十二床', requester: '陈静' })

    await page.getByRole('button', { name: '登记下一位' }).click()
    await page.getByLabel('姓名').waitFor()
    expect(await page.getByRole('radio', { name: '住院' }).isChecked()).toBe(false)
    expect(await page.getByLabel('床号').count()).toBe(0)
    await page.getByText('住院', { exact: true }).click()
    expect([await page.getByLabel('病区').inputValue(), await page.getByLabel('床号').inputValue()]).toEqual(['', ''])
    await page.getByRole('button', { name: /返回列表/ }).click()
    await page.getByText('内科3病区 12床 · 陈静').waitFor()
    await picture('orders-inpatient')
  })

  test('is sent again with the same key on a line that broke, and says so when the order was changed elsewhere', {
    timeout: 60_000,
  }, async () => {
    await open('/orders/1/edit')
    let stands = order({ generation: 1 })
    api.answers.set('GET /api/orders/1', () => ({ order: stands }))
    api.answers.set('PUT /api/orders/1', ({ headers }: Asked, ctx: Context) => {
      if (headers['if-match'] === `"${stands.generation}"`) return { order: stands }
      ctx.status = 409
      return { error: { code: 'order-changed', zh: '申请单已在别处修改', en: 'changed' } }
    })
    await page.reload()
    await page.getByLabel('临床资料').fill('头痛加重')
    // The page is told of it, and reads the order anew beneath the form.
    stands = order({ generation: 2, requester: '胡芳' })
    const reads = () => api.asked.filter(({ method, path }) => method === 'GET' && path === '/api/orders/1').length
    const before = reads()
    api.tell('order', { id: '1', state: 'scheduled' })
    await expect.poll(reads, patience).toBeGreaterThan(before)
    await page.getByRole('button', { name: /保\s*存/ }).click()
    await page.getByText(/刚被别人改过/).waitFor()
    expect(await page.getByLabel('临床资料').inputValue()).toBe('头痛加重')
    await expect.poll(() => page.getByLabel('申请医师').inputValue(), patience).toBe('胡芳')
    await expect
      .poll(async () => {
        // Once it is saved the button is gone.
        const save = page.getByRole('button', { name: /保\s*存/ })
        if (await save.isVisible()) await save.click({ timeout: 1_000 }).catch(() => undefined)
        return page.locator('.order-number').count()
      }, patience)
      .toBe(1)

    await page.goto(`${api.origin}/orders/new`)
    let tries = 0
    api.answers.set('POST /api/orders', (_: Asked, ctx: Context) => {
      tries += 1
      if (tries === 1) ctx.req.socket.destroy()
      return { order: stands }
    })
    await page.getByLabel('姓名').fill('单文远')
    await page.getByText('男', { exact: true }).click()
    await page.getByText('CT', { exact: true }).click()
    await page.getByLabel('检查项目').fill('颅脑平扫')
    await page.keyboard.press('Control+Enter')
    await page.locator('.order-number strong').waitFor()
    const keys = api.asked
      .filter(({ method, path }) => method === 'POST' && path === '/api/orders')
      .map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(2)
    expect(new Set(keys).size).toBe(1)
  })
})

describe('the slip', () => {
  test('is one page of A5 with the number, and nothing of the page around it', { timeout: 60_000 }, async () => {
    await open('/orders/1')
    api.answers.set('GET /api/orders/1', { order: order({ clinicalInformation: '突发头痛、呕吐 2 小时。'.repeat(20) }) })
    await page.reload()
    await page.getByRole('button', { name: '打印申请单' }).waitFor()
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    const pages = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, width, height]) => [width, height].map(Number))
    expect(pages.map((sides) => sides.map(Math.round))).toEqual([[420, 595]])
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.order-slip').innerText()).toContain('E2611220001')
    expect(await page.locator('.top-bar').isVisible()).toBe(false)
    expect(await page.getByRole('button', { name: '打印申请单' }).isVisible()).toBe(false)
    await page.setViewportSize({ width: 560, height: 794 })
    await picture('order-slip')
  })
})

describe('the list', () => {
  test('follows the machine without a reload', { timeout: 60_000 }, async () => {
    await open('/orders')
    await page.getByText(/今天还没有申请单/).waitFor()
    await picture('orders-empty')
    const orders: Order[] = [
      order(),
      order({ id: '2', state: 'completed', urgency: 3, modality: 'DX', procedure: '左膝关节正侧位', verbs: ['unmatch'] }),
      order({
        id: '3',
        state: 'cancelled',
        urgency: 4,
        verbs: [],
        patient: { ...order().patient, PatientName: '古丽努尔·阿卜杜热合曼·买买提' },
      }),
    ]
    api.answers.set('GET /api/orders', { items: orders })
    api.tell('order')
    await page.locator('[data-order="1"][data-state="scheduled"]').waitFor()
    await picture('orders')
    orders[0] = order({ state: 'in-progress', startedAt: new Date().toISOString(), verbs: [] })
    api.tell('order')
    await page.locator('[data-order="1"][data-state="in-progress"]').waitFor()
    await page.setViewportSize(townshipPC)
    await picture('orders-1024')
  })
})

describe('the tray', () => {
  test('matches with one click after a question with both names, and takes it back', { timeout: 60_000 }, async () => {
    await open('/unmatched')
    const study = unmatchedStudy({
      candidates: [
        {
          order: order(),
          score: 0.9,
          reasons: [
            { zh: '姓名拼音相同', en: 'same pinyin' },
            { zh: '出生日期相同', en: 'same birth date' },
          ],
        },
        {
          order: order({
            id: '2',
            AccessionNumber: 'E2611220002',
            patient: { ...order().patient, PatientName: '单^文渊', birthDate: '19600314', PatientID: 'E1002' },
          }),
          score: 0.5,
          reasons: [{ zh: '检查类型相同', en: 'same modality' }],
        },
        {
          order: order({
            id: '3',
            AccessionNumber: 'E2611220003',
            modality: 'DX',
            procedure: '胸部正位',
            patient: { ...order().patient, PatientName: '曾^小红', sex: 'F', birthDate: '19700101', PatientID: 'E1003' },
          }),
          score: 0.1,
          reasons: [{ zh: '登记时间相近', en: 'entered at about that time' }],
        },
      ],
    })
    api.answers.set('GET /api/unmatched', { items: [study] })
    api.answers.set(`POST /api/studies/${study.StudyInstanceUID}/order`, () => {
      api.answers.set('GET /api/unmatched', { items: [] })
      return { order: order({ state: 'completed' }) }
    })
    api.answers.set(`DELETE /api/studies/${study.StudyInstanceUID}/order`, () => {
      api.answers.set('GET /api/unmatched', { items: [study] })
      return {}
    })
    api.tell('study')
    await page.locator('.top-bar .waiting').waitFor()
    expect(await page.locator('.top-bar .waiting').innerText()).toBe('1')
    await picture('unmatched')
    await page.setViewportSize(townshipPC)
    await picture('unmatched-1024')
    await page.setViewportSize(readingRoom)
    await page
      .locator('[data-candidate="1"]')
      .getByRole('button', { name: /就是这张/ })
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(/把 SHAN WENYUAN 的 CT 匹配到 单文远 的申请单/).waitFor()
    await page.waitForTimeout(200)
    await picture('unmatched-match')
    await dialog.getByRole('button', { name: /就是这张/ }).click()
    await page.getByText(/没有未匹配的检查/).waitFor()
    expect(api.asked.find(({ method, path }) => method === 'POST' && path.endsWith('/order'))?.body).toEqual({
      orderId: '1',
      correct: true,
    })
    await page.getByRole('button', { name: '撤销匹配' }).click()
    await dialog.getByLabel('原因').fill('点错了')
    await dialog.getByRole('button', { name: '撤销匹配' }).click()
    await page.locator(`[data-study="${study.StudyInstanceUID}"]`).waitFor()
  })

  test('shows what a study says of its patient when no order comes near', async () => {
    await open('/unmatched')
    const study = unmatchedStudy({ candidates: [] })
    api.answers.set('GET /api/unmatched', { items: [study] })
    api.tell('study')
    const card = page.locator(`[data-study="${study.StudyInstanceUID}"]`)
    await card.getByText(/没有找到相近的申请单/).waitFor()
    expect(await card.locator('[data-attribute="PatientID"]').innerText()).toContain(study.patient.PatientID)
    expect(await card.locator('[data-attribute="Modality"]').innerText()).toContain('检查类型')
  })
})
