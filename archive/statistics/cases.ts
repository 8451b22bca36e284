/** The cases behind a figure: who, where, when, and the value by which each counts. Whoever sees the figure sees how many; patients only in their scope. */
import { type CaseKind, type CaseRow, countCases, listCases } from '../../storage/index/statistics/cases.ts'
import type { Count } from '../../storage/index/statistics/counts.ts'
import type { Narrowed } from '../../storage/index/statistics/figures.ts'
import type { Asker } from '../access.ts'
import { Forbidden } from '../errors.ts'
import { type PatientView, patientOf } from '../reading/patient.ts'
import { type CountedValue, countWords } from './count-words.ts'
import { gradeName, hourName, kindName, reasonName, urgencyName, weekdayName } from './sections/context.ts'
import { contextOf, type StatisticsRequest, type StatisticsTools } from './statistics.ts'
import type { Cell, Say } from './table.ts'

export interface CasesRequest extends StatisticsRequest {
  readonly count: Count
  readonly narrowed: Narrowed
  /** From 1. */
  readonly page: number
  readonly limit: number
}

export interface Case {
  readonly key: string
  readonly kind: CaseKind
  readonly institution: string
  readonly modality: string
  readonly urgency: string
  readonly studyEndAt: Date | null
  readonly readyAt: Date | null
  readonly finalAt: Date | null
  /** Null for whoever sees one institution only. */
  readonly author: string | null
  readonly reviewer: string | null
  readonly value: Cell
  /** Null unless it is a case of the asker's. */
  readonly patient: PatientView | null
  readonly StudyInstanceUID: string | null
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly workitem: string | null
  readonly state: string | null
  readonly report: string | null
}

export interface Cases {
  readonly count: Count
  readonly title: string
  /** What narrows the figure further, for people: a site, an urgency, a doctor. */
  readonly narrowed: readonly string[]
  readonly value: Omit<CountedValue, 'of'> | null
  readonly ofCentre: boolean
  readonly total: number
  readonly figures: number
  readonly page: number
  readonly limit: number
  readonly items: readonly Case[]
}

/** @throws Forbidden */
export async function cases(tools: StatisticsTools, asker: Asker, request: CasesRequest): Promise<Cases> {
  const { count, narrowed, page, limit, institution } = request
  const { pool, scope, search, say, siteName, ofCentre } = await contextOf(tools, asker, request)
  if (!ofCentre && (narrowed.author !== undefined || narrowed.reviewer !== undefined))
    throw new Forbidden('What one doctor did is shown at the reading centre only')
  const asked = { ...search, count, narrowed }
  const [{ total, figures }, rows] = await Promise.all([countCases(pool, asked), listCases(pool, scope, asked, limit, (page - 1) * limit)])
  const { title, value } = countWords(count, say)
  const doctor = narrowed.author !== undefined ? rows[0]?.author : narrowed.reviewer !== undefined ? rows[0]?.reviewer : null
  return {
    count,
    title,
    narrowed: [
      ...(institution === null ? [] : [siteName(institution)]),
      ...(request.modality === null ? [] : [request.modality]),
      ...narrowedNames(narrowed, say),
      ...(doctor == null ? [] : [doctor]),
    ],
    value: value === null ? null : { title: value.title, kind: value.kind },
    ofCentre,
    total,
    figures,
    page,
    limit,
    items: rows.map((row) => caseOf(row, siteName, say, ofCentre, value)),
  }
}

function narrowedNames({ urgency, kind, weekday, hour, grade, reason }: Narrowed, say: Say): string[] {
  return [
    ...(urgency === undefined ? [] : [urgencyName(say, Number(urgency))]),
    ...(kind === undefined ? [] : [kindName(say, kind as Parameters<typeof kindName>[1])]),
    ...(weekday === undefined ? [] : [weekdayName(say, Number(weekday))]),
    ...(hour === undefined ? [] : [hourName(say, Number(hour))]),
    ...(grade === undefined ? [] : [gradeName(say, String(grade))]),
    ...(reason === undefined ? [] : [reasonName(say, String(reason))]),
  ]
}

function caseOf(row: CaseRow, siteName: (id: number) => string, say: Say, ofCentre: boolean, value: CountedValue | null): Case {
  const { StudyInstanceUID, workitem, report, state } = row
  return {
    key: `${row.fact}.${row.place}`,
    kind: row.caseKind,
    institution: siteName(row.institution),
    modality: row.modality,
    urgency: urgencyName(say, row.urgency),
    studyEndAt: row.studyEndAt,
    readyAt: row.readyAt,
    finalAt: row.finalAt,
    author: ofCentre ? row.author : null,
    reviewer: ofCentre ? row.reviewer : null,
    value: value === null ? null : value.of(row),
    patient: row.caseKind === 'case' ? patientOf(row) : null,
    StudyInstanceUID,
    StudyDescription: row.StudyDescription ?? '',
    AccessionNumber: row.AccessionNumber ?? '',
    workitem: workitem === null ? null : String(workitem),
    state,
    report: report === null ? null : String(report),
  }
}
