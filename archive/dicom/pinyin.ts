/**
 * How Chinese names are read: pinyin with every reading of a polyphone, and the simplified form of traditional characters.
 * Readings are pinyin-pro's: a surname first as a surname (单 shan, 万俟 mo qi), then every other reading, since a few surnames (种) come out wrong there.
 */
import traditionalPairs from 'opencc-js/dict/TSCharacters'
import { pinyin } from 'pinyin-pro'

/** More readings of one name than these are not indexed; four characters with two readings each have sixteen. A long (transcribed) name gets fewer. */
const maximumReadings = 32
const maximumReadingsOfLong = 8

const simplified = new Map<string, string>()
for (const pair of traditionalPairs.split('|')) {
  const [from, to] = pair.split(' ')
  if (from !== undefined && to !== undefined) simplified.set(from, String.fromCodePoint(to.codePointAt(0)!))
}

/** The text with traditional characters replaced, one by one, by their simplified form. */
export function simplify(text: string): string {
  let result = ''
  for (const character of text) result += simplified.get(character) ?? character
  return result
}

/** ü is typed as v, u or yu: 吕 is lv, lu and lyu. */
function spellings(syllable: string): string[] {
  return syllable.includes('v') ? [syllable, syllable.replace('v', 'u'), syllable.replace('v', 'yu')] : [syllable]
}

const options = { type: 'array', toneType: 'none', v: true } as const

/** The readings of each character, the likeliest first; empty for a character that has none. */
function readingsByCharacter(name: readonly string[]): string[][] {
  const asSurname = pinyin(name.join(''), { ...options, surname: 'head' })
  return name.map((character, i) => {
    const readings = [asSurname.length === name.length ? asSurname[i]! : '', ...pinyin(character, { ...options, multiple: true })]
    return [...new Set(readings.filter((reading) => /^[a-z]+$/.test(reading)).flatMap(spellings))]
  })
}

/** The readings of a name written in Han characters, each as its syllables: at most 32 (8 of more than four characters), every reading of every character in at least one while they last. */
export function readingsOf(name: readonly string[]): string[][] {
  const choices = readingsByCharacter(name).filter((readings) => readings.length > 0)
  if (choices.length === 0) return []
  const usual = choices.map((readings) => readings[0]!)
  const maximum = choices.length > 4 ? maximumReadingsOfLong : maximumReadings
  const found = new Map<string, string[]>()
  const add = (reading: string[]) => {
    if (found.size < maximum) found.set(reading.join(' '), reading)
  }
  add(usual)
  choices.forEach((readings, i) => {
    for (const other of readings.slice(1)) add(usual.with(i, other))
  })
  choices.forEach((readings, i) => {
    for (const known of [...found.values()]) for (const other of readings.slice(1)) add(known.with(i, other))
  })
  return [...found.values()]
}

/** The syllables of Mandarin without tones, ü written v (and u after n and l, as everybody types it). */
const syllables = new Set(
  `a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen ceng cha chai chan chang chao che chen
  cheng chi chong chou chu chua chuai chuan chuang chui chun chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de dei den deng di dia dian diao
  die ding diu dong dou du duan dui dun duo e ei en eng er fa fan fang fei fen feng fo fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai
  guan guang gui gun guo ha hai han hang hao he hei hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu
  ju juan jue jun ka kai kan kang kao ke kei ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei leng li lia lian liang
  liao lie lin ling liu lo long lou lu luan lue lun luo lv lve lyu ma mai man mang mao me mei men meng mi mian miao mie min ming miu mo mou mu na nai
  nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou nu nuan nue nun nuo nv nve nyu o ou pa pai pan pang pao pei pen peng pi
  pian piao pie pin ping po pou pu qi qia qian qiang qiao qie qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru rua ruan rui
  run ruo sa sai san sang sao se sen seng sha shai shan shang shao she shei shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou
  su suan sui sun suo ta tai tan tang tao te tei teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen weng wo wu xi xia xian
  xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha
  zhai zhan zhang zhao zhe zhei zhen zheng zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo`.split(
    /\s+/,
  ),
)
const longestSyllable = 6

/** Every way to read a Latin word as pinyin of two to four syllables (`zhangsan` → zhang san; `xian` → xi an); none when it is something else. */
export function syllablesOf(word: string): string[][] {
  const found: string[][] = []
  const walk = (from: number, taken: string[]) => {
    if (found.length >= maximumReadings) return
    if (from === word.length) {
      if (taken.length > 1) found.push(taken)
      return
    }
    if (taken.length === 4) return
    for (let to = Math.min(word.length, from + longestSyllable); to > from; to--) {
      const syllable = word.slice(from, to)
      if (syllables.has(syllable)) walk(to, [...taken, syllable])
    }
  }
  if (/^[a-z]{3,24}$/.test(word)) walk(0, [])
  return found
}

/** The text with its Han characters in Latin letters, for equipment that can show no others: 张^三丰 is Zhang^San Feng. Characters that `keep` says yes to stay. */
export function romanize(text: string, keep: (character: string) => boolean = () => false): string {
  return text.replace(/\p{Script=Han}+/gu, (run, at: number) => {
    const characters = [...run]
    if (characters.every(keep)) return run
    const whole = readingsOf(characters)[0] ?? []
    const syllables = characters.map((character, i) =>
      whole.length === characters.length ? whole[i]! : (readingsOf([character])[0]?.[0] ?? '?'),
    )
    const written = syllables.map((syllable) => syllable[0]!.toUpperCase() + syllable.slice(1).replace('v', 'yu')).join(' ')
    const before = /[\p{L}\p{N}]$/u.test(text.slice(0, at)) ? ' ' : ''
    const after = /^[\p{L}\p{N}]/u.test(text.slice(at + run.length)) ? ' ' : ''
    return before + written + after
  })
}
