/** One workitem, the verbs of the machine. Every verb answers the workitem with the verbs that are open now. */
import type Router from '@koa/router'
import { z } from 'zod'
import { NotFound } from '../../archive/errors.ts'
import { getWorkitem, openWorkitem } from '../../archive/reading/list/workitems.ts'
import { Refused } from '../../archive/reading/refused.ts'
import { provePIN } from '../../archive/reading/signing/pin.ts'
import { corrections, isPersonsVerb } from '../../archive/reading/workflow/machine.ts'
import { perform } from '../../archive/reading/workflow/perform.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idempotencyKey, idOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const verbBody = z.object({
  generation: z.number().int().optional(),
  reason: z.string().max(2_000).optional(),
  /** What the portal calls the reason of a rework. */
  comment: z.string().max(2_000).optional(),
  urgency: z.number().int().min(0).max(4).optional(),
  /** Of `assign`: the username of the reader; null ends the reservation. */
  assignee: z.string().min(1).max(64).nullable().optional(),
  amending: z.enum(['addendum', 'correction']).optional(),
  amendingClass: z.enum(corrections).optional(),
  /** What else a verb needs: checked by whoever owns its side effect. */
  details: z.record(z.string().max(64), z.unknown()).optional(),
  /** The signer's, outside a signing session. */
  pin: z.string().max(100).optional(),
})

export function workitemRoutes(router: Router, tools: PortalTools): void {
  router.get('/workitems/:id', async (ctx) => {
    const workitem = await openWorkitem(tools, askerIn(ctx), idOf(ctx))
    tools.audit.view(askerIn(ctx), workitem.StudyInstanceUID)
    // Characters that no font of ours has are printed by their code point: the author is told before signing.
    ctx.body = { ...workitem, unprintable: workitem.verbs.includes('heartbeat') ? tools.fonts().missing(workitem.patient.name) : [] }
  })

  router.post('/workitems/:id/:verb', async (ctx) => {
    const verb = ctx.params.verb ?? ''
    if (!isPersonsVerb(verb)) throw new NotFound(`There is no verb ${verb}`)
    const asker = askerIn(ctx)
    const id = idOf(ctx)
    const { comment, pin, ...body } = await bodyOf(ctx, verbBody)
    if (pin !== undefined && pin !== '') await provePIN(tools, asker, pin)
    try {
      await perform(tools, asker, id, verb, {
        ...body,
        reason: body.reason ?? comment,
        pinProved: pin !== undefined && pin !== '',
        idempotencyKey: idempotencyKey(ctx),
      })
    } catch (error) {
      // What nobody may do is worth knowing when somebody tried (reading.md §9 F).
      if (error instanceof Refused && (error.code === 'same-person' || error.code === 'not-yours')) {
        tools.audit.note(asker, { action: verb, outcome: 'refused', object: `workitem/${id}`, detail: { code: error.code } })
      }
      throw error
    }
    ctx.body = { workitem: await getWorkitem(tools, asker, id) }
  })
}
