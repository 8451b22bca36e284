/**
 * The documents of signed reports become instances of their study: SR and Encapsulated PDF, through the same door as every image, under the UIDs that
 * the signature reserved. Tried for ever, ever more slowly; storing one twice keeps nothing twice, since the same report gives the same bytes.
 */
import { transaction } from '../../../storage/index/query.ts'
import {
  type DocumentKind,
  markFailed,
  markStored,
  type PendingDocument,
  takePendingDocument,
} from '../../../storage/index/reading/reports.ts'
import { appendChanges } from '../../../storage/index/reading/workitem-change.ts'
import type { Source } from '../../../storage/index/records.ts'
import type { ReportContent } from '../report-content.ts'
import type { ReadingTools } from '../tools.ts'
import { encapsulatedPDF } from './encapsulated-pdf.ts'
import type { Fonts } from './glyphs.ts'
import { reportPDF } from './report-pdf.ts'
import { structuredReport } from './structured-report.ts'

export interface DocumentTools extends Pick<ReadingTools, 'index'> {
  /** `archive/store.ts` with its tools. */
  readonly store: (source: Source, part10: AsyncIterable<Uint8Array>) => Promise<unknown>
  readonly fonts: () => Fonts
  readonly log: { warn(about: object, message: string): void }
}

const makers: Readonly<Record<DocumentKind, (content: ReportContent, hash: string, fonts: Fonts) => Promise<Buffer>>> = {
  sr: async (content) => structuredReport(content),
  pdf: async (content, hash, fonts) => encapsulatedPDF(content, await reportPDF(content, hash, fonts)),
}

/** Stores what is due, until nothing is. Answers how many documents were stored. */
export async function storeDocuments(tools: DocumentTools): Promise<number> {
  let stored = 0
  for (;;) {
    const pending = await takePendingDocument(tools.index.pool)
    if (pending === undefined) return stored
    try {
      await storeDocument(tools, pending)
      stored += 1
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      await markFailed(tools.index.pool, pending.reportId, pending.kind, failure)
      tools.log.warn(
        { err: error, report: pending.reportId, kind: pending.kind, attempts: pending.attempts },
        'a report document was not stored',
      )
    }
  }
}

async function storeDocument(tools: DocumentTools, pending: PendingDocument): Promise<void> {
  const { reportId, kind, institution, content, hash } = pending
  const part10 = await makers[kind](JSON.parse(content) as ReportContent, hash, tools.fonts())
  // It belongs to the study's owner, who already sees it; whoever was granted the study sees the document too.
  const source: Source = { institution: institution.id, institutionCode: institution.code, grants: [], via: 'authored' }
  await tools.store(source, one(part10))
  await transaction(tools.index.pool, async (client) => {
    if (!(await markStored(client, reportId, kind))) return
    await appendChanges(client, [{ kind: 'workitem', studyPk: pending.studyPk, ref: String(pending.workitem) }])
  })
}

async function* one(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
