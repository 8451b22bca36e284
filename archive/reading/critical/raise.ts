/** Raising a critical value (reading.md §3.2 #17, §3.4): it is on its way at once, and the task jumps to urgency 0. */
import { transaction } from '../../../storage/index/query.ts'
import { insertCritical, insertCriticalEvent, markWorkitem } from '../../../storage/index/reading/critical.ts'
import { listCriticals } from '../../../storage/index/reading/critical-list.ts'
import { appendChanges, insertEvent, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { findWorkitem } from '../../../storage/index/reading/workitem-list.ts'
import { type Asker, demandPerson } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { BadRequest, NotFound } from '../../errors.ts'
import { policies } from '../policies.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { takeOnce } from '../workflow/perform.ts'
import { followUrgency } from '../workflow/urgency.ts'
import { standingFindings } from './findings.ts'
import { openStates, raisingOf } from './machine.ts'
import { notify } from './notify.ts'
import { nameOf } from './read-back.ts'

export interface Raise {
  readonly workitem: number
  /** Of the list; null: free text alone. */
  readonly finding: string | null
  readonly text: string
  /** A reader may call it a suspicion; what the imaging room raises always is one. */
  readonly suspected: boolean
  readonly idempotencyKey?: string | undefined
}

/** Answers its id. @throws NotFound, BadRequest, Refused */
export async function raiseCritical(tools: ReadingTools, asker: Asker, request: Raise): Promise<number> {
  demandPerson(asker)
  const text = request.text.trim()
  if (request.finding === null && text.length < 2) throw new Refused('critical-text', 'A finding or a text is needed')
  return transaction(tools.index.pool, async (client) => {
    const about = { critical: request.workitem, finding: request.finding, text }
    const repeated = request.idempotencyKey !== undefined && (await takeOnce(client, asker, request.idempotencyKey, about)) === 'done'
    const workitem = await lockWorkitem(client, asker.scope, request.workitem)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${request.workitem}`)
    const known = await listCriticals(client, {
      scope: asker.scope,
      states: null,
      institution: null,
      from: null,
      to: null,
      before: null,
      workitem: workitem.id,
      limit: 100,
    })
    // The first request is through: its answer is this one's.
    const first = repeated ? known.find(({ raisedBy }) => raisedBy.id === asker.account) : undefined
    if (first !== undefined) return first.id
    const raising = raisingOf(asker, workitem)
    if (raising === undefined) throw new Refused('not-yours', `${asker.username} cannot raise a critical value on workitem ${workitem.id}`)
    const finding = request.finding === null ? null : (await standingFindings(client)).find(({ code }) => code === request.finding)
    if (finding === undefined) throw new BadRequest(`finding: ${request.finding} is not in the list`)
    const same = known.find(
      (critical) => finding !== null && critical.finding?.code === finding.code && openStates.some((state) => state === critical.state),
    )
    if (same !== undefined) throw new Refused('critical-already', `It was raised already: critical/${same.id}`, { id: String(same.id) })
    const row = await findWorkitem(client, asker.scope, workitem.id)
    const { escalationMinutes } = await policies(client)
    const suspected = raising.suspected || request.suspected
    const critical = await insertCritical(client, {
      workitem: workitem.id,
      studyPk: workitem.studyPk,
      institution: workitem.institution,
      centre: workitem.centre,
      finding,
      text,
      told: { name: nameOf(row!), PatientName: row!.PatientName ?? '', PatientID: row!.PatientID ?? '' },
      suspected,
      raisedBy: asker.account,
      escalateInSeconds: escalationMinutes[0] * 60,
    })
    await notify(client, tools, { critical, level: 0, about: 'raised', institution: workitem.institution, centre: workitem.centre })
    await followUrgency(client, workitem.id, null, 0, asker.account)
    await markWorkitem(client, workitem.id)
    await insertCriticalEvent(client, {
      critical,
      actor: asker.account,
      verb: 'raise',
      from: null,
      to: 'NOTIFYING',
      detail: { finding, text, suspected },
    })
    await insertEvent(client, {
      workitem: workitem.id,
      actor: asker.account,
      verb: 'critical',
      from: workitem.state,
      to: workitem.state,
      reason: null,
      generation: workitem.generation,
      detail: { critical },
    })
    await auditIn(client, asker, {
      action: 'critical-raise',
      StudyInstanceUID: workitem.StudyInstanceUID,
      object: `critical/${critical}`,
      detail: { finding: finding?.code ?? null, suspected },
    })
    await appendChanges(client, [
      { kind: 'workitem', studyPk: workitem.studyPk, ref: String(workitem.id) },
      { kind: 'critical', studyPk: workitem.studyPk, ref: String(critical) },
    ])
    return critical
  })
}
