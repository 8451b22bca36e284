/**
 * What follows from a change of what stands (reading.md §3.2 #13, #16, #18–20): versions are published, taken back, retracted; everybody who has an old one is
 * told. Each function runs in the transaction of its verb.
 */
import type { PoolClient } from 'pg'
import { emptyDraft, findDraft, keepDraft, saveDraft } from '../../../storage/index/reading/drafts.ts'
import { insertNotices, insertReceivers, isOut, type NoticeKind, removeNotices } from '../../../storage/index/reading/report-log.ts'
import { forgetDocuments, letStand, markForRejection, reportVersions, withdrawReports } from '../../../storage/index/reading/reports.ts'
import type { FeedChange, LockedWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import type { Asker } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { Refused } from '../refused.ts'
import { chainOf, type Frozen, signReport, signTemporary } from '../signing/sign.ts'
import type { ReadingTools } from '../tools.ts'
import { type Addendum, contentOf, type ReportContent } from './report-content.ts'
import { signSubmission } from './submission.ts'

type Detail = Record<string, unknown>

/** The author's signature. */
export async function submit(tools: ReadingTools, client: PoolClient, workitem: LockedWorkitem, author: Asker): Promise<Detail> {
  return { ...(await signSubmission(tools.signer, client, workitem, author)) }
}

/** The reviewer's signature: a version that stands from now on. */
export async function sign(
  tools: ReadingTools,
  client: PoolClient,
  workitem: LockedWorkitem,
  reviewer: Asker,
  feed: FeedChange[],
): Promise<Detail> {
  const frozen = await signReport(tools, client, workitem, reviewer)
  return published(
    client,
    workitem,
    reviewer,
    'sign',
    workitem.amending === null ? 'final' : (workitem.amending as NoticeKind),
    frozen,
    feed,
  )
}

/** 急诊临时报告, beside the review. */
export async function releaseEarly(
  tools: ReadingTools,
  client: PoolClient,
  workitem: LockedWorkitem,
  author: Asker,
  feed: FeedChange[],
): Promise<Detail> {
  const frozen = await signTemporary(tools, client, workitem, author)
  return published(client, workitem, author, 'temp-release', 'temporary', frozen, feed)
}

async function published(
  client: PoolClient,
  workitem: LockedWorkitem,
  actor: Asker,
  action: string,
  kind: NoticeKind,
  { id, hash, version, replaced }: Frozen,
  feed: FeedChange[],
): Promise<Detail> {
  const old = replaced.map((row) => row.id)
  await insertReceivers(client, old)
  const told = await insertNotices(client, { reports: old, successor: id, kind, except: actor.account })
  await auditIn(client, actor, {
    action,
    StudyInstanceUID: workitem.StudyInstanceUID,
    object: `report/${id}`,
    detail: { hash, version, kind, ...(told === 0 ? {} : { told }) },
  })
  feed.push({ kind: 'report', studyPk: workitem.studyPk, ref: String(id) })
  return { report: id, hash, version, ...(workitem.newImages ? { newImages: true } : {}) }
}

/** The last signature never was: nobody outside has seen it, and no document of it was made. @throws Refused `report-seen` */
export async function unsign(client: PoolClient, workitem: LockedWorkitem, actor: Asker, feed: FeedChange[]): Promise<Detail> {
  const [last, before] = chainOf(await reportVersions(client, workitem.id))
  if (last === undefined) throw new Refused('wrong-state', `Workitem ${workitem.id} has no report`)
  if (last.kind === 'temporary' || last.pending === 0 || (await isOut(client, last.id, workitem.centre))) {
    throw new Refused('report-seen', `Report ${last.id} has left the centre`)
  }
  await letStand(client, workitem.id, before?.id ?? null)
  await withdrawReports(client, [last.id], { how: 'unsigned', actor: actor.account, reason: '' })
  await forgetDocuments(client, [last.id])
  await removeNotices(client, last.id)
  await audited(client, workitem, actor, 'unsign', last.id, { version: last.version })
  feed.push({ kind: 'report', studyPk: workitem.studyPk, ref: String(last.id) })
  return { report: last.id, version: last.version }
}

/** No version of it stands any more, whoever it was about. */
export async function retract(
  client: PoolClient,
  workitem: LockedWorkitem,
  actor: Asker,
  reason: string,
  feed: FeedChange[],
): Promise<Detail> {
  const versions = (await reportVersions(client, workitem.id)).filter(({ withdrawn }) => withdrawn === null)
  const reports = versions.map(({ id }) => id)
  await letStand(client, workitem.id, null)
  await withdrawReports(client, reports, { how: 'retracted', actor: actor.account, reason })
  await forgetDocuments(client, reports)
  await markForRejection(client, reports, '113037')
  await insertReceivers(client, reports)
  const told = await insertNotices(client, { reports, successor: null, kind: 'retraction', except: actor.account })
  for (const id of reports) await audited(client, workitem, actor, 'retract', id, { told })
  feed.push(...reports.map((id) => ({ kind: 'report', studyPk: workitem.studyPk, ref: String(id) }) as const))
  return { reports, told }
}

/** The draft of an amendment: empty below a report that is added to; its whole text where it is corrected. */
export async function beginAmendment(
  client: PoolClient,
  workitem: LockedWorkitem,
  actor: Asker,
  amending: 'addendum' | 'correction',
): Promise<Detail> {
  const [stands] = chainOf(await reportVersions(client, workitem.id))
  if (stands === undefined) throw new Refused('wrong-state', `Workitem ${workitem.id} has no report`)
  const content = contentOf(stands)
  const { polarity, wording, grade, keyImages } = content
  const text = amending === 'addendum' ? emptyDraft : textOf(content)
  await keepDraft(client, workitem.id, 'amend')
  await saveDraft(client, workitem.id, actor.account, { ...text, polarity, wording, grade, keyImages }, 'earlier')
  return { of: stands.id }
}

function textOf(content: ReportContent) {
  const { technique, comparison, remark } = content
  const withAddenda = (field: keyof Pick<Addendum, 'findings' | 'impression' | 'advice'>) =>
    [content[field], ...content.addenda.map((addendum) => addendum[field])].filter((part) => part !== '').join('\n')
  return {
    technique,
    comparison,
    remark,
    findings: withAddenda('findings'),
    impression: withAddenda('impression'),
    advice: withAddenda('advice'),
  }
}

/** What was retracted is read anew: from nothing, since it may have been about somebody else. */
export async function beginAnew(client: PoolClient, workitem: LockedWorkitem, actor: Asker): Promise<Detail | undefined> {
  if ((await findDraft(client, workitem.id)) === undefined) return undefined
  await keepDraft(client, workitem.id, 'retract')
  await saveDraft(client, workitem.id, actor.account, emptyDraft)
  return undefined
}

const audited = (
  client: PoolClient,
  { StudyInstanceUID }: LockedWorkitem,
  actor: Asker,
  action: string,
  report: number,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> => auditIn(client, actor, { action, StudyInstanceUID, object: `report/${report}`, detail })
