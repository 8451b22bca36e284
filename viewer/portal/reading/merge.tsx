/** Two texts of one report, section by section: each shown whole with what differs marked, a person chooses or writes the result. */
import { Button, Input, Modal } from 'antd'
import { useState } from 'react'
import type { ReportText } from '../api/types.ts'
import { fields, sameField } from '../drafts/draft.ts'
import { polarityWords } from '../language/domain.ts'
import { useWords } from '../language/language.tsx'
import { editorWords, sectionWords, wordingWords } from './editor-words.ts'
import { isLong, type TextSection, textSections } from './sections.ts'
import { pieces, together } from './tracked-changes.ts'

interface Side {
  readonly title: string
  readonly text: ReportText
}

interface Props {
  readonly name: string
  readonly left: Side
  readonly right: Side
  readonly busy?: boolean
  onMerge(text: ReportText): void
  /** Absent: it has to be decided. */
  onCancel?(): void
}

const isText = (field: keyof ReportText): field is TextSection => (textSections as readonly string[]).includes(field)

export function Merge({ name, left, right, busy = false, onMerge, onCancel }: Props) {
  const say = useWords(editorWords)
  const saySection = useWords(sectionWords)
  const differing = fields.filter((field) => !sameField(left.text, right.text, field))
  const [chosen, setChosen] = useState<Partial<ReportText>>({})
  const open = differing.filter((field) => !(field in chosen))
  const all = ({ text }: Side) => setChosen(Object.fromEntries(differing.map((field) => [field, text[field]])))
  return (
    <Modal
      open
      width={1080}
      closable={onCancel !== undefined}
      keyboard={onCancel !== undefined}
      mask={{ closable: false }}
      {...(onCancel ? { onCancel } : {})}
      className="merge"
      title={say('mergeTitle', { name })}
      footer={[
        <Button key="left" onClick={() => all(left)}>
          {say('allMine')}
        </Button>,
        <Button key="right" onClick={() => all(right)}>
          {say('allTheirs')}
        </Button>,
        ...(onCancel
          ? [
              <Button key="cancel" onClick={onCancel}>
                {say('cancel')}
              </Button>,
            ]
          : []),
        <Button key="done" type="primary" loading={busy} disabled={open.length > 0} onClick={() => onMerge({ ...left.text, ...chosen })}>
          {open.length > 0 ? say('mergeLeft', { count: open.length }) : say('mergeDone')}
        </Button>,
      ]}
    >
      <p>{say('mergeText')}</p>
      {differing.map((field) => (
        <section key={field} className="merge-field" data-field={field}>
          <h3>{saySection(field)}</h3>
          <div className="side-by-side">
            {([left, right] as const).map((side, at) => (
              <article key={side.title} className={field in chosen && chosen[field] === side.text[field] ? 'taken' : undefined}>
                <h4>{side.title}</h4>
                <Value field={field} text={side.text} other={at === 0 ? right.text : left.text} />
                <Button size="small" onClick={() => setChosen({ ...chosen, [field]: side.text[field] })}>
                  {say('useThis')}
                </Button>
              </article>
            ))}
          </div>
          {isText(field) && (
            <div className="merge-result">
              <Button size="small" onClick={() => setChosen({ ...chosen, [field]: together(left.text[field], right.text[field]) })}>
                {say('useBoth')}
              </Button>
              {field in chosen && (
                <Input.TextArea
                  autoSize={{ minRows: isLong(field) ? 3 : 1, maxRows: 10 }}
                  aria-label={`${say('result')}：${saySection(field)}`}
                  value={chosen[field] ?? ''}
                  onChange={({ target }) => setChosen({ ...chosen, [field]: target.value })}
                />
              )}
            </div>
          )}
        </section>
      ))}
    </Modal>
  )
}

function Value({ field, text, other }: { field: keyof ReportText; text: ReportText; other: ReportText }) {
  const say = useWords(editorWords)
  const sayPolarity = useWords(polarityWords)
  const sayWording = useWords(wordingWords)
  if (isText(field)) {
    if (text[field].trim() === '') return <p className="quiet">{say('nothing')}</p>
    return (
      <pre>
        {pieces(other[field], text[field]).map((piece) =>
          piece.kind === 'same' ? piece.after : <mark key={piece.at}>{piece.after}</mark>,
        )}
      </pre>
    )
  }
  const { polarity, wording, grade, keyImages } = text
  const shown = {
    polarity: polarity === null ? null : sayPolarity(polarity),
    wording: wording === null ? null : sayWording(wording),
    grade: grade === null ? null : String(grade.grade),
    keyImages: keyImages.length === 0 ? null : keyImages.map(({ caption }, at) => caption || `${at + 1}`).join(' · '),
  }[field]
  return <p>{shown ?? <span className="quiet">{say('nothing')}</span>}</p>
}
