/** Binds chords to what they do while a page is shown. */
import { useEffect, useRef } from 'react'
import { chordOf, worksInFields } from './keys.ts'

export type Keys = Readonly<Record<string, () => void>>

const inField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** A dialog over the page has the keyboard to itself. */
const dialogOpen = (): boolean => document.querySelector('.ant-modal-wrap:not([style*="display: none"])') !== null

export function useKeys(keys: Keys): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const chord = chordOf(event)
      if (chord === undefined || dialogOpen()) return
      const act = latest.current[chord]
      if (!act || (inField(event.target) && !worksInFields(chord))) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}
