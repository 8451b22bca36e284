/** What was decided of a conflict, as it is told afterwards: the server names it by its code. */
import { named } from '../language/domain.ts'
import { type Language, say, words } from '../language/words.ts'

export const decisionWords = words({
  'same-person': ['是同一人', 'the same person'],
  'other-person': ['是两个人', 'two people'],
  'keep-first': ['保留现有的患者信息', 'what came first stands'],
  correct: ['改用后到影像的患者信息', 'corrected to the later images'],
  'keep-current': ['继续使用现有的影像', 'the images stay'],
  accept: ['接收', 'accepted'],
  refuse: ['不接收', 'refused'],
})
const versionWords = words({ used: ['改用第 {n} 版', 'version {n} is used'] })

export function decisionText(code: string, language: Language): string {
  const [, version] = /^use-version-(\d+)$/.exec(code) ?? []
  return version === undefined ? named(decisionWords, code, language) : say(versionWords.used, language, { n: version })
}
