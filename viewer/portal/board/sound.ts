/**
 * The chime of a report that has come. Browsers play nothing before somebody has clicked on the page (an AudioContext is `suspended`), so the shift begins
 * with a test of the sound, and what is off says so. reading.md §10.
 */
import { useEffect, useSyncExternalStore } from 'react'

/** off: nothing would be heard. */
export type Sound = 'on' | 'off' | 'muted'

const mutedKey = 'board-muted'
let context: AudioContext | undefined
const listeners = new Set<() => void>()
const tell = () => {
  for (const listener of listeners) listener()
}

const isMuted = (): boolean => {
  try {
    return localStorage.getItem(mutedKey) === 'yes'
  } catch {
    return false
  }
}

function sound(): Sound {
  if (isMuted()) return 'muted'
  return context?.state === 'running' ? 'on' : 'off'
}

/** By a click: opens what the browser keeps closed until then. */
export async function openSound(): Promise<void> {
  if (context === undefined) {
    context = new AudioContext()
    context.onstatechange = tell
  }
  await context.resume()
  tell()
}

export function mute(muted: boolean): void {
  try {
    localStorage.setItem(mutedKey, muted ? 'yes' : 'no')
  } catch {
    // Without storage it lasts as long as the page.
  }
  tell()
}

/** Two tones, soft at both ends; three times for what cannot wait. */
export function chime(times = 1): void {
  if (sound() !== 'on' || context === undefined) return
  for (let turn = 0; turn < times; turn += 1) {
    for (const [at, hertz] of [
      [0, 880],
      [0.18, 1175],
    ] as const) {
      const start = context.currentTime + turn * 0.6 + at
      const tone = context.createOscillator()
      const volume = context.createGain()
      tone.frequency.value = hertz
      volume.gain.setValueAtTime(0, start)
      volume.gain.linearRampToValueAtTime(0.25, start + 0.02)
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.35)
      tone.connect(volume).connect(context.destination)
      tone.start(start)
      tone.stop(start + 0.4)
    }
  }
}

export function useSound(): Sound {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    sound,
    () => 'off' as const,
  )
  // Any click on the page opens it, as does the test.
  useEffect(() => {
    const open = () => void openSound().catch(() => undefined)
    addEventListener('pointerdown', open, { once: true })
    return () => removeEventListener('pointerdown', open)
  }, [])
  return now
}
