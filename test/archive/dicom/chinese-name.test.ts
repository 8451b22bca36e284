/** Names as they are typed, as PN values that equipment without Chinese characters can show. PS3.5 §6.2.1. */
import { expect, test } from 'vitest'
import { personNameOf } from '../../../archive/dicom/chinese-name.ts'

test.each([
  ['张三', 'Zhang^San=张^三'],
  ['欧阳娜', 'Ouyang^Na=欧阳^娜'],
  ['王𠮷', '=王^𠮷'],
  ['买买提·吐尔逊', '=买买提·吐尔逊'],
  ['爱新觉罗溥仪', '=爱新觉罗溥仪'],
  ['阿'.repeat(40), `=${'阿'.repeat(40)}`],
  ['Smith^John', 'Smith^John'],
  [' Smith ', 'Smith'],
  ['Zhang^San=张^三', 'Zhang^San=张^三'],
])('%s is written %s', (typed, written) => {
  expect(personNameOf(typed)).toBe(written)
})
