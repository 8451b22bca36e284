/** The machine's clocks: leases that run out, studies that fall quiet. Any number of gateways may turn them; each deed happens once. */
import { expiredLeases, quietWorkitems } from '../../../storage/index/reading/arrivals.ts'
import type { ReadingTools } from '../tools.ts'
import { performByClock } from './perform.ts'

/** So many at a time; the rest comes with the next turn. */
const batch = 100

/** One turn. Answers how many workitems moved. */
export async function turnClocks(tools: ReadingTools, quietSeconds: number): Promise<number> {
  const { pool } = tools.index
  let moved = 0
  for (const id of await expiredLeases(pool, batch)) if (await performByClock(tools, id, 'expire')) moved += 1
  for (const id of await quietWorkitems(pool, quietSeconds, batch)) if (await performByClock(tools, id, 'ready')) moved += 1
  return moved
}
