/** What whoever holds a printed report may learn of it: whether it is the version that counts, and enough to see that it is this paper, no more. */
import type { Index } from '../../../storage/index/postgres.ts'
import { type ReportKind, type ReportStatus, reportByCode, reportVersions } from '../../../storage/index/reading/reports.ts'
import { contentOf } from '../reports/report-content.ts'

export interface Verified {
  readonly kind: ReportKind
  readonly version: number
  readonly fate: ReportStatus
  /** Of the version that counts now; null: none does. */
  readonly standingVersion: number | null
  /** 张*, 欧阳**: the first character, and how many there are. */
  readonly maskedName: string
  readonly institution: string
  readonly centre: string
  readonly signedAt: string
  readonly hash: string
}

/** @param code from the QR code: 128 random bits, so there is nothing to guess */
export async function verifyReport({ pool }: Index, code: string): Promise<Verified | undefined> {
  if (!/^[A-Za-z0-9_-]{22}$/.test(code)) return undefined
  const row = await reportByCode(pool, code)
  if (row === undefined) return undefined
  const { patient, institution, centre, signedAt } = contentOf(row)
  const stands = (await reportVersions(pool, row.workitem)).find(({ status }) => status === 'standing')
  return {
    kind: row.kind,
    version: row.version,
    fate: row.status,
    standingVersion: stands?.version ?? null,
    maskedName: maskedName(patient.name),
    institution: institution.name,
    centre: centre.title,
    signedAt,
    hash: row.hash,
  }
}

/** The first character stays; a name of one character is hidden whole. */
export function maskedName(name: string): string {
  const characters = [...name.trim()]
  if (characters.length < 2) return '*'
  return characters[0] + '*'.repeat(Math.min(characters.length - 1, 3))
}
