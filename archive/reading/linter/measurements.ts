/** Sizes and units. A nodule of 5 cm that is 5 mm is another disease. */
import type { LintSubject, Place, Problem } from './lint.ts'

const fields = ['findings', 'impression'] as const
const number = String.raw`\d+(?:\.\d+)?`
const times = String.raw`\s*[×xX*✕]\s*`
const units = 'mm|cm|毫米|厘米|㎜|㎝|μm|um|ml|mL|毫升|m(?![a-zA-Z])|HU|Hu|hu'
/** 3 or 2 sides, the units of each where given. */
const sizes = new RegExp(`(${number})\\s*(${units})?${times}(${number})\\s*(${units})?(?:${times}(${number})\\s*(${units})?)?`, 'g')
const single = new RegExp(`(-?${number})\\s*(mm|cm|毫米|厘米|㎜|㎝)`, 'g')
const spelt = new RegExp(`${number}\\s*(mmm+|ccm+|cmm+|mmc|cmc|nm|mn|nn|cn|vm|xm|MN|CN)(?![a-zA-Z])`, 'g')
const digits = /\d+(?:\.\.+\d+|[。，]\d+(?=\s*(?:mm|cm|毫米|厘米))|\.\d+\.\d+(?=\s*(?:mm|cm|毫米|厘米|HU)))/g
const density = new RegExp(`(-?${number})\\s*(?:HU|Hu|hu)(?![a-zA-Z])`, 'g')
/** What is written like a size and is none: 「矩阵512×512」, 「10×10^9」, 「2×2次」. */
const noSize = /矩阵|FOV|像素|层厚|放大/

const inMillimetres = (value: number, unit: string): number => (/cm|厘米|㎝/.test(unit) ? value * 10 : value)
const place = (field: Place['field'], match: RegExpExecArray): Place => ({ field, start: match.index, end: match.index + match[0].length })

/** Lesions have bounds (millimetres): beyond, the unit is wrong. */
const bounds: readonly (readonly [lesion: RegExp, most: number])[] = [
  [/结节/, 60],
  [/结石/, 120],
  [/淋巴结/, 150],
  [/囊肿|肿块|占位|肿物|脓肿|血肿/, 350],
]

/** No lesion at all, and no organ, is longer. */
const anything = 600

function measurementsIn(field: (typeof fields)[number], text: string): Problem[] {
  const problems: Problem[] = []
  const say = (sentence: string, match: RegExpExecArray) =>
    problems.push({ where: place(field, match), sentence, values: { word: match[0].trim() } })
  for (const match of text.matchAll(spelt)) say('unit', match)
  for (const match of text.matchAll(digits)) say('number', match)
  for (const match of text.matchAll(sizes)) {
    const [, , first, , second, third, last] = match
    const around = text.slice(Math.max(0, match.index - 6), match.index)
    const given = [first, second, last].filter((unit) => unit !== undefined)
    const final = third === undefined ? second : last
    if (final === undefined && !noSize.test(around) && !/^\s*(\^|次|层|矩阵|倍|[a-zA-Z])/.test(text.slice(match.index + match[0].length)))
      say('missing', match)
    else if (new Set(given.map((unit) => inMillimetres(1, unit))).size > 1) say('mixed', match)
  }
  for (const match of text.matchAll(single)) {
    const size = inMillimetres(Math.abs(Number(match[1])), match[2]!)
    const sentence = text.slice(text.slice(0, match.index).search(/[^。；;\n]*$/), match.index)
    const most = bounds.find(([lesion]) => lesion.test(sentence))?.[1] ?? anything
    if (size > most) say('size', match)
  }
  for (const match of text.matchAll(density)) {
    const value = Number(match[1])
    if (value < -1_100 || value > 4_000) say('density', match)
  }
  return problems
}

export const measurements = ({ draft }: LintSubject): Problem[] => fields.flatMap((field) => measurementsIn(field, draft[field]))

/** 「5mm」 in the findings and 「5cm」 in the impression. */
export function unitMismatch({ draft }: LintSubject): Problem[] {
  const found = [...draft.findings.matchAll(single)]
  const written = (match: RegExpExecArray) => inMillimetres(Number(match[1]), match[2]!)
  return [...draft.impression.matchAll(single)].flatMap((match) => {
    if (found.some((other) => written(other) === written(match))) return []
    const twin = found.find((other) => Number(other[1]) === Number(match[1]))
    return twin === undefined ? [] : [{ where: place('impression', match), values: { findings: twin[0], word: match[0] } }]
  })
}
