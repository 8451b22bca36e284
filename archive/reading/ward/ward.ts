/** The ward: the inbox, a patient by name, number or bed, all their studies across sites, the report first, then the pictures. reading.md §6.4. */
import { latestReports } from '../../../storage/index/reading/reports.ts'
import { findStudyRow, listStudies, pictureSeries, type StudyRow, timelineOf } from '../../../storage/index/reading/studies.ts'
import { readingOf, type WardReading } from '../../../storage/index/reading/ward.ts'
import { type Asker, demand } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import { isHit, placeOf, searchKeys } from '../list/search-box.ts'
import { modalityOf } from '../modality.ts'
import { type PatientView, patientOf } from '../patient.ts'
import { noteDelivery } from '../reports/report-log.ts'
import { type ReportView, reportView } from '../reports/reports.ts'
import type { ReadingTools } from '../tools.ts'
import { type Stage, stageOf } from '../workflow/stage.ts'

export interface WardStudy {
  readonly StudyInstanceUID: string
  readonly workitem: string | null
  readonly patient: PatientView
  readonly modality: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly StudyDate: string
  readonly receivedAt: Date
  readonly instances: number
  readonly stage: Stage
  readonly institution: string
  /** Where the patient is; empty what is not known. */
  readonly department: string
  readonly ward: string
  readonly bed: string
  /** Why the asker sees it: it is their own, the patient is under their care, or they broke the glass; and until when. */
  readonly access: 'owner' | 'grant' | 'care' | 'break-glass'
  readonly until: Date | null
  /** The version that stands. */
  readonly report: WardReport | null
}

export interface WardReport {
  readonly id: string
  readonly finalAt: Date
  readonly status: string
  readonly version: number
  readonly positive: boolean
  /** The beginning of the impression. */
  readonly impression: string
  /** Whether the asker has had this version open. */
  readonly unread: boolean
  /** The asker has read an earlier version of it. */
  readonly amended: boolean
}

export interface LightSeries {
  readonly SeriesInstanceUID: string
  readonly Modality: string
  readonly SeriesDescription: string
  readonly SeriesNumber: number | null
  readonly instances: readonly { readonly SOPInstanceUID: string; readonly frames: number }[]
}

function studyOf(row: StudyRow, reading: WardReading | undefined): WardStudy {
  return {
    StudyInstanceUID: row.StudyInstanceUID,
    workitem: row.workitemId === null ? null : String(row.workitemId),
    patient: patientOf(row),
    modality: modalityOf(row.modalities),
    StudyDescription: row.StudyDescription ?? '',
    AccessionNumber: row.AccessionNumber ?? '',
    StudyDate: row.StudyDate ?? '',
    receivedAt: row.receivedAt,
    instances: row.instances,
    stage: stageOf(row),
    institution: row.institutionName,
    department: reading?.department ?? '',
    ward: reading?.ward ?? '',
    bed: reading?.bed ?? '',
    access: reading?.access ?? 'owner',
    until: reading?.until ?? null,
    report:
      row.reportId === null || row.finalAt === null || reading?.report == null
        ? null
        : { id: String(row.reportId), finalAt: row.finalAt, ...reading.report },
  }
}

async function studiesOf({ index: { pool } }: ReadingTools, asker: Asker, rows: readonly StudyRow[]): Promise<WardStudy[]> {
  const readings = await readingOf(
    pool,
    asker.scope,
    asker.username,
    rows.map(({ studyPk }) => studyPk),
  )
  return rows.map((row) => studyOf(row, readings.get(row.studyPk)))
}

/** What the asker may see, newest arrivals first: by a search of any age, else of so many days. @throws Forbidden */
export async function searchWard(
  tools: ReadingTools,
  asker: Asker,
  { q, since, limit }: { readonly q?: string | undefined; readonly since?: Date | undefined; readonly limit: number },
): Promise<WardStudy[]> {
  demand(asker, 'ward')
  const search = { scope: asker.scope, owner: null, from: since ?? null, to: null, limit }
  const place = placeOf(q)
  if (place === null) {
    const rows = await listStudies(tools.index.pool, { ...search, ...searchKeys(q) })
    return studiesOf(
      tools,
      asker,
      rows.filter((row) => isHit(q, row)),
    )
  }
  const unnamed = { nameKeys: null, number: null }
  const inBed = await listStudies(tools.index.pool, { ...search, ...unnamed, place: place.text, beds: place.beds })
  // 12 is a bed to a nurse, and may be how a number begins: those come after, however many they are.
  const numbered = place.number === null ? [] : await listStudies(tools.index.pool, { ...search, ...unnamed, number: place.number })
  const others = numbered.filter(({ studyPk }) => inBed.every((row) => row.studyPk !== studyPk))
  return studiesOf(tools, asker, [...inBed, ...others].slice(0, limit))
}

/** What is new for the asker: reports that they have not read first, then the rest, newest first. @throws Forbidden */
export async function wardInbox(
  tools: ReadingTools,
  asker: Asker,
  { since, limit }: { readonly since: Date; readonly limit: number },
): Promise<{ items: WardStudy[]; unread: number }> {
  const studies = await searchWard(tools, asker, { since, limit })
  const rank = ({ report }: WardStudy) => (report === null ? 2 : report.amended ? 0 : report.unread ? 1 : 3)
  const at = ({ report, receivedAt }: WardStudy) => (report?.finalAt ?? receivedAt).getTime()
  const items = [...studies].sort((a, b) => Number(rank(a) > 1) - Number(rank(b) > 1) || at(b) - at(a))
  return { items, unread: studies.filter(({ report }) => report?.unread === true).length }
}

/** All studies of the same person that the asker may see, newest first; their reports' text is asked for one by one. @throws NotFound, Forbidden */
export async function wardTimeline(tools: ReadingTools, asker: Asker, StudyInstanceUID: string): Promise<WardStudy[]> {
  demand(asker, 'ward')
  const rows = await timelineOf(tools.index.pool, asker.scope, StudyInstanceUID)
  if (rows.length === 0) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  return studiesOf(tools, asker, rows)
}

/** The text of the report that stands, which counts as read; null while there is none. @throws NotFound, Forbidden */
export async function wardReport(
  tools: ReadingTools,
  asker: Asker,
  StudyInstanceUID: string,
): Promise<{ report: ReportView | null; amended: WardReading['amendedFrom'] }> {
  demand(asker, 'ward')
  const { pool } = tools.index
  const study = await findStudyRow(pool, asker.scope, StudyInstanceUID)
  if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  // Read before it is noted that it was read.
  const reading = (await readingOf(pool, asker.scope, asker.username, [study.studyPk])).get(study.studyPk)
  const row = (await latestReports(pool, [study.studyPk])).get(study.studyPk)
  if (row === undefined) return { report: null, amended: null }
  await noteDelivery(tools, asker, [row.id], 'web')
  return { report: reportView(row), amended: reading?.amendedFrom ?? null }
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
