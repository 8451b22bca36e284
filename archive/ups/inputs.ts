/** The images that a reading step is about, named one by one as long as they are few enough to be read: PS3.4 Table CC.2.5-2c. */
import { instancesOfStudy } from '../../storage/index/ups/reading.ts'
import type { Asker } from '../access.ts'
import type { UPSTools } from './tools.ts'

export interface SeriesInput {
  readonly SeriesInstanceUID: string
  /** [SOPClassUID, SOPInstanceUID] */
  readonly instances: readonly (readonly [string, string])[]
}

/** More are told as their study alone. */
export const mostInputs = 5_000

/** @returns undefined where there are too many to name */
export async function inputsOf({ reading }: UPSTools, { scope }: Asker, studyPk: number): Promise<SeriesInput[] | undefined> {
  const rows = await instancesOfStudy(reading.index.pool, scope, studyPk, mostInputs + 1)
  if (rows.length > mostInputs) return undefined
  const series = new Map<string, (readonly [string, string])[]>()
  for (const { SeriesInstanceUID, SOPClassUID, SOPInstanceUID } of rows) {
    const instances = series.get(SeriesInstanceUID) ?? []
    instances.push([SOPClassUID, SOPInstanceUID])
    series.set(SeriesInstanceUID, instances)
  }
  return [...series].map(([SeriesInstanceUID, instances]) => ({ SeriesInstanceUID, instances }))
}
