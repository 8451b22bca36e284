/** What a reader must know of a row before opening it: a word each, critical first. */
import type { Workitem } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { listWords } from './words.ts'

interface Badge {
  readonly key: Extract<keyof typeof listWords, `badge-${string}`>
  readonly meaning: 'critical' | 'late' | 'plain'
  readonly n?: number
}

export function badgesOf(workitem: Workitem): readonly Badge[] {
  const { criticals, questions, returnCount = 0, newImages, reworked, state, amending, paused } = workitem
  const badges: Badge[] = []
  if ((criticals?.open ?? 0) > 0) badges.push({ key: 'badge-critical', meaning: 'critical' })
  if (newImages) badges.push({ key: 'badge-new-images', meaning: 'late' })
  if ((questions?.open ?? 0) > 0) badges.push({ key: 'badge-question', meaning: 'late', n: questions?.open ?? 0 })
  if (reworked && state !== 'FINAL' && state !== 'AMENDED') badges.push({ key: 'badge-reworked', meaning: 'late' })
  if (returnCount > 0) badges.push({ key: 'badge-returned', meaning: 'plain', n: returnCount })
  if (amending === 'addendum') badges.push({ key: 'badge-addendum', meaning: 'plain' })
  if (amending === 'correction') badges.push({ key: 'badge-correction', meaning: 'late' })
  if (paused) badges.push({ key: 'badge-paused', meaning: 'plain' })
  return badges
}

export function Badges({ workitem }: { readonly workitem: Workitem }) {
  const say = useWords(listWords)
  const badges = badgesOf(workitem)
  const text = badges.map(({ key, n = 0 }) => say(key, { n }))
  return (
    <span title={text.join(' · ')}>
      {badges.map(({ key, meaning }, at) => (
        <span key={key} className={`badge badge-${meaning}`}>
          {meaning === 'critical' && <span aria-hidden="true">‼ </span>}
          {text[at]}
        </span>
      ))}
    </span>
  )
}
