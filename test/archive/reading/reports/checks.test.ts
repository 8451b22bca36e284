/** The linter in the way of submit and sign, texts that came too late, reviews. reading.md §6.2, scenarios D and E of §9. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../../../archive/access.ts'
import type { Refused } from '../../../../archive/reading/refused.ts'
import { lintDraft } from '../../../../archive/reading/reports/checks.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { forkDraft, settle, textsOf } from '../../../../archive/reading/reports/reviews.ts'
import type { Verb } from '../../../../archive/reading/workflow/machine.ts'
import { perform, type VerbRequest } from '../../../../archive/reading/workflow/perform.ts'
import { query } from '../../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
let next = 1
beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
})
afterAll(() => index.close())

const doIt = (who: Asker, id: number, verb: Verb, request: VerbRequest = {}) =>
  perform(county.tools, who, id, verb, { pinProved: true, reason: '在工作站看过', ...request })
const refusal = (deed: Promise<unknown>) =>
  deed.then(
    () => undefined,
    (error: Refused) => ({ code: error.code, current: error.current as { rule: string; key: string }[] }),
  )

/** Claimed by 王丽, with a text. */
async function written(draft: object, values: Record<string, string> = {}): Promise<number> {
  const id = await county.ready(next++, values)
  await doIt(county.people.wang, id, 'claim')
  await writeDraft(county.tools, county.people.wang, id, { ...completeDraft, ...draft, rev: 0 })
  return id
}
const knee = { study_description: '右膝关节正侧位', modality: 'DX', body_part_examined: 'KNEE' }
const wrongSide = { findings: '左膝关节诸骨未见骨折。', impression: '左膝关节未见异常。' }

describe('the checks', () => {
  test('stop a submission with what they found, and nothing has moved', async () => {
    const id = await written(wrongSide, knee)
    const refused = await refusal(doIt(county.people.wang, id, 'submit'))
    expect(refused?.code).toBe('unchecked')
    expect(refused?.current.map(({ rule }) => rule)).toContain('laterality-order')
    expect((await query(index.pool, 'select state from workitem where id = $1', [id]))[0]).toEqual({ state: 'CLAIMED' })
  })

  test('let it pass with a reason, which stands in the log and in the audit; the reviewer answers an error again', async () => {
    const { wang, zeng } = county.people
    const id = await written(wrongSide, knee)
    const overrides = [{ rule: 'laterality-order', reason: '申请单左右写错，已核对' }]
    await doIt(wang, id, 'submit', { details: { overrides } })
    const [event] = await query<{ detail: unknown }>(
      index.pool,
      `select detail from workitem_event where workitem_id = $1 and verb = 'submit'`,
      [id],
    )
    expect(event?.detail).toMatchObject({ rev: 1, overrides: [{ rule: 'laterality-order' }, { rule: 'laterality-order' }] })
    const audit = await query(index.pool, `select username from audit_event where action = 'lint-override' and object = $1`, [
      `workitem/${id}`,
    ])
    expect(audit.length).toBeGreaterThan(0)
    await doIt(zeng, id, 'review')
    const seen = await lintDraft(county.tools, zeng, id, {})
    expect(seen.find(({ rule }) => rule === 'laterality-order')?.justified).toMatchObject({ by: '王丽', mine: false })
    expect((await refusal(doIt(zeng, id, 'sign')))?.code).toBe('unchecked')
    await doIt(zeng, id, 'sign', { details: { overrides } })
    expect((await query(index.pool, 'select state from workitem where id = $1', [id]))[0]).toEqual({ state: 'FINAL' })
  })

  test('let a warning pass at submission; before the signature somebody answers it', async () => {
    const { wang, zeng } = county.people
    const id = await written({
      findings: '双肺见斑片影，较前片吸收。',
      impression: '双肺炎症。',
      polarity: 'positive',
      wording: 'affirmative',
    })
    await doIt(wang, id, 'submit')
    await doIt(zeng, id, 'review')
    const refused = await refusal(doIt(zeng, id, 'sign'))
    expect(refused?.current.map(({ rule }) => rule)).toContain('prior')
    await doIt(zeng, id, 'sign', { details: { overrides: [{ rule: 'prior', reason: '外院旧片，患者自带' }] } })
  })

  test('cannot be overridden where something was left open', async () => {
    const id = await written({ findings: '双肺见[左/右]结节。' })
    const overrides = [{ rule: 'placeholder', reason: '没关系' }]
    expect((await refusal(doIt(county.people.wang, id, 'submit', { details: { overrides } })))?.code).toBe('unchecked')
  })

  test('of a text as it is typed are answered to those who write at the centre, and to nobody else', async () => {
    const id = await written({})
    const found = await lintDraft(county.tools, county.people.wang, id, { findings: '子宫大小正常。' })
    expect(found.map(({ rule }) => rule)).toContain('sex-organ')
    await expect(lintDraft(county.tools, county.people.eastTech, id, {})).rejects.toThrow(/no role/)
  })

  test('refuse reasons that are none', async () => {
    const id = await written(wrongSide, knee)
    const details = { overrides: [{ rule: 'laterality-order', reason: ' ' }] }
    await expect(doIt(county.people.wang, id, 'submit', { details })).rejects.toThrow(/overrides/)
  })
})

describe('a text that came too late', () => {
  test('waits beside the draft for whoever holds it now, and is settled once', async () => {
    const { wang, zeng, li } = county.people
    const id = await written({})
    await doIt(zeng, id, 'takeover', { reason: '急' })
    const { fork } = await forkDraft(county.tools, wang, id, 1, { ...completeDraft, findings: '双肺纹理清晰。右肺' })
    expect(fork).not.toBeNull()
    // Typing on replaces what waits.
    expect((await forkDraft(county.tools, wang, id, 1, { ...completeDraft, findings: '双肺纹理清晰。右肺结节' })).fork).toBe(fork)
    const { forks } = await textsOf(county.tools, zeng, id)
    expect(forks).toMatchObject([{ id: fork, author: { displayName: '王丽' }, baseRev: 1, text: { findings: '双肺纹理清晰。右肺结节' } }])
    expect((await refusal(settle(county.tools, li, id, fork!, true)))?.code).toBe('lease-lost')
    await settle(county.tools, zeng, id, fork!, true)
    await expect(settle(county.tools, zeng, id, fork!, true)).rejects.toThrow(/no fork/)
    expect((await textsOf(county.tools, zeng, id)).forks).toEqual([])
  })

  test('is none when every word of it is kept already, or its writer still holds the workitem', async () => {
    const { wang, zeng } = county.people
    const id = await written({})
    expect((await refusal(forkDraft(county.tools, wang, id, 1, completeDraft)))?.code).toBe('wrong-state')
    await doIt(zeng, id, 'takeover', { reason: '急' })
    expect(await forkDraft(county.tools, wang, id, 1, completeDraft)).toEqual({ fork: null })
  })

  test('is of the centre alone', async () => {
    const id = await written({})
    await expect(textsOf(county.tools, county.people.eastDoctor, id)).rejects.toThrow(/no role/)
    await expect(forkDraft(county.tools, county.people.westDoctor, id, 0, completeDraft)).rejects.toThrow()
  })
})

describe('a review', () => {
  test('is measured against what was submitted, and goes back with its reasons', async () => {
    const { wang, zeng } = county.people
    const id = await written({})
    await doIt(wang, id, 'submit')
    await doIt(zeng, id, 'review')
    await writeDraft(county.tools, zeng, id, { findings: '双肺纹理清晰，未见结节。', rev: 1 })
    const changes = [{ field: 'findings', before: '。', after: '，未见结节。', reason: 'omission' }]
    await doIt(zeng, id, 'rework', { reason: '补充阴性征象', details: { review: { grade: 2, changes } } })
    const { submitted, versions, reviews } = await textsOf(county.tools, wang, id)
    expect(submitted).toBe(1)
    expect(versions.find(({ rev }) => rev === 1)).toMatchObject({ findings: completeDraft.findings })
    expect(reviews).toMatchObject([{ verb: 'rework', baseRev: 1, rev: 2, grade: 2, comment: '补充阴性征象', changes }])
    await expect(query(index.pool, 'update report_review set grade = 1 where workitem_id = $1', [id])).rejects.toThrow(/append-only/)
  })

  test('has reasons of the list and a grade of four, or is refused', async () => {
    const { wang, zeng } = county.people
    const id = await written({})
    await doIt(wang, id, 'submit')
    await doIt(zeng, id, 'review')
    for (const review of [
      { grade: 5 },
      { changes: [{ field: 'findings', before: '', after: '', reason: 'taste' }] },
      { changes: [{ field: 'x' }] },
    ]) {
      await expect(doIt(zeng, id, 'rework', { reason: '改', details: { review } })).rejects.toThrow(/details\.review/)
    }
  })
})
