/** The line between report and viewer: viewer/portal/reading/bridge.ts. reading.md §6.2: images of somebody else lock the report. */
import { beforeEach, describe, expect, test } from 'vitest'
import { deadMs, graceMs, lockOf, openReadingBridge, type ReadingBridge, silentMs } from '../../viewer/portal/reading/bridge.ts'
import { fromViewer, settingsOf } from '../../viewer/portal/reading/messages.ts'

let now = 0
let posted: { 'hub.event': string; context: Record<string, unknown> }[] = []
let fromOutside: (data: unknown) => void = () => {}
let bridge: ReadingBridge

beforeEach(() => {
  now = 1_000_000
  posted = []
  bridge = openReadingBridge(
    {
      postMessage: (message) => posted.push(message as (typeof posted)[0]),
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
const say = (event: string, context: object = {}, topic: unknown = 'viewer-1') =>
  fromOutside({ 'hub.topic': topic, 'hub.event': event, context })
const shows = (studies: string[], PatientName = '', seen: string[] = []) =>
  say('ImagingStudy-open', { StudyInstanceUID: studies[0], studies, PatientName, seen, firstImageMs: null })
const open = (StudyInstanceUID: string, associatedStudies: string[] = []) =>
  bridge.open({ StudyInstanceUID, StudyDate: '20261122', associatedStudies, compare: null, instances: 6 })
const events = () => posted.map((message) => message['hub.event'])

describe('the lock', () => {
  test('is off while no report is open', () => {
    shows(['1.2'])
    expect(lock()).toBe('none')
  })
  test('holds while the study is opening and falls when the viewer shows it', () => {
    open('1.2')
    expect(posted[0]).toMatchObject({ 'hub.topic': 'viewer-1', 'hub.event': 'DiagnosticReport-open', context: { StudyInstanceUID: '1.2' } })
    expect(lock()).toBe('opening')
    shows(['1.2'], '张三')
    expect(lock()).toBe('none')
    expect(bridge.state().PatientName).toBe('张三')
  })
  test('is a mismatch as soon as the viewer shows another person', () => {
    open('1.2')
    shows(['1.2'])
    shows(['1.9'], '李四')
    expect(lock()).toBe('mismatch')
  })
  test('is a mismatch too while only one of several viewports shows another person', () => {
    open('1.2', ['1.1'])
    shows(['1.2', '1.1'])
    expect(lock()).toBe('none')
    shows(['1.2', '1.9'])
    expect(lock()).toBe('mismatch')
    shows(['1.2'])
    expect(lock()).toBe('none')
  })
  test('forgives the study before for a moment while the next one opens, then is a mismatch', () => {
    open('1.2')
    shows(['1.2'])
    open('1.3')
    shows(['1.2'])
    expect(lock()).toBe('opening')
    now += graceMs + 1
    expect(lock()).toBe('mismatch')
    shows(['1.3'])
    expect(lock()).toBe('none')
  })
  test('compares persons: another study of the same one beside it or alone is no mismatch', () => {
    open('1.2', ['1.1'])
    shows(['1.2'])
    shows(['1.1', '1.2'])
    expect(lock()).toBe('none')
    shows(['1.1'])
    expect(lock()).toBe('prior')
  })
  test('knows who is who from the server alone: a study that is taken out of the person is a stranger', () => {
    open('1.2', ['1.1'])
    shows(['1.2', '1.1'])
    open('1.2', [])
    expect(lock()).toBe('mismatch')
  })
  test('is not lifted by a prior before the study itself was shown', () => {
    open('1.2', ['1.1'])
    shows(['1.1'])
    expect(lock()).toBe('opening')
    now += graceMs + 1
    expect(lock()).toBe('mismatch')
  })
  test('says so when the viewer never answers', () => {
    open('1.2')
    now += silentMs + 1
    expect(lock()).toBe('silent')
  })
  test('says so when the viewer gives no more sign of life, and takes it back when it does', () => {
    open('1.2')
    shows(['1.2'])
    now += deadMs + 1
    expect(lock()).toBe('silent')
    say('heartbeat')
    expect(lock()).toBe('none')
  })
  test('stays red for another person however silent the viewer is', () => {
    open('1.2')
    shows(['1.9'])
    now += silentMs + deadMs
    expect(lock()).toBe('mismatch')
  })
  test('is not loosened by asking for the same study again', () => {
    open('1.2')
    shows(['1.2'])
    shows(['1.9'])
    now += graceMs + 1
    open('1.2')
    expect(lock()).toBe('mismatch')
    expect(events()).toEqual(['DiagnosticReport-open', 'DiagnosticReport-open'])
  })
  test('waits anew when the window of the images was closed', () => {
    open('1.2')
    shows(['1.2'])
    say('unsubscribe')
    expect(lock()).toBe('opening')
    expect(bridge.state().shown).toBeNull()
    shows(['1.2'])
    expect(lock()).toBe('none')
  })
})

test('a viewer that has just started is told what to show, and what is wrong', () => {
  open('1.2')
  bridge.syncError('两个人')
  posted = []
  say('subscribe')
  expect(events()).toEqual(['DiagnosticReport-open', 'syncerror'])
})

test('a strip is sent once, and taken away once', () => {
  bridge.syncError('x')
  bridge.syncError('x')
  bridge.syncError(null)
  bridge.syncError(null)
  expect(posted.map(({ context }) => context.text)).toEqual(['x', null])
})

test('what has been seen is what was drawn since the study was asked for', () => {
  open('1.2')
  shows(['1.2'], '', ['1.2'])
  expect(bridge.state().seen).toEqual(['1.2'])
  open('1.3')
  expect(bridge.state().seen).toEqual([])
})

test('keys, key images and measurements of the viewer reach the page', () => {
  const heard: unknown[] = []
  const off = bridge.onKey(({ code }) => heard.push(code))
  bridge.onContent((content) => heard.push(content))
  say('key', { code: 'Enter', ctrlKey: true })
  off()
  say('key', { code: 'KeyS', ctrlKey: true })
  const anchor = { StudyInstanceUID: '1.2', StudyDate: '20261122', series: 3, image: 45 }
  say('DiagnosticReport-update', { measurement: { text: '长径 12 mm', anchor } })
  say('DiagnosticReport-update', {
    keyImage: {
      SeriesInstanceUID: '1.3',
      SOPInstanceUID: '1.4',
      frame: 2,
      caption: 'x'.repeat(500),
      window: { center: 40, width: -1 },
      shapes: [
        { kind: 'bomb', points: [[0, 0]] },
        {
          kind: 'line',
          points: [
            [0, 0],
            [1, Number.NaN],
            [2, 2],
          ],
        },
      ],
    },
    anchor,
  })
  expect(heard).toEqual([
    'Enter',
    { measurement: { text: '长径 12 mm', anchor } },
    {
      keyImage: {
        SeriesInstanceUID: '1.3',
        SOPInstanceUID: '1.4',
        frame: 2,
        caption: 'x'.repeat(100),
        window: null,
        shapes: [
          {
            kind: 'line',
            points: [
              [0, 0],
              [2, 2],
            ],
            text: '',
          },
        ],
      },
      anchor,
    },
  ])
})

test('the viewer of another window, or in a window of its own, says nothing to this one', () => {
  open('1.2')
  for (const topic of ['', 'viewer-2', null]) say('ImagingStudy-open', { StudyInstanceUID: '1.9', studies: ['1.9'] }, topic)
  expect(bridge.state().shown).toBeNull()
  shows(['1.2'])
  expect(lock()).toBe('none')
})

test('what is not a message is ignored', () => {
  const topic = { 'hub.topic': 'viewer-1' }
  const others = [
    null,
    'opened',
    7,
    {},
    [],
    topic,
    { ...topic, 'hub.event': 'ImagingStudy-open' },
    { ...topic, 'hub.event': 'ImagingStudy-open', context: { StudyInstanceUID: 'javascript:' } },
    { ...topic, 'hub.event': 'key', context: {} },
    { ...topic, 'hub.event': 'DiagnosticReport-update', context: { measurement: { text: 'x' } } },
    { ...topic, 'hub.event': 'DiagnosticReport-open', context: { StudyInstanceUID: '1' } },
  ]
  for (const data of others) expect(fromViewer(data, 'viewer-1')).toBeUndefined()
})

test('of settings only what is one is kept', () => {
  const preset = { name: '胰腺窗', center: 40, width: 250 }
  expect(
    settingsOf({
      beside: 'yes',
      linked: false,
      leftTool: 'hammer',
      presets: [preset, { name: 'x', width: 0, center: 1 }],
      layouts: { CT: { rows: 1, columns: 2 }, MR: 3 },
      placement: 'window',
    }),
  ).toEqual({
    linked: false,
    presets: [preset],
    layouts: { CT: { rows: 1, columns: 2 } },
  })
  expect(settingsOf(null)).toEqual({})
})
