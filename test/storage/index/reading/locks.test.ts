/** What waited for the lock of a workitem reads what the transaction before it wrote, in every table. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '../../../../storage/index/query.ts'
import { lockWorkitem } from '../../../../storage/index/reading/workitem-change.ts'
import { lockReading } from '../../../../storage/index/ups/reading.ts'
import { readingCounty } from '../../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'

let index: TestIndex
beforeAll(async () => {
  index = await openTestIndex()
})
afterAll(() => index.close())

test('both locks of a workitem see the draft and the study that were written while they waited', async () => {
  const county = await readingCounty(index)
  const id = await county.ready(1)
  const waiting: Promise<unknown>[] = []
  await transaction(index.pool, async (client) => {
    await client.query('select from workitem where id = $1 for update', [id])
    waiting.push(
      transaction(index.pool, (other) => lockReading(other, id)),
      transaction(index.pool, (other) => lockWorkitem(other, null, id)),
    )
    for (;;) {
      const { rows } = await index.pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%workitem%'`,
      )
      if (rows.length === 2) break
      await sleep(5)
    }
    await client.query(
      `insert into draft (workitem_id, rev, author_id, findings, impression, polarity) select $1, 1, $2, '双肺清晰', '未见异常', 'negative'`,
      [id, county.people.wang.account],
    )
    await client.query(`update study set patient_name = 'LI^SI=李^四' where study_pk = (select study_pk from workitem where id = $1)`, [id])
  })
  expect(await Promise.all(waiting)).toMatchObject([{ PatientName: 'LI^SI=李^四' }, { draftComplete: true }])
})
