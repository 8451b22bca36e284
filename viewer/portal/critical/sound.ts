/**
 * The ringing of a critical value. Browsers play nothing before somebody has clicked, so each shift begins with a test that a person hears; until then, and
 * whenever the browser has fallen silent, the page says 声音未启用. reading.md §10.
 */

/** off: nobody has tested it in this shift · waiting: tested, the browser wants a click after a reload · on · none: no sound here at all. */
export type SoundState = 'off' | 'waiting' | 'on' | 'none'

export interface Alarm {
  state(): SoundState
  subscribe(listener: () => void): () => void
  /** Rings once for the test; a click has called it. */
  test(): Promise<void>
  /** Somebody heard the test: on for a shift. */
  heard(): void
  /** Two tones; nothing while it is not on. */
  ring(): void
  close(): void
}

const shiftMs = 12 * 3600_000
const key = 'sound-tested'

function testedAt(): number {
  try {
    return Number(localStorage.getItem(key) ?? 0)
  } catch {
    return 0
  }
}

export function createAlarm(now: () => number = Date.now): Alarm {
  const listeners = new Set<() => void>()
  let context: AudioContext | undefined
  let tested = testedAt()
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const open = (): AudioContext | undefined => {
    if (context === undefined && typeof AudioContext !== 'undefined') {
      context = new AudioContext()
      context.onstatechange = tell
    }
    return context
  }
  const wake = () => {
    if (now() - tested < shiftMs)
      void open()
        ?.resume()
        .catch(() => undefined)
  }
  const tone = (into: AudioContext, hertz: number, from: number, seconds: number) => {
    const oscillator = into.createOscillator()
    const loudness = into.createGain()
    oscillator.type = 'square'
    oscillator.frequency.value = hertz
    loudness.gain.setValueAtTime(0.0001, into.currentTime + from)
    loudness.gain.exponentialRampToValueAtTime(0.25, into.currentTime + from + 0.02)
    loudness.gain.exponentialRampToValueAtTime(0.0001, into.currentTime + from + seconds)
    oscillator.connect(loudness).connect(into.destination)
    oscillator.start(into.currentTime + from)
    oscillator.stop(into.currentTime + from + seconds)
  }
  const play = () => {
    if (context?.state !== 'running') return
    tone(context, 880, 0, 0.35)
    tone(context, 660, 0.4, 0.35)
    tone(context, 880, 0.8, 0.35)
  }
  addEventListener('pointerdown', wake)
  addEventListener('keydown', wake)
  const state = (): SoundState => {
    if (typeof AudioContext === 'undefined') return 'none'
    if (now() - tested >= shiftMs) return 'off'
    return context?.state === 'running' ? 'on' : 'waiting'
  }
  // A browser that lets this page play without a click is on at once.
  wake()
  return {
    state,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async test() {
      await open()?.resume()
      play()
    },
    heard() {
      tested = now()
      try {
        localStorage.setItem(key, String(tested))
      } catch {
        // A browser that keeps nothing asks again after a reload.
      }
      tell()
    },
    ring: () => {
      if (state() === 'on') play()
    },
    close() {
      removeEventListener('pointerdown', wake)
      removeEventListener('keydown', wake)
      void context?.close()
      listeners.clear()
    },
  }
}
