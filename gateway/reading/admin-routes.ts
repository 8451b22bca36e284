/** Settings: accounts, Application Entities, institutions, audit. */
import { isIP } from 'node:net'
import type Router from '@koa/router'
import { z } from 'zod'
import { demand, roles } from '../../archive/access.ts'
import {
  changeAccount,
  createAccount,
  listOfAccounts,
  listOfAEs,
  listOfInstitutions,
  saveAE,
  saveInstitution,
  searchAudit,
  verifyAudit,
} from '../../archive/administration.ts'
import { requestCommitment, searchCommitments } from '../../archive/commitment.ts'
import { verifyLogs } from '../../archive/reading/workflow/event-log.ts'
import { worklistCharacterSets } from '../../storage/index/ae.ts'
import { askerIn } from '../session.ts'
import { bodyOf, checked, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const accountBody = z.object({
  username: z.string().trim().min(1).max(64),
  displayName: z.string().trim().min(1).max(64),
  kind: z.exactOptional(z.enum(['person', 'program'])),
  institution: z.number().int(),
  roles: z.array(z.enum(roles)).min(1),
  password: z.exactOptional(z.string().min(1).max(256)),
  enabled: z.boolean().default(true),
  renewToken: z.boolean().default(false),
})

const institutionBody = z.object({
  name: z.string().trim().min(1).max(64),
  shortName: z.string().max(32).nullable().default(null),
  level: z.enum(['province', 'city', 'county', 'township', 'village']).default('township'),
  parent: z.number().int().nullable().default(null),
  readingCentre: z.boolean().default(false),
  address: z.string().max(200).nullable().default(null),
  phone: z.string().max(64).nullable().default(null),
  accessionPrefix: z.exactOptional(
    z
      .string()
      .regex(/^[A-Z0-9]{1,4}$/, 'is 1 to 4 capital letters and digits')
      .nullable(),
  ),
  /** WGS 84, in degrees; null takes it off the map. */
  place: z.exactOptional(z.object({ longitude: z.number().min(-180).max(180), latitude: z.number().min(-90).max(90) }).nullable()),
  issuersOfPatientID: z.exactOptional(z.array(z.string().trim().min(1).max(64)).max(100)),
  worthlessPatientIDs: z.exactOptional(z.array(z.string().trim().toUpperCase().min(1).max(64)).max(1_000)),
})
const institutionCode = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, 'is letters, digits, - and _')

/** PS3.5 Table 6.2-1, AE: 1 to 16 characters of the default repertoire without backslash and control characters, spaces around them mean nothing. */
const AETitle = z
  .string()
  .trim()
  .regex(/^[\x20-\x5b\x5d-\x7e]{1,16}$/, 'is 1 to 16 ASCII characters without a backslash')
const hostName = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$/
const isHost = (text: string): boolean => isIP(text) !== 0 || (hostName.test(text) && !/^[\d.]+$/.test(text))
/** Defined Terms of Specific Character Set (0008,0005), PS3.3 C.12.1.1.2. */
const characterSet = z.string().regex(/^(ISO_IR \d{1,3}|ISO 2022 IR \d{1,3}|GB18030|GBK)$/, 'is no Defined Term of (0008,0005)')

const aeBody = z.object({
  institution: z.number().int(),
  host: z
    .string()
    .trim()
    .max(253)
    .refine((text) => text === '' || isHost(text), 'is an IP address or the name of a host')
    .transform((text) => text || null)
    .nullable()
    .default(null),
  port: z.number().int().min(1).max(65_535).nullable().default(null),
  readAtCounty: z.boolean().default(true),
  quietSeconds: z.number().int().min(5).max(86_400).default(300),
  fallbackCharacterSet: characterSet.nullable().default(null),
  mayStore: z.boolean().default(true),
  mayQuery: z.boolean().default(true),
  mayRetrieve: z.exactOptional(z.boolean()),
  mayWorklist: z.boolean().default(true),
  mayReject: z.boolean().default(false),
  tls: z.boolean().default(false),
  worklistCharacterSet: z.enum(worklistCharacterSets).default('ISO_IR 192'),
  maxAssociations: z.number().int().min(1).max(1_000).nullable().default(null),
  requiresIdentity: z.boolean().default(false),
  description: z.string().max(200).nullable().default(null),
  enabled: z.boolean().default(true),
})

const commitmentQuery = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) })

/** The last workitem of the stretch before; absent: from the first. */
const verifyBody = z.object({ after: z.coerce.number().int().min(0).default(0) })

const auditQuery = z.object({
  StudyInstanceUID: z.string().max(64).optional(),
  username: z.string().max(64).optional(),
  action: z.string().max(64).optional(),
  before: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
})

export function adminRoutes(router: Router, tools: PortalTools): void {
  router.get('/accounts', async (ctx) => {
    const accounts = await listOfAccounts(tools, askerIn(ctx))
    ctx.body = accounts.map(({ username, displayName, kind, roles, institution, enabled, lastSignIn }) => ({
      username,
      displayName,
      kind,
      roles,
      institution,
      enabled,
      lastSignIn,
    }))
  })
  router.post('/accounts', async (ctx) => {
    const { renewToken: _, ...account } = await bodyOf(ctx, accountBody)
    ctx.status = 201
    ctx.body = await createAccount(tools, askerIn(ctx), account)
  })
  router.put('/accounts/:username', async (ctx) => {
    const { renewToken, ...account } = await bodyOf(ctx, accountBody.extend({ username: z.string().default('') }))
    ctx.body = await changeAccount(tools, askerIn(ctx), { ...account, username: ctx.params.username ?? '' }, { renewToken })
  })

  router.get('/institutions', async (ctx) => {
    ctx.body = await listOfInstitutions(tools)
  })
  router.put('/institutions/:code', async (ctx) => {
    const code = checked(institutionCode, ctx.params.code)
    ctx.body = await saveInstitution(tools, askerIn(ctx), { code, ...(await bodyOf(ctx, institutionBody)) })
  })

  router.get('/ae', async (ctx) => {
    const [aes, institutions] = await Promise.all([listOfAEs(tools, askerIn(ctx)), listOfInstitutions(tools)])
    const names = new Map(institutions.map(({ id, name }) => [id, name]))
    ctx.body = aes.map(({ institution, institutionCode: _, description, ...ae }) => ({
      ...ae,
      description: description ?? '',
      institution: { id: institution, name: names.get(institution) ?? '' },
    }))
  })
  router.get('/ae/self', async (ctx) => {
    demand(askerIn(ctx), 'administer')
    ctx.body = tools.ourAE
  })
  router.put('/ae/:title', async (ctx) => {
    const title = checked(AETitle, ctx.params.title)
    ctx.body = await saveAE(tools, askerIn(ctx), { title, ...(await bodyOf(ctx, aeBody)) })
  })
  router.post('/ae/:title/echo', async (ctx) => {
    const title = checked(AETitle, ctx.params.title)
    const answer = await tools.echo(askerIn(ctx), title)
    tools.audit.note(askerIn(ctx), { action: 'ae-echo', object: title, detail: { ok: answer.ok } })
    ctx.body = answer
  })
  router.post('/ae/:title/commitment', async (ctx) => {
    const title = checked(AETitle, ctx.params.title)
    const { StudyInstanceUID } = await bodyOf(ctx, z.object({ StudyInstanceUID: z.string().min(1).max(64) }))
    const commitment = await requestCommitment(tools, askerIn(ctx), title, StudyInstanceUID)
    tools.audit.note(askerIn(ctx), { action: 'commitment-request', StudyInstanceUID, object: title })
    ctx.status = 202
    ctx.body = { commitment }
  })
  router.get('/commitments', async (ctx) => {
    ctx.body = { items: await searchCommitments(tools, askerIn(ctx), queryOf(ctx, commitmentQuery).limit) }
  })

  router.get('/audit', async (ctx) => {
    const search = queryOf(ctx, auditQuery)
    const rows = await searchAudit(tools, askerIn(ctx), search)
    const last = rows.at(-1)
    ctx.body = {
      items: rows.map(({ at, username, action, outcome, StudyInstanceUID, object, address, detail }) => ({
        at,
        actor: username,
        action,
        object: [object, StudyInstanceUID].filter((part) => part !== null).join(' '),
        outcome,
        address: address ?? '',
        detail,
      })),
      before: rows.length === search.limit && last !== undefined ? String(last.id) : null,
    }
  })
  router.post('/audit/verify', async (ctx) => {
    ctx.body = { broken: await verifyAudit(tools, askerIn(ctx)) }
  })
  router.post('/audit/verify-workitems', async (ctx) => {
    ctx.body = await verifyLogs(tools, askerIn(ctx), (await bodyOf(ctx, verifyBody)).after)
  })
}
