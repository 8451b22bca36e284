import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { HeaderReader } from '../../../archive/dicom/header-reader.ts'
import { ArchiveError, LimitExceeded, NotUnderstood } from '../../../archive/errors.ts'
import { fuzzSeconds } from '../../faults/fuzz/budget.ts'
import { element, encapsulated, header, Item, image, instance, marker, part10, sequence, undefinedLength } from '../../support/dataset.ts'
import { sampleBytes, samples } from '../../support/samples.ts'

function outcome(bytes: Buffer): 'understood' | ArchiveError {
  try {
    const reader = new HeaderReader({ publicPath: '' })
    reader.write(bytes)
    reader.end()
    return 'understood'
  } catch (error) {
    if (error instanceof ArchiveError) return error
    throw error
  }
}

/** Milliseconds of processor time; the machine may be busy. */
const clock = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** A small generator of repeatable random numbers (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** What breaks parsers: bits, lengths, delimiters where none belong, pieces lost, doubled and swapped. */
const interesting = [
  'feff00e0ffffffff',
  'feff0de000000000',
  'feffdde000000000',
  'ffffffff',
  '00000080',
  'fffffffe',
  '554effff0000ffffffff',
  '00000000',
  '1b2429',
  '5351',
]

function damage(bytes: Buffer, next: (below: number) => number): Buffer {
  let result = Buffer.from(bytes)
  for (let count = 1 + next(4); count > 0; count--) {
    // Mostly in the header, where it matters.
    const at = next(next(4) === 0 ? result.length : Math.min(result.length, 4000))
    const length = 1 + next(next(3) === 0 ? 2000 : 12)
    switch (next(6)) {
      case 0:
        result[at] = result[at]! ^ (1 << next(8))
        break
      case 1:
        Buffer.from(interesting[next(interesting.length)]!, 'hex').copy(result, at)
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
      default:
        for (let i = at; i < Math.min(at + length, result.length); i++) result[i] = next(256)
    }
    if (result.length === 0) return result
  }
  return result
}

describe('damaged files are understood or refused, never more', () => {
  const seeds = samples
    .filter(({ expected }) => expected !== 'reject-with-clear-error')
    .map(({ name }) => sampleBytes(name).subarray(0, 60_000))
  // A tenth of what the fuzz may take in all (test/faults/fuzz); some seconds anyway.
  const budget = Math.max(5, fuzzSeconds / 10) * 1000

  test('samples with bits, lengths and pieces changed', { skip: seeds.length === 0, timeout: budget * 4 + 30_000 }, () => {
    const next = random(Number(process.env.FUZZ_SEED ?? 20260301))
    let [cases, slowest] = [0, 0]
    const began = performance.now()
    while (performance.now() - began < budget) {
      const bytes = damage(seeds[next(seeds.length)]!, next)
      const before = clock()
      outcome(bytes)
      slowest = Math.max(slowest, clock() - before)
      cases++
    }
    expect(cases).toBeGreaterThan(100)
    // 60 kB take about a millisecond; a loop that does not move forward takes for ever.
    expect(slowest).toBeLessThan(3000)
  })

  test('deflated data sets, damaged before and after deflation', { timeout: 30_000 }, () => {
    const next = random(7)
    const dataset = instance({
      before: [sequence(0x00081140, [element(0x00081155, 'UI', '1.2')])],
      after: [...image(), element(0x7fe00010, 'OW', Buffer.alloc(8))],
    })
    const deflated = '1.2.840.10008.1.2.1.99'
    for (let i = 0; i < 300; i++) {
      outcome(part10(deflateRawSync(damage(dataset, next)), deflated))
      outcome(part10(damage(deflateRawSync(dataset), next), deflated))
    }
  })
})

describe('limits', () => {
  const identified = instance()

  test.each([
    ['sequences of undefined length', {}],
    ['UN of undefined length (CP-246)', { vr: 'UN' }],
  ])('%s deeper than 64 are refused', (_, options) => {
    const deep = (depth: number) => {
      const open = Buffer.concat([
        header(0x00081140, (options as { vr?: string }).vr ?? 'SQ', undefinedLength),
        marker(Item, undefinedLength),
      ])
      const inner = Buffer.concat([header(0x00081140, '', undefinedLength, { implicit: true }), marker(Item, undefinedLength)])
      return part10(Buffer.concat([identified, open, ...Array.from({ length: depth - 1 }, () => ('vr' in options ? inner : open))]))
    }
    expect(outcome(deep(10_000))).toBeInstanceOf(LimitExceeded)
    // Not closed, so refused as well, but not for their depth.
    expect(outcome(deep(60))).not.toBeInstanceOf(LimitExceeded)
  })

  test('a deflate bomb is refused before it has grown', () => {
    const bomb = deflateRawSync(Buffer.concat([identified, header(0x7fe00010, 'OW', 0xfffffff0), Buffer.alloc(8 << 20)]))
    const reader = new HeaderReader({ publicPath: '', limits: { inflate: { freeBytes: 1 << 20, ratio: 100, bytes: 1 << 30 } } })
    expect(() => reader.write(part10(bomb, '1.2.840.10008.1.2.1.99'))).toThrow(LimitExceeded)
  })

  test('bytes without end behind a deflated data set are refused', () => {
    const file = part10(Buffer.concat([deflateRawSync(identified), Buffer.alloc(1 << 20, 9)]), '1.2.840.10008.1.2.1.99')
    expect(outcome(file)).toBeInstanceOf(NotUnderstood)
  })

  test.each([
    ['equal', () => 0x00080100],
    ['falling', (i: number) => 0x00200000 - 2 * i],
  ])('a hundred thousand %s tags take their time once, not squared', (_, tagAt) => {
    const many = Buffer.concat(Array.from({ length: 100_000 }, (__, i) => header(tagAt(i), 'LO', 0)))
    const before = clock()
    outcome(part10(Buffer.concat([identified, many])))
    expect(clock() - before).toBeLessThan(3000)
  })

  test('64 KiB of spaces, quotes, escapes, backslashes or delimiters are trimmed and split in one pass', () => {
    for (const filler of [' ', '\\', '^', '=', '"', '\u001b$B', '\0', '\xd6', '\x81']) {
      const text = `${'x'}${filler.repeat(65_000 / filler.length)}x`
      const before = clock()
      const dataset = instance({
        before: [element(0x00100010, 'PN', Buffer.from(text.slice(0, 65_000), 'latin1')), element(0x00102160, 'UT', text.slice(0, 60_000))],
      })
      outcome(part10(Buffer.concat([element(0x00080005, 'CS', '\\ISO 2022 IR 87'), dataset])))
      expect(clock() - before, JSON.stringify(filler)).toBeLessThan(2000)
    }
  })

  test('File Meta without end is refused', () => {
    const reader = new HeaderReader({ publicPath: '' })
    reader.write(part10(Buffer.alloc(0)))
    expect(() => {
      for (let i = 0; i < 100_000; i++) reader.write(element(0x00020102, 'OB', Buffer.alloc(200)))
    }).toThrow(LimitExceeded)
    expect(reader.length).toBeLessThan(1 << 20)
  })
})

describe('memory', () => {
  /** Bytes that the process holds more while a long stream goes by. */
  function growth(head: Buffer, chunk: Buffer, length: number, tail: Buffer): number {
    const before = process.memoryUsage()
    let highest = 0
    const reader = new HeaderReader({ publicPath: '' })
    reader.write(head)
    for (let at = 0; at < length; at += chunk.length) {
      reader.write(chunk)
      if ((at / chunk.length) % 500 === 0) {
        const now = process.memoryUsage()
        highest = Math.max(highest, now.heapUsed + now.external - before.heapUsed - before.external)
      }
    }
    reader.write(tail)
    reader.end()
    return highest
  }

  test('a quarter of a gigabyte of native pixels leaves nothing behind', { timeout: 60_000 }, () => {
    const length = 1 << 28
    const head = part10(instance({ after: [...image(), header(0x7fe00010, 'OW', length)] }))
    expect(growth(head, Buffer.alloc(1 << 18), length, Buffer.alloc(0))).toBeLessThan(16 << 20)
  })

  test('a hundred thousand fragments leave 13 bytes each', { timeout: 60_000 }, () => {
    const frames = 100_000
    const fragment = Buffer.concat([marker(Item, 1000), Buffer.alloc(1000, 1)])
    const stream = encapsulated([])
    const head = part10(Buffer.concat([instance({ after: image(frames) }), stream.subarray(0, -8)]), '1.2.840.10008.1.2.4.90')
    expect(growth(head, fragment, frames * fragment.length, stream.subarray(-8))).toBeLessThan(16 << 20)
  })
})
