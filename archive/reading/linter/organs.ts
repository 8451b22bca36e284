/** Organs that the patient does not have: those of the other sex, and those that were removed. */
import { type LintSubject, type Problem, type TextField, textFields } from './lint.ts'
import { clausesOf, sentencesOf } from './sentences.ts'

/** 「椎体及附件」 are processes of a vertebra; 「附件」 is an organ beside 子宫 or 盆腔 and as 附件区. */
const female =
  /子宫|卵巢|输卵管|(?<!鼻)阴道|宫颈|宫腔|宫内节育器|节育环|附件区|(?<=双侧|两侧|左侧|右侧|左|右)附件(?!骨|关节|结构)|胎儿|胎盘|妊娠|孕囊|早孕|绝经/g
const male = /前列腺|精囊|睾丸|附睾|阴茎|阴囊|精索|输精管/g
const bone = /椎|骨质|棘突|关节突/

export function sexOrgan({ draft, sex }: LintSubject): Problem[] {
  const other = sex === 'M' ? female : sex === 'F' ? male : undefined
  if (other === undefined) return []
  return textFields.flatMap((field) =>
    [...draft[field].matchAll(other)]
      .filter((match) => match[0] !== '附件' || !bone.test(draft[field].slice(Math.max(0, match.index - 12), match.index)))
      .map((match) => ({
        where: { field, start: match.index, end: match.index + match[0].length },
        values: { word: match[0] },
        sentence: sex === 'M' ? 'male' : 'female',
      })),
  )
}

/** Organs that are taken out whole. */
const organs = ['子宫', '胆囊', '脾脏?', '甲状腺', '前列腺', '阑尾', '膀胱', '乳腺', '胃'] as const
const well = '(?:大小|形态|位置|轮廓|信号|密度|边缘|壁|充盈|未见(?:明显|确切)?异常|显示清晰|未见(?:明显)?增大)'

/** 「子宫切除术后」 beside 「子宫大小形态正常」. Partial resections (大部、部分、次全) leave something to be described. */
export function removedOrgan({ draft }: LintSubject): Problem[] {
  const texts = (['findings', 'impression'] as const).map((field): [TextField, string] => [field, draft[field]])
  return organs.flatMap((organ) => {
    const removed = new RegExp(`${organ}(?:全切|(?:已)?切除|缺如|(?:摘除))(?:术后|后)?`)
    const [statement] = texts.map(([, text]) => removed.exec(text)?.[0]).filter((found) => found !== undefined)
    if (statement === undefined) return []
    const described = new RegExp(`^(?:(?!${organ}).){0,4}${organ}(?!(?:全|已)?切|缺如|摘|窝|区|床|术|残|管)(?:及|、|体|的)?.{0,10}?${well}`)
    return texts.flatMap(([field, text]) =>
      sentencesOf(text)
        .flatMap(clausesOf)
        .filter((clause) => described.test(clause.text) && !/术|切除|残/.test(clause.text))
        .map((clause) => ({
          where: { field, start: clause.start, end: clause.start + clause.text.length },
          values: { removed: statement, word: clause.text.trim() },
        })),
    )
  })
}
