/** The synthetic instances: valid by dciodvfy, the same bytes each time, and what the manifest says of them. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeText } from '../../test-images/character-sets.ts'
import { encodeFrame } from '../../test-images/codecs.ts'
import {
  type CharacterSet,
  ctSeries,
  ctStudy,
  drStudy,
  hugeInstance,
  type Instance,
  manifest,
  mrStudy,
  patients,
  type TransferSyntax,
  transferSyntaxes,
  usStudy,
} from '../../test-images/index.ts'
import { fileMeta } from '../../test-images/part10.ts'

const collect = async (instances: AsyncIterable<Instance>): Promise<Instance[]> => {
  const all: Instance[] = []
  for await (const instance of instances) all.push(instance)
  return all
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const syntaxes = Object.keys(transferSyntaxes) as TransferSyntax[]

/** dciodvfy knows neither the deflated nor the HTJ2K syntaxes: it gets the same data set under a label that it reads. */
function readable({ TransferSyntaxUID, SOPClassUID, SOPInstanceUID, dataset, part10 }: Instance): Buffer {
  if (TransferSyntaxUID === transferSyntaxes.deflated)
    return Buffer.concat([fileMeta(SOPClassUID, SOPInstanceUID, transferSyntaxes.explicit), inflateRawSync(dataset)])
  if (TransferSyntaxUID.startsWith('1.2.840.10008.1.2.4.20'))
    return Buffer.concat([fileMeta(SOPClassUID, SOPInstanceUID, transferSyntaxes.jpeg2000Lossless), dataset])
  return part10
}

describe.skipIf(!existsSync('/usr/bin/dciodvfy'))('dciodvfy', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dciodvfy-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function errorsOf(name: string, part10: Buffer): Promise<string[]> {
    const path = join(folder, name)
    await writeFile(path, part10)
    // It exits with 1 on an error and writes to stderr, in whatever character set the file has.
    const { stderr } = await promisify(execFile)('dciodvfy', ['-new', path], { encoding: 'latin1' }).catch(
      (error: { stderr: string }) => error,
    )
    await rm(path)
    expect(stderr).toMatch(/Image/)
    // Of the standard's terms it does not know GBK (PS3.3 Table C.12-5).
    const unknownTerm = part10.includes('GBK ') ? /Character invalid for character repertoire/ : /^$/
    return stderr.split('\n').filter((line) => /^(Error|Abort)/.test(line) && !unknownTerm.test(line))
  }

  test.each(manifest.map((entry) => [entry.name, entry] as const))('finds no error in %s', async (name, entry) => {
    const seen = new Set<string>()
    for await (const instance of entry.instances()) {
      // One of each series: the others differ in position and pixels.
      if (seen.has(instance.SeriesInstanceUID)) continue
      seen.add(instance.SeriesInstanceUID)
      expect(await errorsOf(`${name}-${seen.size}`, readable(instance))).toEqual([])
    }
  })

  test.each(syntaxes)('finds no error in ultrasound in %s, grey and colour', async (transferSyntax) => {
    for (const color of [false, true]) {
      const [instance] = await collect(usStudy({ frames: 2, color, transferSyntax }))
      expect(await errorsOf(transferSyntax, readable(instance!))).toEqual([])
    }
  })

  test('finds no error in the huge instance', async () => {
    const chunks: Buffer[] = []
    for await (const chunk of hugeInstance({ frames: 2, rows: 64, columns: 64 }).part10()) chunks.push(chunk)
    expect(await errorsOf('huge', Buffer.concat(chunks))).toEqual([])
  })
})

test('the same call gives the same bytes, another seed another study', async () => {
  const once = async (seed: string) =>
    sha256(
      Buffer.concat(
        [
          ...(await collect(ctStudy({ seed, region: 'head', thick: 2, thin: 1, transferSyntax: 'jpegLSLossless' }))),
          ...(await collect(drStudy({ seed, scale: 1 }))),
          ...(await collect(mrStudy({ seed, slices: 1 }))),
          ...(await collect(usStudy({ seed, frames: 2, transferSyntax: 'rle' }))),
        ].map(({ part10 }) => part10),
      ),
    )
  const first = await once('a')
  expect(await once('a')).toBe(first)
  expect(await once('b')).not.toBe(first)
})

test('a slice of ctSeries is 512 × 512 at 16 bits, and every slice is another instance of one series', async () => {
  const slices = await collect(ctSeries(5))
  expect(new Set(slices.map(({ SOPInstanceUID }) => SOPInstanceUID)).size).toBe(5)
  expect(new Set(slices.map(({ SeriesInstanceUID }) => SeriesInstanceUID)).size).toBe(1)
  for (const { part10 } of slices) expect(part10.length).toBeGreaterThan(512 * 512 * 2)
})

test('every UID is valid and at most 64 characters', async () => {
  for (const instance of await collect(mrStudy({ slices: 1 })))
    for (const uid of [instance.StudyInstanceUID, instance.SeriesInstanceUID, instance.SOPInstanceUID])
      expect(uid).toMatch(/^2\.25\.(0|[1-9]\d{0,38})$/)
})

test('the manifest counts what is generated', async () => {
  for (const { expected, instances } of manifest.filter(({ expected }) => expected.instances < 20)) {
    const all = await collect(instances())
    expect(all.length).toBe(expected.instances)
    expect(new Set(all.map(({ SeriesInstanceUID }) => SeriesInstanceUID)).size).toBe(expected.series)
    for (const { StudyInstanceUID, TransferSyntaxUID } of all) {
      expect(StudyInstanceUID).toBe(expected.StudyInstanceUID)
      expect(TransferSyntaxUID).toBe(expected.TransferSyntaxUID)
    }
  }
})

test('the manifest has every transfer syntax, every character set, and two people of one number', () => {
  const used = new Set(manifest.map(({ expected }) => expected.TransferSyntaxUID))
  expect(Object.values(transferSyntaxes).filter((uid) => !used.has(uid))).toEqual([])
  expect(manifest.some(({ expected }) => expected.repaired)).toBe(true)
  const sameNumber = manifest.filter(({ expected }) => expected.PatientID === patients.shan.PatientID)
  expect(new Set(sameNumber.map(({ expected }) => expected.name)).size).toBe(2)
  expect(new Set(sameNumber.map(({ institution }) => institution)).size).toBe(2)
})

test('the huge instance is as long as it says, the same each time, and made piece by piece', async () => {
  const huge = hugeInstance({ frames: 3, rows: 256, columns: 256, chunk: 10_000 })
  const digests: string[] = []
  for (let run = 0; run < 2; run++) {
    const hash = createHash('sha256')
    let length = 0
    for await (const chunk of huge.part10()) {
      expect(chunk.length).toBeLessThanOrEqual(10_000)
      hash.update(chunk)
      length += chunk.length
    }
    expect(length).toBe(huge.part10Length)
    digests.push(hash.digest('hex'))
  }
  expect(digests[0]).toBe(digests[1])
  expect(() => hugeInstance({ frames: 512 })).toThrow(/less than 4 GiB/)
})

describe('character sets', () => {
  const bytes = (text: string, vr: string, set: CharacterSet) => encodeText(text, vr, set).toString('latin1')

  test('ISO 2022 IR 58 designates GB 2312 again after each delimiter of a name (PS3.5 Annex K)', () => {
    expect(bytes('Zhang^XiaoDong=张^小东', 'PN', 'ISO 2022 IR 58')).toBe('Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab')
  })

  test('GB18030 writes four bytes beyond the Basic Multilingual Plane', () => {
    for (const text of ['王^小东', '𠮷', '𬭊', '€']) expect(new TextDecoder('gb18030').decode(encodeText(text, 'PN', 'GB18030'))).toBe(text)
  })

  test('without a character set Chinese is refused', () => {
    expect(() => encodeText('单', 'PN', 'none')).toThrow(RangeError)
  })
})

test('RLE segments unpack to the samples they were packed from (PS3.5 Annex G)', async () => {
  const frame = Buffer.alloc(24 * 10 * 2)
  for (let index = 0; index < frame.length; index++) frame[index] = index % 48 < 20 ? 7 : (index * 37) & 0xff
  const format = {
    rows: 10,
    columns: 24,
    samples: 1,
    bitsAllocated: 16,
    bitsStored: 16,
    signed: false,
    photometric: 'MONOCHROME2',
  } as const
  const packed = await encodeFrame('rle', frame, format)
  expect(packed.readUInt32LE(0)).toBe(2)
  const planes = [0, 1].map((segment) => {
    const out: number[] = []
    const end = segment === 0 ? packed.readUInt32LE(8) : packed.length
    for (let at = packed.readUInt32LE(4 + segment * 4); at < end && out.length < 240; ) {
      const control = packed.readInt8(at++)
      if (control >= 0) {
        out.push(...packed.subarray(at, at + control + 1))
        at += control + 1
      } else if (control > -128) out.push(...Array<number>(1 - control).fill(packed[at++]!))
    }
    return out
  })
  const unpacked = Buffer.alloc(frame.length)
  for (let index = 0; index < 240; index++) {
    unpacked[index * 2 + 1] = planes[0]![index]!
    unpacked[index * 2] = planes[1]![index]!
  }
  expect(unpacked.equals(frame)).toBe(true)
})

test('JPEG Baseline is sequential, not progressive (PS3.5 §8.2.1, ITU-T T.81 SOF0)', async () => {
  const frame = await encodeFrame('jpegBaseline', Buffer.alloc(256 * 256, 100), {
    rows: 256,
    columns: 256,
    samples: 1,
    bitsAllocated: 8,
    bitsStored: 8,
    signed: false,
    photometric: 'MONOCHROME2',
  })
  expect([frame.includes(Buffer.from('ffc0', 'hex')), frame.includes(Buffer.from('ffc2', 'hex'))]).toEqual([true, false])
})

test('the README names every generator that there is', async () => {
  const readme = await readFile(new URL('../../test-images/README.md', import.meta.url), 'utf8')
  for (const name of ['ctStudy', 'ctSeries', 'drStudy', 'mrStudy', 'usStudy', 'hugeInstance', 'manifest'])
    expect(readme).toContain(`\`${name}`)
})
