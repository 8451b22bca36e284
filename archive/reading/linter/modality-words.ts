/** Words of another machine: density in MR, signal in CT, both in a radiograph. */
import type { LintSubject, Problem } from './lint.ts'

const radiograph = {
  name: 'X线',
  words: /长T[12]|T[12]WI?|FLAIR|DWI|ADC|高信号|低信号|等信号|CT值|HU\b|平扫|增强扫描|动脉期|静脉期|窗宽|层厚/g,
}
const foreign: Readonly<Record<string, { readonly name: string; readonly words: RegExp }>> = {
  CR: radiograph,
  DX: radiograph,
  CT: { name: 'CT', words: /长T[12]|T[12]WI?|FLAIR|DWI|ADC(?:图|值)|[高低等]信号|信号(?:异常|均匀|增高|减低)/g },
  MR: { name: 'MR', words: /CT值|\d\s*HU\b|[高低等]密度|密度(?:增高|减低|均匀)/g },
}

/** Comparison, advice and remark may speak of other examinations. */
export function modalityWords({ draft, modality }: LintSubject): Problem[] {
  const other = foreign[modality]
  if (other === undefined) return []
  return (['technique', 'findings'] as const).flatMap((field) =>
    [...draft[field].matchAll(other.words)]
      .filter(
        (match) =>
          !/(参见|结合|对照|原|既往|MR|CT|X线).{0,6}$/.test(draft[field].slice(Math.max(0, match.index - 10), match.index)) ||
          match[0].startsWith('CT值'),
      )
      .slice(0, 1)
      .map((match) => ({
        where: { field, start: match.index, end: match.index + match[0].length },
        values: { word: match[0], modality: other.name },
      })),
  )
}
