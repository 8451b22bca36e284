/** Versions of a report: which stands, what is told to whom, and that nothing signed ever changes. Scenario H of reading.md §9. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dcmjs from 'dcmjs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../../../archive/access.ts'
import { rejectDocuments } from '../../../../archive/reading/documents/reject-documents.ts'
import { structuredReport } from '../../../../archive/reading/documents/structured-report.ts'
import { rules } from '../../../../archive/reading/linter/rules.ts'
import { openWorkitem } from '../../../../archive/reading/list/workitems.ts'
import { Refused } from '../../../../archive/reading/refused.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { contentOf, freeze, signedBytes, signedReportOf } from '../../../../archive/reading/reports/report-content.ts'
import { markRecalled, myNotices, noteDelivery, notePrint, searchRecalls } from '../../../../archive/reading/reports/report-log.ts'
import { getReport, getSignedReport } from '../../../../archive/reading/reports/reports.ts'
import { signableBatch, signBatch } from '../../../../archive/reading/signing/sign-batch.ts'
import { exportKeys, rotateKey } from '../../../../archive/reading/signing/signing-account.ts'
import { maskedName, verifyReport as verifyCode } from '../../../../archive/reading/signing/verify.ts'
import { canonical, verifyReport } from '../../../../archive/reading/signing/verify-report.mjs'
import type { Verb } from '../../../../archive/reading/workflow/machine.ts'
import { perform, type VerbRequest } from '../../../../archive/reading/workflow/perform.ts'
import { query } from '../../../../storage/index/query.ts'
import { writePolicy } from '../../../../storage/index/reading/policies.ts'
import { findReport, type ReportRow, reportOfWorkitem, reportVersions } from '../../../../storage/index/reading/reports.ts'
import { run, testWithPeer } from '../../../support/foreign-peers.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
let chief: Asker
let folder: string
let studies = 0

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  chief = await county.asker('主任', ['chief'], county.people.wang.institution.id)
  folder = await mkdtemp(join(tmpdir(), 'versions-'))
})
afterAll(async () => {
  await index.close()
  await rm(folder, { recursive: true })
})

/** These texts are about versions, not about what a linter thinks of them. */
const overrides = rules.map(({ code }) => ({ rule: code, reason: '测试' }))
const act = (who: Asker, id: number, verb: Verb, request: VerbRequest = {}) =>
  perform(county.tools, who, id, verb, { ...(verb === 'submit' || verb === 'sign' ? { details: { overrides } } : {}), ...request })
const codeOf = (deed: Promise<unknown>): Promise<string> =>
  deed.then(
    () => 'done',
    (error: unknown) => (error instanceof Refused ? error.code : String(error)),
  )
const revOf = async (id: number) => (await openWorkitem(county.tools, county.people.wang, id)).draft?.rev ?? 0
async function write(who: Asker, id: number, text: object = {}): Promise<void> {
  await writeDraft(county.tools, who, id, { ...completeDraft, ...text, rev: await revOf(id) })
}

async function submitted(text: object = {}): Promise<number> {
  studies += 1
  const id = await county.ready(studies)
  await act(county.people.wang, id, 'claim')
  await write(county.people.wang, id, text)
  await act(county.people.wang, id, 'submit')
  return id
}
async function signed(text: object = {}): Promise<number> {
  const id = await submitted(text)
  await act(county.people.zeng, id, 'review')
  await act(county.people.zeng, id, 'sign')
  return id
}
async function amended(id: number, amending: 'addendum' | 'correction', text: object): Promise<void> {
  const { zhao, zeng } = county.people
  await act(zhao, id, 'amend', amending === 'addendum' ? { amending } : { amending, amendingClass: 'side', reason: '左右写反' })
  await write(zhao, id, text)
  await act(zhao, id, 'submit')
  await act(zeng, id, 'review')
  await act(zeng, id, 'sign')
}
const standing = async (id: number): Promise<ReportRow> => (await reportOfWorkitem(index.pool, id))!
const naturalized = (part10: Buffer) => {
  const { dict } = dcmjs.data.DicomMessage.readFile(
    part10.buffer.slice(part10.byteOffset, part10.byteOffset + part10.length) as ArrayBuffer,
  )
  // biome-ignore lint/suspicious/noExplicitAny: a tree of sequences, looked into by name
  return dcmjs.data.DicomMetaDictionary.naturalizeDataset(dict) as any
}

describe('a correction after two prints (scenario H)', () => {
  test('tells everybody who has the old version, strikes it, lists the copies and chains the documents', async () => {
    const { people, tools } = county
    const id = await signed({ impression: '左侧胫骨骨折。' })
    const first = await standing(id)
    await noteDelivery(tools, people.eastDoctor, [first.id], 'web')
    await noteDelivery(tools, people.eastDoctor, [first.id], 'web')
    expect(await notePrint(tools, people.eastDoctor, first.id, 1)).toMatchObject({ number: 1 })
    expect(await notePrint(tools, people.eastTech, first.id, 2)).toMatchObject({ number: 2 })
    await amended(id, 'correction', { impression: '右侧胫骨骨折。' })
    const second = await standing(id)
    expect([second.version, second.kind, second.predecessor]).toEqual([2, 'correction', first.id])

    for (const who of [people.eastDoctor, people.eastTech]) {
      const notices = await myNotices(tools, who)
      expect(notices).toMatchObject([{ kind: 'correction', report: String(first.id), successor: String(second.id), seenAt: null }])
      expect(notices[0]!.text.zh).toContain('左右写反')
    }
    expect(await myNotices(tools, people.westDoctor)).toEqual([])

    const old = await getReport(tools, people.eastDoctor, first.id)
    expect(old.view).toMatchObject({ standing: false, fate: 'superseded', standingId: String(second.id), impression: '左侧胫骨骨折。' })
    expect(old.view.versions.map(({ version, fate }) => [version, fate])).toEqual([
      [2, 'standing'],
      [1, 'superseded'],
    ])
    await expect(notePrint(tools, people.eastDoctor, first.id, 1)).rejects.toThrow('does not stand')

    const recalls = await searchRecalls(tools, people.eastTech, { open: true, limit: 100 })
    expect(recalls.filter(({ report }) => report === String(first.id)).map(({ printNumber, copies }) => [printNumber, copies])).toEqual([
      [2, 2],
      [1, 1],
    ])
    expect(await searchRecalls(tools, people.westTech, { open: true, limit: 100 })).toEqual([])
    await markRecalled(tools, people.eastTech, Number(recalls[0]!.id), '已收回')
    expect(await searchRecalls(tools, people.eastTech, { open: true, limit: 100 })).toHaveLength(recalls.length - 1)

    await amended(id, 'correction', { impression: '右侧胫骨上段骨折。' })
    const third = signedReportOf(await standing(id))
    expect(third.content.predecessors.map(({ version, hash }) => [version, hash])).toEqual([
      [2, second.hash],
      [1, first.hash],
    ])
    const sr = naturalized(structuredReport(third.content))
    const [{ ReferencedSeriesSequence: before }] = [sr.PredecessorDocumentsSequence].flat()
    expect([before].flat()).toHaveLength(2)
    expect([sr.CompletionFlag, sr.VerificationFlag, sr.PreliminaryFlag]).toEqual(['COMPLETE', 'VERIFIED', 'FINAL'])
  })

  testWithPeer('dciodvfy', 'the SR of every kind of version has no error for dciodvfy', async () => {
    const id = await submitted({ technique: '平扫', comparison: '无', remark: '无', wording: 'possible', grade: { grade: '甲', dims: {} } })
    await query(index.pool, 'update workitem set urgency = 1 where id = $1', [id])
    await act(county.people.wang, id, 'temp-release')
    const rows = [await standing(id)]
    await act(county.people.zeng, id, 'review')
    await act(county.people.zeng, id, 'sign')
    rows.push(await standing(id))
    await amended(id, 'addendum', { findings: '补充：见少量积液。', impression: '少量积液。' })
    rows.push(await standing(id))
    for (const row of rows) {
      const path = join(folder, `sr-${row.version}.dcm`)
      await writeFile(path, structuredReport(signedReportOf(row).content))
      const { output } = await run('dciodvfy', [path])
      expect(output).toContain('EnhancedSR')
      expect(output).not.toMatch(/^Error/m)
    }
  })
})

test('a temporary report stands with a watermark until the final one; who saw it is told; its SR is preliminary', async () => {
  const { people, tools } = county
  const id = await submitted()
  expect(await codeOf(act(people.wang, id, 'temp-release'))).toBe('not-urgent')
  await query(index.pool, 'update workitem set urgency = 1 where id = $1', [id])
  expect(await codeOf(act({ ...people.wang, pinGivenAt: null }, id, 'temp-release'))).toBe('pin-needed')
  await act(people.wang, id, 'temp-release')
  const temporary = await standing(id)
  expect(temporary.kind).toBe('temporary')
  const { view } = await getReport(tools, people.eastDoctor, temporary.id)
  expect(view).toMatchObject({ status: 'temporary', standing: true, reviewer: '' })
  await noteDelivery(tools, people.eastDoctor, [temporary.id], 'web')
  const sr = naturalized(structuredReport(signedReportOf(temporary).content))
  expect([sr.CompletionFlag, sr.VerificationFlag, sr.PreliminaryFlag]).toEqual(['PARTIAL', 'UNVERIFIED', 'PRELIMINARY'])
  await act(people.zeng, id, 'review')
  await act(people.zeng, id, 'sign')
  expect((await standing(id)).predecessor).toBe(temporary.id)
  expect((await myNotices(tools, people.eastDoctor))[0]).toMatchObject({ kind: 'final', report: String(temporary.id) })
})

test('an addendum leaves the report above it word for word, whoever writes it', async () => {
  const id = await signed({ impression: '原诊断。', findings: '原所见。' })
  await amended(id, 'addendum', { findings: '补充所见。', impression: '补充意见。' })
  const { content } = signedReportOf(await standing(id))
  expect([content.findings, content.impression]).toEqual(['原所见。', '原诊断。'])
  expect(content.addenda).toMatchObject([{ findings: '补充所见。', impression: '补充意见。', author: { displayName: '赵敏' } }])
  expect(content.original).toMatchObject({ author: { displayName: '王丽' }, reviewer: { displayName: '曾国强' } })
})

test('a retraction leaves nothing standing: viewers are told, outside the centre its text is gone, and the next reading begins empty', async () => {
  const { people, tools } = county
  const id = await signed()
  const { id: report } = await standing(id)
  await noteDelivery(tools, people.eastDoctor, [report], 'web')
  await notePrint(tools, people.eastDoctor, report, 1)
  expect(await codeOf(act(people.zeng, id, 'retract', { reason: '患者错误' }))).toBe('not-yours')
  await act(chief, id, 'retract', { reason: '患者错误' })
  expect(await reportOfWorkitem(index.pool, id)).toBeUndefined()
  expect((await myNotices(tools, people.eastDoctor))[0]).toMatchObject({ kind: 'retraction', successor: null, printed: 1 })
  expect((await getReport(tools, people.eastDoctor, report)).view).toMatchObject({ fate: 'retracted', findings: '', impression: '' })
  await expect(getSignedReport(tools, people.eastDoctor, report)).rejects.toThrow('was retracted')
  expect((await getReport(tools, people.zeng, report)).view).toMatchObject({ fate: 'retracted', impression: completeDraft.impression })
  expect((await searchRecalls(tools, people.eastTech, { open: true, limit: 10 }))[0]).toMatchObject({
    report: String(report),
    why: 'retraction',
  })
  await act(chief, id, 'ready', { reason: '重新阅片' })
  expect((await openWorkitem(tools, people.wang, id)).draft).toMatchObject({ findings: '', impression: '', polarity: null })
  await expect(query(index.pool, 'insert into standing_report (workitem_id, report_id) values ($1, $2)', [id, report])).rejects.toThrow(
    'cannot stand',
  )
})

describe('taking a signature back', () => {
  test('within the time that the centre sets, while nobody outside saw it; then the version is as if it had not been', async () => {
    const { people, tools } = county
    await writePolicy(index.pool, 'undoSeconds', 600, null)
    try {
      const id = await signed()
      const first = await standing(id)
      expect(await codeOf(act(people.zhao, id, 'unsign'))).not.toBe('done')
      await noteDelivery(tools, people.wang, [first.id], 'web')
      await act(people.zeng, id, 'unsign')
      expect(await reportOfWorkitem(index.pool, id)).toBeUndefined()
      await expect(getReport(tools, people.eastDoctor, first.id)).rejects.toThrow('no report')
      expect(await query(index.pool, 'select from report_document where report_id = $1', [first.id])).toEqual([])
      await act(people.zeng, id, 'sign')
      const second = signedReportOf(await standing(id))
      expect([second.content.version, second.content.predecessors]).toEqual([2, []])
      await noteDelivery(tools, people.eastDoctor, [(await standing(id)).id], 'web')
      expect(await codeOf(act(people.zeng, id, 'unsign'))).toBe('report-seen')
    } finally {
      await writePolicy(index.pool, 'undoSeconds', 0, null)
    }
    const late = await signed()
    expect(await codeOf(act(county.people.zeng, late, 'unsign'))).not.toBe('done')
  })
})

test('author and reviewer are two people; the policy of the night lets one be both, and the report says so (scenario F)', async () => {
  const { zeng } = county.people
  studies += 1
  const id = await county.ready(studies)
  await act(zeng, id, 'claim')
  await write(zeng, id)
  await act(zeng, id, 'submit')
  expect(await codeOf(act(zeng, id, 'review'))).toBe('same-person')
  await writePolicy(index.pool, 'sameSigner', { from: '00:00', to: '23:59' }, null)
  try {
    await act(zeng, id, 'review')
    await act(zeng, id, 'sign')
  } finally {
    await writePolicy(index.pool, 'sameSigner', null, null)
  }
  expect(signedReportOf(await standing(id)).content).toMatchObject({ samePerson: true, author: { displayName: '曾国强' } })
})

describe('signatures', () => {
  test('of author and reviewer verify offline, and nothing else does', async () => {
    const id = await signed()
    const first = await standing(id)
    await amended(id, 'correction', { impression: '更正。' })
    const second = await standing(id)
    const keys = await exportKeys(county.tools)
    const bytes = Buffer.from(second.content, 'utf8')
    const told = verifyReport(bytes, keys, [Buffer.from(first.content, 'utf8')])
    expect([told.holds, told.hash]).toEqual([true, second.hash])
    expect(told.lines.filter((line) => line.includes('signature over'))).toHaveLength(2)
    expect(verifyReport(Buffer.from(second.content.replace('更正。', '更改。'), 'utf8'), keys).holds).toBe(false)
    expect(verifyReport(bytes, keys, [Buffer.from(first.content.replace('心肺', '肺心'), 'utf8')]).holds).toBe(false)
    // A rotated key signs nothing more, and verifies what it signed.
    const { keyId } = await rotateKey(county.tools, county.people.zeng)
    expect(verifyReport(bytes, await exportKeys(county.tools)).holds).toBe(true)
    const third = await signed()
    expect(signedReportOf(await standing(third)).content.signatures.at(-1)!.keyId).toBe(keyId)
  })

  test('stand under ward and bed too; a report that was signed before there were beds stays as it was signed', async () => {
    const id = await signed()
    const { content, text } = signedReportOf(await standing(id))
    expect(content.clinical).toMatchObject({ ward: '', bed: '' })
    const keys = await exportKeys(county.tools)
    expect(verifyReport(Buffer.from(text.replace('"bed":""', '"bed":"7"'), 'utf8'), keys).holds).toBe(false)

    const { ward: _, bed: __, ...clinical } = content.clinical
    const older = { ...content, clinical }
    const { value } = await county.tools.signer.sign(index.pool, county.people.zeng.account, signedBytes(older, 'report'))
    const signatures = content.signatures.map((one) => (one.over === 'report' ? { ...one, value } : one))
    const kept = freeze({ ...older, signatures })
    expect(verifyReport(Buffer.from(kept.text, 'utf8'), keys).holds).toBe(true)
    // Read and written again it is the same, to the byte.
    expect(freeze(contentOf({ content: kept.text })).hash).toBe(kept.hash)
  })

  testWithPeer('openssl', 'are what openssl verifies with the exported key', async () => {
    const { content, text } = signedReportOf(await standing(await signed()))
    const { keys } = await exportKeys(county.tools)
    const { signatures: _, ...rest } = JSON.parse(text)
    for (const { over, value, keyId } of content.signatures) {
      const pem = keys.find((key) => key.keyId === keyId)!.pem
      await writeFile(join(folder, 'key.pem'), pem)
      await writeFile(join(folder, 'signed.bin'), canonical(over === 'report' ? rest : content.submission))
      await writeFile(join(folder, 'value.bin'), Buffer.from(value, 'base64'))
      const args = ['pkeyutl', '-verify', '-pubin', '-inkey', 'key.pem', '-rawin', '-in', 'signed.bin', '-sigfile', 'value.bin']
      const { output } = await run(
        'openssl',
        args.map((arg) => (/\.(pem|bin)$/.test(arg) ? join(folder, arg) : arg)),
      )
      expect(output).toContain('Signature Verified Successfully')
    }
  })

  test('a report of the first format stays readable and verifiable by its digest', async () => {
    const text = JSON.stringify({ author: { displayName: '王丽', username: 'w' }, format: 'report/1', kind: 'final', version: 1 })
    const { content } = signedReportOf({ content: text, hash: '' })
    expect(content).toMatchObject({ format: 'report/1', addenda: [], signatures: [], verify: null })
  })
})

test('the code of a print says whether it is the version that counts, and names nobody', async () => {
  const id = await signed()
  const first = await standing(id)
  expect(first.code).toMatch(/^[\w-]{22}$/)
  expect(await verifyCode(index, first.code!)).toMatchObject({ fate: 'standing', maskedName: '张*', hash: first.hash })
  await amended(id, 'correction', {})
  expect(await verifyCode(index, first.code!)).toMatchObject({ fate: 'superseded', standingVersion: 2 })
  expect(await verifyCode(index, 'A'.repeat(22))).toBeUndefined()
  expect(await verifyCode(index, "x' or '1'='1")).toBeUndefined()
  expect(['张三', '欧阳修文', '李', ''].map(maskedName)).toEqual(['张*', '欧***', '*', '*'])
})

test('normal health checks are signed in one go; whatever is not plainly that is refused on its own', async () => {
  const { zeng, wang } = county.people
  const normal = [await submitted(), await submitted()]
  const positive = await submitted({ polarity: 'positive', impression: '胸部骨折。' })
  const urgent = await submitted()
  await query(index.pool, 'update workitem set urgency = 4 where id = any($1)', [[...normal, positive]])
  expect((await signableBatch(county.tools, zeng, 100)).map(({ id }) => Number(id))).toEqual(normal)
  await expect(signBatch(county.tools, { ...zeng, pinGivenAt: null }, normal, false)).rejects.toMatchObject({ code: 'pin-needed' })
  await expect(signBatch(county.tools, wang, normal, true)).rejects.toThrow()
  const answer = await signBatch(county.tools, zeng, [...normal, positive, urgent, 999_999], true)
  expect(answer.signed.map(Number)).toEqual(normal)
  expect(answer.refused.map(({ code }) => code)).toEqual(['not-normal', 'not-normal', 'not-found'])
  expect((await standing(normal[0]!)).kind).toBe('final')
})

test('documents of a retracted version that were stored are put aside, those that were not are never made', async () => {
  const id = await signed()
  const { id: report } = await standing(id)
  await act(chief, id, 'retract', { reason: '患者错误' })
  expect(await query(index.pool, 'select from report_document where report_id = $1', [report])).toEqual([])
  expect(await rejectDocuments(county.tools)).toBe(0)
})

test('whatever is done to reports, at most one version stands and what was signed never changes', async () => {
  const { wang, zhao, zeng } = county.people
  await writePolicy(index.pool, 'undoSeconds', 600, null)
  const digests = new Map<number, string>()
  const step = fc.record({
    who: fc.constantFrom(wang, zhao, zeng, chief),
    verb: fc.constantFrom<Verb>(
      'claim',
      'submit',
      'review',
      'sign',
      'unsign',
      'amend',
      'abandon',
      'retract',
      'ready',
      'temp-release',
      'recall',
      'rework',
    ),
    amending: fc.constantFrom('addendum' as const, 'correction' as const),
    text: fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== ''),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const id = await signed()
      await query(index.pool, 'update workitem set urgency = 1 where id = $1', [id])
      for (const { who, verb, amending, text } of steps) {
        if (verb === 'submit') await write(who, id, { findings: text, impression: text }).catch(() => undefined)
        const request = { reason: text, amending, amendingClass: 'typo' as const }
        await act(who, id, verb, request).catch((error: unknown) => {
          if (!(error instanceof Refused)) throw error
        })
        const versions = await reportVersions(index.pool, id)
        expect(versions.filter(({ status }) => status === 'standing').length).toBeLessThanOrEqual(1)
        expect(versions.map(({ version }) => version)).toEqual(versions.map((_, n) => versions.length - n))
        for (const row of versions) {
          expect(createHash('sha256').update(row.content).digest('hex')).toBe(row.hash)
          expect(digests.get(row.id) ?? row.hash).toBe(row.hash)
          digests.set(row.id, row.hash)
        }
        const [{ state }] = (await query<{ state: string }>(index.pool, 'select state from workitem where id = $1', [id])) as [
          { state: string },
        ]
        const stands = versions.find(({ status }) => status === 'standing')
        if (state === 'FINAL' || state === 'AMENDED') expect(stands?.kind).not.toBe('temporary')
        if (state === 'RETRACTED' || state === 'READY') expect([undefined, 'temporary']).toContain(stands?.kind)
      }
      expect((await findReport(index.pool, wang.scope, -1)) === undefined).toBe(true)
    }),
    { numRuns: 8 },
  )
  await writePolicy(index.pool, 'undoSeconds', 0, null)
}, 120_000)
