/** One browser has one session: its windows hear of each other, and nobody signs out before their text is saved. */
import { expect, test } from 'vitest'
import { beforeLeaving, onLeaving } from '../../viewer/portal/session/leaving.ts'
import { followWindows, type SessionChannel, tellWindows } from '../../viewer/portal/session/windows.ts'

/** A channel of which everybody hears everything. */
function openChannel(): SessionChannel {
  const listeners: ((event: { data: unknown }) => void)[] = []
  return {
    postMessage(data) {
      for (const listener of listeners) listener({ data })
    },
    addEventListener: (_, listener) => void listeners.push(listener),
    close() {},
  }
}

function follow(channel: SessionChannel, account: string): string[] {
  const heard: string[] = []
  followWindows(channel, account, { renewed: () => void heard.push('renewed'), ended: () => void heard.push('ended') })
  return heard
}

test('a window ends when another one signs somebody else in, or out, and goes on when it signs its own account in', () => {
  const channel = openChannel()
  const heard = follow(channel, 'lina')
  for (const username of ['wangmin', 'lina', null]) channel.postMessage({ username, window: 1 })
  expect(heard).toEqual(['ended', 'renewed', 'ended'])
})

test('a window does not listen to itself', () => {
  const channel = openChannel()
  const heard = follow(channel, 'lina')
  tellWindows(channel, null)
  expect(heard).toEqual([])
})

test('signing out waits for what is being saved', async () => {
  const page = new EventTarget()
  const order: string[] = []
  onLeaving(page, async () => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    order.push('saved')
  })
  await beforeLeaving(page)
  order.push('left')
  expect(order).toEqual(['saved', 'left'])
})

test('signing out is not held up by a save that failed, nor by one that was called off', async () => {
  const page = new EventTarget()
  onLeaving(page, () => Promise.reject(new Error('no answer')))
  onLeaving(page, () => new Promise(() => {}))()
  await beforeLeaving(page)
})
