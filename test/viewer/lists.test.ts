/** Rows that stand still under the hand, keys that leave the input method alone, the ward's stack of pictures. */
import { describe, expect, test } from 'vitest'
import { covers, steadyRows, visibleRows } from '../../viewer/portal/reading-list/steady.ts'
import { chordOf, type Pressed, worksInFields, worksOnControls } from '../../viewer/portal/shell/keys.ts'
import { ahead, framesOf, presetsOf, renderedAddress, wheelSteps } from '../../viewer/portal/ward/stack.ts'

const row = (id: string, state = 'READY') => ({ id, state })

describe('the reading list', () => {
  test('follows the server while nobody aims at it', () => {
    expect(steadyRows([row('a')], [row('b'), row('a')], false)).toEqual({ rows: [row('b'), row('a')], held: 0 })
  })
  test('holds new rows back while the pointer aims, and shows what changed in the others', () => {
    const { rows, held } = steadyRows([row('a'), row('c')], [row('b'), row('c', 'CLAIMED'), row('a')], true)
    expect(rows).toEqual([row('a'), row('c', 'CLAIMED')])
    expect(held).toBe(1)
  })
  test('is shown at once when it was empty', () => {
    expect(steadyRows([], [row('b')], true).rows).toEqual([row('b')])
  })
  test('keeps only rows near the window in the page', () => {
    expect(visibleRows(10_000, 32, 32_000, 640)).toEqual({ first: 988, end: 1032 })
    expect(visibleRows(3, 32, 0, 640)).toEqual({ first: 0, end: 3 })
    expect(visibleRows(3, 32, 64_000, 640)).toEqual({ first: 3, end: 3 })
  })
  test('draws anew as soon as a row is missing, be it the first of all', () => {
    expect(covers({ first: 0, end: 0 }, { first: 0, end: 1 }, 1)).toBe(false)
    expect(covers({ first: 0, end: 10 }, { first: 0, end: 11 }, 11)).toBe(false)
    expect(covers({ first: 988, end: 1032 }, { first: 991, end: 1029 }, 10_000)).toBe(true)
    expect(covers({ first: 0, end: 60 }, { first: 0, end: 3 }, 3)).toBe(false)
  })
})

describe('keys', () => {
  const pressed = (change: Partial<Pressed>): Pressed => ({
    code: 'KeyJ',
    key: 'j',
    ctrlKey: false,
    altKey: false,
    shiftKey: false,
    isComposing: false,
    ...change,
  })
  test('belong to the input method while it is composing', () => {
    expect(chordOf(pressed({ isComposing: true }))).toBeUndefined()
    expect(chordOf(pressed({ code: 'Enter', key: 'Process', keyCode: 229 }))).toBeUndefined()
  })
  test('are named by position, so a Chinese input method in the list changes nothing', () => {
    expect(chordOf(pressed({ key: 'ㄓ' }))).toBe('KeyJ')
  })
  test('with Ctrl work in fields too', () => {
    const submit = chordOf(pressed({ code: 'NumpadEnter', key: 'Enter', ctrlKey: true }))
    const sign = chordOf(pressed({ code: 'Enter', key: 'Enter', ctrlKey: true, shiftKey: true }))
    expect([submit, sign]).toEqual(['Ctrl+Enter', 'Ctrl+Shift+Enter'])
    expect([submit, sign, 'KeyJ', '?'].map((chord) => worksInFields(chord ?? ''))).toEqual([true, true, false, false])
  })
  test('know the question mark on every layout', () => {
    expect(chordOf(pressed({ code: 'Slash', key: '?', shiftKey: true }))).toBe('?')
    expect(chordOf(pressed({ code: 'Slash', key: '/' }))).toBe('Slash')
  })
  test('leaves Enter to the button that has the focus', () => {
    expect(worksOnControls('Enter')).toBe(false)
    expect(worksOnControls('KeyJ')).toBe(true)
    expect(worksOnControls('Ctrl+Enter')).toBe(true)
  })
})

describe('the light viewer', () => {
  const series = {
    SeriesInstanceUID: '1.2.3',
    Modality: 'CT',
    SeriesDescription: '',
    SeriesNumber: 1,
    instances: [
      { SOPInstanceUID: '1.2.3.1', frames: 1 },
      { SOPInstanceUID: '1.2.3.2', frames: 2 },
    ],
  }
  test('makes one stack of single and multi-frame instances, frames counted from 1', () => {
    expect(framesOf(series).map(({ SOPInstanceUID, frame }) => `${SOPInstanceUID}/${frame}`)).toEqual([
      '1.2.3.1/1',
      '1.2.3.2/1',
      '1.2.3.2/2',
    ])
  })
  test('asks for a rendered frame as PS3.18 §8.3.5 writes it', () => {
    expect(renderedAddress('1.2', framesOf(series)[2]!, { name: 'lung', center: -600, width: 1500 })).toBe(
      '/dicomweb/studies/1.2/series/1.2.3/instances/1.2.3.2/frames/2/rendered?window=-600,1500,linear&viewport=768,768',
    )
  })
  test('offers Hounsfield windows for CT only, and the series’ own first', () => {
    expect(presetsOf(series)).toHaveLength(5)
    expect(presetsOf({ ...series, Modality: 'MR' })).toEqual([])
    expect(presetsOf({ ...series, presets: [{ name: 'A', center: 1, width: 2 }] })).toHaveLength(1)
  })
  test('fetches ahead in the direction of travel, some behind, none outside', () => {
    expect(ahead(5, 100, 1, 4)).toEqual([6, 4, 7, 8, 9])
    expect(ahead(0, 3, -1, 4)).toEqual([1])
  })
  test('turns one picture a notch, and gathers a touchpad’s small steps', () => {
    expect(wheelSteps(0, 100).steps).toBe(1)
    expect(wheelSteps(0, -100).steps).toBe(-1)
    let gathered = 0
    let turned = 0
    for (let event = 0; event < 12; event++) {
      const { steps, gathered: rest } = wheelSteps(gathered, 10)
      gathered = rest
      turned += steps
    }
    expect(turned).toBe(2)
    expect(wheelSteps(50, -10)).toEqual({ steps: -0, gathered: -10 })
  })
})
