/**
 * The signature: the draft becomes a version of the report, frozen as canonical JSON with its hash, both doctors' signatures, the chain to the versions
 * before it, and the UIDs reserved of the documents that will be made of it (index.md §7).
 */
import type { PoolClient } from 'pg'
import { findAccount } from '../../../storage/index/reading/accounts.ts'
import { findDraft } from '../../../storage/index/reading/drafts.ts'
import { insertReport, lastEvent, type ReportKind, type ReportRow, reportVersions } from '../../../storage/index/reading/reports.ts'
import type { LockedWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import type { Asker } from '../../access.ts'
import { studiesShown } from '../documents/report-key-objects.ts'
import { policies } from '../policies.ts'
import {
  type Addendum,
  type CorrectionClass,
  contentOf,
  freeze,
  type Predecessor,
  type ReportContent,
  type SignedPerson,
  type SignedReport,
  signedBytes,
} from '../reports/report-content.ts'
import { type ReportBody, reportBody } from '../reports/report-of.ts'
import { lastSubmission, signatureOf } from '../reports/submission.ts'
import type { ReadingTools } from '../tools.ts'

/** Until the documents are stored nothing has left the house; a little more than the undo, so that the two never meet. */
const documentsAfterUndoSeconds = 2

export interface Frozen {
  readonly id: number
  readonly hash: string
  readonly version: number
  /** The versions whose place it took, newest first. */
  readonly replaced: readonly ReportRow[]
}

/** The second signature. The caller has locked the workitem and made sure that the reviewer may sign. */
export async function signReport(tools: ReadingTools, client: PoolClient, locked: LockedWorkitem, reviewer: Asker): Promise<Frozen> {
  const kind = locked.amending === 'addendum' ? 'addendum' : locked.amending === 'correction' ? 'correction' : 'final'
  const draft = await findDraft(client, locked.id)
  const written = await reportBody(tools, client, locked, reviewer, draft, await personOf(client, locked.author))
  const versions = await reportVersions(client, locked.id)
  const stands = versions.find(({ status }) => status === 'standing')
  const reviewerPerson = { username: reviewer.username, displayName: reviewer.displayName }
  const signedAt = locked.now.toISOString()
  const text: ReportBody & Pick<ReportContent, 'addenda' | 'original'> =
    kind === 'addendum' && stands !== undefined
      ? appended(contentOf(stands), written, reviewerPerson, signedAt)
      : { ...written, addenda: [], original: null }
  const submitted = await lastSubmission(client, locked.id)
  return publish(tools, client, locked, reviewer, versions, {
    ...text,
    kind,
    reviewer: reviewerPerson,
    samePerson: locked.author === reviewer.account,
    correction:
      kind === 'correction' && locked.amendingClass !== null
        ? { class: locked.amendingClass as CorrectionClass, reason: (await lastEvent(client, locked.id, 'amend'))?.reason ?? '' }
        : null,
    submission: submitted?.submission ?? null,
    signatures: submitted === undefined ? [] : [submitted.signature],
  })
}

/** 急诊临时报告: with the author's signature alone, while it waits for the review. */
export async function signTemporary(tools: ReadingTools, client: PoolClient, locked: LockedWorkitem, author: Asker): Promise<Frozen> {
  const draft = await findDraft(client, locked.id)
  const person = { username: author.username, displayName: author.displayName }
  const written = await reportBody(tools, client, locked, author, draft, person)
  return publish(tools, client, locked, author, await reportVersions(client, locked.id), {
    ...written,
    kind: 'temporary',
    addenda: [],
    original: null,
    reviewer: null,
    samePerson: false,
    correction: null,
    submission: null,
    signatures: [],
  })
}

type Unpublished = Omit<ReportContent, 'format' | 'version' | 'signedAt' | 'predecessors' | 'verify' | 'documents'>

async function publish(
  tools: ReadingTools,
  client: PoolClient,
  locked: LockedWorkitem,
  signer: Asker,
  versions: readonly ReportRow[],
  text: Unpublished,
): Promise<Frozen> {
  const replaced = chainOf(versions)
  const code = tools.newCode()
  const reserved = () => ({ SOPInstanceUID: tools.newUID(), SeriesInstanceUID: tools.newUID() })
  const shown = studiesShown(text)
  const also = shown.filter((study) => study !== text.study.StudyInstanceUID)
  const documents = {
    sr: reserved(),
    pdf: reserved(),
    ...(shown.includes(text.study.StudyInstanceUID) ? { kos: reserved() } : {}),
    ...(also.length === 0 ? {} : { alsoKos: also.map((StudyInstanceUID) => ({ StudyInstanceUID, ...reserved() })) }),
  }
  const unsigned: ReportContent = {
    ...text,
    format: 'report/2',
    version: (versions[0]?.version ?? 0) + 1,
    signedAt: locked.now.toISOString(),
    predecessors: replaced.map(predecessorOf),
    verify: { code, url: `${tools.publicURL}/verify/${code}` },
    documents,
  }
  const role = text.reviewer === null ? 'author' : 'reviewer'
  const signature = await signatureOf(tools.signer, client, signer, signedBytes(unsigned, 'report'), role, 'report', unsigned.signedAt)
  const signed = freeze({ ...unsigned, signatures: [...unsigned.signatures, signature] })
  const id = await keep(client, locked, signer, signed, replaced[0])
  return { id, hash: signed.hash, version: signed.content.version, replaced }
}

async function keep(
  client: PoolClient,
  locked: LockedWorkitem,
  signer: Asker,
  { content, text, hash }: SignedReport,
  predecessor: ReportRow | undefined,
): Promise<number> {
  const { undoSeconds } = await policies(client)
  const { documents, kind, version, samePerson, verify } = content
  return insertReport(client, {
    workitem: locked.id,
    studyPk: locked.studyPk,
    version,
    kind: kind satisfies ReportKind,
    content: text,
    contentSHA256: Buffer.from(hash, 'hex'),
    author: kind === 'temporary' ? signer.account : locked.author!,
    reviewer: kind === 'temporary' ? null : signer.account,
    samePerson,
    predecessor: predecessor?.id ?? null,
    code: verify!.code,
    signedAt: locked.now,
    documents: [
      { kind: 'sr', ...documents.sr },
      { kind: 'pdf', ...documents.pdf },
      ...(documents.kos === undefined ? [] : [{ kind: 'kos' as const, ...documents.kos }]),
      ...(documents.alsoKos ?? []).map((copy) => ({ kind: 'kos' as const, ...copy })),
    ],
    // A temporary report is urgent, and is not taken back.
    delaySeconds: kind === 'temporary' || undoSeconds === 0 ? 0 : undoSeconds + documentsAfterUndoSeconds,
  })
}

/** From the version that stands back to the first, without what was taken back in between. */
export function chainOf(versions: readonly ReportRow[]): ReportRow[] {
  const byId = new Map(versions.map((row) => [row.id, row]))
  const chain: ReportRow[] = []
  for (let row = versions.find(({ status }) => status === 'standing'); row !== undefined; ) {
    chain.push(row)
    row = row.predecessor === null ? undefined : byId.get(row.predecessor)
  }
  return chain
}

function predecessorOf(row: ReportRow): Predecessor {
  const { version, kind, signedAt, study, documents } = contentOf(row)
  return { version, kind, hash: row.hash, signedAt, StudyInstanceUID: study.StudyInstanceUID, sr: documents.sr }
}

/** The report that stands, word for word, with what is added under it. */
function appended(
  stands: ReportContent,
  written: ReportBody,
  reviewer: SignedPerson,
  signedAt: string,
): ReportBody & Pick<ReportContent, 'addenda' | 'original'> {
  const { findings, impression, advice, author, polarity, wording, grade, keyImages } = written
  const addendum: Addendum = { findings, impression, advice, author, reviewer, signedAt }
  const { technique, comparison, remark } = stands
  return {
    ...written,
    technique,
    comparison,
    remark,
    findings: stands.findings,
    impression: stands.impression,
    advice: stands.advice,
    addenda: [...stands.addenda, addendum],
    original: stands.original ?? {
      author: stands.author,
      authoredAt: stands.authoredAt,
      reviewer: stands.reviewer,
      signedAt: stands.signedAt,
    },
    polarity,
    wording,
    grade,
    keyImages,
  }
}

async function personOf(client: PoolClient, account: number | null): Promise<SignedPerson | null> {
  const found = account === null ? undefined : await findAccount(client, account)
  return found === undefined ? null : { username: found.username, displayName: found.displayName }
}
