/** Reviewing and being reviewed: which text the changes are measured against, reasons and grade (kept by this browser until they are sent), what was accepted. */
import { useEffect, useMemo, useState } from 'react'
import type { Texts } from '../api/editor.ts'
import type { ChangeReason } from '../api/review-types.ts'
import type { ReportText, WorkitemDetail } from '../api/types.ts'
import { openCopies } from '../drafts/copy.ts'
import { textOf } from '../drafts/draft.ts'
import { type Reasons, reviewChanges, type TrackedSection, trackedSections } from './tracked-changes.ts'

interface Kept {
  readonly reasons: Reasons
  readonly grade: number | null
  readonly accepted: readonly string[]
}
const nothing: Kept = { reasons: {}, grade: null, accepted: [] }

export interface Review {
  /** reviewing: by the reviewer who holds it · reworking: the author sees what was changed · none */
  readonly mode: 'reviewing' | 'reworking' | 'none'
  readonly sections: readonly TrackedSection[]
  readonly reasons: Reasons
  readonly grade: number | null
  readonly accepted: ReadonlySet<string>
  readonly last: Texts['reviews'][number] | undefined
  setReason(key: string, reason: ChangeReason): void
  setGrade(grade: number | null): void
  accept(keys: readonly string[]): void
  /** `details.review` of rework and sign. */
  details(): Readonly<Record<string, unknown>>
}

export function useReview(workitem: WorkitemDetail, account: string, text: ReportText, texts: Texts | undefined): Review {
  const subject = `review ${workitem.id}`
  const [copies] = useState(() => openCopies<Kept>(indexedDB))
  const [kept, setKept] = useState<Kept>(nothing)
  useEffect(() => {
    copies.read(account, subject).then(
      (found) => found && setKept(found),
      () => undefined,
    )
  }, [copies, account, subject])
  const keep = (change: Partial<Kept>) =>
    setKept((before) => {
      const now = { ...before, ...change }
      copies.write(account, subject, now).catch(() => undefined)
      return now
    })

  const rework = texts?.reviews.find(({ verb }) => verb === 'rework')
  const reviewing = workitem.state === 'REVIEWING'
  const reworking = rework !== undefined && (workitem.state === 'REWORK' || (workitem.state === 'CLAIMED' && workitem.reworked))
  const mode = reviewing ? 'reviewing' : reworking ? 'reworking' : 'none'
  const rev = reviewing ? texts?.submitted : reworking ? rework.baseRev : null
  const base = useMemo(() => {
    const version = texts?.versions.find((each) => each.rev === rev)
    return version === undefined ? undefined : textOf(version)
  }, [texts, rev])
  // What the author changes after the rework is their own: shown is what the reviewer did.
  const against = useMemo(() => {
    if (!reworking) return text
    const sentBack = texts?.versions.find((each) => each.rev === rework.rev)
    return sentBack === undefined ? text : textOf(sentBack)
  }, [reworking, texts, rework, text])
  const sections = useMemo(() => (base === undefined ? [] : trackedSections(base, against)), [base, against])

  return {
    mode,
    sections,
    reasons: kept.reasons,
    grade: kept.grade,
    accepted: new Set(kept.accepted),
    last: rework,
    setReason: (key, reason) => keep({ reasons: { ...kept.reasons, [key]: reason } }),
    setGrade: (grade) => keep({ grade }),
    accept: (keys) => keep({ accepted: [...new Set([...kept.accepted, ...keys])] }),
    details: () => ({ review: { grade: kept.grade, changes: reviewChanges(sections, kept.reasons).slice(0, 300) } }),
  }
}
