/**
 * Keys of a page. A key belongs to the page only when nobody is composing with an input method and, for single letters, when the focus is
 * not in a field. reading.md §6.1.
 */
export interface Pressed {
  readonly code: string
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey?: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  readonly isComposing: boolean
  /** 229 while an input method has the key, on browsers that say so only here. */
  readonly keyCode?: number
}

/** `Ctrl+Shift+Enter`, `KeyJ`, `?`: by position (`event.code`) for letters, so that they are the same under every layout and input method. */
export function chordOf({ code, key, ctrlKey, metaKey, altKey, shiftKey, isComposing, keyCode }: Pressed): string | undefined {
  if (isComposing || keyCode === 229) return undefined
  if (key === '?' && !ctrlKey && !altKey) return '?'
  const name = code === 'NumpadEnter' ? 'Enter' : code
  return `${ctrlKey || metaKey ? 'Ctrl+' : ''}${altKey ? 'Alt+' : ''}${shiftKey ? 'Shift+' : ''}${name}`
}

/** Whether a chord may act while the focus is in a text field: none that types something. */
export const worksInFields = (chord: string): boolean => chord.startsWith('Ctrl+') || chord.startsWith('Alt+') || /^F\d{1,2}$/.test(chord)

/** Whether a chord may act while the focus is on a button or a link: Enter presses it, and nothing else. */
export const worksOnControls = (chord: string): boolean => chord !== 'Enter'
