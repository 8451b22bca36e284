/** 紧急调阅: who is not treating a patient opens the records all the same, for a day, with a reason; the owners are told and the audit has it. reading.md §8.3. */
import { transaction } from '../../../storage/index/query.ts'
import {
  brokenLately,
  findElsewhere,
  insertBreakGlass,
  listAlerts,
  lockCare,
  openPerson,
  seeAlert,
  soughtLately,
  studyAnywhere,
} from '../../../storage/index/reading/care.ts'
import { appendChanges } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { nameMatches, nameQueryKeys } from '../../dicom/person-name.ts'
import { BadRequest, Forbidden, NotFound } from '../../errors.ts'
import type { FieldKey } from '../../field-key.ts'
import { nameOf } from '../critical/read-back.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'

export type GlassRefusal = 'too-often' | 'glass-reason'

export const openHours = 24
/** Nobody treats so many strangers a day. */
const dailyMost = 20
const hourlySearches = 60
const mostFound = 5

export interface Elsewhere {
  /** Its newest study: what the glass is broken for. */
  readonly StudyInstanceUID: string
  /** `张*`: enough to recognise, not to learn. */
  readonly name: string
  readonly sex: string
  readonly birthYear: string
  readonly studies: number
  readonly institutions: readonly string[]
  readonly newest: string
}

const masked = (name: string): string => {
  const characters = [...name]
  return characters.length <= 1 ? '*' : `${characters[0]}${'*'.repeat(Math.min(6, characters.length - 1))}`
}

/** Who treats: whoever may order. @throws Forbidden */
function demandTreating(asker: Asker): void {
  demand(asker, 'ward')
  demandPerson(asker)
  if (!may(asker, 'order')) throw new Forbidden('Only who treats patients may open records outside their care')
}

/** By the whole name and one more identifier; nothing of the records is told. @throws Forbidden, BadRequest, Refused */
export async function searchElsewhere(
  { index: { pool }, fieldKey }: ReadingTools & { readonly fieldKey: FieldKey },
  asker: Asker,
  { name, birthDate, number }: { readonly name: string; readonly birthDate: string | null; readonly number: string | null },
): Promise<Elsewhere[]> {
  demandTreating(asker)
  const keys = nameQueryKeys(name)
  if (keys.length === 0 || [...name.trim()].length < 2) throw new BadRequest('name: the whole name is needed')
  if (birthDate === null && number === null) throw new BadRequest('birthDate or number: a second identifier is needed')
  if ((await soughtLately(pool, asker.account)) >= hourlySearches) throw new Refused('too-often', 'Too many searches within an hour')
  const rows = await findElsewhere(pool, {
    scope: asker.scope,
    nameKeys: keys,
    birthDate,
    number,
    idCardIndex: number === null ? null : fieldKey.index('identity-card', number.toUpperCase()),
    limit: 50,
  })
  await auditIn(pool, asker, { action: 'break-glass-search', detail: { found: rows.length } })
  return rows
    .filter((row) => [row.PatientName, row.supplementName].some((known) => known !== null && nameMatches(known, name)))
    .slice(0, mostFound)
    .map((row) => ({
      StudyInstanceUID: row.StudyInstanceUID,
      name: masked(nameOf(row)),
      sex: row.PatientSex ?? '',
      birthYear: (row.PatientBirthDate ?? '').slice(0, 4),
      studies: row.studies,
      institutions: row.institutions,
      newest: row.newest ?? '',
    }))
}

/** Opens all studies of the person. Where they are open already, nothing is done. @throws NotFound, Forbidden, BadRequest, Refused */
export async function breakGlass(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  StudyInstanceUID: string,
  reason: string,
): Promise<{ readonly studies: number; readonly hours: number }> {
  demandTreating(asker)
  if ([...reason.trim()].length < 5) throw new Refused('glass-reason', 'A reason of five characters or more is needed')
  return transaction(pool, async (client) => {
    await lockCare(client)
    const study = await studyAnywhere(client, StudyInstanceUID)
    if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
    if ((await brokenLately(client, asker.account)) >= dailyMost)
      throw new Refused('too-often', 'Too many records were opened within a day')
    const opened = await openPerson(client, asker.institution.id, study.person, openHours)
    if (opened.length === 0) return { studies: 0, hours: openHours }
    const id = await insertBreakGlass(client, {
      account: asker.account,
      institution: asker.institution.id,
      studyPk: study.studyPk,
      person: study.person,
      reason: reason.trim(),
      hours: openHours,
      opened,
    })
    await auditIn(client, asker, {
      action: 'break-glass',
      StudyInstanceUID,
      object: `break-glass/${id}`,
      detail: { reason: reason.trim(), studies: opened.length, hours: openHours },
    })
    await appendChanges(
      client,
      opened.map(({ studyPk }) => ({ kind: 'study', studyPk, ref: null })),
    )
    return { studies: opened.length, hours: openHours }
  })
}

export interface Alert {
  readonly id: string
  readonly at: Date
  readonly until: Date
  readonly by: string
  readonly from: string
  readonly reason: string
  readonly studies: number
  readonly patient: { readonly name: string; readonly PatientID: string }
  readonly seen: { readonly by: string; readonly at: Date } | null
}

/** Who is told of an institution's broken glass: whoever answers for its studies there. */
const hears = (asker: Asker): boolean => may(asker, 'board') || may(asker, 'administer') || may(asker, 'direct')

/** What others opened of the own institution's, newest first; empty for whom it does not concern. */
export async function searchAlerts(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  { unseen, limit }: { readonly unseen: boolean; readonly limit: number },
): Promise<Alert[]> {
  if (!hears(asker)) return []
  const rows = await listAlerts(pool, asker.institution.id, unseen, limit)
  return rows.map((row) => ({
    id: String(row.id),
    at: row.at,
    until: row.until,
    by: row.by,
    from: row.from,
    reason: row.reason,
    studies: row.studies,
    patient: { name: nameOf(row), PatientID: row.PatientID ?? '' },
    seen: row.seenAt === null ? null : { by: row.seenBy ?? '', at: row.seenAt },
  }))
}

/** @throws Forbidden, NotFound */
export async function acknowledgeAlert({ index: { pool } }: ReadingTools, asker: Asker, id: number): Promise<void> {
  demandPerson(asker)
  if (!hears(asker)) throw new Forbidden('This alert is not yours')
  if (!(await seeAlert(pool, asker.institution.id, id, asker.account))) throw new NotFound(`There is no open alert ${id}`)
}
