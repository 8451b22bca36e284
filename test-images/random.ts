/** Randomness from a seed: the same text gives the same numbers, UIDs and noise on every machine. */
import { createHash } from 'node:crypto'

export type Random = () => number

/** A generator of numbers in [0, 1) (mulberry32). */
export function randomOf(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A UID below 2.25 (PS3.5 §B.2) that belongs to the seed. */
export function uidOf(...seed: (string | number)[]): string {
  const digest = createHash('sha256').update(seed.join('\u0000')).digest('hex').slice(0, 32)
  const uuid = `${digest.slice(0, 12)}4${digest.slice(13, 16)}8${digest.slice(17)}`
  return `2.25.${BigInt(`0x${uuid}`)}`
}

const tileSize = 1 << 18
let tile: Float32Array | undefined

/** Gaussian noise (mean 0, deviation 1), one tile made once; whoever paints starts at an offset of its own. */
export function noiseTile(): Float32Array {
  if (tile === undefined) {
    const random = randomOf('noise')
    tile = new Float32Array(tileSize)
    for (let index = 0; index < tileSize; index += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - random()))
      const angle = 2 * Math.PI * random()
      tile[index] = radius * Math.cos(angle)
      tile[index + 1] = radius * Math.sin(angle)
    }
  }
  return tile
}

/** Where in the tile an image begins; odd steps keep neighbouring images unlike. */
export const noiseOffset = (random: Random): number => Math.floor(random() * tileSize)
export const noiseMask = tileSize - 1
