/** 阴性/阳性, how sure the diagnosis is, the quality of the images: one key each, nothing preset. */
import { Button, Checkbox, Popover, Radio, Select } from 'antd'
import { useEffect } from 'react'
import type { ImageGrade, ReportText, Wording } from '../api/types.ts'
import { polarityWords } from '../language/domain.ts'
import { useWords } from '../language/language.tsx'
import { type Keys, useKeys } from '../shell/use-keys.ts'
import { editorWords, sectionWords, wordingWords } from './editor-words.ts'
import { gradesOf } from './grades.ts'

const wordings: readonly Wording[] = ['normal', 'affirmative', 'consistent', 'possible', 'not-excluded']

type Type = (change: Partial<ReportText>) => void

/** Alt and − or + for the result, a digit for the certainty, Shift and a digit for the images: by position, under every input method. */
export function choiceKeys(modality: string, text: ReportText, type: Type): Keys {
  const grades = gradesOf(modality).map((grade, at) => [
    `Alt+Shift+Digit${at + 1}`,
    () => type({ grade: { dims: text.grade?.dims ?? {}, grade } }),
  ])
  return {
    'Alt+Minus': () => type({ polarity: 'negative' }),
    'Alt+Equal': () => type({ polarity: 'positive' }),
    ...Object.fromEntries(wordings.map((wording, at) => [`Alt+Digit${at + 1}`, () => type({ wording })])),
    ...Object.fromEntries(grades),
  }
}

/** The quality of the images has the keyboard: arrows choose. */
function toGrade(): void {
  const row = document.querySelector<HTMLElement>('.choice-grade')
  row?.scrollIntoView({ block: 'center' })
  row?.querySelector<HTMLElement>('input:checked, input')?.focus()
}

interface Props {
  readonly text: ReportText
  readonly modality: string
  readonly readOnly: boolean
  readonly onType: Type
}

export function Choices({ text, modality, readOnly, onType }: Props) {
  const say = useWords(editorWords)
  const saySection = useWords(sectionWords)
  const sayPolarity = useWords(polarityWords)
  const sayWording = useWords(wordingWords)
  const { polarity, wording, grade } = text
  useKeys({ KeyQ: toGrade })
  // Q in the list comes here.
  useEffect(() => {
    if (new URLSearchParams(location.search).get('beside') === 'grade') toGrade()
  }, [])
  const row = (name: 'polarity' | 'wording' | 'grade', hint: string, content: React.ReactNode) => (
    <div
      className={`choice choice-${name}${!readOnly && text[name] === null ? ' choice-open' : ''}`}
      role="radiogroup"
      aria-label={saySection(name)}
    >
      <span className="choice-name" title={hint}>
        {saySection(name)}
      </span>
      {content}
    </div>
  )
  return (
    <div className="choices">
      {row(
        'polarity',
        'Alt+− / Alt++',
        <Radio.Group
          size="small"
          optionType="button"
          buttonStyle="solid"
          disabled={readOnly}
          value={polarity}
          onChange={({ target }) => onType({ polarity: target.value as ReportText['polarity'] })}
          options={(['negative', 'positive'] as const).map((value, at) => ({
            value,
            label: sayPolarity(value),
            title: ['Alt+−', 'Alt++'][at] ?? '',
          }))}
        />,
      )}
      {row(
        'wording',
        'Alt+1–5',
        <Radio.Group
          size="small"
          optionType="button"
          buttonStyle="solid"
          disabled={readOnly}
          value={wording}
          onChange={({ target }) => onType({ wording: target.value as Wording })}
          options={wordings.map((value, at) => ({ value, label: sayWording(value), title: `Alt+${at + 1}` }))}
        />,
      )}
      {row(
        'grade',
        `${say('gradeOnce')} · Alt+Shift+1–4`,
        <>
          <Radio.Group
            size="small"
            optionType="button"
            buttonStyle="solid"
            disabled={readOnly}
            value={grade?.grade ?? null}
            onChange={({ target }) => onType({ grade: { dims: grade?.dims ?? {}, grade: target.value as ImageGrade['grade'] } })}
            options={gradesOf(modality).map((value, at) => ({ value, label: String(value), title: `Alt+Shift+${at + 1}` }))}
          />
          {grade !== null && (
            <Popover trigger="click" placement="topRight" content={<Dims grade={grade} readOnly={readOnly} onType={onType} />}>
              <Button size="small" type="text">
                {say('dims')}
              </Button>
            </Popover>
          )}
        </>,
      )}
    </div>
  )
}

function Dims({ grade, readOnly, onType }: { grade: ImageGrade; readOnly: boolean; onType: Type }) {
  const say = useWords(editorWords)
  const set = (dims: ImageGrade['dims']) => onType({ grade: { ...grade, dims: { ...grade.dims, ...dims } } })
  return (
    <div className="dims">
      {(['coverage', 'position', 'centreLine'] as const).map((dim) => (
        <Checkbox
          key={dim}
          disabled={readOnly}
          checked={grade.dims[dim] === true}
          indeterminate={grade.dims[dim] === undefined}
          onChange={({ target }) => set({ [dim]: target.checked })}
        >
          {say(dim)}
        </Checkbox>
      ))}
      <span>
        {say('artifact')}{' '}
        <Select
          size="small"
          disabled={readOnly}
          aria-label={say('artifact')}
          style={{ width: 110 }}
          value={grade.dims.artifact ?? null}
          onChange={(artifact: NonNullable<ImageGrade['dims']['artifact']>) => set({ artifact })}
          options={(['none', 'motion', 'device', 'foreign'] as const).map((value) => ({ value, label: say(`artifact_${value}`) }))}
        />
      </span>
    </div>
  )
}
