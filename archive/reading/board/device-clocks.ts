/**
 * How far the clock of each machine is from ours, and when an exam was over by it (T0 of reading.md §3.3; §10). A picture says when it was taken, by the
 * clock of its machine (PS3.3 C.7.6.1.1.4, C.7.6.1): received − acquired is the difference of the clocks and the time it waited, so the least of several is
 * near the difference. Follows the change feed
 * behind `arrivals.ts`; run twice over the same changes it changes nothing.
 */
import type { Change } from '../../../storage/index/changes.ts'
import type { Queryable } from '../../../storage/index/query.ts'
import {
  type AcquiredRow,
  acquiredOf,
  type ClockRow,
  type ClockSample,
  deviceClocks,
  keepClockSamples,
  setExamEnd,
} from '../../../storage/index/reading/device-clocks.ts'
import type { Asker } from '../../access.ts'
import type { DicomJSON } from '../../dicom/dicom-json.ts'
import { textIn } from '../../orders/performed-step-rules.ts'
import type { ReadingTools } from '../tools.ts'

/** Older pictures are sent again, not taken now: they say nothing of the clock. A clock that is a day wrong is told by its studies' dates. */
const mostHours = 24
/** Within a minute nobody is misled. */
const warnSeconds = 60
/** Late pictures look like a slow clock: only when none of so many came sooner. */
const surelySlowSeconds = 600
const surelySlowSamples = 5

/** The moment that a picture was taken, by its machine's clock; undefined where it does not say. DT, DA and TM of PS3.5 §6.2. */
export function acquiredAt(row: AcquiredRow): Date | undefined {
  const written = [
    row.AcquisitionDateTime,
    row.AcquisitionDate && row.AcquisitionTime && `${row.AcquisitionDate}${row.AcquisitionTime}`,
    row.ContentDate && row.ContentTime && `${row.ContentDate}${row.ContentTime}`,
  ]
  for (const text of written) {
    const at = text ? momentOf(text, row.TimezoneOffsetFromUTC) : undefined
    if (at !== undefined) return at
  }
  return undefined
}

/** China has one time zone, and machines there mean it unless they say otherwise. */
const usualOffset = '+0800'

function momentOf(text: string, zone: string | null): Date | undefined {
  const [, year, month, day, hour, minute, second = '00', fraction = '', own] =
    /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(\.\d{1,6})?([+-]\d{4})?$/.exec(text.trim()) ?? []
  if (year === undefined) return undefined
  const offset = own ?? (zone !== null && /^[+-]\d{4}$/.test(zone) ? zone : usualOffset)
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}${offset.slice(0, 3)}:${offset.slice(3)}`)
  return Number.isNaN(at.getTime()) ? undefined : at
}

export async function handleClocks({ index: { pool } }: Pick<ReadingTools, 'index'>, changes: readonly Change[]): Promise<void> {
  const images = changes.filter(({ kind }) => kind === 'instance').map(({ number }) => number)
  if (images.length === 0) return
  const samples = new Map<string, ClockSample>()
  const ends = new Map<number, { AETitle: string; at: Date }>()
  for (const row of await acquiredOf(pool, images)) {
    const at = acquiredAt(row)
    if (at === undefined) continue
    const seconds = (row.receivedAt.getTime() - at.getTime()) / 1000
    if (Math.abs(seconds) > mostHours * 3_600) continue
    const key = `${row.AETitle}\\${row.studyPk}`
    const sample = samples.get(key)
    if (sample === undefined || seconds < sample.seconds) {
      samples.set(key, { AETitle: row.AETitle, source: 'images', ref: row.studyPk, seconds, at: row.receivedAt })
    }
    const end = ends.get(row.studyPk)
    if (end === undefined || at > end.at) ends.set(row.studyPk, { AETitle: row.AETitle, at })
  }
  if (samples.size === 0) return
  await keepClockSamples(pool, [...samples.values()])
  const clocks = await deviceClocks(pool, { AETitles: [...new Set([...ends.values()].map(({ AETitle }) => AETitle))] })
  for (const [studyPk, { AETitle, at }] of ends) {
    const clock = clocks.find((one) => one.AETitle === AETitle)
    await setExamEnd(pool, studyPk, new Date(at.getTime() + (clock === undefined ? 0 : correction(clock) * 1000)))
  }
}

/** What a machine says of its clock in the moment in which it says that an exam begins (N-CREATE). */
export async function heedStep(on: Queryable, AETitle: string, step: number, dataset: DicomJSON): Promise<void> {
  const text = `${textIn(dataset, 'PerformedProcedureStepStartDate')}${textIn(dataset, 'PerformedProcedureStepStartTime')}`
  const started = momentOf(text, textIn(dataset, 'TimezoneOffsetFromUTC') || null)
  const now = new Date()
  const seconds = started === undefined ? Number.POSITIVE_INFINITY : (now.getTime() - started.getTime()) / 1000
  if (Math.abs(seconds) > mostHours * 3_600) return
  await keepClockSamples(on, [{ AETitle, source: 'performed-step', ref: step, seconds, at: now }])
}

/** What is added to a machine's time so that it is ours; within the time that a picture may have waited, nothing. */
const correction = (clock: ClockRow): number => (isWrong(clock) ? clock.seconds : 0)

export interface DeviceClock extends ClockRow {
  /** Its times mislead people: its clock is to be put right. */
  readonly warn: boolean
}

/** A clock that is ahead shows at once, for nothing is received before it was taken; one that is behind looks like a slow line. */
export function isWrong({ seconds, source, samples }: Pick<ClockRow, 'seconds' | 'source' | 'samples'>): boolean {
  if (source === 'performed-step') return Math.abs(seconds) > warnSeconds
  return seconds < -warnSeconds || (seconds > surelySlowSeconds && samples >= surelySlowSamples)
}

/** The clocks of the asker's own machines. */
export async function clocksOf({ index: { pool } }: Pick<ReadingTools, 'index'>, asker: Asker): Promise<DeviceClock[]> {
  const clocks = await deviceClocks(pool, { institutions: [asker.institution.id] })
  return clocks.map((clock) => ({ ...clock, warn: isWrong(clock) }))
}
