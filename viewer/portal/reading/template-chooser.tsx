/** F2: templates and phrases that fit this examination first, found by title, initials or text; arrows and Enter choose, the text stands beside. */
import { Input, type InputRef, Modal } from 'antd'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { Phrase } from '../api/phrase-types.ts'
import { useWords } from '../language/language.tsx'
import { navigate } from '../shell/router.ts'
import { editorWords, sectionWords } from './editor-words.ts'
import { choose, type Examination } from './expansion.ts'
import type { TextSection } from './sections.ts'

interface Props {
  readonly phrases: readonly Phrase[]
  readonly examination: Examination
  onChoose(phrase: Phrase): void
  onCancel(): void
}

const mostShown = 200

export function TemplateChooser({ phrases, examination, onChoose, onCancel }: Props) {
  const say = useWords(editorWords)
  const saySection = useWords(sectionWords)
  const [search, setSearch] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const input = useRef<InputRef>(null)
  const found = choose(phrases, search, examination).slice(0, mostShown)
  const current = found[Math.min(at, found.length - 1)]
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  })
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setAt(Math.max(0, Math.min(found.length - 1, Math.min(at, found.length - 1) + step)))
    } else if (event.key === 'Enter' && current) {
      event.preventDefault()
      onChoose(current)
    }
  }
  return (
    <Modal
      open
      width={860}
      title={say('chooserTitle')}
      footer={
        <button type="button" className="link-button" onClick={() => navigate('/templates')}>
          {say('manage')}
        </button>
      }
      onCancel={onCancel}
      afterOpenChange={(open) => open && input.current?.focus()}
    >
      <Input
        ref={input}
        autoFocus
        allowClear
        placeholder={say('chooserSearch')}
        aria-label={say('chooserSearch')}
        value={search}
        onChange={({ target }) => {
          setSearch(target.value)
          setAt(0)
        }}
        onKeyDown={press}
      />
      <div className="chooser">
        <div ref={list} role="listbox" aria-label={say('chooserTitle')} className="chooser-list">
          {found.length === 0 && <p className="quiet">{say('chooserNone')}</p>}
          {found.map((phrase, index) => (
            <div
              key={phrase.id}
              role="option"
              aria-selected={phrase === current}
              tabIndex={-1}
              data-phrase={phrase.id}
              onClick={() => onChoose(phrase)}
              onKeyDown={press}
              onMouseMove={() => index !== at && setAt(index)}
            >
              <span className="clipped">{phrase.title}</span>
              <code>{phrase.abbreviation}</code>
              <span className="quiet">
                {say(`kind_${phrase.kind}`)} · {say(`scope_${phrase.scope}`)}
              </span>
            </div>
          ))}
        </div>
        <div className="chooser-text">
          {current &&
            Object.entries(current.sections).map(([section, text]) => (
              <div key={section}>
                {section !== 'text' && <h4>{saySection(section as TextSection)}</h4>}
                <p>{text}</p>
              </div>
            ))}
        </div>
      </div>
    </Modal>
  )
}
