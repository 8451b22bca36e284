/** How well the report was written, for its author and the quality figures; nothing preset, and no duty. */
import { Radio } from 'antd'
import { useWords } from '../language/language.tsx'
import { editorWords } from './editor-words.ts'
import type { Review } from './use-review.ts'

export function ReviewGrade({ review }: { review: Review }) {
  const say = useWords(editorWords)
  return (
    <div className="choice" role="radiogroup" aria-label={say('peerGrade')}>
      <span className="choice-name">{say('peerGrade')}</span>
      <Radio.Group
        size="small"
        optionType="button"
        buttonStyle="solid"
        value={review.grade}
        onChange={({ target }) => review.setGrade(target.value as number)}
        options={([1, 2, 3, 4] as const).map((value) => ({ value, label: say(`peer_${value}`) }))}
      />
    </div>
  )
}
