/** The line between report and viewer: viewer/portal/reading/bridge.ts. reading.md §6.2: a mismatch locks the report. */
import { beforeEach, describe, expect, test } from 'vitest'
import { fromViewer, graceMs, lockOf, openReadingBridge, type ReadingBridge, silentMs } from '../../viewer/portal/reading/bridge.ts'

let now = 0
let posted: unknown[] = []
let fromOutside: (data: unknown) => void = () => {}
let bridge: ReadingBridge

beforeEach(() => {
  now = 1_000_000
  posted = []
  bridge = openReadingBridge(
    {
      postMessage: (message) => posted.push(message),
      addEventListener: (_, listener) => {
        fromOutside = (data) => listener({ data })
      },
      close() {},
    },
    'viewer-1',
    () => now,
  )
})

const lock = () => lockOf(bridge.state(), now)
const opened = (StudyInstanceUID: string, PatientName = '') =>
  fromOutside({ type: 'opened', StudyInstanceUID, PatientName, viewer: 'viewer-1' })

describe('the lock', () => {
  test('is off while no report is open', () => {
    opened('1.2')
    expect(lock()).toBe('none')
  })
  test('holds while the study is opening and falls when the viewer shows it', () => {
    bridge.open('1.2')
    expect(posted).toEqual([{ type: 'open', StudyInstanceUID: '1.2', viewer: 'viewer-1' }])
    expect(lock()).toBe('opening')
    opened('1.2', '张三')
    expect(lock()).toBe('none')
    expect(bridge.state().PatientName).toBe('张三')
  })
  test('is a mismatch as soon as the viewer leaves the study', () => {
    bridge.open('1.2')
    opened('1.2')
    opened('1.9', '李四')
    expect(lock()).toBe('mismatch')
  })
  test('forgives the study before for a moment while the next one opens, then is a mismatch', () => {
    bridge.open('1.2')
    opened('1.2')
    bridge.open('1.3')
    opened('1.2')
    expect(lock()).toBe('opening')
    now += graceMs + 1
    expect(lock()).toBe('mismatch')
    opened('1.3')
    expect(lock()).toBe('none')
  })
  test('is no mismatch when the viewer shows a prior of the same person', () => {
    bridge.open('1.2', ['1.1'])
    opened('1.2')
    bridge.show('1.1')
    opened('1.1')
    expect(lock()).toBe('prior')
  })
  test('is not lifted by a prior before the study itself was shown', () => {
    bridge.open('1.2', ['1.1'])
    opened('1.1')
    now += graceMs + 1
    expect(lock()).toBe('mismatch')
  })
  test('says so when the viewer never answers', () => {
    bridge.open('1.2')
    now += silentMs + 1
    expect(lock()).toBe('silent')
  })
  test('is not loosened by asking for the same study again', () => {
    bridge.open('1.2')
    opened('1.2')
    opened('1.9')
    now += graceMs + 1
    bridge.open('1.2')
    expect(lock()).toBe('mismatch')
    expect(posted.at(-1)).toEqual({ type: 'open', StudyInstanceUID: '1.2', viewer: 'viewer-1' })
  })
})

test('a viewer that has just started is told again what to show', () => {
  bridge.open('1.2')
  fromOutside({ type: 'ready', viewer: 'viewer-1' })
  expect(posted).toHaveLength(2)
})

test('a study that is shown already is not opened twice', () => {
  opened('1.2')
  bridge.open('1.2')
  expect(posted).toEqual([])
  expect(lock()).toBe('none')
})

test('keys of the viewer reach the page', () => {
  const keys: string[] = []
  const off = bridge.onKey(({ code }) => keys.push(code))
  fromOutside({ type: 'key', code: 'Enter', ctrlKey: true, viewer: 'viewer-1' })
  off()
  fromOutside({ type: 'key', code: 'KeyS', ctrlKey: true, viewer: 'viewer-1' })
  expect(keys).toEqual(['Enter'])
})

test('the viewer of another window, or in a window of its own, says nothing to this one', () => {
  bridge.open('1.2')
  fromOutside({ type: 'opened', StudyInstanceUID: '1.9' })
  fromOutside({ type: 'opened', StudyInstanceUID: '1.9', viewer: 'viewer-2' })
  expect(bridge.state().shown).toBeNull()
  fromOutside({ type: 'opened', StudyInstanceUID: '1.2', viewer: 'viewer-1' })
  expect(lock()).toBe('none')
})

test('what is not a message is ignored', () => {
  const viewer = 'viewer-1'
  const others = [
    null,
    'opened',
    7,
    {},
    { viewer },
    { type: 'opened', viewer },
    { type: 'opened', StudyInstanceUID: 7, viewer },
    { type: 'key', viewer },
    { type: 'open', StudyInstanceUID: '1', viewer },
  ]
  for (const data of others) expect(fromViewer(data, viewer)).toBeUndefined()
})
