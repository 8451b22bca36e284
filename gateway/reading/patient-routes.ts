/** Corrections, patients and the links between them, conflicts: who is whose patient, decided by people. */
import type Router from '@koa/router'
import { z } from 'zod'
import { decideConflict, listConflicts } from '../../archive/conflicts.ts'
import { correctionsOf, correctStudy, undoCorrection } from '../../archive/corrections.ts'
import { getPatient, linkPersons, matchStudy, mergePatients, searchPatients, undoLink } from '../../archive/patients.ts'
import { askerIn } from '../session.ts'
import { bodyOf, checked, idOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const limit = z.coerce.number().int().min(1).max(1_000).default(100)
const reason = z.string().max(1_000)
const patient = z.coerce.number().int().min(0)

const conflictQuery = z.object({ state: z.enum(['open', 'decided']).default('open'), limit })
const decisionBody = z.object({ decision: z.string().max(64), reason })
const patientQuery = z.object({ q: z.string().max(100).optional(), limit })
const correctionBody = z.object({
  attributes: z.record(z.string().max(64), z.string().max(1_024)),
  reason,
  SeriesInstanceUID: z.string().max(64).optional(),
  seen: z.number().int().min(0).optional(),
})
const reasonBody = z.object({ reason })

export function patientRoutes(router: Router, tools: PortalTools): void {
  router.get('/conflicts', async (ctx) => {
    ctx.body = { items: await listConflicts(tools, askerIn(ctx), queryOf(ctx, conflictQuery)) }
  })
  router.post('/conflicts/:id/decision', async (ctx) => {
    const { decision, reason } = await bodyOf(ctx, decisionBody)
    await decideConflict(tools, askerIn(ctx), idOf(ctx), decision, reason)
    ctx.body = {}
  })

  router.get('/patients', async (ctx) => {
    ctx.body = { items: await searchPatients(tools, askerIn(ctx), queryOf(ctx, patientQuery)) }
  })
  router.get('/patients/:id', async (ctx) => {
    const found = await getPatient(tools, askerIn(ctx), idOf(ctx))
    for (const { StudyInstanceUID } of found.studies) tools.audit.view(askerIn(ctx), StudyInstanceUID)
    ctx.body = found
  })
  router.post('/patients/:id/merge', async (ctx) => {
    const { into, reason } = await bodyOf(ctx, z.object({ into: patient, reason: z.string().max(1_000) }))
    ctx.body = await mergePatients(tools, askerIn(ctx), idOf(ctx), into, reason)
  })
  router.post('/patients/:id/person', async (ctx) => {
    const body = await bodyOf(ctx, z.object({ with: patient, reason: z.string().max(1_000) }))
    ctx.body = await linkPersons(tools, askerIn(ctx), idOf(ctx), body.with, body.reason)
  })
  router.post('/patient-links/:id/undo', async (ctx) => {
    await undoLink(tools, askerIn(ctx), idOf(ctx), (await bodyOf(ctx, reasonBody)).reason)
    ctx.body = {}
  })

  router.post('/studies/:uid/match', async (ctx) => {
    const body = await bodyOf(ctx, z.object({ patient, reason: z.string().max(1_000) }))
    ctx.body = await matchStudy(tools, askerIn(ctx), ctx.params.uid ?? '', body.patient, body.reason)
  })
  router.get('/studies/:uid/corrections', async (ctx) => {
    const uid = ctx.params.uid ?? ''
    ctx.body = await correctionsOf(tools, askerIn(ctx), uid)
    tools.audit.view(askerIn(ctx), uid)
  })
  router.post('/studies/:uid/corrections', async (ctx) => {
    ctx.body = await correctStudy(tools, askerIn(ctx), ctx.params.uid ?? '', await bodyOf(ctx, correctionBody))
  })
  router.post('/studies/:uid/corrections/:revision/undo', async (ctx) => {
    const revision = checked(z.coerce.number().int().min(1).max(1_000_000), ctx.params.revision)
    ctx.body = await undoCorrection(tools, askerIn(ctx), ctx.params.uid ?? '', revision, (await bodyOf(ctx, reasonBody)).reason)
  })
}
