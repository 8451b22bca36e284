/** 「未见骨折」 above 「骨折」: findings and impression that contradict each other. */
import { regions } from './anatomy.ts'
import { abnormal, findingGroups, ofLittleWeight } from './finding-words.ts'
import type { LintSubject, Problem } from './lint.ts'
import { isNormal, type Mention, mentionsOf } from './sentences.ts'

const regionsOf = ({ clause, sentence }: Mention): string[] => {
  const named = (text: string) => regions.filter(({ reported }) => reported.test(text)).map(({ zh }) => zh)
  const own = named(clause.text)
  return own.length > 0 ? own : named(sentence.text)
}

/** 「胸腔未见积液」 says nothing of 「心包积液」 elsewhere: both must be able to mean one place. */
const samePlace = (a: Mention, b: Mention): boolean => {
  const [left, right] = [regionsOf(a), regionsOf(b)]
  return left.length === 0 || right.length === 0 || left.some((region) => right.includes(region))
}

/** 「余骨未见骨折」 is about the rest. */
const ofTheRest = ({ clause }: Mention): boolean => /^\s*(余|其余|其他|其它|另|邻近|周围|对侧|健侧)/.test(clause.text)

const organs =
  /胸腔|心包|腹腔|盆腔|关节腔?|鼻窦|乳突|中耳|硬膜下|硬膜外|蛛网膜下腔|脑实质|脑室|肾盂|输尿管|胆囊|胆管|肾|肝|肺|甲状腺|乳腺|脾|胰/g
const organsOf = ({ clause }: Mention): string[] => [...clause.text.matchAll(organs)].map(([organ]) => organ)
const sameOrgan = (a: Mention, b: Mention): boolean => {
  const [left, right] = [organsOf(a), organsOf(b)]
  return left.length === 0 || right.length === 0 || left.some((organ) => right.includes(organ))
}

const place = (field: 'findings' | 'impression', { start, end }: Mention) => ({ field, start, end })

export function negationClash({ draft }: LintSubject): Problem[] {
  return Object.values(findingGroups).flatMap((words): Problem[] => {
    const findings = mentionsOf(draft.findings, words)
    const impression = mentionsOf(draft.impression, words)
    const affirmed = impression.filter(({ said }) => said === 'affirmed')
    const denied = impression.filter(({ said }) => said === 'denied')
    const clash = affirmed.find((mention) => {
      const same = findings.filter((other) => samePlace(mention, other) && sameOrgan(mention, other))
      return same.some(({ said }) => said === 'denied') && same.every((other) => other.said === 'denied' && !ofTheRest(other))
    })
    if (clash) {
      const first = findings.find((other) => other.said === 'denied' && samePlace(clash, other) && sameOrgan(clash, other))!
      return [
        {
          where: place('impression', clash),
          sentence: 'affirmed',
          values: { word: clash.clause.text.trim(), denied: first.clause.text.trim() },
        },
      ]
    }
    const left = denied.find((mention) => {
      const same = findings.filter((other) => samePlace(mention, other) && sameOrgan(mention, other))
      return (
        !ofTheRest(mention) &&
        affirmed.length === 0 &&
        same.length > 0 &&
        same.every(({ said }) => said === 'affirmed') &&
        !/新|急性|活动|明显/.test(mention.clause.text)
      )
    })
    if (left === undefined) return []
    const first = findings.find((other) => samePlace(left, other))!
    return [
      { where: place('impression', left), sentence: 'denied', values: { word: first.clause.text.trim(), denied: left.clause.text.trim() } },
    ]
  })
}

/** Something was found, and the impression says 「未见异常」. */
export function omitted({ draft }: LintSubject): Problem[] {
  if (!isNormal(draft.impression)) return []
  const told = mentionsOf(draft.findings, abnormal).filter(({ said, word }) => said === 'affirmed' && !ofLittleWeight.test(word))
  const [first] = told
  return first === undefined ? [] : [{ where: place('findings', first), values: { word: first.clause.text.trim().slice(0, 20) } }]
}
