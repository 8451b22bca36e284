/**
 * The documents of signed reports become instances of their study: SR and Encapsulated PDF, through the same door as every image, under the UIDs that
 * the signature reserved. Tried for ever, ever more slowly; storing one twice keeps nothing twice, since the same report gives the same bytes.
 */
import { transaction } from '../../../storage/index/query.ts'
import {
  type DocumentKind,
  markDelivered,
  markFailed,
  markForRejection,
  markStored,
  type PendingDocument,
  predecessorsOf,
  takePendingDocument,
} from '../../../storage/index/reading/reports.ts'
import { appendChanges } from '../../../storage/index/reading/workitem-change.ts'
import type { Source } from '../../../storage/index/records.ts'
import type { RenderTools } from '../../rendered.ts'
import { type SignedReport, signedReportOf } from '../reports/report-content.ts'
import type { ReadingTools } from '../tools.ts'
import { encapsulatedPDF } from './encapsulated-pdf.ts'
import type { Fonts } from './glyphs.ts'
import { drawnPictures } from './pictures.ts'
import { reportKeyObjects } from './report-key-objects.ts'
import { reportPDF, storedCopy } from './report-pdf.ts'
import { structuredReport } from './structured-report.ts'

export interface DocumentTools extends Pick<ReadingTools, 'index'> {
  readonly render: RenderTools
  /** `archive/store.ts` with its tools. */
  readonly store: (source: Source, part10: AsyncIterable<Uint8Array>) => Promise<unknown>
  readonly fonts: () => Fonts
  readonly log: { warn(about: object, message: string): void }
}

const makers: Readonly<Record<DocumentKind, (tools: DocumentTools, pending: PendingDocument, report: SignedReport) => Promise<Buffer>>> = {
  sr: async (_, __, { content }) => structuredReport(content),
  kos: async (_, { StudyInstanceUID }, { content }) => reportKeyObjects(content, StudyInstanceUID),
  pdf: async ({ render, fonts }, { reportId, institution, centre }, report) => {
    // The centre sees every study that it read; the owner of one of them may not see the others.
    const drawn = await drawnPictures(render, [institution.id, centre], reportId, report.content)
    return encapsulatedPDF(report.content, await reportPDF(report, fonts(), drawn, storedCopy))
  },
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
      await markFailed(tools.index.pool, pending.SOPInstanceUID, failure)
      tools.log.warn(
        { err: error, report: pending.reportId, kind: pending.kind, attempts: pending.attempts },
        'a report document was not stored',
      )
    }
  }
}

async function storeDocument(tools: DocumentTools, pending: PendingDocument): Promise<void> {
  const { reportId, kind, SOPInstanceUID, institution } = pending
  const report = signedReportOf(pending)
  const part10 = await makers[kind](tools, pending, report)
  // It belongs to the study's owner, who already sees it; whoever was granted the study sees the document too.
  const source: Source = { institution: institution.id, institutionCode: institution.code, grants: [], via: 'authored' }
  await tools.store(source, one(part10))
  await transaction(tools.index.pool, async (client) => {
    if (!(await markStored(client, SOPInstanceUID))) return
    await markDelivered(client, pending.workitem)
    // What was corrected is put aside once the correction itself is there; what was only added to stays beside it.
    if (report.content.kind === 'correction') await markForRejection(client, await predecessorsOf(client, reportId), '113001')
    await appendChanges(client, [{ kind: 'workitem', studyPk: pending.studyPk, ref: String(pending.workitem) }])
  })
}

async function* one(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
