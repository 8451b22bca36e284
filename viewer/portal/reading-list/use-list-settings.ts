/** The reader's own list, from their account; while the server is asked it looks as it usually does. */
import { useCallback, useMemo, useState } from 'react'
import { usePreference } from '../api/preferences.ts'
import { type ListSettings, settingsFrom } from './list-settings.ts'

export function useListSettings(): [ListSettings, (change: Partial<ListSettings>) => void] {
  const [kept, save] = usePreference<ListSettings>('list')
  // What was set on this page stands at once, before the account has it.
  const [own, setOwn] = useState<ListSettings | null>(null)
  const settings = useMemo(() => own ?? settingsFrom(kept), [own, kept])
  const set = useCallback(
    (change: Partial<ListSettings>) => {
      setOwn({ ...settings, ...change })
      save(change)
    },
    [settings, save],
  )
  return [settings, set]
}
