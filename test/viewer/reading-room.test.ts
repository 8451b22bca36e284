/** Small parts of the reading page: anchors in texts, the prior that is hung, the window of the viewer. */
import { describe, expect, test } from 'vitest'
import type { Prior } from '../../viewer/portal/api/types.ts'
import { anchorAt, anchorsIn, anchorText, studyOf } from '../../viewer/portal/reading/anchors.ts'
import { priorBeside } from '../../viewer/portal/reading/prior-choice.ts'
import { claimName, featuresOf, isPlace, leaveName } from '../../viewer/portal/reading/viewer-window.ts'

const prior = (StudyInstanceUID: string, more: Partial<Prior> = {}): Prior => ({
  StudyInstanceUID,
  StudyDate: '20260503',
  modality: 'CT',
  StudyDescription: '胸部CT平扫',
  institution: '东乡卫生院',
  report: null,
  ...more,
})

describe('an anchor', () => {
  const anchor = { StudyInstanceUID: '1.2', StudyDate: '20261122', series: 3, image: 45 }
  test('is written so that it can be read on paper, and found again in the text', () => {
    const text = `结节${anchorText(anchor, '1.2', 'zh')}较前${anchorText({ ...anchor, StudyDate: '20260503', StudyInstanceUID: '1.1' }, '1.2', 'zh')}增大`
    expect(text).toBe('结节（序列3:图像45）较前（2026-05-03 序列3:图像45）增大')
    expect(anchorsIn(text)).toEqual([
      { series: 3, image: 45, StudyDate: null, start: 2, end: 12 },
      { series: 3, image: 45, StudyDate: '20260503', start: 14, end: 35 },
    ])
    expect(anchorsIn(anchorText(anchor, '1.2', 'en'))).toMatchObject([{ series: 3, image: 45, StudyDate: null }])
  })
  test('is met by a caret inside it, not beside it', () => {
    const text = '甲（序列3:图像45）乙'
    expect([0, 1, 2, 7, 10, 11].map((caret) => anchorAt(text, caret) !== undefined)).toEqual([false, false, true, true, true, false])
  })
  test('of an earlier day means the study of that day', () => {
    const [dated] = anchorsIn('（2026-05-03 序列1:图像2）')
    expect(studyOf(dated!, '1.2', [prior('1.0', { StudyDate: '20250101' }), prior('1.1')])).toBe('1.1')
    expect(studyOf(dated!, '1.2', [])).toBeUndefined()
    expect(studyOf(anchorsIn('(Se 1:Im 2)')[0]!, '1.2', [])).toBe('1.2')
  })
  test('is not seen where there is none', () => {
    expect(anchorsIn('（序列:图像3）(左/右) 序列3:图像4 {大小}')).toEqual([])
  })
})

describe('the prior beside', () => {
  const study = { modality: 'CT', bodyPart: 'CHEST', StudyDescription: '胸部CT平扫' }
  test('is the newest of the same kind and part', () => {
    const priors = [
      prior('head', { bodyPart: 'HEAD', StudyDescription: '颅脑CT平扫' }),
      prior('film', { modality: 'DX', bodyPart: 'CHEST' }),
      prior('chest', { bodyPart: 'CHEST' }),
      prior('older', { bodyPart: 'CHEST' }),
    ]
    expect(priorBeside(study, priors)?.StudyInstanceUID).toBe('chest')
  })
  test('is told by its description where a body part is not said, and is none where nothing fits', () => {
    expect(priorBeside(study, [prior('a', { StudyDescription: '胸部CT增强' })])?.StudyInstanceUID).toBe('a')
    expect(priorBeside(study, [prior('a', { StudyDescription: '腰椎MR' })])).toBeUndefined()
  })
  test('of radiographs may have been made by another kind of machine', () => {
    expect(
      priorBeside({ modality: 'DX', bodyPart: 'KNEE', StudyDescription: '' }, [prior('cr', { modality: 'CR', bodyPart: 'KNEE' })]),
    ).toBeDefined()
  })
})

describe('the window of the viewer', () => {
  const storage = () => {
    const kept = new Map<string, string>()
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    }
  }
  test('is found again by its name after a reload, and a duplicated tab takes a name of its own', () => {
    const mine = storage()
    const { name, restored } = claimName(mine, () => 'a')
    expect([name, restored]).toEqual(['viewer-a', false])
    // A tab that is duplicated while the page lives copies the storage, which has no name in it.
    expect(mine.getItem('viewer-name')).toBeNull()
    leaveName(mine, name)
    expect(claimName(mine, () => 'b')).toEqual({ name: 'viewer-a', restored: true })
  })
  test('stands where it stood, within reason', () => {
    const place = { left: 1920, top: 0, width: 1900, height: 1000 }
    expect(isPlace(place)).toBe(true)
    expect(featuresOf(place)).toBe('popup,left=1920,top=0,width=1900,height=1000')
    for (const broken of [null, {}, { ...place, width: 5 }, { ...place, left: '0' }, { ...place, top: 1e9 }])
      expect(isPlace(broken)).toBe(false)
  })
})
