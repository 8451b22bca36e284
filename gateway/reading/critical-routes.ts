/** Critical values: raised, answered, registered; the list of findings and the telephone lists. reading.md §3.4. */
import type Router from '@koa/router'
import { z } from 'zod'
import { NotFound } from '../../archive/errors.ts'
import { getContacts, getPlaces, putContacts } from '../../archive/reading/critical/contacts.ts'
import { approveFindings, getFindings, saveFindings } from '../../archive/reading/critical/findings.ts'
import { performCritical } from '../../archive/reading/critical/perform.ts'
import { raiseCritical } from '../../archive/reading/critical/raise.ts'
import { getCritical, getFigures, searchCriticals } from '../../archive/reading/critical/register.ts'
import { Refused } from '../../archive/reading/refused.ts'
import { askerIn } from '../session.ts'
import { screenLocked } from './lock-routes.ts'
import { bodyOf, idempotencyKey, idOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const name = z.string().trim().max(64)
const line = z.string().trim().max(500)
const text = z.string().trim().max(2_000)
const generation = z.number().int().optional()

const raiseBody = z.object({
  workitem: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
  finding: z.string().max(64).nullable().default(null),
  text: text.default(''),
  suspected: z.boolean().default(false),
})

/** What comes with each verb. `call` without a repetition is a call that nobody answered. */
const bodies = {
  ack: z.object({ name: name.default(''), readBack: line.default(''), text: text.default(''), generation }),
  act: z.object({ text: text.default(''), generation }),
  call: z.object({
    name: name.default(''),
    phone: z.string().trim().max(32).default(''),
    readBack: line.default(''),
    text: text.default(''),
    generation,
  }),
  confirm: z.object({ generation }),
  repeat: z.object({ reason: text.default(''), generation }),
  verify: z.object({ generation }),
  close: z.object({ text: text.default(''), generation }),
  withdraw: z.object({ reason: text.default(''), generation }),
} as const
type Asked = keyof typeof bodies
const isAsked = (verb: string): verb is Asked => Object.hasOwn(bodies, verb)

const listQuery = z.object({
  state: z.enum(['open', 'closed', 'all']).default('open'),
  institution: z.coerce.number().int().optional(),
  workitem: z.coerce.number().int().optional(),
  from: z.coerce.date().optional(),
  to: z.coerce.date().optional(),
  before: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
const figuresQuery = z.object({ from: z.coerce.date(), to: z.coerce.date() })

const findingsBody = z.object({
  base: z.number().int().min(0),
  items: z
    .array(
      z.object({
        code: z.string().regex(/^[a-z0-9-]{1,64}$/, 'is small letters, digits and -'),
        zh: z.string().trim().min(1).max(100),
        en: z.string().trim().min(1).max(200),
      }),
    )
    .min(1)
    .max(200),
})
const contactsBody = z.object({
  items: z
    .array(
      z.object({
        level: z.number().int().min(0).max(3),
        name: z.string().trim().min(1).max(64),
        duty: z.string().trim().max(64).default(''),
        phone: z.string().trim().max(32).default(''),
        address: z.string().trim().max(128).default(''),
      }),
    )
    .max(50),
})

export function criticalRoutes(router: Router, tools: PortalTools): void {
  router.get('/critical-findings', async (ctx) => {
    ctx.body = await getFindings(tools, askerIn(ctx))
  })
  router.put('/critical-findings', async (ctx) => {
    const { items, base } = await bodyOf(ctx, findingsBody)
    ctx.body = await saveFindings(tools, askerIn(ctx), items, base)
  })
  router.post('/critical-findings/:revision/approve', async (ctx) => {
    ctx.body = await approveFindings(tools, askerIn(ctx), idOf(ctx, 'revision'))
  })

  router.get('/critical-contacts', async (ctx) => {
    const { institution = askerIn(ctx).institution.id } = queryOf(ctx, z.object({ institution: z.coerce.number().int().optional() }))
    ctx.body = await getContacts(tools, askerIn(ctx), institution)
  })
  router.get('/critical-places', async (ctx) => {
    ctx.body = { items: await getPlaces(tools, askerIn(ctx)) }
  })
  router.put('/critical-contacts/:institution', async (ctx) => {
    const { items } = await bodyOf(ctx, contactsBody)
    ctx.body = await putContacts(tools, askerIn(ctx), idOf(ctx, 'institution'), items)
  })

  router.get('/critical', async (ctx) => {
    const asked = queryOf(ctx, listQuery)
    if (ctx.state.locked === true && asked.state !== 'open') throw screenLocked()
    const page = await searchCriticals(tools, askerIn(ctx), asked)
    for (const { StudyInstanceUID } of page.items) tools.audit.view(askerIn(ctx), StudyInstanceUID)
    ctx.body = page
  })
  router.get('/critical/figures', async (ctx) => {
    const { from, to } = queryOf(ctx, figuresQuery)
    ctx.body = await getFigures(tools, askerIn(ctx), from, to)
  })
  router.get('/critical/:id', async (ctx) => {
    const critical = await getCritical(tools, askerIn(ctx), idOf(ctx))
    if (ctx.state.locked === true && critical.ended !== null) throw screenLocked()
    tools.audit.view(askerIn(ctx), critical.StudyInstanceUID)
    ctx.body = critical
  })

  router.post('/critical', async (ctx) => {
    const body = await bodyOf(ctx, raiseBody)
    const id = await raiseCritical(tools, askerIn(ctx), { ...body, idempotencyKey: idempotencyKey(ctx) })
    ctx.status = 201
    ctx.body = { critical: await getCritical(tools, askerIn(ctx), id) }
  })

  router.post('/critical/:id/:verb', async (ctx) => {
    const verb = ctx.params.verb ?? ''
    if (!isAsked(verb)) throw new NotFound(`There is no verb ${verb}`)
    const asker = askerIn(ctx)
    const id = idOf(ctx)
    const body: { name?: string; phone?: string; readBack?: string; text?: string; reason?: string; generation?: number | undefined } =
      await bodyOf(ctx, bodies[verb])
    try {
      await performCritical(tools, asker, id, verb === 'call' && (body.readBack ?? '') === '' ? 'ring' : verb, {
        ...body,
        text: body.text ?? body.reason,
        idempotencyKey: idempotencyKey(ctx),
      })
    } catch (error) {
      // Who repeats the wrong patient, or may not, is worth knowing.
      if (error instanceof Refused && (error.code === 'not-yours' || error.code === 'critical-other-patient')) {
        tools.audit.note(asker, { action: `critical-${verb}`, outcome: 'refused', object: `critical/${id}`, detail: { code: error.code } })
      }
      throw error
    }
    ctx.body = { critical: await getCritical(tools, asker, id) }
  })
}
