/** Parts of the report editor without a browser: places left open, abbreviations, tracked changes, merging. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Phrase } from '../../viewer/portal/api/phrase-types.ts'
import { emptyText } from '../../viewer/portal/drafts/draft.ts'
import { ageBandOf, choose, type Examination, expansionOf, typedBefore } from '../../viewer/portal/reading/expansion.ts'
import { gradesOf } from '../../viewer/portal/reading/grades.ts'
import { placeholderAt, placeholderFrom, placeholdersIn } from '../../viewer/portal/reading/placeholders.ts'
import { pieces, reviewChanges, together, trackedSections, without } from '../../viewer/portal/reading/tracked-changes.ts'

describe('places left open', () => {
  const text = '[左/右]肺见结节，大小约{大小}，L4/5'
  test('are found with what they offer', () => {
    expect(placeholdersIn(text)).toEqual([
      { start: 0, end: 5, options: ['左', '右'] },
      { start: 13, end: 17, options: [] },
    ])
  })
  test('follow one another, forwards and backwards, and end', () => {
    expect(placeholderFrom(text, 0, 0, false)?.start).toBe(0)
    expect(placeholderFrom(text, 0, 5, false)?.start).toBe(13)
    expect(placeholderFrom(text, 13, 17, false)).toBeUndefined()
    expect(placeholderFrom(text, 13, 17, true)?.start).toBe(0)
    expect(placeholderFrom(text, 0, 5, true)).toBeUndefined()
  })
  test('an empty choice is a choice', () => {
    expect(placeholderAt('结石[/，胆囊炎]。', 2, 9)?.options).toEqual(['', '，胆囊炎'])
  })
})

const phrase = (more: Partial<Phrase>): Phrase => ({
  id: '1',
  kind: 'macro',
  scope: 'starter',
  state: 'approved',
  replaces: null,
  rev: 1,
  by: null,
  reason: null,
  initials: '',
  uses: 0,
  verbs: [],
  title: '',
  abbreviation: 'xbzw',
  modality: '',
  bodyPart: '',
  sex: '',
  ageBand: '',
  polarity: null,
  wording: null,
  sections: { text: '心肺膈未见异常。' },
  ...more,
})
const chest: Examination = { modality: 'CR', bodyPart: '', StudyDescription: '胸部正位', sex: 'M', ageBand: 'adult' }

describe('abbreviations', () => {
  test('are letters that stand by themselves before the caret', () => {
    expect(typedBefore('双肺xbzw', 6)).toEqual({ word: 'xbzw', start: 2 })
    expect(typedBefore('xbzw后', 4)).toEqual({ word: 'xbzw', start: 0 })
    for (const text of ['T2wi', '5mm', 'CTxbzw', '', '肺', 'x']) expect(typedBefore(text, text.length)?.word, text).not.toBe('xbzw')
    expect(typedBefore('约5mm', 4)).toBeUndefined()
  })
  test('mean one’s own phrase before the centre’s, and never that of another machine or sex', () => {
    const all = [phrase({ id: 's' }), phrase({ id: 'c', scope: 'centre' }), phrase({ id: 'u', scope: 'user' })]
    expect(expansionOf(all, 'xbzw', chest)?.id).toBe('u')
    expect(expansionOf([phrase({ modality: 'MR' })], 'xbzw', chest)).toBeUndefined()
    expect(expansionOf([phrase({ sex: 'F' })], 'xbzw', chest)).toBeUndefined()
    expect(expansionOf([phrase({ modality: 'DX' })], 'xbzw', chest)).toBeDefined()
    expect(expansionOf([phrase({ state: 'proposed' })], 'xbzw', chest)).toBeUndefined()
  })
  test('the chooser begins with what fits the examination', () => {
    const all = [
      phrase({ id: 'knee', title: '膝关节', bodyPart: 'KNEE', modality: 'DX' }),
      phrase({ id: 'child', title: '儿童胸部', bodyPart: 'CHEST', modality: 'DX', ageBand: 'child' }),
      phrase({ id: 'chest', title: '胸部', bodyPart: 'CHEST', modality: 'DX' }),
      phrase({ id: 'mr', title: '颅脑', bodyPart: 'HEAD', modality: 'MR' }),
    ]
    expect(choose(all, '', chest).map(({ id }) => id)[0]).toBe('chest')
    expect(choose(all, '', chest).map(({ id }) => id)).not.toContain('mr')
    expect(choose(all, '颅脑', chest).map(({ id }) => id)).toEqual(['mr'])
  })
  test('ages have bands', () => {
    expect(['8天', '11月', '2岁', '8岁', '34岁', '71岁', ''].map(ageBandOf)).toEqual([
      'infant',
      'infant',
      'infant',
      'child',
      'adult',
      'elderly',
      '',
    ])
  })
})

describe('tracked changes', () => {
  test('are by words, also in Chinese', () => {
    const parts = pieces('右肺上叶结节。', '左肺上叶结节。')
    expect(parts.filter(({ kind }) => kind === 'change')).toHaveLength(1)
    expect(parts.map(({ after }) => after).join('')).toBe('左肺上叶结节。')
  })
  test('put together they are either text, and each can be taken back alone', () => {
    const word = fc.constantFrom('右肺', '左肺', '上叶', '结节', '，', '。', '5mm', '\n', '未见', '异常')
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.array(word, { maxLength: 12 }), (a, b) => {
        const [before, after] = [a.join(''), b.join('')]
        const parts = pieces(before, after)
        expect(parts.map((part) => part.before).join('')).toBe(before)
        expect(parts.map((part) => part.after).join('')).toBe(after)
        const changes = parts.flatMap(({ kind }, at) => (kind === 'change' ? [at] : []))
        // Taking back the only change gives the text as it was.
        if (changes.length === 1) expect(without(parts, changes[0]!)).toBe(before)
        if (changes.length === 0) expect(before).toBe(after)
      }),
    )
  })
  test('carry the reason that was chosen for them', () => {
    const sections = trackedSections({ ...emptyText, findings: '右肺结节' }, { ...emptyText, findings: '左肺结节' })
    const change = sections[0]!.parts.find((part) => part.change !== null)!.change!
    expect(change.taken).toBe('右肺结节')
    expect(reviewChanges(sections, { [change.key]: 'error' })).toMatchObject([{ field: 'findings', reason: 'error' }])
    expect(reviewChanges(sections, {})).toMatchObject([{ reason: null }])
  })
})

test('two texts put together keep every word of both, and say nothing twice', () => {
  expect(together('双肺清晰。', '双肺清晰。右肺结节。')).toBe('双肺清晰。右肺结节。')
  expect(together('甲', '乙')).toBe('甲\n乙')
})
test('radiographs are graded 甲乙丙丁, sections by level', () => {
  expect(gradesOf('DX')).toEqual(['甲', '乙', '丙', '丁'])
  expect(gradesOf('CT')).toEqual([0, 1, 2, 3])
})
