/** Words of another age: 「老年性」 in a child, an open growth plate in a grown-up. */
import type { LintSubject, Problem } from './lint.ts'

const ofTheOld = /老年性|老年脑|退行性|前列腺增生|绝经|骨质疏松|主动脉硬化/g
const ofTheYoung = /骨骺(?:线)?未闭合?|骨骺线(?:存在|清晰|可见)|骨化中心|囟门|胸腺影/g

export function ageWords({ draft, age }: LintSubject): Problem[] {
  const words = age === null ? undefined : age < 14 ? ofTheOld : age >= 30 ? ofTheYoung : undefined
  if (words === undefined) return []
  return (['findings', 'impression'] as const).flatMap((field) =>
    [...draft[field].matchAll(words)].map((match) => ({
      where: { field, start: match.index, end: match.index + match[0].length },
      values: { age: String(age), word: match[0] },
    })),
  )
}
