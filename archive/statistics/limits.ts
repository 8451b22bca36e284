/** Minutes allowed from readable to signed, by urgency and kind of examination, as the centre has set them. reading.md §3.3. */
import type { Queryable } from '../../storage/index/query.ts'
import type { ExamKind } from '../../storage/index/statistics/figures.ts'
import type { Urgency } from '../reading/turnaround/turnaround.ts'
import { turnaroundOf } from '../reading/turnaround/turnaround-rules.ts'

export async function limitsInForce(on: Queryable, centre: number): Promise<(urgency: number, kind: ExamKind) => number> {
  const { rules } = await turnaroundOf(on, centre)
  return (urgency, kind) => rules[urgency as Urgency][kind].minutes
}
