/** Chance that comes out the same every time: mulberry32, seeded by a text. */

export interface Chance {
  /** 0 up to 1. */
  next(): number
  /** True so often. */
  happens(share: number): boolean
  /** One of these by their weights. */
  pick<Key extends string>(weights: Readonly<Record<Key, number>>): Key
  /** Around a median, never below 0; `spread` 0.3 is tight, 1 is wide. */
  around(median: number, spread: number): number
  /** How many when so many are expected. */
  count(expected: number): number
}

export function chanceOf(seed: string): Chance {
  let state = [...seed].reduce((hash, character) => Math.imul(hash ^ character.codePointAt(0)!, 0x01000193), 0x811c9dc5) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
  // Box and Muller.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    next,
    happens: (share) => next() < share,
    pick(weights) {
      const entries = Object.entries<number>(weights)
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [key, weight] of entries) {
        left -= weight
        if (left < 0) return key as keyof typeof weights
      }
      return entries.at(-1)![0] as keyof typeof weights
    },
    around: (median, spread) => median * Math.exp(spread * normal()),
    // Knuth; expected numbers here are small.
    count(expected) {
      const limit = Math.exp(-expected)
      let count = 0
      for (let product = next(); product > limit; product *= next()) count += 1
      return count
    },
  }
}
