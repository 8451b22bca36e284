import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Change, followChanges, watchChanges } from '../../archive/changes.ts'
import { announceChanges, appendChange, lastChange, readCursor } from '../../storage/index/changes.ts'
import { openIndex } from '../../storage/index/postgres.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'

let index: TestIndex
beforeAll(async () => {
  index = await openTestIndex()
})
afterAll(() => index.close())

const append = (ref: string) => appendChange(index.pool, 'workitem', null, ref)

test('a consumer gets every change once, in order, and goes on after a restart where it was', async () => {
  const seen: (string | null)[] = []
  const handle = async (changes: readonly Change[]) => {
    seen.push(...changes.map(({ ref }) => ref))
  }
  await append('1')
  const first = followChanges({ index, consumer: 'restart', handle, pollMs: 10 })
  await append('2')
  await vi.waitFor(() => expect(seen).toEqual(['1', '2']), { timeout: 20_000 })
  await first.close()
  await append('3')
  const second = followChanges({ index, consumer: 'restart', handle, pollMs: 10 })
  await vi.waitFor(() => expect(seen).toEqual(['1', '2', '3']), { timeout: 20_000 })
  await second.close()
  expect(await readCursor(index.pool, 'restart')).toBe(await lastChange(index.pool))
})

test('of two gateways one runs the consumer; when its connection breaks the other goes on', async () => {
  const seen: { by: string; ref: string | null }[] = []
  const other = openIndex({ connection: index.connection, max: 3 })
  const gateway = (by: string) =>
    followChanges({
      index: by === 'one' ? index : other,
      consumer: 'single',
      pollMs: 20,
      handle: async (changes) => {
        seen.push(...changes.map(({ ref }) => ({ by, ref })))
      },
    })
  const [one, two] = [gateway('one'), gateway('two')]
  for (let ref = 0; ref < 20; ref += 1) await append(`single ${ref}`)
  const mine = () => seen.filter(({ ref }) => ref?.startsWith('single'))
  await vi.waitFor(() => expect(mine()).toHaveLength(20), { timeout: 20_000 })
  expect(new Set(mine().map(({ by }) => by)).size).toBe(1)
  await index.pool.query(`select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
     where locktype = 'advisory' and classid = 3 and granted and datname = current_database()`)
  await append('single last')
  await vi.waitFor(() => expect(mine().map(({ ref }) => ref)).toContain('single last'), { timeout: 20_000 })
  await Promise.all([one.close(), two.close()])
  await other.close()
})

test('all who follow in one process wait on one connection; what one of them gives up another takes', async () => {
  const seen: string[] = []
  const follow = (by: string, consumer: string) =>
    followChanges({ index, consumer, pollMs: 20, handle: async (changes) => void seen.push(...changes.map(({ ref }) => `${by} ${ref}`)) })
  const others = Array.from({ length: 8 }, (_, n) => follow(`other ${n}`, `other ${n}`))
  const [first, second] = [follow('first', 'shared'), follow('second', 'shared')]
  await append('shared 1')
  const of = (ref: string) => seen.filter((line) => line.endsWith(ref))
  await vi.waitFor(() => expect(of('shared 1')).toHaveLength(9), { timeout: 20_000 })
  const { rows } = await index.pool.query(
    `select count(distinct l.pid)::int as lines, count(*)::int as taken from pg_locks l join pg_database d on d.oid = l.database
     where locktype = 'advisory' and classid = 3 and granted and datname = current_database()`,
  )
  expect(rows).toEqual([{ lines: 1, taken: 9 }])
  const [holder, waiting] = of('shared 1').some((line) => line.startsWith('first')) ? [first, 'second'] : [second, 'first']
  await holder.close()
  await append('shared 2')
  await vi.waitFor(() => expect(of('shared 2')).toContain(`${waiting} shared 2`), { timeout: 20_000 })
  await Promise.all([first, second, ...others].map((following) => following.close()))
})

test('a batch that fails comes again', async () => {
  let attempts = 0
  const seen: (string | null)[] = []
  const following = followChanges({
    index,
    consumer: 'fails',
    pollMs: 10,
    handle: async (changes) => {
      attempts += 1
      if (attempts < 3) throw new Error('not now')
      seen.push(...changes.map(({ ref }) => ref))
    },
  })
  await append('again')
  await vi.waitFor(() => expect(seen).toContain('again'), { timeout: 20_000 })
  await following.close()
})

test('a watcher hears from now on, at once when it is announced', async () => {
  const seen: (string | null)[] = []
  await append('before')
  const watching = watchChanges({
    index,
    pollMs: 60_000,
    handle: async (changes) => {
      seen.push(...changes.map(({ ref }) => ref))
    },
  })
  await new Promise((resolve) => setTimeout(resolve, 200))
  await append('after')
  await announceChanges(index.pool)
  // Long before it would look by itself.
  await vi.waitFor(() => expect(seen).toEqual(['after']), { interval: 5, timeout: 20_000 })
  await watching.close()
})
