/**
 * Corrections: what a study says of itself and of its patient, put right by a person with a reason, as an overlay (index.md §5). What was received is
 * never touched; searches, metadata and instances on their way out show what stands now.
 */
import type { Index } from '../storage/index/postgres.ts'
import type { Asker } from './access.ts'
import { BadRequest } from './errors.ts'

export interface CorrectionTools {
  readonly index: Index
}

export interface CorrectionRequest {
  /** New values by keyword; empty text takes a value away. Names as `A=I=P`, dates as `YYYYMMDD`. */
  readonly attributes: Readonly<Record<string, string>>
  readonly reason: string
}

/** @throws NotFound, Forbidden, BadRequest, Conflict */
export async function correctStudy(
  _tools: CorrectionTools,
  _asker: Asker,
  StudyInstanceUID: string,
  _request: CorrectionRequest,
): Promise<{ readonly revision: number }> {
  throw new BadRequest(`Study ${StudyInstanceUID} cannot be corrected yet`)
}
