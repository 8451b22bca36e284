/**
 * Random verbs in the portal and random requests over UPS-RS about one reading task: the steps always agree with the task, each has gone only legal ways, one of a
 * kind is open at most, and only the signature completes them.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { type State, verbs } from '../../../../archive/reading/workflow/machine.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { stepCodes, stepKinds, stepStates } from '../../../../archive/ups/reading-step.ts'
import { completeDraft } from '../../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { startWorklist, stateOf, type Worklist } from './worklist.ts'

let index: TestIndex
let worklist: Worklist
let studies = 500
beforeAll(async () => {
  index = await openTestIndex()
  worklist = await startWorklist(index)
})
afterAll(async () => {
  await worklist.close()
  await index.close()
})

const people = ['wang', 'li', 'zeng', 'zhao', 'eastTech'] as const
const deed = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      by: fc.constantFrom(...people),
      verb: fc.constantFrom(...verbs.filter((verb) => verb !== 'expire')),
      tell: fc.boolean(),
      addendum: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      client: fc.constantFrom('ai', 'other', 'wang', 'zeng', 'eastTech'),
      wanted: fc.constantFrom('IN PROGRESS', 'CANCELED', 'COMPLETED', 'cancel request'),
      lock: fc.constantFrom('1.2.1', '1.2.2'),
      step: fc.constantFrom(...stepKinds),
    }),
  },
)

const over: ReadonlySet<string> = new Set(['COMPLETED', 'CANCELED'])
const legal = new Set(['SCHEDULED>IN PROGRESS', 'IN PROGRESS>COMPLETED', 'IN PROGRESS>CANCELED'])

test('the steps agree with the task, whoever moves it', { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 10, maxLength: 40, size: 'max' }), async (deeds) => {
      studies += 1
      const id = await worklist.county.ready(studies, {})
      await index.pool.query(
        `insert into ups_subscriber (institution_id, ae_title, filtered, deletion_lock) select id, 'ALL', false, false from (select institution_id as id from institution where reading_centre) c on conflict do nothing`,
      )
      await worklist.tell(id)
      for (const one of deeds) {
        if ('verb' in one) {
          const asker = worklist.county.people[one.by]
          await writeDraft(worklist.county.tools, asker, id, { ...completeDraft, rev: undefined }).catch(() => undefined)
          await perform(worklist.county.tools, asker, id, one.verb, {
            reason: 'because',
            pinProved: true,
            urgency: 1,
            assignee: null,
            amending: one.addendum ? 'addendum' : 'correction',
            amendingClass: one.addendum ? undefined : 'missed',
          }).catch(() => undefined)
          if (one.tell) await worklist.tell(id)
        } else {
          const [row] = (
            await index.pool.query<{ uid: string }>(
              'select sop_instance_uid as uid from ups where workitem_id = $1 and step = $2 order by ups_pk desc limit 1',
              [id, one.step],
            )
          ).rows
          if (row === undefined) continue
          const answer = await (one.wanted === 'cancel request'
            ? worklist.send(one.client, 'POST', `/workitems/${row.uid}/cancelrequest`)
            : worklist.send(one.client, 'PUT', `/workitems/${row.uid}/state`, stateOf(one.wanted, one.lock)))
          expect(answer.status, await answer.text()).toBeLessThan(500)
        }
      }
      await worklist.tell(id)
      const [task] = (
        await index.pool.query<{ state: State; holder: string | null }>(
          'select w.state, a.kind as holder from workitem w left join account a on a.id = w.assignee_id where w.id = $1',
          [id],
        )
      ).rows
      const steps = new Map<string, { state: string; locked: boolean; told: string[] }[]>()
      for (const kind of Object.keys(stepCodes)) {
        const { rows } = await index.pool.query<{ state: string; locked: boolean; told: string[] }>(
          `select u.state, u.transaction_uid is not null as locked, array(
             select e.information -> '00741000' -> 'Value' ->> 0 from ups_delivery d join ups_event e using (number)
             where e.ups_pk = u.ups_pk and d.ae_title = 'ALL' and e.type = 1 order by d.number) as told
           from ups u where u.workitem_id = $1 and u.step = $2 order by u.ups_pk`,
          [id, kind],
        )
        steps.set(kind, rows)
        for (const { state, locked, told } of rows) {
          expect(locked).toBe(state !== 'SCHEDULED')
          const changes = told.filter((next, at) => next !== told[at - 1])
          for (const [at, next] of changes.slice(1).entries()) expect(legal).toContain(`${changes[at]}>${next}`)
        }
      }
      const open = (...kinds: string[]) =>
        kinds.flatMap((kind) => steps.get(kind)!.map(({ state }) => state)).filter((state) => !over.has(state))
      const isOpen = (state: string | undefined) => state !== undefined && !over.has(state)
      // One text and one verification at most are under way, and as far as the task is; an addendum is the text of its amendment.
      const wanted = stepStates[task!.state]
      expect(open('110005', '128001')).toEqual(isOpen(wanted['110005']) ? [wanted['110005']] : [])
      expect(open('110007')).toEqual(isOpen(wanted['110007']) ? [wanted['110007']] : [])
      // Every signature, and nothing else, completes a text and its verification.
      const completed = (...kinds: string[]) =>
        kinds.flatMap((kind) => steps.get(kind)!).filter(({ state }) => state === 'COMPLETED').length
      const [{ signed } = { signed: 0 }] = (
        await index.pool.query<{ signed: number }>(
          `select count(*) as signed from workitem_event where workitem_id = $1 and verb = 'sign'`,
          [id],
        )
      ).rows
      expect([completed('110005', '128001'), completed('110007')]).toEqual([signed, signed])
      // A program holds a text at most, never a verification.
      if (task!.holder === 'program') expect(task!.state).toBe('CLAIMED')
    }),
    { numRuns: 12 },
  )
})
