/**
 * What else happens with a verb, in the same transaction: after the workitem has changed, before the event is written. `workitem` is as it was locked, before
 * the verb. What is answered becomes the event's detail; what is pushed to `feed` is told with the change. An error undoes the verb.
 */
import type { PoolClient } from 'pg'
import type { FeedChange, LockedWorkitem } from '../../storage/index/reading/workitem-change.ts'
import { auditIn } from '../audit.ts'
import { demandChecked } from './checks.ts'
import type { Actor, Request, Verb } from './machine.ts'
import { recordReview } from './reviews.ts'
import { recordAnswer, recordQuestion } from './questions.ts'
import { endReturn, recordReturn } from './returns.ts'
import { signReport } from './sign.ts'
import type { ReadingTools } from './tools.ts'

export type SideEffect = (
  tools: ReadingTools,
  client: PoolClient,
  workitem: LockedWorkitem,
  actor: Actor,
  request: Request,
  feed: FeedChange[],
) => Promise<Record<string, unknown> | undefined>

export const sideEffects: Readonly<Partial<Record<Verb, SideEffect>>> = {
  return: recordReturn,
  'withdraw-return': endReturn,
  cancel: endReturn,
  query: recordQuestion,
  answer: recordAnswer,
  submit: async (_tools, client, workitem, actor, request) =>
    actor === 'system' ? undefined : demandChecked(client, workitem, actor, 'submit', request.details),
  rework: async (_tools, client, workitem, actor, request) =>
    actor === 'system' ? undefined : recordReview(client, workitem, actor, 'rework', request.details, request.reason),
  sign: async (tools, client, workitem, actor, request, feed) => {
    if (actor === 'system') return undefined
    const checked = await demandChecked(client, workitem, actor, 'sign', request.details)
    const reviewed = await recordReview(client, workitem, actor, 'sign', request.details, request.reason)
    const report = await signReport(tools, client, workitem, actor)
    feed.push({ kind: 'report', studyPk: workitem.studyPk, ref: String(report.id) })
    await auditIn(client, actor, {
      action: 'sign',
      StudyInstanceUID: workitem.StudyInstanceUID,
      object: `report/${report.id}`,
      detail: { hash: report.hash },
    })
    return { ...checked, ...reviewed, report: report.id, hash: report.hash, ...(workitem.newImages ? { newImages: true } : {}) }
  },
}
