/** The text areas of a report as one: where the caret is or was last, jumping to a place, typing into them from elsewhere. */
import { useRef } from 'react'
import type { ReportText } from '../api/types.ts'
import { placeholdersIn } from './placeholders.ts'
import { typeInto } from './section-field.tsx'
import { type TextSection, textSections } from './sections.ts'

export interface Sections {
  register(section: TextSection, area: HTMLTextAreaElement | null): void
  entered(section: TextSection): void
  /** Selects a place and brings it into view; false: the section is not on the page. */
  select(section: TextSection, start: number, end: number): boolean
  /** Types where the caret is, or was last; the findings, when it was nowhere. */
  insert(text: string): void
  /** The first place of another section that a template left open, forwards or backwards in reading order. */
  leave(section: TextSection, backwards: boolean): boolean
  /** The first of all. */
  firstBlank(text: ReportText): boolean
}

export function useSections(): Sections {
  const areas = useRef(new Map<TextSection, HTMLTextAreaElement>())
  const last = useRef<TextSection>('findings')
  const sections: Sections = useRef<Sections>({
    register(section, area) {
      if (area === null) areas.current.delete(section)
      else areas.current.set(section, area)
    },
    entered(section) {
      last.current = section
    },
    select(section, start, end): boolean {
      const area = areas.current.get(section)
      if (area === undefined) return false
      area.focus()
      area.setSelectionRange(start, end)
      area.scrollIntoView({ block: 'nearest' })
      return true
    },
    insert(text) {
      const area = areas.current.get(last.current) ?? areas.current.get('findings')
      if (area === undefined || area.readOnly) return
      typeInto(area, area.selectionStart, area.selectionEnd, text)
    },
    leave(section, backwards): boolean {
      const at = textSections.indexOf(section)
      const rest = backwards ? textSections.slice(0, at).reverse() : textSections.slice(at + 1)
      for (const other of rest) {
        const found = placeholdersIn(areas.current.get(other)?.value ?? '')
        const next = backwards ? found.at(-1) : found[0]
        if (next && sections.select(other, next.start, next.end)) return true
      }
      return false
    },
    firstBlank(text): boolean {
      for (const section of textSections) {
        const [first] = placeholdersIn(text[section])
        if (first) return sections.select(section, first.start, first.end)
      }
      return false
    },
  }).current
  return sections
}
