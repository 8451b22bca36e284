/**
 * What else happens with a verb, in the same transaction: after the workitem has changed, before the event is written. `workitem` is as it was locked, before
 * the verb. What is answered becomes the event's detail; what is pushed to `feed` is told with the change. An error undoes the verb.
 */
import type { PoolClient } from 'pg'
import { forgetImages, keepDraft } from '../../../storage/index/reading/drafts.ts'
import { noteAcknowledged } from '../../../storage/index/reading/openings.ts'
import { rememberSender } from '../../../storage/index/reading/returns.ts'
import type { FeedChange, LockedWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import type { Asker } from '../../access.ts'
import { beginAmendment, beginAnew, releaseEarly, retract, sign, submit, unsign } from '../reports/amendments.ts'
import { demandChecked, demandGradeStands } from '../reports/checks.ts'
import { recordReview } from '../reports/reviews.ts'
import { recordAnswer, recordQuestion } from '../returns/questions.ts'
import { endReturn, recordReturn } from '../returns/returns.ts'
import type { ReadingTools } from '../tools.ts'
import type { Actor, Request, Verb } from './machine.ts'

export type SideEffect = (
  tools: ReadingTools,
  client: PoolClient,
  workitem: LockedWorkitem,
  actor: Actor,
  request: Request,
  feed: FeedChange[],
) => Promise<Record<string, unknown> | undefined>

/** Of a verb that only people have. */
const byPerson =
  (
    effect: (
      tools: ReadingTools,
      client: PoolClient,
      workitem: LockedWorkitem,
      actor: Asker,
      request: Request,
      feed: FeedChange[],
    ) => ReturnType<SideEffect>,
  ): SideEffect =>
  async (tools, client, workitem, actor, request, feed) =>
    actor === 'system' ? undefined : effect(tools, client, workitem, actor, request, feed)

export const sideEffects: Readonly<Partial<Record<Verb, SideEffect>>> = {
  return: recordReturn,
  'withdraw-return': endReturn,
  cancel: endReturn,
  retake: async (_, client, { id }) => {
    await keepDraft(client, id, 'retake')
    await forgetImages(client, id)
    return undefined
  },
  query: recordQuestion,
  answer: recordAnswer,
  submit: byPerson(async (tools, client, workitem, actor, { details }) => ({
    ...(await demandChecked(client, workitem, actor, 'submit', details)),
    ...(await submit(tools, client, workitem, actor)),
  })),
  rework: async (_tools, client, workitem, actor, request) =>
    actor === 'system' ? undefined : recordReview(client, workitem, actor, 'rework', request.details, request.reason),
  sign: async (tools, client, workitem, actor, request, feed) => {
    if (actor === 'system') return undefined
    const checked = await demandChecked(client, workitem, actor, 'sign', request.details)
    const reviewed = await recordReview(client, workitem, actor, 'sign', request.details, request.reason)
    const signed = await sign(tools, client, workitem, actor, feed)
    await demandGradeStands(client, workitem, actor)
    return { ...checked, ...reviewed, ...signed }
  },
  acknowledge: byPerson(async (_, client, { id }, actor) => {
    await noteAcknowledged(client, id, actor.account)
    return undefined
  }),
  'temp-release': byPerson((tools, client, workitem, actor, _, feed) => releaseEarly(tools, client, workitem, actor, feed)),
  unsign: byPerson((_, client, workitem, actor, __, feed) => unsign(client, workitem, actor, feed)),
  amend: byPerson((_, client, workitem, actor, { amending }) => beginAmendment(client, workitem, actor, amending!)),
  retract: byPerson((_, client, workitem, actor, { reason }, feed) => retract(client, workitem, actor, reason?.trim() ?? '', feed)),
  ready: byPerson(async (_, client, workitem, actor) => {
    if (workitem.state === 'RETRACTED') return beginAnew(client, workitem, actor)
    await rememberSender(client, workitem.studyPk, actor.account)
    return undefined
  }),
}
