/** Syncs of one folder are shared, and nobody is served by one that began before his own work was done. */
import { expect, test } from 'vitest'
import { SharedSync } from '../../../storage/objects/shared-sync.ts'

/** A disk whose syncs end when the test says so. */
function slowDisk() {
  const begun: { folder: string; end: (error?: Error) => void }[] = []
  const syncs = new SharedSync(
    (folder) => new Promise((resolve, reject) => begun.push({ folder, end: (error) => (error === undefined ? resolve() : reject(error)) })),
  )
  return { begun, syncs }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('those who come while a sync is under way share the next one', async () => {
  const { begun, syncs } = slowDisk()
  const done: string[] = []
  const ask = (name: string) => syncs.of('day').then(() => done.push(name))
  const all = [ask('first'), ask('second'), ask('third')]
  expect(begun.length).toBe(1)
  begun[0]!.end()
  await settled()
  expect(done).toEqual(['first'])
  expect(begun.length).toBe(2)
  all.push(ask('fourth'))
  begun[1]!.end()
  await settled()
  expect(done).toEqual(['first', 'second', 'third'])
  expect(begun.length).toBe(3)
  begun[2]!.end()
  await Promise.all(all)
  expect(done).toEqual(['first', 'second', 'third', 'fourth'])
})

test('folders do not wait for each other', async () => {
  const { begun, syncs } = slowDisk()
  const monday = syncs.of('monday')
  const tuesday = syncs.of('tuesday')
  expect(begun.map(({ folder }) => folder)).toEqual(['monday', 'tuesday'])
  begun[1]!.end()
  await tuesday
  begun[0]!.end()
  await monday
})

test('a sync that fails fails for those it served, and the next ones get a new one', async () => {
  const { begun, syncs } = slowDisk()
  const first = syncs.of('day')
  const second = syncs.of('day')
  begun[0]!.end(new Error('EIO'))
  await expect(first).rejects.toThrow('EIO')
  await settled()
  begun[1]!.end()
  await second
})

test('a quiet folder is forgotten, and asked again begins at once', async () => {
  const { begun, syncs } = slowDisk()
  for (let turn = 0; turn < 3; turn++) {
    const sync = syncs.of('day')
    expect(begun.length).toBe(turn + 1)
    begun[turn]!.end()
    await sync
    await settled()
  }
})
