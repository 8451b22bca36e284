/** What the imaging room saw when it looked at a study before sending it: on its board, and beside the reader's report. */
import type { SelfCheck } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { listed } from '../language/words.ts'
import { boardWords } from './words.ts'

export const looks = ['sideMark', 'coverage', 'motion', 'exposure'] as const

export function Checked({ check }: { check: SelfCheck }) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  const poor = looks.filter((look) => check[look] === 'poor').map((look) => say(look))
  const title = [say('checkedBy', { name: check.by.displayName, time: exactTime(check.at) }), check.note].filter(Boolean).join(' · ')
  if (poor.length === 0)
    return (
      <span className="badge badge-done" title={title}>
        ✓ {say('checkedGood')}
      </span>
    )
  return (
    <span className="badge badge-late" title={title}>
      ⚠ {say('checkedPoorBadge', { what: `${listed(poor, language)}${say('poor')}` })}
    </span>
  )
}
