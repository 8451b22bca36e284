/** Many people at once on the same few workitems, on a real database: the log stays one chain, and nothing is signed twice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Refused } from '../../../../archive/reading/refused.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { type Verb, verbs } from '../../../../archive/reading/workflow/machine.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { query } from '../../../../storage/index/query.ts'
import { brokenEvents } from '../../../../storage/index/reading/workitem-change.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
})
afterAll(() => index.close())

/** A small generator of our own, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('random verbs by six people at once', async () => {
  const { wang, li, zeng, zhao, eastTech } = county.people
  const ids = [await county.ready(1), await county.ready(2), await county.ready(3)]
  const possible = verbs.filter((verb) => verb !== 'expire' && verb !== 'cancel' && verb !== 'heartbeat')
  let done = 0
  await Promise.all(
    [wang, li, zeng, zhao, zeng, eastTech].map(async (person, at) => {
      const pick = random(at + 7)
      // How many are allowed depends on who comes first: on they go until enough were.
      for (let step = 0; step < 60 || (done <= 20 && step < 1_000); step += 1) {
        const id = ids[pick(ids.length)]!
        const verb: Verb = possible[pick(possible.length)]!
        const deed =
          pick(4) === 0
            ? writeDraft(county.tools, person, id, { ...completeDraft, rev: pick(4) })
            : perform(county.tools, person, id, verb, { reason: 'x' })
        await deed.then(
          () => {
            done += 1
          },
          (error: unknown) => {
            // Whatever is refused is refused for a reason; nothing else may come.
            if (!(error instanceof Refused)) throw error
          },
        )
      }
    }),
  )
  expect(done).toBeGreaterThan(20)
  for (const id of ids) {
    expect(await brokenEvents(index.pool, id)).toEqual([])
    const [workitem] = await query<{ state: string; generation: number; last: string; steps: number; reports: number }>(
      index.pool,
      `select w.state, w.generation, (select to_state from workitem_event e where e.workitem_id = w.id order by number desc limit 1) as last,
         (select count(*) from workitem_event e where e.workitem_id = w.id and e.verb <> 'arrive') as steps,
         (select count(*) from report r where r.workitem_id = w.id) as reports
       from workitem w where w.id = $1`,
      [id],
    )
    // Every change of hands is one generation and one line of the log.
    expect(workitem).toMatchObject({ last: workitem!.state, steps: workitem!.generation, reports: workitem!.state === 'FINAL' ? 1 : 0 })
  }
  const [feed] = await query<{ last: number; n: number; max: number }>(
    index.pool,
    `select (select last from feed) as last, count(*) as n, max(number) as max from change`,
  )
  expect([feed!.n, feed!.max]).toEqual([feed!.last, feed!.last])
})
