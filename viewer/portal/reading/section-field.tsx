/**
 * One section of the report: a plain text area, so that dictation and every input method work in it. Tab leads through what a template left open, a digit
 * chooses among its options, an abbreviation and a space become their text; none of it while an input method is composing.
 */
import { Input } from 'antd'
import type { TextAreaRef } from 'antd/es/input/TextArea'
import type { KeyboardEvent } from 'react'
import type { ReportText } from '../api/types.ts'
import { anchorAt, type WrittenAnchor } from './anchors.ts'
import { typedBefore } from './expansion.ts'
import { placeholderAt, placeholderFrom } from './placeholders.ts'
import { isLong, type TextSection } from './sections.ts'

/** Writes over a range as if it were typed: the browser's own undo takes it back. */
export function typeInto(area: HTMLTextAreaElement, start: number, end: number, text: string): void {
  area.focus()
  area.setSelectionRange(start, end)
  // Deprecated, and still the only way that keeps the browser's undo; where it is gone, the text is set and told.
  const done = text === '' ? document.execCommand('delete') : document.execCommand('insertText', false, text)
  if (done || (start === end && text === '')) return
  area.setRangeText(text, start, end, 'end')
  area.dispatchEvent(new Event('input', { bubbles: true }))
}

interface Props {
  readonly id: string
  readonly section: TextSection
  readonly text: ReportText
  readonly readOnly: boolean
  readonly label: string
  onType(change: Partial<ReportText>): void
  onArea(area: HTMLTextAreaElement | null): void
  onFocus(): void
  /** The text that an abbreviation stands for; undefined: it is none. */
  expand(word: string): string | undefined
  /** A click into the place of an image that the text names. */
  onAnchor(anchor: WrittenAnchor): void
  /** No placeholder is left on this side of the section. True: another section had one. */
  onLeave(backwards: boolean): boolean
}

export function SectionField({ id, section, text, readOnly, label, onType, onArea, onFocus, expand, onLeave, onAnchor }: Props) {
  const value = text[section]

  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const { nativeEvent, currentTarget: area, key } = event
    // 229: an input method has the key, on browsers that say so only here.
    if (readOnly || nativeEvent.isComposing || nativeEvent.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return
    const { selectionStart: start, selectionEnd: end } = area
    const expandWord = (): boolean => {
      const typed = start === end ? typedBefore(area.value, start) : undefined
      const full = typed === undefined ? undefined : expand(typed.word)
      if (typed === undefined || full === undefined) return false
      typeInto(area, typed.start, start, full)
      const first = placeholderFrom(full, 0, 0, false)
      if (first) area.setSelectionRange(typed.start + first.start, typed.start + first.end)
      return true
    }
    if (key === ' ' && !event.shiftKey && expandWord()) event.preventDefault()
    else if (key === 'Tab') {
      if (!event.shiftKey && expandWord()) return event.preventDefault()
      const next = placeholderFrom(area.value, start, end, event.shiftKey)
      if (next) {
        event.preventDefault()
        area.setSelectionRange(next.start, next.end)
      } else if (onLeave(event.shiftKey)) event.preventDefault()
    } else if (/^[1-9]$/.test(key)) {
      const chosen = placeholderAt(area.value, start, end)?.options[Number(key) - 1]
      if (chosen === undefined) return
      event.preventDefault()
      typeInto(area, start, end, chosen)
      const next = placeholderFrom(area.value, area.selectionStart, area.selectionEnd, false)
      if (next) area.setSelectionRange(next.start, next.end)
      else onLeave(false)
    }
  }

  return (
    <div className={`section-box section-box-${section}`}>
      <label htmlFor={id}>{label}</label>
      <Input.TextArea
        id={id}
        className={`section section-${section}`}
        ref={(ref: TextAreaRef | null) => onArea(ref?.resizableTextArea?.textArea ?? null)}
        value={value}
        readOnly={readOnly}
        spellCheck={false}
        maxLength={isLong(section) || section === 'advice' ? 50_000 : 4_000}
        {...(isLong(section) ? {} : { autoSize: { minRows: 1, maxRows: 4 } })}
        onChange={({ target }) => onType({ [section]: target.value })}
        onKeyDown={press}
        onClick={({ currentTarget: { value: written, selectionStart, selectionEnd } }) => {
          const anchor = selectionStart === selectionEnd ? anchorAt(written, selectionStart) : undefined
          if (anchor) onAnchor(anchor)
        }}
        onFocus={onFocus}
      />
    </div>
  )
}
