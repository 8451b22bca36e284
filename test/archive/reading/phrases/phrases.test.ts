/** The starters are what a radiologist would sign; doctors' own, the centre's and the chief's word about them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../../../archive/access.ts'
import { lint } from '../../../../archive/reading/linter/lint.ts'
import { phraseText } from '../../../../archive/reading/phrases/phrase-text.ts'
import {
  addPhrase,
  changePhrase,
  decideOnPhrase,
  hideStarter,
  importPhrases,
  initialsOf,
  listPhrases,
  noteUsed,
  removePhrase,
} from '../../../../archive/reading/phrases/phrases.ts'
import { starters } from '../../../../archive/reading/phrases/starters.ts'
import { emptyDraft } from '../../../../storage/index/reading/drafts.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { type ReadingCounty, readingCounty } from '../county.ts'

const templates = starters().filter(({ kind }) => kind === 'template')
const macros = starters().filter(({ kind }) => kind === 'macro')

describe('the starters', () => {
  test('are about 150, each with a key of its own', () => {
    expect(starters().length).toBeGreaterThanOrEqual(150)
    expect(new Set(starters().map(({ key }) => key)).size).toBe(starters().length)
  })
  test('no abbreviation is said twice for one examination, and each is made of letters that are not a word of a report', () => {
    const typed = starters().map(({ abbreviation, modality, bodyPart }) => `${abbreviation} ${modality} ${bodyPart}`)
    expect(typed.filter((each, at) => typed.indexOf(each) !== at)).toEqual([])
    for (const { abbreviation } of starters()) expect(abbreviation).toMatch(/^[a-z0-9]{2,16}$/)
  })
  test('a title is said once among those of one kind', () => {
    for (const kind of [templates, macros]) {
      const titles = kind.map(({ title }) => title)
      expect(titles.filter((each, at) => titles.indexOf(each) !== at)).toEqual([])
    }
  })
  test.each(templates.map((template) => [template.title, template] as const))(
    '%s passes its own checks, once it is filled in',
    (_, template) => {
      const filled = (text: string) =>
        text
          .replaceAll(/\[([^\]/]*)\/[^\]]*\]/g, '$1')
          .replaceAll(/\{(长|宽|高|大小|厚度|距离|数值|体积)\}/g, '3')
          .replaceAll(/\{[^}]*\}/g, '3')
      const { sections } = template
      const draft = {
        ...emptyDraft,
        ...Object.fromEntries(Object.entries(sections).map(([field, text]) => [field, filled(text)])),
        polarity: template.polarity,
        wording: template.wording,
        grade: { grade: 0, dims: {} } as const,
      }
      const age = { '': 40, infant: 1, child: 8, adult: 40, elderly: 70 }[template.ageBand]
      const found = lint({
        draft,
        sex: template.sex,
        age,
        modality: template.modality,
        ordered: [template.bodyPart],
        clinical: '',
        lateImages: false,
        criticalRaised: true,
        priors: [{ StudyDate: '20260101', opened: true }],
      })
      // A template that leaves the choice to the doctor says nothing of it.
      expect(found.filter(({ rule }) => rule !== 'not-chosen').map(({ zh }) => zh)).toEqual([])
    },
  )
  test('choices are closed, and nothing is left half written', () => {
    for (const { sections, title } of starters())
      for (const text of Object.values(sections)) {
        const rest = text.replaceAll(/\[[^[\]]*\]|\{[^{}]*\}/g, '')
        expect(rest, title).not.toMatch(/[[\]{}]/)
        expect(text.trim(), title).toBe(text)
      }
  })
})

describe('what a doctor writes', () => {
  let index: TestIndex
  let county: ReadingCounty
  let chief: Asker
  beforeAll(async () => {
    index = await openTestIndex()
    county = await readingCounty(index)
    chief = await county.asker('主任', ['chief'], county.people.wang.institution.id)
  })
  afterAll(() => index.close())

  const text = (title: string) => phraseText('template').parse({ title, sections: { findings: '两肺清晰。', impression: '未见异常。' } })
  const titles = async (asker: Asker) => (await listPhrases(county.tools, asker, 'template')).map(({ title }) => title)
  const named = async (asker: Asker, title: string) =>
    (await listPhrases(county.tools, asker, 'template')).find((one) => one.title === title)

  test('is theirs alone', async () => {
    const { tools, people } = county
    const { id, state } = await addPhrase(tools, people.wang, { kind: 'template', scope: 'user', text: text('王的模板'), replaces: null })
    expect(state).toBe('approved')
    expect(await titles(people.li)).not.toContain('王的模板')
    await expect(changePhrase(tools, people.li, 'template', Number(id), undefined, text('李的'))).rejects.toThrow(/no template/)
    await expect(removePhrase(tools, chief, 'template', Number(id))).rejects.toThrow(/no template/)
    await changePhrase(tools, people.wang, 'template', Number(id), 1, text('王的模板二'))
    await expect(changePhrase(tools, people.wang, 'template', Number(id), 1, text('旧'))).rejects.toThrow(/version 2/)
    expect(await named(people.wang, '王的模板二')).toMatchObject({ scope: 'user', rev: 2, initials: 'wdmbe' })
    await removePhrase(tools, people.wang, 'template', Number(id))
    expect(await titles(people.wang)).not.toContain('王的模板二')
  })

  test('becomes the centre’s when the chief approves it, and goes back with a reason when not', async () => {
    const { tools, people } = county
    const { id, state } = await addPhrase(tools, people.wang, { kind: 'template', scope: 'centre', text: text('中心模板'), replaces: null })
    expect(state).toBe('proposed')
    expect(await titles(people.li)).not.toContain('中心模板')
    expect((await named(chief, '中心模板'))?.verbs).toContain('approve')
    await expect(decideOnPhrase(tools, people.zeng, 'template', Number(id), 'approve', '')).rejects.toThrow(/no role/)
    await expect(decideOnPhrase(tools, chief, 'template', Number(id), 'refuse', '')).rejects.toThrow()
    await decideOnPhrase(tools, chief, 'template', Number(id), 'refuse', '缺少技术')
    expect(await named(people.wang, '中心模板')).toMatchObject({ state: 'refused', reason: '缺少技术' })
    await changePhrase(tools, people.wang, 'template', Number(id), undefined, text('中心模板'))
    await decideOnPhrase(tools, chief, 'template', Number(id), 'approve', '')
    expect(await named(people.li, '中心模板')).toMatchObject({ scope: 'centre', verbs: ['propose'] })
    await expect(changePhrase(tools, people.wang, 'template', Number(id), undefined, text('改'))).rejects.toThrow(/not yours/)
  })

  test('may stand in the place of a starter, which the chief may also hide and show again', async () => {
    const { tools, people } = county
    const starter = (await named(people.wang, '胸部正位未见异常'))!
    const { id } = await addPhrase(tools, people.wang, {
      kind: 'template',
      scope: 'centre',
      text: text('我们的胸片'),
      replaces: starter.id,
    })
    expect(await titles(people.wang)).toContain('胸部正位未见异常')
    await decideOnPhrase(tools, chief, 'template', Number(id), 'approve', '')
    expect(await titles(people.li)).not.toContain('胸部正位未见异常')
    await hideStarter(tools, chief, 'template', 'dx-knee-normal')
    expect(await titles(people.li)).not.toContain('膝关节未见异常')
    const hidden = (await named(chief, '膝关节未见异常'))!
    expect(hidden).toMatchObject({ state: 'hidden', verbs: ['show'] })
    await removePhrase(tools, chief, 'template', Number(hidden.id))
    expect(await titles(people.li)).toContain('膝关节未见异常')
  })

  test('is imported once, whole or not at all', async () => {
    const { tools, people } = county
    const items = [text('导入一'), text('导入二'), text('导入一')]
    expect(await importPhrases(tools, people.li, 'template', 'user', items)).toEqual({ added: 2, same: 1 })
    expect(await importPhrases(tools, people.li, 'template', 'user', items)).toEqual({ added: 0, same: 3 })
  })

  test('comes first when it is used', async () => {
    const { tools, people } = county
    const macro = (await listPhrases(tools, people.li, 'macro'))[0]!
    await noteUsed(tools, people.li, 'macro', macro.id)
    await noteUsed(tools, people.li, 'macro', macro.id)
    expect((await listPhrases(tools, people.li, 'macro')).find(({ id }) => id === macro.id)?.uses).toBe(2)
    await expect(noteUsed(tools, people.li, 'macro', 'starter:none-such')).rejects.toThrow(/no macro/)
  })

  test('is not of those who do not read', async () => {
    await expect(listPhrases(county.tools, county.people.eastTech, 'template')).rejects.toThrow(/no role/)
  })

  test('is found by the initials of its title', () => {
    expect(initialsOf('胸部未见异常')).toBe('xbwjyc')
    expect(initialsOf('CT平扫')).toBe('cps')
  })
})
