/**
 * Corrections: what a study says of itself and of its patient, put right by a person with a reason, as an overlay (index.md §5). What was received is
 * never touched; searches, metadata and instances on their way out show what stands now. Undoing one is a further revision.
 */
import {
  type CorrectedStudy,
  correctionsOfStudy,
  findCorrectedStudy,
  insertCorrection,
  lockCorrectedStudy,
  seriesOfStudy,
  takeTurn,
} from '../storage/index/corrections.ts'
import type { Index } from '../storage/index/postgres.ts'
import { type Queryable, transaction } from '../storage/index/query.ts'
import { appendChanges } from '../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandOver, demandPerson } from './access.ts'
import { auditIn } from './audit.ts'
import { checkedValue, columnOf, correctables, isSameValue, memberOf, writtenValue } from './correctable.ts'
import { ageStringOf } from './dicom/age-string.ts'
import type { DicomJSON } from './dicom/dicom-json.ts'
import { nameKeys } from './dicom/person-name.ts'
import { BadRequest, Conflict, NotFound } from './errors.ts'

/** What is asked for stands already. 400. */
export class NothingChanges extends BadRequest {}

export interface CorrectionTools {
  readonly index: Index
}

type Attributes = Readonly<Record<string, string>>

export interface CorrectionRequest {
  /** New values by keyword; empty text takes a value away. Names as `A=I=P`, dates as `YYYYMMDD`. Those that stand already are no change. */
  readonly attributes: Attributes
  readonly reason: string
  /** The attributes are those of this series. */
  readonly SeriesInstanceUID?: string | undefined
  /** The last revision that the asker has seen, where that matters: with another one nothing is done. */
  readonly seen?: number | undefined
}

/** A change to be appended to the feed at the end of the transaction. */
export interface CorrectionChange {
  readonly kind: 'correction' | 'patient' | 'workitem'
  readonly studyPk: number
  readonly ref: string | null
}

/** @throws NotFound, Forbidden, BadRequest (also when nothing would change), Conflict */
export async function correctStudy(
  tools: CorrectionTools,
  asker: Asker,
  StudyInstanceUID: string,
  request: CorrectionRequest,
): Promise<{ readonly revision: number }> {
  return transaction(tools.index.pool, async (client) => {
    const { revision, changes } = await correctStudyIn(client, asker, StudyInstanceUID, request)
    await appendChanges(client, changes)
    return { revision }
  })
}

/** In the transaction of whoever does more with it; the changes are to be appended last. */
export async function correctStudyIn(
  client: Queryable,
  asker: Asker,
  StudyInstanceUID: string,
  request: CorrectionRequest,
): Promise<{ readonly revision: number; readonly changes: readonly CorrectionChange[] }> {
  const reason = reasonOf(request.reason)
  const study = await studyToChange(client, asker, StudyInstanceUID)
  demandSeen(study, request.seen)
  const level = request.SeriesInstanceUID === undefined ? 'study' : 'series'
  const series =
    level === 'study'
      ? undefined
      : (await seriesOfStudy(client, study.studyPk)).find((one) => one.SeriesInstanceUID === request.SeriesInstanceUID)
  if (level === 'series' && series === undefined) throw new NotFound(`There is no series ${request.SeriesInstanceUID} in this study`)
  const stands = JSON.parse((series ?? study).json) as DicomJSON
  const attributes = changed(request.attributes, level, stands)
  const revision = await insertCorrection(client, {
    studyPk: study.studyPk,
    SeriesInstanceUID: series?.SeriesInstanceUID ?? null,
    attributes,
    columns: Object.fromEntries(Object.entries(attributes).flatMap(([keyword, value]) => [columnOf(keyword, value) ?? []].filter(isPair))),
    members: Object.fromEntries(
      Object.entries(attributes).map(([keyword, value]) => [correctables.get(keyword)!.tag, memberOf(keyword, value)]),
    ),
    nameKeys: attributes.PatientName === undefined ? null : nameKeys(attributes.PatientName),
    undoes: null,
    reason,
    account: asker.account,
  })
  return { revision, changes: await noted(client, asker, study, revision, { attributes: Object.keys(attributes), reason }) }
}

const isPair = (pair: readonly unknown[]): pair is readonly [string, string | null] => pair.length === 2

/** What would really be another value. A new birth date makes a new age where the machine has written one. */
function changed(asked: Attributes, level: 'study' | 'series', stands: DicomJSON): Attributes {
  const attributes: Record<string, string> = {}
  for (const [keyword, value] of Object.entries(asked)) {
    const attribute = correctables.get(keyword)
    if (attribute === undefined) throw new BadRequest(`${keyword} cannot be corrected`)
    if (attribute.level !== level) throw new BadRequest(`${keyword} is corrected at the level of the ${attribute.level}`)
    const text = checkedValue(keyword, value)
    if (!isSameValue(keyword, text, writtenValue(keyword, stands[attribute.tag]))) attributes[keyword] = text
  }
  if (Object.keys(attributes).length === 0) throw new NothingChanges('Nothing would be changed')
  const dateOf = (keyword: string) => attributes[keyword] ?? writtenValue(keyword, stands[correctables.get(keyword)!.tag])
  const age = writtenValue('PatientAge', stands[correctables.get('PatientAge')!.tag])
  if (attributes.PatientBirthDate !== undefined && asked.PatientAge === undefined && age !== '') {
    const computed = ageStringOf(dateOf('PatientBirthDate'), dateOf('StudyDate'))
    if (computed !== age) attributes.PatientAge = computed
  }
  return attributes
}

/** Takes a correction back by a revision of its own. @throws NotFound, Forbidden, BadRequest, Conflict: it is undone already */
export function undoCorrection(
  tools: CorrectionTools,
  asker: Asker,
  StudyInstanceUID: string,
  revision: number,
  reason: string,
): Promise<{ readonly revision: number }> {
  return transaction(tools.index.pool, async (client) => {
    const { changes, ...undone } = await undoCorrectionIn(client, asker, StudyInstanceUID, revision, reason)
    await appendChanges(client, changes)
    return undone
  })
}

export async function undoCorrectionIn(client: Queryable, asker: Asker, StudyInstanceUID: string, revision: number, why: string) {
  const reason = reasonOf(why)
  const study = await studyToChange(client, asker, StudyInstanceUID)
  const all = await correctionsOfStudy(client, study.studyPk)
  const undone = all.find((correction) => correction.revision === revision && correction.undoes === null)
  if (undone === undefined) throw new NotFound(`There is no correction ${revision} of study ${StudyInstanceUID}`)
  if (all.some(({ undoes }) => undoes === revision)) throw new Conflict(`Correction ${revision} is undone already`)
  const made = await insertCorrection(client, {
    studyPk: study.studyPk,
    SeriesInstanceUID: undone.SeriesInstanceUID,
    attributes: {},
    columns: {},
    members: {},
    nameKeys: null,
    undoes: revision,
    reason,
    account: asker.account,
  })
  return { revision: made, changes: await noted(client, asker, study, made, { undoes: revision, reason }) }
}

/** The study that is to be changed, held until the end. @throws NotFound, Forbidden: only its owner and the reading centre's administrators may */
export async function studyToChange(client: Queryable, asker: Asker, StudyInstanceUID: string): Promise<CorrectedStudy> {
  demand(asker, 'identify')
  demandPerson(asker)
  await takeTurn(client)
  const study = await lockCorrectedStudy(client, asker.scope, StudyInstanceUID)
  if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  demandOver(asker, study.institution)
  return study
}

function demandSeen(study: CorrectedStudy, seen: number | undefined): void {
  if (seen === undefined || seen === study.revision) return
  throw new Conflict(`The study is at correction ${study.revision}, not ${seen}`, { current: study.revision })
}

/** Nothing is decided without a reason. @throws BadRequest */
export function reasonOf(text: string): string {
  const reason = text.trim()
  if (reason === '') throw new BadRequest('reason: a reason is needed')
  return reason.slice(0, 1_000)
}

async function noted(
  client: Queryable,
  asker: Asker,
  study: CorrectedStudy,
  revision: number,
  detail: Readonly<Record<string, unknown>>,
): Promise<CorrectionChange[]> {
  const { studyPk, StudyInstanceUID, workitem } = study
  await auditIn(client, asker, { action: 'correct', StudyInstanceUID, detail: { revision, ...detail } })
  return [
    { kind: 'correction', studyPk, ref: String(revision) },
    ...(workitem === null ? [] : [{ kind: 'workitem' as const, studyPk, ref: String(workitem) }]),
  ]
}

export interface CorrectionView {
  readonly revision: number
  readonly by: string
  readonly at: Date
  readonly reason: string
  readonly attributes: Attributes
  readonly SeriesInstanceUID: string | null
  readonly undone: { readonly by: string; readonly at: Date; readonly reason: string } | null
}

export interface CorrectionsView {
  readonly asReceived: Attributes
  readonly now: Attributes
  readonly correctable: readonly string[]
  /** Newest first; an undoing stands with what it takes back. */
  readonly corrections: readonly CorrectionView[]
  readonly series: readonly {
    readonly SeriesInstanceUID: string
    readonly Modality: string
    readonly SeriesNumber: string
    readonly SeriesDescription: string
    readonly asReceived: Attributes
    readonly now: Attributes
    readonly correctable: readonly string[]
  }[]
}

/** @throws NotFound, Forbidden */
export async function correctionsOf(
  { index: { pool } }: CorrectionTools,
  asker: Asker,
  StudyInstanceUID: string,
): Promise<CorrectionsView> {
  demand(asker, 'retrieve')
  const study = await findCorrectedStudy(pool, asker.scope, StudyInstanceUID)
  if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  const [rows, series] = await Promise.all([correctionsOfStudy(pool, study.studyPk), seriesOfStudy(pool, study.studyPk)])
  const undoings = new Map(rows.flatMap((row) => (row.undoes === null ? [] : [[row.undoes, row] as const])))
  return {
    ...valuesAt('study', study),
    corrections: rows
      // One without attributes says only that the study was filed anew.
      .filter(({ undoes, attributes }) => undoes === null && Object.keys(attributes).length > 0)
      .map(({ revision, by, at, reason, attributes, SeriesInstanceUID }) => {
        const undoing = undoings.get(revision)
        const undone = undoing === undefined ? null : { by: undoing.by, at: undoing.at, reason: undoing.reason }
        return { revision, by, at, reason, attributes, SeriesInstanceUID, undone }
      }),
    series: series.map((one) => ({
      SeriesInstanceUID: one.SeriesInstanceUID,
      Modality: one.Modality ?? '',
      SeriesNumber: one.SeriesNumber ?? '',
      SeriesDescription: one.SeriesDescription ?? '',
      ...valuesAt('series', one),
    })),
  }
}

function valuesAt(level: 'study' | 'series', row: { readonly json: string; readonly receivedJSON: string }) {
  const attributes = [...correctables.values()].filter((attribute) => attribute.level === level)
  const values = (json: string): Attributes => {
    const dataset = JSON.parse(json) as DicomJSON
    return Object.fromEntries(attributes.map(({ keyword, tag }) => [keyword, writtenValue(keyword, dataset[tag])]))
  }
  return { asReceived: values(row.receivedJSON), now: values(row.json), correctable: attributes.map(({ keyword }) => keyword) }
}
