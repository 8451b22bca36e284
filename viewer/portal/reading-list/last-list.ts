/** The list as it was left, so that "back" from a report lands on the same view, filters and row. */
const key = 'reading-list'

export function rememberList(address: string): void {
  try {
    sessionStorage.setItem(key, address)
  } catch {
    // Without storage "back" lands on the plain list.
  }
}

export function lastList(): string {
  try {
    return sessionStorage.getItem(key) ?? '/list'
  } catch {
    return '/list'
  }
}
