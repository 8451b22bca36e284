/** The way of a data set from the socket to the store. */
import { describe, expect, test } from 'vitest'
import { DatasetPipe } from '../../../gateway/dimse/dataset-pipe.ts'
import { AssociationLost, DatasetDiscarded } from '../../../gateway/dimse/errors.ts'

const piece = (size: number, value = 0) => Buffer.alloc(size, value)
const settled = async (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), new Promise((resolve) => setTimeout(resolve, 20, false))])

test('gives the File Meta, then the pieces as they came, uncopied, then the end', async () => {
  const pipe = new DatasetPipe(1000)
  const [one, two] = [piece(10, 1), piece(10, 2)]
  pipe.write(one)
  pipe.prepend(piece(4, 9))
  pipe.write(piece(0))
  setTimeout(() => {
    pipe.write(two)
    pipe.end()
  }, 5)
  const read: Buffer[] = []
  for await (const bytes of pipe) read.push(bytes)
  expect(read).toEqual([piece(4, 9), one, two])
  expect(read[1]).toBe(one)
  expect(pipe.received).toBe(20)
  expect(pipe.ended).toBe(true)
})

describe('the socket is held', () => {
  test('while more waits than the limit, until the reader has taken enough', async () => {
    const pipe = new DatasetPipe(1000)
    pipe.write(piece(600))
    expect(pipe.full).toBe(false)
    pipe.write(piece(600))
    expect(pipe.full).toBe(true)
    const drained = pipe.drained()
    expect(await settled(drained)).toBe(false)
    await pipe.next()
    expect(await settled(drained)).toBe(true)
  })

  test('also by very many very small pieces', () => {
    const pipe = new DatasetPipe(10_000)
    for (let i = 0; i < 100; i += 1) pipe.write(piece(1))
    expect(pipe.full).toBe(true)
  })

  test('no longer when the reader leaves or the association ends', async () => {
    const left = new DatasetPipe(10)
    left.write(piece(100))
    for await (const _ of left) break
    await left.drained()
    left.write(piece(100))
    expect(left.full).toBe(false)
    const lost = new DatasetPipe(10)
    lost.write(piece(100))
    const drained = lost.drained()
    lost.fail(new AssociationLost('gone'))
    await drained
    await lost.drained()
  })
})

describe('what is not whole never looks whole', () => {
  test('a reader gets what had come, then the loss', async () => {
    const pipe = new DatasetPipe(1000)
    pipe.write(piece(10))
    pipe.fail(new AssociationLost('gone'))
    expect(await pipe.next()).toEqual({ done: false, value: piece(10) })
    await expect(pipe.next()).rejects.toThrow('gone')
    const waiting = new DatasetPipe(1000)
    const next = waiting.next()
    waiting.fail(new AssociationLost('gone'))
    await expect(next).rejects.toThrow(AssociationLost)
  })

  test('a reader that goes on after its request has failed is told so', async () => {
    const pipe = new DatasetPipe(1000)
    const next = pipe.next()
    pipe.discard()
    await expect(next).rejects.toThrow(DatasetDiscarded)
    pipe.end()
    await expect(pipe.next()).rejects.toThrow(DatasetDiscarded)
  })

  test('a loss after the last byte is no loss', async () => {
    const pipe = new DatasetPipe(1000)
    pipe.write(piece(10))
    pipe.end()
    pipe.fail(new AssociationLost('gone'))
    await pipe.next()
    expect((await pipe.next()).done).toBe(true)
    await pipe.completed()
  })
})
