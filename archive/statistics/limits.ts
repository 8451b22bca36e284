/** Minutes allowed from readable to signed, by urgency and kind of examination, as the county has set them. reading.md §3.3. */
import { listInstitutions } from '../../storage/index/institutions.ts'
import type { Queryable } from '../../storage/index/query.ts'
import { defaultRules, type Urgency } from '../reading/turnaround.ts'
import { turnaroundOf } from '../reading/turnaround-rules.ts'

/** One kind of rule for each: the limits tell no more apart. */
const examples = { radiograph: 'radiograph', sectional: 'ct' } as const

export async function limitsInForce(on: Queryable): Promise<(urgency: number, kind: keyof typeof examples) => number> {
  const centre = (await listInstitutions(on)).find(({ readingCentre }) => readingCentre)
  const rules = centre === undefined ? defaultRules : (await turnaroundOf(on, centre.id)).rules
  return (urgency, kind) => rules[urgency as Urgency][examples[kind]].minutes
}
