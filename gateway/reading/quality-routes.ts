/** Peer review, follow-up and quality events. */
import type Router from '@koa/router'
import { z } from 'zod'
import {
  noteQualityEvent,
  recordFollowUp,
  searchFollowUps,
  searchQualityEvents,
  takeBackFollowUp,
} from '../../archive/quality/follow-ups.ts'
import {
  answerPeer,
  choosePeerReview,
  defaultShare,
  drawSample,
  getPeerReview,
  peerCategories,
  peerSamples,
  scorePeer,
  searchPeerReviews,
  settlePeer,
} from '../../archive/quality/peer-review.ts'
import { periodOf } from '../../archive/statistics/period.ts'
import { eventKinds } from '../../storage/index/quality/events.ts'
import { concordances, followUpKinds, followUpSources } from '../../storage/index/quality/follow-ups.ts'
import { askerIn } from '../session.ts'
import { bodyOf, calendarDay, idOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const key = z.coerce.number().int().positive()
const text = z.string().trim().max(2_000).default('')
const score = z.number().int().min(1).max(4)

const peerQuery = z.object({
  state: z.enum(['open', 'scored', 'disagreed', 'closed', 'all']).default('open'),
  mine: z.stringbool().default(false),
  limit: z.coerce.number().int().min(1).max(500).default(200),
})
const drawBody = z.object({
  month: z.string().max(16),
  share: z.number().min(0.001).max(1).default(defaultShare),
  blind: z.boolean().default(true),
  seed: z.exactOptional(z.string().trim().min(1).max(64)),
})
const chooseBody = z.object({ report: key, blind: z.boolean().default(false) })
const scoreBody = z.object({ score, category: z.enum(peerCategories), comment: text })
const answerBody = z.object({ agreed: z.boolean(), text })
const settleBody = z.object({ score, text })
const followUpBody = z.object({
  source: z.enum(followUpSources),
  concordance: z.enum(concordances),
  kind: z.enum(followUpKinds).nullable().default(null),
  outcome: z.string().trim().min(2).max(2_000),
  happenedOn: calendarDay.nullable().default(null),
})
const eventBody = z.object({ report: key, kind: z.enum(eventKinds), text: z.string().trim().min(2).max(2_000) })
const limit = z.coerce.number().int().min(1).max(500).default(200)

export function qualityRoutes(router: Router, tools: PortalTools): void {
  const { index, audit } = tools
  const quality = { index, clock: () => new Date() }

  router.get('/peer-reviews', async (ctx) => {
    ctx.body = await searchPeerReviews(quality, askerIn(ctx), queryOf(ctx, peerQuery))
  })

  router.get('/peer-reviews/samples', async (ctx) => {
    ctx.body = await peerSamples(quality, askerIn(ctx))
  })

  router.post('/peer-reviews/samples', async (ctx) => {
    ctx.status = 201
    ctx.body = await drawSample(quality, askerIn(ctx), await bodyOf(ctx, drawBody))
  })

  router.post('/peer-reviews', async (ctx) => {
    const { report, blind } = await bodyOf(ctx, chooseBody)
    ctx.body = await choosePeerReview(quality, askerIn(ctx), report, blind)
    ctx.status = 201
  })

  router.get('/peer-reviews/:id', async (ctx) => {
    const review = await getPeerReview(quality, askerIn(ctx), idOf(ctx))
    audit.view(askerIn(ctx), review.StudyInstanceUID)
    ctx.body = review
  })

  router.post('/peer-reviews/:id/score', async (ctx) => {
    ctx.body = await scorePeer(quality, askerIn(ctx), idOf(ctx), await bodyOf(ctx, scoreBody))
  })

  router.post('/peer-reviews/:id/answer', async (ctx) => {
    const { agreed, text } = await bodyOf(ctx, answerBody)
    ctx.body = await answerPeer(quality, askerIn(ctx), idOf(ctx), agreed, text)
  })

  router.post('/peer-reviews/:id/settle', async (ctx) => {
    const { score, text } = await bodyOf(ctx, settleBody)
    ctx.body = await settlePeer(quality, askerIn(ctx), idOf(ctx), score, text)
  })

  router.get('/follow-ups', async (ctx) => {
    const { workitem = null, limit: most } = queryOf(ctx, z.object({ workitem: key.optional(), limit }))
    ctx.body = await searchFollowUps(quality, askerIn(ctx), workitem, most)
  })

  router.post('/reports/:id/follow-up', async (ctx) => {
    ctx.body = await recordFollowUp(quality, askerIn(ctx), idOf(ctx), await bodyOf(ctx, followUpBody))
    ctx.status = 201
  })

  router.delete('/follow-ups/:id', async (ctx) => {
    await takeBackFollowUp(quality, askerIn(ctx), idOf(ctx))
    ctx.status = 204
  })

  router.get('/quality-events', async (ctx) => {
    const {
      from,
      to,
      institution = null,
      limit: most,
    } = queryOf(ctx, z.object({ from: calendarDay.optional(), to: calendarDay.optional(), institution: key.optional(), limit }))
    ctx.body = await searchQualityEvents(quality, askerIn(ctx), { ...periodOf(from, to, new Date()), institution, limit: most })
  })

  router.post('/quality-events', async (ctx) => {
    const { report, kind, text } = await bodyOf(ctx, eventBody)
    ctx.body = await noteQualityEvent(quality, askerIn(ctx), report, kind, text)
    ctx.status = 201
  })
}
