/** Figures of a period, section by section: the same tables for the page, the workbook and the printed pack. reading.md §6.5. */
import { listInstitutions } from '../../storage/index/institutions.ts'
import type { Index } from '../../storage/index/postgres.ts'
import type { Period } from '../../storage/index/statistics/figures.ts'
import { listTariff } from '../../storage/index/statistics/tariff.ts'
import type { Asker } from '../access.ts'
import { type DefinitionText, definitionsOf } from './definitions.ts'
import { limitsInForce } from './limits.ts'
import { factScope, seesCentre } from './scope.ts'
import type { Section, SectionContext } from './sections/context.ts'
import { keyFigures, overview } from './sections/overview.ts'
import { qualitySection } from './sections/quality.ts'
import { safety } from './sections/safety.ts'
import { turnaroundSection } from './sections/turnaround.ts'
import { volumes } from './sections/volumes.ts'
import { settlement, workload } from './sections/workload.ts'
import { type FigureTable, type Language, speaker } from './table.ts'

/** In the order of the pages. */
export const sections = {
  overview: { section: overview, zh: '总览', en: 'Overview' },
  volumes: { section: volumes, zh: '工作量分布', en: 'Volumes' },
  turnaround: { section: turnaroundSection, zh: '时效', en: 'Turnaround' },
  quality: { section: qualitySection, zh: '质量', en: 'Quality' },
  safety: { section: safety, zh: '安全', en: 'Safety' },
  workload: { section: workload, zh: '医师工作量', en: 'Workload' },
  settlement: { section: settlement, zh: '结算', en: 'Settlement' },
} as const satisfies Readonly<Record<string, { readonly section: Section; readonly zh: string; readonly en: string }>>
export type SectionName = keyof typeof sections
export const sectionNames = Object.keys(sections) as SectionName[]

export interface StatisticsTools {
  readonly index: Index
  readonly clock: () => Date
}

export interface StatisticsRequest extends Period {
  readonly institution: number | null
  readonly modality: string | null
  readonly language: Language
}

export interface Statistics {
  readonly section: SectionName
  readonly title: string
  readonly period: Period
  /** Whose figures these are, for people. */
  readonly of: string
  readonly tables: readonly FigureTable[]
  readonly definitions: readonly DefinitionText[]
  readonly at: Date
}

/** @throws Forbidden */
export async function contextOf(
  { index: { pool } }: StatisticsTools,
  asker: Asker,
  request: StatisticsRequest,
): Promise<SectionContext & { readonly of: string }> {
  const scope = factScope(asker, request.institution)
  const institutions = new Map((await listInstitutions(pool)).map(({ id, name, shortName }) => [id, shortName ?? name]))
  const siteName = (institution: number) => institutions.get(institution) ?? String(institution)
  const centre = scope.centre ?? asker.institution.id
  return {
    pool,
    scope: asker.scope,
    search: { scope, modality: request.modality, from: request.from, to: request.to },
    say: speaker(request.language),
    siteName,
    limitMinutes: await limitsInForce(pool, centre),
    ofCentre: seesCentre(asker),
    tariff: await listTariff(pool, centre),
    of: scope.institution === null ? asker.institution.name : siteName(scope.institution),
  }
}

/** @throws Forbidden, BadRequest */
export async function statistics(tools: StatisticsTools, asker: Asker, name: SectionName, request: StatisticsRequest): Promise<Statistics> {
  const context = await contextOf(tools, asker, request)
  return sectionOf(context, name, request, tools.clock())
}

export async function sectionOf(
  context: SectionContext & { readonly of: string },
  name: SectionName,
  { from, to, language }: StatisticsRequest,
  at: Date,
): Promise<Statistics> {
  const { section, zh, en } = sections[name]
  const tables = await section(context)
  const keys = [
    ...tables.flatMap(({ columns }) => columns.flatMap(({ definition }) => definition ?? [])),
    ...(name === 'overview' ? keyFigures.map(({ definition }) => definition) : []),
  ]
  return {
    section: name,
    title: context.say(zh, en),
    period: { from, to },
    of: context.of,
    tables,
    definitions: definitionsOf(keys, language),
    at,
  }
}
