/** CT slices that are made once and sent many times, each time under UIDs of their own, so that no run is a run of duplicates. */
import { ctSeries } from '../../test-images/index.ts'
import type { SeriesUIDs } from './peer.ts'

/** All UIDs stand in the header, before the pixels. */
const headerBytes = 16_384
/** That many digits at the end of each UID are the number of the run: lengths and offsets stay. */
const runDigits = 6

export interface FreshSeries extends SeriesUIDs {
  /** The Part 10 files, valid until the next call of `fresh`. */
  readonly files: readonly Buffer[]
  readonly bytes: number
}

export interface Slices {
  /** The first `count` of the slices under UIDs that nobody has seen. */
  fresh(count?: number): FreshSeries
}

interface Slice {
  readonly part10: Buffer
  /** Where the last digits of a UID stand that are to be replaced. */
  readonly places: readonly number[]
  readonly SOPInstanceUID: string
}

export async function makeSlices(count: number): Promise<Slices> {
  const slices: Slice[] = []
  let study = ''
  let series = ''
  for await (const { part10, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } of ctSeries(count, { seed: 'bench' })) {
    study = StudyInstanceUID
    series = SeriesInstanceUID
    const uids = [StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID]
    slices.push({ part10, places: uids.flatMap((uid) => placesOf(part10, uid)), SOPInstanceUID })
  }
  let run = Number(process.hrtime.bigint() % 500_000n)
  return {
    fresh(wanted = count) {
      run += 1
      const digits = String(run).padStart(runDigits, '0')
      const chosen = slices.slice(0, wanted)
      for (const { part10, places } of chosen) for (const place of places) part10.write(digits, place, 'latin1')
      const named = (uid: string) => uid.slice(0, -runDigits) + digits
      return {
        StudyInstanceUID: named(study),
        SeriesInstanceUID: named(series),
        SOPInstanceUIDs: chosen.map(({ SOPInstanceUID }) => named(SOPInstanceUID)),
        files: chosen.map(({ part10 }) => part10),
        bytes: chosen.reduce((sum, { part10 }) => sum + part10.length, 0),
      }
    },
  }
}

function placesOf(part10: Buffer, uid: string): number[] {
  const header = part10.subarray(0, headerBytes)
  const places: number[] = []
  for (let at = header.indexOf(uid); at >= 0; at = header.indexOf(uid, at + 1)) places.push(at + uid.length - runDigits)
  return places
}
