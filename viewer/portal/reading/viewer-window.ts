/**
 * The viewer in a window of its own, for the second screen: opened with the name by which the report knows it, where it stood last, and found again when
 * this page was reloaded. Knows nothing of React.
 */

export interface Place {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Bounds of what is kept: a place from another PC may lie where here is no screen, and the browser moves it back. */
export function isPlace(value: unknown): value is Place {
  if (typeof value !== 'object' || value === null) return false
  const { left, top, width, height } = value as Readonly<Record<string, unknown>>
  const within = (number: unknown, least: number, most: number) => typeof number === 'number' && number >= least && number <= most
  return within(left, -20_000, 20_000) && within(top, -20_000, 20_000) && within(width, 200, 20_000) && within(height, 200, 20_000)
}

export const featuresOf = (place: Place | undefined): string =>
  place === undefined
    ? 'popup,width=1280,height=900'
    : `popup,left=${Math.round(place.left)},top=${Math.round(place.top)},width=${Math.round(place.width)},height=${Math.round(place.height)}`

/** Of a window, as the browser tells it. */
interface Placed {
  readonly screenX: number
  readonly screenY: number
  readonly innerWidth: number
  readonly innerHeight: number
}

export const placeOf = ({ screenX, screenY, innerWidth, innerHeight }: Placed): Place => ({
  left: screenX,
  top: screenY,
  width: innerWidth,
  height: innerHeight,
})

/** A name of its own: `window.open` with that of the frame would load into the frame. */
export const windowName = (name: string): string => `${name}-window`

const nameKey = 'viewer-name'

/** What of the session's storage is used here. */
export interface NameStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/**
 * The name of this page's viewer. It survives a reload, so that a window on the second screen is found again, and is taken out of the session's storage
 * while the page lives: a tab that is duplicated copies the storage, and two reports must not steer one viewer.
 */
export function claimName(storage: NameStorage, fresh: () => string): { name: string; restored: boolean } {
  const kept = storage.getItem(nameKey)
  storage.removeItem(nameKey)
  return kept === null ? { name: `viewer-${fresh()}`, restored: false } : { name: kept, restored: true }
}
export const leaveName = (storage: NameStorage, name: string): void => storage.setItem(nameKey, name)
