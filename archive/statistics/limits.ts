/** Minutes allowed from readable to signed, by urgency and kind of examination, as the county has set them. reading.md §3.3. */
import type { Queryable } from '../../storage/index/query.ts'
import { turnaround, type Urgency } from '../reading/turnaround.ts'

const minuteMs = 60_000
/** One modality of each kind: the limits tell no more apart. */
const examples = { radiograph: 'DX', sectional: 'CT' } as const

export async function limitsInForce(_on: Queryable): Promise<(urgency: number, kind: keyof typeof examples) => number> {
  return (urgency, kind) => turnaround(urgency as Urgency, examples[kind]) / minuteMs
}
