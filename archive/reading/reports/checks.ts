/**
 * The linter on a workitem: what its text is held against is gathered here, and here it stands in the way of `submit` and `sign`. An error is answered by
 * the one who goes on, with a reason; a warning has to be answered before the signature, and the author's reason is enough. Every reason is kept, stands in
 * the event log and in the audit.
 */
import { isDeepStrictEqual } from 'node:util'
import type { PoolClient } from 'pg'
import { z } from 'zod'
import type { Queryable } from '../../../storage/index/query.ts'
import {
  insertOverrides,
  isCritical,
  type OverrideRow,
  openedFor,
  orderOfStudy,
  overridesOf,
} from '../../../storage/index/reading/checks.ts'
import { type DraftText, emptyDraft, findDraft, imagesSinceGrade } from '../../../storage/index/reading/drafts.ts'
import type { LockedWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { findWorkitem, priorsOf, type WorkitemRow } from '../../../storage/index/reading/workitem-list.ts'
import { type Asker, demand } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { BadRequest, Forbidden, NotFound } from '../../errors.ts'
import { type Finding, type LintSubject, lint } from '../linter/lint.ts'
import { modalityOf } from '../modality.ts'
import { patientOf } from '../patient.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'

/** A finding with the reason that was given for it. */
export interface CheckedFinding extends Finding {
  readonly justified: { readonly by: string; readonly reason: string; readonly at: Date; readonly mine: boolean } | null
}

const override = z.strictObject({
  rule: z.string().max(64),
  /** Of the finding; absent: every finding of the rule. */
  key: z.string().max(500).optional(),
  reason: z.string().trim().min(2).max(500),
})
const overridesIn = z.array(override).max(50)
export type Override = z.output<typeof override>

/** `details.overrides` of a verb. @throws BadRequest */
function overridesOfRequest(details: Readonly<Record<string, unknown>> | undefined): Override[] {
  const given = overridesIn.safeParse(details?.overrides ?? [])
  if (given.success) return given.data
  throw new BadRequest(`details.overrides: ${given.error.issues[0]?.message ?? 'not valid'}`)
}

/** `stands`: what of the text is kept; a grade that is still to be saved is one for the images as they are now. */
async function subjectOf(on: Queryable, asker: Asker, row: WorkitemRow, draft: DraftText, stands: DraftText): Promise<LintSubject> {
  const order = await orderOfStudy(on, row.studyPk)
  const readers = [asker.account, ...(row.authorId === null ? [] : [row.authorId])]
  const opened = await openedFor(on, row.id, readers)
  const priors = await priorsOf(on, asker.scope, row.studyPk)
  return {
    draft,
    sex: row.PatientSex ?? '',
    age: yearsOf(patientOf(row).age),
    modality: modalityOf(row.modalities),
    ordered: [order?.procedure, order?.bodyPart, row.StudyDescription, row.bodyPart].filter(
      (text) => text != null && text !== '',
    ) as string[],
    clinical: row.clinicalInformation ?? '',
    lateImages: isDeepStrictEqual(draft.grade, stands.grade) && (await imagesSinceGrade(on, row.id)),
    criticalRaised: await isCritical(on, row.id),
    priors: priors.map(({ StudyInstanceUID, StudyDate }) => ({ StudyDate: StudyDate ?? '', opened: opened.has(StudyInstanceUID) })),
  }
}

/** Of an age as it is said: 47岁, 8月. */
function yearsOf(age: string): number | null {
  const [, number, unit] = /^(\d+)(岁|月|周|天)$/.exec(age) ?? []
  return number === undefined ? null : Math.floor(Number(number) / { 岁: 1, 月: 12, 周: 52, 天: 365 }[unit as '岁' | '月' | '周' | '天'])
}

/** The asker's own reason goes before a colleague's. */
function justify(findings: readonly Finding[], overrides: readonly OverrideRow[], asker: Asker): CheckedFinding[] {
  return findings.map((finding) => {
    const given = overrides.filter(({ key }) => key === finding.key)
    const one = given.find(({ account }) => account === asker.account) ?? given[0]
    return {
      ...finding,
      justified: one === undefined ? null : { by: one.by, reason: one.reason, at: one.at, mine: one.account === asker.account },
    }
  })
}

/**
 * Checks a text as it stands in an editor: fields that are absent are those of the draft on the server.
 * @throws NotFound, Forbidden
 */
export async function lintDraft(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  id: number,
  changes: { readonly [Field in keyof DraftText]?: DraftText[Field] | undefined },
): Promise<CheckedFinding[]> {
  demand(asker, 'read')
  const row = await findWorkitem(pool, asker.scope, id)
  if (row === undefined) throw new NotFound(`There is no workitem ${id}`)
  if (asker.institution.id !== row.centre) throw new Forbidden('A text is checked where it is written')
  const stands = (await findDraft(pool, id)) ?? emptyDraft
  const draft: DraftText = { ...stands, ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) }
  return justify(lint(await subjectOf(pool, asker, row, draft, stands)), await overridesOf(pool, id), asker)
}

/** What stands in the way: errors that the asker has not answered, and for a signature warnings that nobody has. */
const standsInTheWay = ({ severity, overridable, justified }: CheckedFinding, verb: 'submit' | 'sign'): boolean =>
  !overridable || (severity === 'error' ? justified?.mine !== true : verb === 'sign' && justified === null)

/**
 * In the transaction of `submit` and `sign`, the workitem locked. Answers what the event log is to say.
 * @throws Refused `unchecked` with the findings; BadRequest
 */
export async function demandChecked(
  client: PoolClient,
  workitem: LockedWorkitem,
  asker: Asker,
  verb: 'submit' | 'sign',
  details: Readonly<Record<string, unknown>> | undefined,
): Promise<Record<string, unknown>> {
  const given = overridesOfRequest(details)
  const { rev, found } = await findingsIn(client, workitem, asker)
  const reasons = found.flatMap(({ rule, key, severity, overridable }) => {
    const reason = given.find((one) => one.rule === rule && (one.key === undefined || one.key === key))?.reason
    return reason === undefined || !overridable ? [] : [{ verb, rule, key, severity, reason }]
  })
  await insertOverrides(client, workitem.id, asker.account, reasons)
  const checked = justify(found, await overridesOf(client, workitem.id), asker)
  const inTheWay = checked.filter((finding) => standsInTheWay(finding, verb))
  if (inTheWay.length > 0)
    throw new Refused('unchecked', `${inTheWay.map(({ rule }) => rule).join(', ')} of workitem ${workitem.id}`, checked)
  for (const { rule, reason } of reasons) {
    await auditIn(client, asker, {
      action: 'lint-override',
      StudyInstanceUID: workitem.StudyInstanceUID,
      object: `workitem/${workitem.id}`,
      detail: { verb, rule, reason },
    })
  }
  return { rev, ...(reasons.length === 0 ? {} : { overrides: reasons.map(({ rule, reason }) => ({ rule, reason })) }) }
}

async function findingsIn(client: Queryable, { id }: LockedWorkitem, asker: Asker): Promise<{ rev: number; found: Finding[] }> {
  const draft = await findDraft(client, id)
  const row = await findWorkitem(client, asker.scope, id)
  if (draft === undefined || row === undefined) throw new Refused('draft-incomplete', 'There is no draft')
  return { rev: draft.rev, found: lint(await subjectOf(client, asker, row, draft, draft)) }
}

/**
 * Asked once more when the report is put together: images are not kept away by the workitem's lock, and may have come since it was checked.
 * @throws Refused `unchecked` with the findings
 */
export async function demandGradeStands(client: Queryable, workitem: LockedWorkitem, asker: Asker): Promise<void> {
  if (!(await imagesSinceGrade(client, workitem.id))) return
  const { found } = await findingsIn(client, workitem, asker)
  throw new Refused(
    'unchecked',
    `Images came to workitem ${workitem.id} while it was signed`,
    justify(found, await overridesOf(client, workitem.id), asker),
  )
}
