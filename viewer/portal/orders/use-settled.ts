/** A text as it stands once nobody has typed for a moment: what the server is asked for. */
import { useEffect, useState } from 'react'

const typingMs = 250

export function useSettled(typed: string): string {
  const [settled, setSettled] = useState(typed)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), typingMs)
    return () => clearTimeout(timer)
  }, [typed])
  return settled
}
