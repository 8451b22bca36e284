/**
 * The report editor in real browsers against the whole program: scenarios D and E of reading.md §9, a browser that dies in the middle of a sentence, and
 * a rework with tracked changes. The viewer is a page that answers the bridge and shows no pictures. Screenshots go to `test/screenshots`.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { publishInstances } from '../../storage/index/publish.ts'
import { query } from '../../storage/index/query.ts'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from '../support/chromium.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'
import { instanceRecord, uidOf } from '../support/records.ts'
import { showStillViewer } from '../support/still-viewer.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')
const readingRoom = { width: 1440, height: 900 }

const pin = '246810'
/** Two machines' worth of work on one: nothing here says how fast it is. */
const patient = { timeout: 20_000 }

let program: TestProgram
let browser: Browser
let epoch: number
let study = 0
const contexts: BrowserContext[] = []

beforeAll(async () => {
  const [portal, ohif] = await Promise.all([buildPortal(), installOHIF()])
  await mkdir(screenshots, { recursive: true })
  program = await startTestProgram({ pages: { portal: portal.folder, ohif: ohif.folder } })
  const [row] = await query<{ id: number }>(program.index.pool, `insert into epoch (gateway) values ('test') returning epoch_id as id`)
  epoch = row!.id
  for (const username of ['radiologist', 'reviewer']) {
    expect((await api(username, 'PUT', '/account/pin', { password: testPassword, pin })).status).toBe(204)
  }
  browser = await launchChromium()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await program?.close()
})

afterEach(async ({ task }) => {
  const pages = contexts.flatMap((context) => context.pages())
  if (task.result?.state === 'fail') {
    await Promise.all(pages.map((page, at) => picture(page, `failed-editor-${at + 1}`).catch(() => undefined)))
  }
  await Promise.all(contexts.splice(0).map((context) => context.close()))
})

const picture = (page: Page, name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) })

async function enter(username: string, path: string, on?: BrowserContext): Promise<Page> {
  const context = on ?? (await browser.newContext({ viewport: readingRoom, locale: 'zh-CN' }))
  if (on === undefined) {
    contexts.push(context)
    await showStillViewer(context)
  }
  const page = await context.newPage()
  await page.goto(`${program.origin}${path}`)
  const name = page.getByLabel('用户名')
  const editor = page.getByLabel('检查所见')
  await name.or(editor).first().waitFor()
  if (await name.isVisible()) {
    await name.fill(username)
    await page.getByLabel('密码').fill(testPassword)
    await page.getByRole('button', { name: /登\s*录/ }).click()
    await name.waitFor({ state: 'detached' })
  }
  return page
}

const api = async (
  username: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await program.request(username, `/api${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json().catch(() => ({}))) as Record<string, unknown> }
}

/** A study has come from the township and was sent; answers the key of its workitem. */
async function sent(values: Record<string, string> = {}): Promise<string> {
  study += 1
  const StudyInstanceUID = uidOf(7, study)
  const source = program.county.sources[0]
  await publishInstances(program.index.pool, epoch, [
    instanceRecord({
      study: `7.${study}`,
      source,
      epoch,
      values: { patient_id: `P${study}`, patient_name: `Li^Na${study}=李^娜`, ...values },
    }),
  ])
  await expect
    .poll(async () => (await api('east-technologist', 'POST', `/studies/${StudyInstanceUID}/send`)).status, { timeout: 15_000 })
    .toBe(200)
  const [row] = await query<{ id: number }>(
    program.index.pool,
    'select w.id from workitem w join study s using (study_pk) where s.study_instance_uid = $1',
    [StudyInstanceUID],
  )
  return String(row!.id)
}

const claimed = async (username: string, values: Record<string, string> = {}): Promise<string> => {
  const id = await sent(values)
  expect((await api(username, 'POST', `/workitems/${id}/claim`, {})).status).toBe(200)
  return id
}

/** The PIN is given in this browser: a signing session of half an hour. */
async function openSigning(page: Page): Promise<void> {
  const status = await page.evaluate<number>(
    `fetch('/api/signing-session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ pin: '${pin}' }) })
      .then((response) => response.status)`,
  )
  expect(status).toBe(201)
}

const isSaved = (page: Page) => page.locator('[data-phase="saved"]').first().waitFor({ timeout: 15_000 })
const draftOf = async (username: string, id: string) =>
  ((await api(username, 'GET', `/workitems/${id}`)).body.draft ?? {}) as Record<string, string>
const isUnlocked = (page: Page) => page.locator('[data-lock="none"]').waitFor({ timeout: 30_000 })

test('a browser that dies in the middle of a sentence loses nothing that was typed', { timeout: 120_000 }, async () => {
  const id = await claimed('radiologist')
  const page = await enter('radiologist', `/reading/${id}`)
  const context = page.context()
  const findings = page.getByLabel('检查所见')
  await findings.fill('双肺纹理清晰。')
  await isSaved(page)
  // From here on the line is dead, so that only the browser knows; then the page is gone without a word.
  await context.route('**/api/workitems/*/draft', (route) => route.abort())
  await findings.press('End')
  await findings.pressSequentially('右肺上叶见')
  await page.locator('[data-phase="offline"], [data-phase="saving"], [data-phase="changed"]').first().waitFor()
  // The copy is written at once; a crash gives no time for anything.
  await expect
    .poll(() =>
      page.evaluate(`new Promise((resolve) => {
        const open = indexedDB.open('reading')
        open.onsuccess = () => {
          const all = open.result.transaction('drafts').objectStore('drafts').getAll()
          all.onsuccess = () => { open.result.close(); resolve(JSON.stringify(all.result)) }
        }
      })`),
    )
    .toContain('右肺上叶见')
  const crashed = await context.newCDPSession(page)
  const gone = page.waitForEvent('crash')
  // A page that is dead answers nothing.
  crashed.send('Page.crash').catch(() => undefined)
  await gone
  await context.unroute('**/api/workitems/*/draft')
  const again = await enter('radiologist', `/reading/${id}`, context)
  await expect.poll(() => again.getByLabel('检查所见').inputValue(), patient).toBe('双肺纹理清晰。右肺上叶见')
  await again.getByText('已恢复本机上未保存的内容').waitFor()
  await isSaved(again)
  expect((await draftOf('radiologist', id)).findings).toBe('双肺纹理清晰。右肺上叶见')
})

test('D: power lost mid-sentence, opened on another PC, taken over meanwhile: merged section by section', {
  timeout: 120_000,
}, async () => {
  const id = await claimed('radiologist')
  const first = await enter('radiologist', `/reading/${id}`)
  const dying = first.context()
  await first.getByLabel('检查所见').fill('双肺纹理清晰。')
  await isSaved(first)
  // The words that never left the PC.
  await dying.route('**/api/**', (route) => route.abort())
  await first.getByLabel('检查所见').press('End')
  await first.getByLabel('检查所见').pressSequentially('右肺上叶见小结节。')
  await first.locator('[data-phase="offline"]').waitFor({ timeout: 15_000 })
  await first.close()

  // Another PC: everything that had been saved is there.
  const second = await enter('radiologist', `/reading/${id}`)
  await expect.poll(() => second.getByLabel('检查所见').inputValue(), patient).toBe('双肺纹理清晰。')

  // The reviewer takes over and writes on.
  expect((await api('reviewer', 'POST', `/workitems/${id}/takeover`, { reason: '急诊' })).status).toBe(200)
  const reviewer = await enter('reviewer', `/reading/${id}`)
  await reviewer.getByLabel('诊断意见').fill('胸部CT平扫未见明显异常。')
  await isSaved(reviewer)
  await expect.poll(() => second.getByLabel('检查所见').getAttribute('readonly'), patient).not.toBeNull()

  // The dead PC is back: what only it had goes to the one who writes now.
  await dying.unroute('**/api/**')
  const back = await enter('radiologist', `/reading/${id}`, dying)
  await back.locator('.report-editor').waitFor()
  const waiting = reviewer.locator('.fork')
  await waiting.waitFor({ timeout: 20_000 })
  await waiting.getByRole('button', { name: '查看并合并' }).click()
  const merge = reviewer.getByRole('dialog')
  const field = merge.locator('[data-field="findings"]')
  await field.getByText('右肺上叶见小结节').first().waitFor()
  await picture(reviewer, 'reading-merge')
  await field.getByRole('button', { name: '用这份' }).last().click()
  await merge.locator('[data-field="impression"]').getByRole('button', { name: '用这份' }).first().click()
  await merge.getByRole('button', { name: '保存合并结果' }).click()
  await waiting.waitFor({ state: 'detached' })
  await isSaved(reviewer)
  expect(await draftOf('reviewer', id)).toMatchObject({
    findings: '双肺纹理清晰。右肺上叶见小结节。',
    impression: '胸部CT平扫未见明显异常。',
  })
})

test('E: left for right is stopped; going on needs a reason, which stands in log and audit', { timeout: 120_000 }, async () => {
  const id = await claimed('radiologist', { study_description: '右膝关节正侧位', modality: 'DX', body_part_examined: 'KNEE' })
  const page = await enter('radiologist', `/reading/${id}`)
  await page.getByLabel('检查所见').fill('左膝关节诸骨骨质结构完整，未见明显骨折及脱位征象。关节间隙变窄，骨质增生。')
  await page.getByLabel('诊断意见').fill('左膝关节退行性变。')
  await page.getByLabel('诊断意见').press('Alt+Equal')
  await page.getByLabel('诊断意见').press('Alt+Digit2')
  await page.getByLabel('诊断意见').press('Alt+Shift+Digit1')
  const finding = page.locator('.lint [data-rule="laterality-order"]').first()
  await finding.waitFor({ timeout: 15_000 })
  await isUnlocked(page)
  await openSigning(page)
  await picture(page, 'reading-laterality')
  // Its place is selected in the text.
  await finding.getByRole('button').click()
  expect(
    await page.evaluate(`(() => { const a = document.activeElement; return a.value.slice(a.selectionStart, a.selectionEnd) })()`),
  ).toBe('左')
  await page.keyboard.press('Control+Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('申请检查右侧').first().waitFor()
  expect(await dialog.getByRole('button', { name: '按理由继续' }).isDisabled()).toBe(true)
  for (const reason of await dialog.getByPlaceholder('请填写理由').all()) await reason.fill('申请单写错，已与临床核对')
  await picture(page, 'reading-checks')
  await dialog.getByRole('button', { name: '按理由继续' }).click()
  await expect.poll(async () => (await api('radiologist', 'GET', `/workitems/${id}`)).body.state, patient).toBe('SUBMITTED')
  const audit = await query<{ detail: { rule: string; reason: string } }>(
    program.index.pool,
    `select detail from audit_event where action = 'lint-override' and object = $1`,
    [`workitem/${id}`],
  )
  expect(audit.map(({ detail }) => detail)).toContainEqual({ verb: 'submit', rule: 'laterality-order', reason: '申请单写错，已与临床核对' })
  const [event] = await query<{ detail: { overrides: { rule: string }[] } }>(
    program.index.pool,
    `select detail from workitem_event where workitem_id = $1 and verb = 'submit'`,
    [id],
  )
  expect(event!.detail.overrides.map(({ rule }) => rule)).toContain('laterality-order')
})

test('a template is chosen with F2 and filled with Tab and digits; an abbreviation expands; an input method is left alone', {
  timeout: 120_000,
}, async () => {
  const id = await claimed('radiologist', { study_description: '膝关节正侧位', modality: 'DX', body_part_examined: 'KNEE' })
  const page = await enter('radiologist', `/reading/${id}`)
  const findings = page.getByLabel('检查所见')
  await findings.click()
  await page.keyboard.press('F2')
  const chooser = page.getByRole('dialog')
  await chooser.locator('[role="option"]').first().waitFor()
  await picture(page, 'reading-templates')
  await page.getByPlaceholder('标题、拼音首字母或正文').pressSequentially('xgjtb')
  await expect.poll(() => chooser.locator('[role="option"]').first().innerText(), patient).toContain('膝关节退行性变')
  await page.keyboard.press('Enter')
  await chooser.waitFor({ state: 'detached' })
  await expect.poll(() => findings.inputValue(), patient).toContain('[左/右]膝关节')
  // The first open place is selected: 2 chooses 右, and the next one follows.
  const selected = () =>
    page.evaluate<string>(`(() => { const a = document.activeElement; return a.value.slice(a.selectionStart, a.selectionEnd) })()`)
  await expect.poll(selected, patient).toBe('[左/右]')
  for (let open = 1; open <= 4; open++) await page.keyboard.press('2')
  expect(await findings.inputValue()).toContain('右膝关节')
  expect(await page.getByLabel('诊断意见').inputValue()).toBe('右膝关节退行性变。')
  await page.locator('.blanks').waitFor({ state: 'detached' })

  // What is not filled in cannot be submitted, with whatever reason.
  const impression = page.getByLabel('诊断意见')
  await impression.press('End')
  await impression.pressSequentially(' jyfc ')
  expect(await impression.inputValue()).toBe('右膝关节退行性变。 建议{时间}后复查。')
  await expect.poll(selected, patient).toBe('{时间}')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Tab')
  await expect.poll(selected, patient).toBe('{时间}')
  await page.keyboard.press('Alt+Equal')
  await page.keyboard.press('Alt+Digit2')
  await page.keyboard.press('Alt+Shift+Digit1')
  await isUnlocked(page)
  await openSigning(page)
  await page.keyboard.press('Control+Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('未填写：{时间}').waitFor()
  expect(await dialog.getByRole('button', { name: '按理由继续' }).count()).toBe(0)
  await dialog.getByRole('button', { name: '返回修改' }).click()
  await expect.poll(selected, patient).toBe('{时间}')
  await page.keyboard.type('三个月')
  await isSaved(page)
  expect((await draftOf('radiologist', id)).impression).toBe('右膝关节退行性变。 建议三个月后复查。')

  // While an input method composes, space, Tab and digits are its own.
  await findings.click()
  await findings.press('Control+End')
  const input = await page.context().newCDPSession(page)
  await input.send('Input.imeSetComposition', { text: 'jyfc', selectionStart: 4, selectionEnd: 4 })
  await page.evaluate(
    `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', code: 'Space', isComposing: true, bubbles: true, cancelable: true }))`,
  )
  await page.evaluate(
    `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Tab', code: 'Tab', keyCode: 229, bubbles: true, cancelable: true }))`,
  )
  await page.evaluate(
    `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'F2', code: 'F2', isComposing: true, bubbles: true, cancelable: true }))`,
  )
  expect(await findings.inputValue()).toMatch(/jyfc$/)
  expect(await page.getByRole('dialog').count()).toBe(0)
  await input.send('Input.insertText', { text: '建议复查' })
  expect(await findings.inputValue()).toMatch(/建议复查$/)
  await isSaved(page)
  await picture(page, 'reading-editor')
})

test('a reviewer’s changes go back to the author marked, each with its reason', { timeout: 120_000 }, async () => {
  const id = await claimed('radiologist', { study_description: '胸部CT平扫', body_part_examined: 'CHEST' })
  const written = {
    technique: '胸部CT平扫',
    findings: '双肺纹理清晰，右肺上叶见结节，直径约5mm。纵隔未见肿大淋巴结。',
    impression: '右肺上叶结节。',
    polarity: 'positive',
    wording: 'affirmative',
    grade: { grade: 0, dims: {} },
  }
  expect((await api('radiologist', 'PUT', `/workitems/${id}/draft`, written)).status).toBe(200)
  expect((await api('radiologist', 'POST', `/workitems/${id}/submit`, { reason: '在工作站看过', pin })).status).toBe(200)
  expect((await api('reviewer', 'POST', `/workitems/${id}/review`, {})).status).toBe(200)
  const reviewer = await enter('reviewer', `/reading/${id}`)
  await reviewer.getByText('未改动原文').waitFor()
  await reviewer.getByLabel('诊断意见').fill('右肺上叶实性结节，建议随访。')
  const changes = reviewer.locator('.changes')
  await changes.locator('[data-change]').first().waitFor()
  for (const change of await changes.locator('[data-change]').all()) await change.getByText('遗漏').click()
  await isSaved(reviewer)
  await picture(reviewer, 'reading-review')
  await reviewer.getByRole('button', { name: '退回修改' }).click()
  const dialog = reviewer.getByRole('dialog')
  await dialog.getByText('良', { exact: true }).click()
  await expect.poll(() => dialog.getByRole('radio', { name: '良', exact: true }).isChecked(), patient).toBe(true)
  await dialog.getByLabel(/修改意见/).fill('请补充随访建议')
  await dialog.getByRole('button', { name: '退回修改' }).click()
  await expect.poll(async () => (await api('radiologist', 'GET', `/workitems/${id}`)).body.state, patient).toBe('REWORK')

  const author = await enter('radiologist', `/reading/${id}`)
  await author.getByRole('button', { name: /开始修改/ }).click()
  await author.locator('.changes ins').first().waitFor()
  await author.locator('.changes .badge').first().waitFor()
  await author.getByText('请补充随访建议').first().waitFor()
  await picture(author, 'reading-rework')
  await author.getByRole('button', { name: '全部接受' }).click()
  await author.getByText('已接受').first().waitFor()
  expect(await author.getByLabel('诊断意见').inputValue()).toBe('右肺上叶实性结节，建议随访。')
  const { reviews } = (await api('radiologist', 'GET', `/workitems/${id}/texts`)).body as { reviews: Record<string, unknown>[] }
  expect(reviews).toMatchObject([{ verb: 'rework', grade: 2, comment: '请补充随访建议', reviewer: { displayName: '王敏' } }])
  expect((reviews[0]!.changes as { reason: string }[]).every(({ reason }) => reason === 'omission')).toBe(true)
})
