/** The ward: find a patient, see the report first, then the pictures. */
import { latestReports } from '../../storage/index/reading/reports.ts'
import { findStudyRow, listStudies, pictureSeries, type StudyRow, timelineOf } from '../../storage/index/reading/studies.ts'
import { type Asker, demand } from '../access.ts'
import { NotFound } from '../errors.ts'
import { modalityOf } from './modality.ts'
import { type PatientView, patientOf } from './patient.ts'
import { type ReportView, reportView } from './reports.ts'
import { isHit, searchKeys } from './search-box.ts'
import { type Stage, stageOf } from './stage.ts'
import type { ReadingTools } from './tools.ts'

export interface WardStudy {
  readonly StudyInstanceUID: string
  readonly patient: PatientView
  readonly modality: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly StudyDate: string
  readonly receivedAt: Date
  readonly instances: number
  readonly stage: Stage
  readonly institution: string
  readonly report: { readonly id: string; readonly finalAt: Date } | null
}

export interface TimelineStudy extends Omit<WardStudy, 'report'> {
  readonly report: ReportView | null
}

export interface LightSeries {
  readonly SeriesInstanceUID: string
  readonly Modality: string
  readonly SeriesDescription: string
  readonly SeriesNumber: number | null
  readonly instances: readonly { readonly SOPInstanceUID: string; readonly frames: number }[]
}

function studyOf(row: StudyRow): Omit<WardStudy, 'report'> {
  return {
    StudyInstanceUID: row.StudyInstanceUID,
    patient: patientOf(row),
    modality: modalityOf(row.modalities),
    StudyDescription: row.StudyDescription ?? '',
    AccessionNumber: row.AccessionNumber ?? '',
    StudyDate: row.StudyDate ?? '',
    receivedAt: row.receivedAt,
    instances: row.instances,
    stage: stageOf(row),
    institution: row.institutionName,
  }
}

/** What the asker may see, newest arrivals first: by a search of any age, else of so many days. @throws Forbidden */
export async function searchWard(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  { q, since, limit }: { readonly q?: string | undefined; readonly since?: Date | undefined; readonly limit: number },
): Promise<WardStudy[]> {
  demand(asker, 'ward')
  const rows = await listStudies(pool, { scope: asker.scope, owner: null, from: since ?? null, to: null, ...searchKeys(q), limit })
  return rows
    .filter((row) => isHit(q, row))
    .map((row) => ({
      ...studyOf(row),
      report: row.reportId === null || row.finalAt === null ? null : { id: String(row.reportId), finalAt: row.finalAt },
    }))
}

/** All studies of the same person that the asker may see, newest first, with the text of their reports. @throws NotFound, Forbidden */
export async function wardTimeline({ index: { pool } }: ReadingTools, asker: Asker, StudyInstanceUID: string): Promise<TimelineStudy[]> {
  demand(asker, 'ward')
  const rows = await timelineOf(pool, asker.scope, StudyInstanceUID)
  if (rows.length === 0) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  const reports = await latestReports(
    pool,
    rows.map(({ studyPk }) => studyPk),
  )
  return rows.map((row) => {
    const report = reports.get(row.studyPk)
    return { ...studyOf(row), report: report === undefined ? null : reportView(report) }
  })
}

/** The pictures of a study for the light viewer. @throws NotFound */
export async function lightSeries({ index: { pool } }: ReadingTools, asker: Asker, StudyInstanceUID: string): Promise<LightSeries[]> {
  demand(asker, 'retrieve')
  const study = await findStudyRow(pool, asker.scope, StudyInstanceUID)
  if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  const series = await pictureSeries(pool, study.studyPk)
  return series.map((row) => ({
    SeriesInstanceUID: row.SeriesInstanceUID,
    Modality: row.Modality ?? '',
    SeriesDescription: row.SeriesDescription ?? '',
    SeriesNumber: /^\s*\d+\s*$/.test(row.SeriesNumber ?? '') ? Number(row.SeriesNumber) : null,
    instances: row.instances,
  }))
}
