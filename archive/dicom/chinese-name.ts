/** A name as Chinese people type it, as a PN value: 王丽 is `Wang^Li=王^丽`, so that equipment without Chinese characters shows something. PS3.5 §6.2.1. */
import { readingsOf } from './pinyin.ts'

/** Surnames of two characters that are met; all others have one. */
const compoundSurnames: ReadonlySet<string> = new Set(
  '欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 令狐 呼延 单于 轩辕 百里 西门 东郭 南门 拓跋 纳兰'.split(
    ' ',
  ),
)

/** Names with components of their own are left as they are; transcribed ones (买买提·吐尔逊) are one component. */
export function personNameOf(typed: string): string {
  const name = typed.trim()
  if (/[\^=]/.test(name)) return name
  if (!/^\p{Script=Han}{2,4}$/u.test(name)) return /\p{Script=Han}/u.test(name) ? `=${name}` : name
  const characters = [...name]
  const surname = characters.length > 2 && compoundSurnames.has(characters.slice(0, 2).join('')) ? 2 : 1
  const family = characters.slice(0, surname).join('')
  const given = characters.slice(surname).join('')
  const [syllables] = readingsOf(characters)
  // A character without a reading leaves the Latin group empty: half a name would be another name.
  if (syllables === undefined || syllables.length !== characters.length) return `=${family}^${given}`
  const latin = [syllables.slice(0, surname), syllables.slice(surname)].map((part) => capital(part.join('')))
  return `${latin.join('^')}=${family}^${given}`
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
