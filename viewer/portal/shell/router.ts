/** The address is the state of the page: path and query, with the browser's own history. */
import { useCallback, useMemo, useSyncExternalStore } from 'react'

const moved = 'portal:moved'

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener)
  addEventListener(moved, listener)
  return () => {
    removeEventListener('popstate', listener)
    removeEventListener(moved, listener)
  }
}

export function navigate(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search) return
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  dispatchEvent(new Event(moved))
}

/** Where one came from; on a page that was opened by its address, its own list. */
export function goBack(home: string): void {
  if (history.length > 1) history.back()
  else navigate(home)
}

export const usePath = (): string => useSyncExternalStore(subscribe, () => location.pathname)

/** The query of the address, and a way to change some of it in place: an empty value leaves the address. */
export function useAddressQuery(): [URLSearchParams, (change: Readonly<Record<string, string | undefined>>) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search)
  const query = useMemo(() => new URLSearchParams(search), [search])
  const change = useCallback((values: Readonly<Record<string, string | undefined>>) => {
    const next = new URLSearchParams(location.search)
    for (const [name, value] of Object.entries(values)) {
      if (value) next.set(name, value)
      else next.delete(name)
    }
    const text = next.toString()
    navigate(location.pathname + (text ? `?${text}` : ''), { replace: true })
  }, [])
  return [query, change]
}
