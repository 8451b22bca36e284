/** A doctor's own: the PIN, the signing session of this browser, keys, the signature picture; and the public keys of all, for whoever verifies. */
import type Router from '@koa/router'
import { z } from 'zod'
import { BadRequest } from '../../archive/errors.ts'
import { provePIN, setPIN } from '../../archive/reading/signing/pin.ts'
import { signableBatch, signBatch } from '../../archive/reading/signing/sign-batch.ts'
import { exportKeys, rotateKey, setPicture, setTitle, signingAccount } from '../../archive/reading/signing/signing-account.ts'
import { askerIn, sessionToken } from '../session.ts'
import { bodyOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const pin = z.string().min(1).max(100)
const pinBody = z.object({ password: z.string().min(1).max(1_000), pin })
const sessionBody = z.object({ pin })
const titleBody = z.object({ title: z.enum(['', '住院医师', '主治医师', '副主任医师', '主任医师']) })
/** 200 kB in Base64, as a data URL; null takes it off. */
const pictureBody = z.object({ picture: z.string().max(280_000).nullable() })
const batchBody = z.object({
  ids: z
    .array(z.string().regex(/^\d{1,15}$/))
    .min(1)
    .max(100),
  pin: pin.optional(),
  /** Why images that the reviewer has not opened are signed all the same. */
  reason: z.string().trim().max(1_000).optional(),
})
const batchQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(100) })

export function signingRoutes(router: Router, tools: PortalTools): void {
  router.get('/account', async (ctx) => {
    ctx.body = await signingAccount(tools, askerIn(ctx))
  })

  router.put('/account/pin', async (ctx) => {
    const { password, pin: typed } = await bodyOf(ctx, pinBody)
    await setPIN(tools, askerIn(ctx), password, typed)
    ctx.status = 204
  })
  // To unlock a page that locked itself: proves who is there, and signs nothing.
  router.post('/account/pin/check', async (ctx) => {
    await provePIN(tools, askerIn(ctx), (await bodyOf(ctx, sessionBody)).pin)
    ctx.status = 204
  })
  router.put('/account/title', async (ctx) => {
    await setTitle(tools, askerIn(ctx), (await bodyOf(ctx, titleBody)).title)
    ctx.body = await signingAccount(tools, askerIn(ctx))
  })
  router.put('/account/signature-picture', async (ctx) => {
    const { picture } = await bodyOf(ctx, pictureBody)
    await setPicture(tools, askerIn(ctx), picture)
    ctx.body = await signingAccount(tools, askerIn(ctx))
  })
  router.post('/account/key/rotate', async (ctx) => {
    await provePIN(tools, askerIn(ctx), (await bodyOf(ctx, sessionBody)).pin)
    ctx.body = await rotateKey(tools, askerIn(ctx))
  })

  router.post('/signing-session', async (ctx) => {
    const asker = askerIn(ctx)
    const token = sessionToken(ctx)
    const { pin: typed } = await bodyOf(ctx, sessionBody)
    if (token === undefined) throw new BadRequest('A signing session belongs to a browser that is signed in')
    await provePIN(tools, asker, typed)
    await tools.accounts.markSigning(token, true)
    tools.audit.note(asker, { action: 'open-signing-session' })
    ctx.status = 201
    ctx.body = { until: new Date(Date.now() + tools.signingSeconds * 1000) }
  })
  router.delete('/signing-session', async (ctx) => {
    const token = sessionToken(ctx)
    if (token !== undefined) await tools.accounts.markSigning(token, false)
    ctx.status = 204
  })

  router.get('/signing-keys', async (ctx) => {
    ctx.set('Content-Disposition', 'attachment; filename="signing-keys.json"')
    ctx.body = await exportKeys(tools)
  })

  router.get('/workitems/sign-batch', async (ctx) => {
    ctx.body = { items: await signableBatch(tools, askerIn(ctx), queryOf(ctx, batchQuery).limit) }
  })
  router.post('/workitems/sign-batch', async (ctx) => {
    const { ids, pin: typed, reason } = await bodyOf(ctx, batchBody)
    const asker = askerIn(ctx)
    if (typed !== undefined) await provePIN(tools, asker, typed)
    ctx.body = await signBatch(tools, asker, ids.map(Number), typed !== undefined, reason)
  })
}
