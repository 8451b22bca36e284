/** Binds chords to what they do while a page is shown. */
import { useEffect, useRef } from 'react'
import { chordOf, worksInFields, worksOnControls } from './keys.ts'

export type Keys = Readonly<Record<string, () => void>>

const inField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const onControl = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('button, a[href], summary, [role="menuitem"], [role="option"]') !== null

/** A dialog over the page has the keyboard to itself. */
export const dialogOpen = (): boolean => document.querySelector('.ant-modal-wrap:not([style*="display: none"])') !== null

export function useKeys(keys: Keys): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const chord = chordOf(event)
      if (chord === undefined || dialogOpen()) return
      const act = latest.current[chord]
      if (!act || (inField(event.target) && !worksInFields(chord)) || (onControl(event.target) && !worksOnControls(chord))) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}
