/** Abbreviations by pinyin initials: `xbzw` and a space (or Tab) become what they stand for. */
import type { Phrase } from '../api/phrase-types.ts'

/** Shorter words are words. */
const shortest = 2

/** The letters before the caret, when nothing of a word or a number stands before them. */
export function typedBefore(text: string, caret: number): { readonly word: string; readonly start: number } | undefined {
  const [word] = /[a-z][a-z0-9]{1,15}$/.exec(text.slice(0, caret)) ?? []
  if (word === undefined || word.length < shortest) return undefined
  const start = caret - word.length
  return /[A-Za-z0-9.]/.test(text.charAt(start - 1)) ? undefined : { word, start }
}

/** What an examination is, as far as templates are chosen by it. */
export interface Examination {
  readonly modality: string
  readonly bodyPart: string
  readonly StudyDescription: string
  readonly sex: string
  readonly ageBand: '' | 'infant' | 'child' | 'adult' | 'elderly'
}

const radiographs: readonly string[] = ['CR', 'DX', 'DR']
const sameModality = (a: string, b: string): boolean => a === b || (radiographs.includes(a) && radiographs.includes(b))

/** What BodyPartExamined of a template is called in a description of a study. */
const partWords: Readonly<Record<string, RegExp>> = {
  CHEST: /胸|肺|CHEST|LUNG|THORAX/i,
  HEAD: /颅|头|脑|HEAD|BRAIN|SKULL/i,
  ABDOMEN: /腹|肝|胆|胰|脾|肾|泌尿|ABDOMEN|KUB|LIVER|KIDNEY/i,
  PELVIS: /盆|子宫|前列腺|PELVIS/i,
  CSPINE: /颈椎|C-?SPINE|CERVICAL/i,
  TSPINE: /胸椎|T-?SPINE|THORACIC/i,
  LSPINE: /腰|骶|L-?S?SPINE|LUMBAR/i,
  KNEE: /膝|髌|KNEE|PATELLA/i,
  HIP: /髋|HIP/i,
  ANKLE: /踝|ANKLE/i,
  FOOT: /足|跟骨|趾|FOOT|CALCAN|TOE/i,
  SHOULDER: /肩|SHOULDER/i,
  CLAVICLE: /锁骨|CLAVICLE/i,
  ELBOW: /肘|ELBOW/i,
  WRIST: /腕|WRIST/i,
  HAND: /手|指|HAND|FINGER/i,
  SINUS: /鼻窦|SINUS/i,
  BREAST: /乳|BREAST/i,
  NECK: /颈部|NECK/i,
  THYROID: /甲状腺|THYROID/i,
  ORBIT: /眼眶|ORBIT/i,
  FACIALBONES: /鼻骨|面|FACIAL/i,
  TEMPORALBONE: /颞骨|TEMPORAL/i,
}

const samePart = (part: string, { bodyPart, StudyDescription }: Examination): boolean =>
  part === bodyPart || (partWords[part]?.test(`${bodyPart} ${StudyDescription}`) ?? false)

/** How well a phrase fits: undefined where it is of another machine or sex; else the more the better. Its own part counts most, then what is used. */
export function fitOf(phrase: Phrase, examination: Examination): number | undefined {
  const { modality, bodyPart, sex, ageBand } = phrase
  if (modality !== '' && examination.modality !== '' && !sameModality(modality, examination.modality)) return undefined
  if (sex !== '' && /^[MF]$/.test(examination.sex) && sex !== examination.sex) return undefined
  let fit = 0
  if (modality !== '' && sameModality(modality, examination.modality)) fit += 2
  if (bodyPart !== '') fit += samePart(bodyPart, examination) ? 8 : -4
  if (sex !== '' && sex === examination.sex) fit += 1
  if (ageBand !== '') fit += ageBand === examination.ageBand ? 3 : -3
  if (phrase.scope === 'user') fit += 1
  return fit + Math.min(phrase.uses, 40) / 10
}

/** One's own goes before the centre's, the centre's before the starters, and what fits the examination before what does not. */
export function expansionOf(phrases: readonly Phrase[], word: string, examination: Examination): Phrase | undefined {
  const scope = { user: 2, centre: 1, starter: 0 }
  return phrases
    .filter(({ abbreviation, state }) => abbreviation === word && state === 'approved')
    .map((phrase) => ({ phrase, fit: fitOf(phrase, examination) }))
    .filter((each): each is { phrase: Phrase; fit: number } => each.fit !== undefined)
    .sort((a, b) => scope[b.phrase.scope] - scope[a.phrase.scope] || b.fit - a.fit)[0]?.phrase
}

/** For the chooser: by title, initials, abbreviation or text; what fits best first. */
export function choose(phrases: readonly Phrase[], search: string, examination: Examination): Phrase[] {
  const asked = search.trim().toLowerCase()
  const matches = ({ title, initials, abbreviation, sections }: Phrase): boolean =>
    asked === '' ||
    title.toLowerCase().includes(asked) ||
    initials.includes(asked) ||
    abbreviation.startsWith(asked) ||
    (asked.length > 1 && Object.values(sections).some((text) => text.includes(asked)))
  return phrases
    .filter((phrase) => phrase.state === 'approved' && matches(phrase))
    .map((phrase) => ({ phrase, fit: fitOf(phrase, examination) ?? (asked === '' ? undefined : -20) }))
    .filter((each): each is { phrase: Phrase; fit: number } => each.fit !== undefined && (asked !== '' || each.fit > -4))
    .sort((a, b) => b.fit - a.fit || a.phrase.title.localeCompare(b.phrase.title, 'zh'))
    .map(({ phrase }) => phrase)
}

/** 34岁, 8个月 …: from the age as it is said. */
export function ageBandOf(age: string): Examination['ageBand'] {
  const [, number, unit] = /^(\d+)\s*(岁|Y|个?月|M|周|W|天|D)/.exec(age) ?? []
  if (number === undefined) return ''
  if (unit !== '岁' && unit !== 'Y') return 'infant'
  const years = Number(number)
  return years < 3 ? 'infant' : years < 15 ? 'child' : years < 60 ? 'adult' : 'elderly'
}
