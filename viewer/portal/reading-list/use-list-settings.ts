/** The reader's own list, from their account; while the server is asked it looks as it usually does. */
import { useCallback, useMemo } from 'react'
import { usePreference } from '../api/preferences.ts'
import { type ListSettings, settingsFrom } from './list-settings.ts'

export function useListSettings(): [ListSettings, (change: Partial<ListSettings>) => void] {
  const [kept, save] = usePreference('list')
  const settings = useMemo(() => settingsFrom(kept), [kept])
  const set = useCallback((change: Partial<ListSettings>) => save({ ...settings, ...change }), [settings, save])
  return [settings, set]
}
