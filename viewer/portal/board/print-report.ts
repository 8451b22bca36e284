/** Prints a report without leaving the board: its PDF in a frame that nobody sees; the browser asks, or prints at once where it was started so. */
import { act } from '../api/http.ts'

const printsKey = 'board-prints'
/** A printer that was asked has the pages by then. */
const keptMs = 120_000
const patienceMs = 30_000

export const printsReports = (): boolean => {
  try {
    return localStorage.getItem(printsKey) === 'yes'
  } catch {
    return false
  }
}

/** Of this PC, where the printer stands; not of the account. */
export function keepPrinting(prints: boolean): void {
  try {
    localStorage.setItem(printsKey, prints ? 'yes' : 'no')
  } catch {
    // Without storage it lasts as long as the page.
  }
}

export async function printReport(id: string): Promise<void> {
  const path = `/api/reports/${encodeURIComponent(id)}`
  const response = await fetch(`${path}/pdf`, { credentials: 'same-origin' })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const address = URL.createObjectURL(await response.blob())
  const frame = document.createElement('iframe')
  frame.className = 'print-frame'
  frame.src = address
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the report does not open')), patienceMs)
    frame.onload = () => {
      clearTimeout(late)
      resolve()
    }
    document.body.append(frame)
  })
  setTimeout(() => {
    frame.remove()
    URL.revokeObjectURL(address)
  }, keptMs)
  frame.contentWindow?.print()
  await act(`${path}/printed`, { copies: 1 })
}
