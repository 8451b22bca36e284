/** The list by keyboard: ↓ or Enter goes from the search to the first row, ↑ and ↓ from row to row. While images are open the arrows are theirs. */
import type { KeyboardEvent } from 'react'

export function walk(event: KeyboardEvent<HTMLElement>, images: boolean): void {
  const { key, target, currentTarget: list } = event
  const searching = target instanceof HTMLInputElement
  if (event.nativeEvent.isComposing || (images && !searching)) return
  const rows = [...list.querySelectorAll<HTMLElement>('button[data-study]')]
  const at = rows.findIndex((row) => row === target)
  if (at < 0 && !searching) return
  const down = key === 'ArrowDown' || (searching && key === 'Enter')
  const up = key === 'ArrowUp' && !searching
  const next = down ? rows[at + 1] : up ? (rows[at - 1] ?? list.querySelector('input')) : undefined
  if (!next) return
  event.preventDefault()
  next.focus()
}
