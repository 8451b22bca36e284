/**
 * The author's signature: given when the text is submitted, over its digest, and kept in the event log until the reviewer signs. A reviewer may improve the
 * text; what the author stood for stays provable from the kept draft.
 */
import type { Queryable } from '../../../storage/index/query.ts'
import { type DraftText, findDraft } from '../../../storage/index/reading/drafts.ts'
import { lastEvent } from '../../../storage/index/reading/reports.ts'
import { profileOf } from '../../../storage/index/reading/signing.ts'
import type { LockedWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import type { Asker } from '../../access.ts'
import { Refused } from '../refused.ts'
import type { Signer } from '../signing/signer.ts'
import { canonicalJSON, hashOf, type Json } from './canonical-json.ts'
import type { Signature, Submission } from './report-content.ts'

/** Hexadecimal SHA-256 of the text, as it was when it was submitted. */
export function draftDigest(draft: DraftText): string {
  const { technique, comparison, findings, impression, advice, remark, polarity, wording, grade, keyImages } = draft
  const text: Json = { technique, comparison, findings, impression, advice, remark, polarity, wording, grade, keyImages: keyImages as Json }
  return hashOf(canonicalJSON(text))
}

export async function signSubmission(
  signer: Signer,
  client: Queryable,
  workitem: LockedWorkitem,
  author: Asker,
): Promise<{ submission: Submission; signature: Signature }> {
  const draft = await findDraft(client, workitem.id)
  if (draft === undefined) throw new Refused('draft-incomplete', 'There is no draft')
  const submission: Submission = {
    format: 'submission/1',
    workitem: String(workitem.id),
    StudyInstanceUID: workitem.StudyInstanceUID,
    draft: draftDigest(draft),
    author: { username: author.username, displayName: author.displayName },
    at: workitem.now.toISOString(),
  }
  const bytes = Buffer.from(canonicalJSON(submission), 'utf8')
  return { submission, signature: await signatureOf(signer, client, author, bytes, 'author', 'submission', submission.at) }
}

/** What the author signed last; undefined for what was submitted before there were keys. */
export async function lastSubmission(
  client: Queryable,
  workitem: number,
): Promise<{ submission: Submission; signature: Signature } | undefined> {
  const detail = (await lastEvent(client, workitem, 'submit'))?.detail ?? {}
  return 'submission' in detail ? (detail as unknown as { submission: Submission; signature: Signature }) : undefined
}

export async function signatureOf(
  signer: Signer,
  client: Queryable,
  { account, username, displayName }: Asker,
  bytes: Uint8Array,
  role: Signature['role'],
  over: Signature['over'],
  at: string,
): Promise<Signature> {
  const { title, picture } = await profileOf(client, account)
  return { role, username, displayName, title, picture, at, over, ...(await signer.sign(client, account, bytes)) }
}
