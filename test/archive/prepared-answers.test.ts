import { expect, test } from 'vitest'
import { PreparedAnswers } from '../../archive/prepared-answers.ts'

async function* chunks(...sizes: number[]): AsyncGenerator<Buffer> {
  for (const size of sizes) yield Buffer.alloc(size, size)
}

async function take(answer: AsyncIterable<Buffer>): Promise<Buffer> {
  const taken: Buffer[] = []
  for await (const chunk of answer) taken.push(chunk)
  return Buffer.concat(taken)
}

test('an answer passes unchanged and is there for whoever asks next', async () => {
  const prepared = new PreparedAnswers({ most: 100 })
  const first = await take(prepared.keep('7-1', chunks(3, 4)))
  expect(first).toEqual(Buffer.concat([Buffer.alloc(3, 3), Buffer.alloc(4, 4)]))
  expect(prepared.get('7-1')).toEqual(first)
  expect(prepared.get('7-2')).toBeUndefined()
})

test('what was not asked for longest goes first', async () => {
  const prepared = new PreparedAnswers({ most: 20, mostOfOne: 10 })
  await take(prepared.keep('a', chunks(10)))
  await take(prepared.keep('b', chunks(10)))
  expect(prepared.get('a')).toBeDefined()
  await take(prepared.keep('c', chunks(10)))
  expect(['a', 'b', 'c'].map((key) => prepared.get(key) !== undefined)).toEqual([true, false, true])
})

test('a large answer passes and is not kept', async () => {
  const prepared = new PreparedAnswers({ most: 80 })
  expect(await take(prepared.keep('large', chunks(6, 6)))).toHaveLength(12)
  expect(prepared.get('large')).toBeUndefined()
})

test('an answer that breaks off, or whose reader leaves, is not kept', async () => {
  const prepared = new PreparedAnswers()
  const broken = async function* () {
    yield Buffer.alloc(3)
    throw new Error('lost')
  }
  await expect(take(prepared.keep('broken', broken()))).rejects.toThrow('lost')
  for await (const _ of prepared.keep('left', chunks(1, 2, 3))) break
  expect(prepared.get('broken')).toBeUndefined()
  expect(prepared.get('left')).toBeUndefined()
})

test('two who ask at once keep it once', async () => {
  const prepared = new PreparedAnswers({ most: 25, mostOfOne: 10 })
  await Promise.all([take(prepared.keep('a', chunks(10))), take(prepared.keep('a', chunks(10)))])
  await take(prepared.keep('b', chunks(10)))
  expect([prepared.get('a')?.length, prepared.get('b')?.length]).toEqual([10, 10])
})
