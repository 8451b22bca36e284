/** My statistics: what a technologist and their institution are measured by. reading.md §6.3. */
import {
  arrivalSeconds,
  type BoardFigures,
  boardFigures,
  type ReasonWeek,
  returnedReasons,
  type WeekFigures,
  weeklyFigures,
} from '../../../storage/index/reading/board-figures.ts'
import { type Asker, demand } from '../../access.ts'
import type { ReadingTools } from '../tools.ts'

export interface MyFigures {
  readonly days: number
  /** From the end of the exam until it can be read. */
  readonly arrivalLimitSeconds: number
  /** Those that the asker looked at or sent. */
  readonly own: BoardFigures
  readonly institution: BoardFigures
  readonly weeks: readonly WeekFigures[]
  readonly reasons: readonly ReasonWeek[]
}

/** @throws Forbidden */
export async function myFigures({ index: { pool } }: Pick<ReadingTools, 'index'>, asker: Asker, days: number): Promise<MyFigures> {
  demand(asker, 'board')
  const { id } = asker.institution
  const [own, institution, weeks, reasons] = await Promise.all([
    boardFigures(pool, id, days, asker.account),
    boardFigures(pool, id, days, null),
    weeklyFigures(pool, id, days),
    returnedReasons(pool, id, days),
  ])
  return { days, arrivalLimitSeconds: arrivalSeconds, own, institution, weeks, reasons }
}
