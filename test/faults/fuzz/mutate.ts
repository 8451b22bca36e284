/** Repeatable random numbers, and damage of the kinds that break parsers: bits, lengths, delimiters where none belong, pieces lost, doubled and swapped. */

export type Next = (below: number) => number

/** A generator of its own for each input (mulberry32), so that any one of them can be made again without those before it. */
export function randomOf(...parts: readonly (number | string)[]): Next {
  let state = 0
  for (const character of parts.join('/')) state = (Math.imul(state ^ character.charCodeAt(0), 0x01000193) + 0x9e3779b9) | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % Math.max(1, below)
  }
}

export const pick = <T>(next: Next, from: readonly T[]): T => from[next(from.length)]!

/** Items and delimiters, lengths without end, VRs that are none, escapes of character sets, boundaries. */
const interesting = [
  'feff00e0ffffffff',
  'feff0de000000000',
  'feffdde000000000',
  'ffffffff',
  '00000080',
  'fffffffe',
  '7fffffff',
  '554effff0000ffffffff',
  '00000000',
  '1b2429',
  '5351',
  '4f420000',
  '0d0a0d0a',
  '2d2d',
  '5c5c',
  'e07f1000',
].map((bytes) => Buffer.from(bytes, 'hex'))

/** @param head damage is mostly done within so many bytes, where it matters */
export function damaged(bytes: Buffer, next: Next, { head = 4_000, other = bytes }: { head?: number; other?: Buffer } = {}): Buffer {
  let result = Buffer.from(bytes)
  // One change is what gets furthest in; several now and then.
  for (let count = next(3) === 0 ? 1 + next(4) : 1; count > 0 && result.length > 0; count -= 1) {
    const at = next(next(4) === 0 ? result.length : Math.min(result.length, head))
    const length = 1 + next(next(3) === 0 ? 2_000 : 12)
    switch (next(8)) {
      case 0:
        result[at] = result[at]! ^ (1 << next(8))
        break
      case 1:
        pick(next, interesting).copy(result, at)
        break
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)])
        break
      case 3:
        result = Buffer.concat([result.subarray(0, at + length), result.subarray(at)])
        break
      case 4:
        result = Buffer.from(result.subarray(0, at))
        break
      case 5: {
        // A piece of another one.
        const from = next(other.length)
        result = Buffer.concat([result.subarray(0, at), other.subarray(from, from + length), result.subarray(at)])
        break
      }
      case 6:
        // A length field, most likely: two or four bytes, little endian.
        if (at + 4 <= result.length) {
          if (next(2) === 0) result.writeUInt16LE(pick(next, [0, 1, 3, 0x7fff, 0xfffe, 0xffff]), at)
          else result.writeUInt32LE(pick(next, [0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, result.length]), at)
        }
        break
      default:
        for (let i = at; i < Math.min(at + length, result.length); i += 1) result[i] = next(256)
    }
  }
  return result
}

const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  -1e-308,
  2 ** 53,
  '',
  'x'.repeat(70_000),
  '\\',
  '\u0000',
  '\ud800',
  '张',
  '..',
  '%',
  [],
  {},
  [[]],
  [null],
  { vr: 'SQ', Value: [{}] },
]
const oddNames = [
  '00080018',
  '00741000',
  '00081195',
  '0040A370',
  '7FE00010',
  'PatientName',
  '__proto__',
  'constructor',
  'toString',
  '',
  '0008',
  'zzzzzzzz',
  '00000000',
]

/** The same tree with a few of its leaves and branches replaced, renamed, doubled or gone. */
export function damagedJSON(json: unknown, next: Next): unknown {
  const copy: unknown = structuredClone(json)
  const places: { owner: Record<string, unknown> | unknown[]; key: string | number }[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const key of Object.keys(value)) {
      places.push({ owner: value as Record<string, unknown>, key })
      walk((value as Record<string, unknown>)[key])
    }
  }
  walk(copy)
  for (let count = 1 + next(3); count > 0 && places.length > 0; count -= 1) {
    const { owner, key } = pick(next, places)
    const at = owner as Record<string, unknown>
    switch (next(5)) {
      case 0:
        at[key] = pick(next, odd)
        break
      case 1:
        delete at[key]
        break
      case 2:
        Object.defineProperty(at, pick(next, oddNames), { value: at[key], enumerable: true, configurable: true, writable: true })
        break
      case 3:
        at[key] = structuredClone(at[pick(next, Object.keys(at))] ?? null)
        break
      default: {
        let nested: unknown = at[key]
        for (let depth = next(40); depth > 0; depth -= 1) nested = { '0040A370': { vr: 'SQ', Value: [nested] } }
        at[key] = nested
      }
    }
  }
  return next(20) === 0 ? [copy, copy] : copy
}
