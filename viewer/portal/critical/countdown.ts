/** Minutes and seconds of a critical value, by the server's clock: the browser's may be wrong, and it is the server's that escalates. */
import { useEffect, useState } from 'react'

const two = (n: number): string => String(n).padStart(2, '0')

/** `3:07`, `1:04:00`. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** The server's present moment, every second, from its last answer. */
export function useServerNow(answered: string | undefined): number {
  const [skew, setSkew] = useState(0)
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (answered !== undefined) setSkew(Date.parse(answered) - Date.now())
  }, [answered])
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now + skew
}
