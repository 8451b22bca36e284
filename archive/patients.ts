/**
 * Who is whose patient (dicom.md §6): merge, match, person links, and their undoing. A person decides, with a reason; the decision is a row that can be
 * undone, and what stands for every study is worked out anew, so that undoing gives back exactly what was.
 *
 * Order of locks: the turn, the study's row where one is named, numbers, studies, totals, feed.
 */

import { closeQuestionOfPatient, reopenQuestions } from '../storage/index/conflicts.ts'
import { takeTurn } from '../storage/index/corrections.ts'
import {
  type ChangedStudy,
  type DecidedPatient,
  findDecidedPatient,
  findLink,
  insertLink,
  type LinkRow,
  linksOfPatient,
  lockNumbersOf,
  type PatientRow,
  partContradicting,
  patientsById,
  patientsOfStudy,
  refreshPatients,
  refreshStudies,
  studiesOfPatient,
  studiesOfPatients,
  studyKeysOf,
  undoLinkRow,
} from '../storage/index/patients.ts'
import type { Index } from '../storage/index/postgres.ts'
import { type Queryable, transaction } from '../storage/index/query.ts'
import { appendChanges } from '../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandOver, demandPerson } from './access.ts'
import { auditIn } from './audit.ts'
import { type CorrectionChange, reasonOf, studyToChange } from './corrections.ts'
import { displayName } from './dicom/person-name.ts'
import { BadRequest, Conflict, Forbidden, NotFound } from './errors.ts'
import { isHit, searchKeys } from './reading/list/search-box.ts'
import { modalityOf } from './reading/modality.ts'

export interface PatientTools {
  readonly index: Index
}

/** Studies of one decision, at most: more than any patient has, and what one transaction can do. */
const maximumStudies = 2_000
const maximumLinks = 200

export interface PatientSummary {
  readonly id: string
  readonly issuer: string
  readonly PatientID: string
  readonly name: string
  readonly sex: string
  readonly birthDate: string
  readonly studies: number
  readonly lastStudyDate: string | null
  readonly mergedInto: string | null
  readonly provisional: boolean
}

const summaryOf = (row: PatientRow): PatientSummary => ({
  id: String(row.id),
  issuer: row.issuer ?? '',
  PatientID: row.PatientID ?? '',
  name: displayName(row.PatientName ?? ''),
  sex: row.PatientSex ?? '',
  birthDate: row.PatientBirthDate ?? '',
  studies: row.studies,
  lastStudyDate: row.lastStudyDate,
  mergedInto: row.mergedInto === null ? null : String(row.mergedInto),
  provisional: row.provisional,
})

/** Patients by name, pinyin or number, also a number from before a merge; those merged into others stand with them. @throws Forbidden */
export async function searchPatients(
  { index: { pool } }: PatientTools,
  asker: Asker,
  { q, limit }: { readonly q?: string | undefined; readonly limit: number },
): Promise<PatientSummary[]> {
  demand(asker, 'identify')
  const found = await studiesOfPatients(pool, asker.scope, searchKeys(q), 10 * limit)
  const ids = new Set(found.filter((row) => isHit(q, row)).flatMap(({ patients }) => patients))
  return (await patientsById(pool, asker.scope, [...ids].slice(0, limit))).map(summaryOf)
}

export interface LinkView extends Omit<LinkRow, 'id' | 'from' | 'into'> {
  readonly id: string
  readonly from: string
  readonly into: string
}

const linkView = ({ id, from, into, ...link }: LinkRow): LinkView => ({ ...link, id: String(id), from: String(from), into: String(into) })

/** @throws NotFound, Forbidden */
export async function getPatient({ index: { pool } }: PatientTools, asker: Asker, id: number) {
  demand(asker, 'identify')
  const [patient] = await patientsById(pool, asker.scope, [id])
  if (patient === undefined) throw nobody(id)
  const [studies, links] = await Promise.all([
    studiesOfPatient(pool, asker.scope, id, maximumLinks),
    linksOfPatient(pool, asker.scope, id, maximumLinks),
  ])
  const { studies: count, ...summary } = summaryOf(patient)
  return {
    ...summary,
    count,
    studies: studies.map(({ modalities, PatientName, ...study }) => ({
      ...study,
      StudyDate: study.StudyDate ?? '',
      StudyDescription: study.StudyDescription ?? '',
      AccessionNumber: study.AccessionNumber ?? '',
      PatientID: study.PatientID ?? '',
      name: displayName(PatientName ?? ''),
      modality: modalityOf(modalities),
    })),
    links: links.map(linkView),
  }
}

const nobody = (id: number) => new NotFound(`There is no patient ${id}`)

/** A patient about whom something is decided: all their studies are seen by whoever decides. @throws NotFound, Forbidden */
async function patientToChange(client: Queryable, asker: Asker, id: number): Promise<DecidedPatient> {
  const patient = await findDecidedPatient(client, asker.scope, id)
  if (patient === undefined || !patient.seen) throw nobody(id)
  if (!patient.whole) throw new Forbidden('Some studies of this patient are not yours to see')
  for (const owner of patient.owners) demandOver(asker, owner)
  return patient
}

/** Whose numbering a patient belongs to; null where several believe the issuer. */
const numberingOf = ({ issuer, numberedBy, owners }: DecidedPatient): number | null => (issuer === null ? (owners[0] ?? null) : numberedBy)

function refuseOtherNumbering(one: number | null, other: number | null): void {
  if (one === null || other === null || one === other) return
  throw new BadRequest('Numbers of two institutions are joined as one person, not merged')
}

/**
 * From now on `from` is `into`: studies show the surviving number, and what arrives under the old one follows.
 * @throws NotFound, Forbidden, BadRequest; Conflict: one of them is merged already
 */
export function mergePatients(tools: PatientTools, asker: Asker, from: number, into: number, reason: string): Promise<{ link: string }> {
  return transaction(tools.index.pool, async (client) => {
    const { link, changes } = await mergeIn(client, asker, from, into, reason)
    await appendChanges(client, changes)
    return { link: String(link) }
  })
}

export async function mergeIn(client: Queryable, asker: Asker, from: number, into: number, why: string) {
  const reason = await begin(client, asker, why)
  const [leaving, surviving] = [await patientToChange(client, asker, from), await patientToChange(client, asker, into)]
  if (from === into) throw new BadRequest('A patient cannot be merged with themselves')
  // Both stand for themselves, so no circle can come of it.
  for (const { id, mergedInto } of [leaving, surviving])
    if (mergedInto !== null)
      throw new Conflict(`Patient ${id} is merged into ${mergedInto} already`, { current: { mergedInto: String(mergedInto) } })
  if (surviving.issuer === null && leaving.issuer !== null) throw new BadRequest('The patient that survives needs a number')
  refuseOtherNumbering(numberingOf(leaving), numberingOf(surviving))
  await lockNumbersOf(client, [from])
  const studies = await studyKeysOf(client, from, maximumStudies + 1)
  if (studies.length > maximumStudies) throw new BadRequest(`Patient ${from} has more than ${maximumStudies} studies`)
  const link = await insertLink(client, { kind: 'merge', from, into, studyPk: null, reason, account: asker.account })
  const changed = await refreshStudies(client, studies)
  await refreshPatients(client, [from, into])
  await closeQuestionOfPatient(client, from, { decision: 'same-person', link, reason, account: asker.account })
  await auditIn(client, asker, { action: 'merge', object: `patient/${from}`, detail: { link, into, studies: changed.length, reason } })
  return { link, changes: changesOf(link, changed) }
}

/** The same human being under the numbers of two issuers: for priors and timelines only. @throws as `mergePatients` */
export function linkPersons(tools: PatientTools, asker: Asker, one: number, other: number, why: string): Promise<{ link: string }> {
  return transaction(tools.index.pool, async (client) => {
    const reason = await begin(client, asker, why)
    const [from, into] = [await patientToChange(client, asker, one), await patientToChange(client, asker, other)]
    if (from.person === into.person) throw new Conflict('They are one person already')
    const link = await insertLink(client, { kind: 'person', from: one, into: other, studyPk: null, reason, account: asker.account })
    await refreshPatients(client, [one, other])
    await auditIn(client, asker, { action: 'link-person', object: `patient/${one}`, detail: { link, with: other, reason } })
    await appendChanges(client, await timelinesOf(client, link, [one, other]))
    return { link: String(link) }
  })
}

/** A study is another patient's than its number says. @throws NotFound, Forbidden, BadRequest; Conflict: that patient is merged */
export function matchStudy(
  tools: PatientTools,
  asker: Asker,
  StudyInstanceUID: string,
  patient: number,
  why: string,
): Promise<{ link: string }> {
  return transaction(tools.index.pool, async (client) => {
    const reason = reasonOf(why)
    const study = await studyToChange(client, asker, StudyInstanceUID)
    const into = await patientToChange(client, asker, patient)
    if (into.mergedInto !== null)
      throw new Conflict(`Patient ${patient} is merged into ${into.mergedInto}`, { current: { mergedInto: String(into.mergedInto) } })
    const whose = await patientsOfStudy(client, study.studyPk)
    if (whose.now === patient) throw new BadRequest('The study is this patient’s already')
    refuseOtherNumbering(study.institution, numberingOf(into))
    await lockNumbersOf(client, [whose.base, patient])
    const link = await insertLink(client, {
      kind: 'match',
      from: whose.now,
      into: patient,
      studyPk: study.studyPk,
      reason,
      account: asker.account,
    })
    const changed = await refreshStudies(client, [study.studyPk])
    await refreshPatients(client, [...new Set([whose.base, whose.filed, patient])])
    await closeQuestionOfPatient(client, whose.base, { decision: 'match', link, reason, account: asker.account })
    await auditIn(client, asker, {
      action: 'match',
      StudyInstanceUID,
      object: `patient/${patient}`,
      detail: { link, from: whose.now, reason },
    })
    await appendChanges(client, changesOf(link, changed))
    return { link: String(link) }
  })
}

/** Takes a merge, match or person link back. @throws NotFound, Forbidden; Conflict: it is undone already */
export function undoLink(tools: PatientTools, asker: Asker, id: number, reason: string): Promise<void> {
  return transaction(tools.index.pool, async (client) => {
    await appendChanges(client, await undoLinkIn(client, asker, id, reason))
  })
}

export async function undoLinkIn(client: Queryable, asker: Asker, id: number, why: string): Promise<CorrectionChange[]> {
  const reason = await begin(client, asker, why)
  const link = await findLink(client, id)
  if (link === undefined) throw new NotFound(`There is no link ${id}`)
  const { kind, from, into, StudyInstanceUID } = link
  if (StudyInstanceUID !== null) await studyToChange(client, asker, StudyInstanceUID)
  else for (const patient of [from, into]) await linkedPatient(client, asker, patient)
  if (link.undone !== null) throw new Conflict(`Link ${id} is undone already`)
  await lockNumbersOf(client, [from])
  const touched = StudyInstanceUID === null ? await studiesBehind(client, into) : await studyBehind(client, asker, StudyInstanceUID)
  if (!(await undoLinkRow(client, id, asker.account, reason))) throw new Conflict(`Link ${id} is undone already`)
  const changed = kind === 'person' ? [] : await refreshStudies(client, touched.studies)
  await refreshPatients(client, [...new Set([from, into, ...touched.patients])])
  if (kind === 'match') for (const study of touched.studies) await partContradicting(client, study, reason, asker.account)
  await reopenQuestions(client, { link: id })
  await auditIn(client, asker, {
    action: `undo-${kind}`,
    ...(StudyInstanceUID === null ? { object: `patient/${from}` } : { StudyInstanceUID }),
    detail: { link: id, studies: changed.length, reason },
  })
  return kind === 'person' ? timelinesOf(client, id, [from, into]) : changesOf(id, changed)
}

/** A side of a link may have lost all its studies to the other; what it has must be the asker's to decide about. */
async function linkedPatient(client: Queryable, asker: Asker, id: number): Promise<void> {
  const patient = await findDecidedPatient(client, asker.scope, id)
  if (patient === undefined || !(patient.seen || patient.owners.length === 0)) throw nobody(id)
  if (!patient.whole) throw new Forbidden('Some studies of this patient are not yours to see')
  for (const owner of patient.owners) demandOver(asker, owner)
}

/** Everything that may change when a patient loses somebody who was merged into them. */
async function studiesBehind(client: Queryable, into: number): Promise<{ studies: number[]; patients: number[] }> {
  let here = into
  for (;;) {
    const patient = await findDecidedPatient(client, [], here)
    if (patient?.mergedInto == null) break
    here = patient.mergedInto
  }
  return { studies: await studyKeysOf(client, here, 10 * maximumStudies), patients: [here] }
}

async function studyBehind(client: Queryable, asker: Asker, StudyInstanceUID: string): Promise<{ studies: number[]; patients: number[] }> {
  const { studyPk } = await studyToChange(client, asker, StudyInstanceUID)
  const { base, filed } = await patientsOfStudy(client, studyPk)
  return { studies: [studyPk], patients: [base, filed] }
}

/** @throws Forbidden, BadRequest without a reason */
async function begin(client: Queryable, asker: Asker, why: string): Promise<string> {
  demand(asker, 'identify')
  demandPerson(asker)
  const reason = reasonOf(why)
  await takeTurn(client)
  return reason
}

const changesOf = (link: number, studies: readonly ChangedStudy[]): CorrectionChange[] =>
  studies.flatMap(({ studyPk, workitem }) => [
    { kind: 'patient' as const, studyPk, ref: `link/${link}` },
    ...(workitem === null ? [] : [{ kind: 'workitem' as const, studyPk, ref: String(workitem) }]),
  ])

/** A person link changes no study, but the timelines in which they stand. */
async function timelinesOf(client: Queryable, link: number, patients: readonly number[]): Promise<CorrectionChange[]> {
  const changes: CorrectionChange[] = []
  for (const patient of patients) {
    const keys = await studyKeysOf(client, patient, maximumStudies)
    changes.push(...keys.map((studyPk) => ({ kind: 'patient' as const, studyPk, ref: `link/${link}` })))
  }
  return changes
}
