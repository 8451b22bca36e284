/**
 * Where the viewer finds what the doctor has set, before its first script runs: the storage of the browser. The portal fills it from the server, and brings
 * back what was changed inside the viewer.
 */
import { useEffect, useRef } from 'react'
import type { ViewerSettings } from './messages.ts'

const settingsKey = 'viewer-settings'
/** OHIF's own name for the keys that a person has chosen. */
const hotkeysKey = 'user-preferred-keys'

/** A browser that forbids storage has the settings of the house. */
function keep(key: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Nothing is lost that the server does not have.
  }
}

export const keepSettings = (settings: ViewerSettings): void => keep(settingsKey, settings)
export const keepHotkeys = (hotkeys: Readonly<Record<string, unknown>> | undefined): void => keep(hotkeysKey, hotkeys)

/** Keys chosen in the viewer: it writes them into the storage, which every other window of the browser is told of. */
export function useHotkeys(
  known: Readonly<Record<string, unknown>> | undefined,
  save: (hotkeys: Readonly<Record<string, unknown>>) => void,
): void {
  const latest = useRef({ known, save })
  latest.current = { known, save }
  useEffect(() => {
    const changed = ({ key, newValue }: StorageEvent) => {
      if (key !== hotkeysKey || newValue === null || newValue === JSON.stringify(latest.current.known)) return
      try {
        const hotkeys: unknown = JSON.parse(newValue)
        if (typeof hotkeys === 'object' && hotkeys !== null) latest.current.save(hotkeys as Readonly<Record<string, unknown>>)
      } catch {
        // Not the viewer's writing.
      }
    }
    addEventListener('storage', changed)
    return () => removeEventListener('storage', changed)
  }, [])
}
