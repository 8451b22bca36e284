/** Where a study stands, in the words of the imaging room and the ward: fewer than the machine's states. */
import type { StudyRow } from '../../../storage/index/reading/studies.ts'
import type { State } from './machine.ts'

/** `received`: images are arriving · `returned`: a retake is asked for · `local`: not read at the centre. */
export type Stage = 'received' | 'waiting' | 'reading' | 'returned' | 'review' | 'reported' | 'local'

const stages: Readonly<Record<State, Stage>> = {
  UPLOADING: 'received',
  READY: 'waiting',
  CLAIMED: 'reading',
  REWORK: 'reading',
  QUERIED: 'reading',
  RETURNED: 'returned',
  SUBMITTED: 'review',
  TEMP_RELEASED: 'review',
  REVIEWING: 'review',
  FINAL: 'reported',
  AMENDED: 'reported',
  RETRACTED: 'local',
  CANCELED: 'local',
}

/** A study that will be read has no workitem for the moment between its first image and the follower's turn. */
export function stageOf({ state, readAtCounty, reportId }: Pick<StudyRow, 'state' | 'readAtCounty' | 'reportId'>): Stage {
  if (reportId !== null) return 'reported'
  if (state !== null) return stages[state as State]
  return readAtCounty ? 'received' : 'local'
}

/** `sent_at` of the quiet timer: when nothing more comes, the study is READY then. Null once it is, or when it is not sent. */
export function quietUntil(
  row: Pick<StudyRow, 'state' | 'readAtCounty' | 'quietSeconds' | 'lastReceivedAt'>,
  quietSeconds: number,
): Date | null {
  const waits = row.state === 'UPLOADING' || (row.state === null && row.readAtCounty)
  return waits ? new Date(row.lastReceivedAt.getTime() + (row.quietSeconds ?? quietSeconds) * 1000) : null
}
