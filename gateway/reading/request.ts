/** Requests of the portal, parsed once at the door. */
import type { Context } from 'koa'
import { z } from 'zod'
import { BadRequest, LimitExceeded } from '../../archive/errors.ts'
import { leaveBody, type Patience, patiently } from '../patience.ts'

/** No form of the portal comes near it. */
const maxBody = 256 * 1024
/** A form is under 4 kB or comes at that rate; nobody waits for more than half a minute. */
export const formPatience: Patience = { windowMs: 30_000, bytesPerWindow: 4_096 }

/** The JSON body, checked. @throws BadRequest that names the field, LimitExceeded, BodyStalled */
export async function bodyOf<Schema extends z.ZodType>(
  ctx: Context,
  schema: Schema,
  patience = formPatience,
  mostBytes = maxBody,
): Promise<z.output<Schema>> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    // What says of itself that it is too large is not waited for.
    if ((ctx.request.length ?? 0) > mostBytes) throw tooLarge(mostBytes)
    for await (const chunk of patiently(ctx.req, patience)) {
      size += chunk.length
      if (size > mostBytes) throw tooLarge(mostBytes)
      chunks.push(chunk)
    }
  } finally {
    leaveBody(ctx)
  }
  // Without a body, and so without a type, a request is an empty object: `POST …/claim`.
  if (size > 0 && !ctx.is('json')) throw new BadRequest('The body must be application/json')
  return checked(schema, size === 0 ? {} : parsed(Buffer.concat(chunks)))
}

const tooLarge = (mostBytes: number) => new LimitExceeded(`The body is larger than ${mostBytes} bytes`)

/** Half a character, as a text cut in the middle of one leaves it, can neither be stored nor signed. */
const whole = (_: string, value: unknown): unknown => (typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value)

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), whole)
  } catch (cause) {
    throw new BadRequest('The body is not JSON in UTF-8', { cause })
  }
}

/** The query, checked; a parameter given twice counts once, the first. */
export function queryOf<Schema extends z.ZodType>(ctx: Context, schema: Schema): z.output<Schema> {
  const query: Record<string, string> = {}
  for (const [name, value] of Object.entries(ctx.query)) {
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined && first !== '') query[name] = first
  }
  return checked(schema, query)
}

/** @throws BadRequest that names the field */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new BadRequest(`${issue?.path.join('.') || 'request'}: ${issue?.message ?? 'not valid'}`)
}

/** A key in the path. Whatever is no number names nothing: 404, not 400. */
export function idOf(ctx: Context & { params: Record<string, string> }, name = 'id'): number {
  const text = ctx.params[name] ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : -1
}

/** The version in `If-Match: "7"`; undefined when the header is absent. */
export function ifMatch(ctx: Context): number | undefined {
  const header = ctx.get('If-Match').trim()
  if (header === '') return undefined
  const [, rev] = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header) ?? []
  if (rev === undefined) throw new BadRequest('If-Match must be a version: "7"')
  return Number(rev)
}

/** `Idempotency-Key`, as a weak link's client repeats it. */
export function idempotencyKey(ctx: Context): string | undefined {
  const key = ctx.get('Idempotency-Key').trim()
  if (key === '') return undefined
  if (key.length > 128) throw new BadRequest('Idempotency-Key has at most 128 characters')
  return key
}

/** A comma list; absent when empty. */
export const listOf = (text: string | undefined): string[] | undefined => {
  const items = (text ?? '').split(',').filter((item) => item !== '')
  return items.length === 0 ? undefined : items
}

/** `2026-11-22` or `20261122` as DICOM writes a date. */
export const dateParameter = z
  .string()
  .regex(/^\d{4}-?\d{2}-?\d{2}$/, 'must be a date such as 2026-11-22')
  .transform((text) => text.replaceAll('-', ''))
  .optional()

const isDay = (text: string): boolean => new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true

/** `2026-11-22`, a day that there is, in years that something can have happened in. */
export const calendarDay = z
  .string()
  .regex(/^(19|20|21)\d{2}-\d{2}-\d{2}$/, 'must be a day such as 2026-11-22')
  .refine(isDay, 'is no day of the calendar')

/** Tags an answer that never changes, and says whether the browser has it: it is asked for each time, so that nobody finds it there after signing out. */
export function isKnown(ctx: Context, tag: string): boolean {
  ctx.set('ETag', `"${tag}"`)
  ctx.set('Cache-Control', 'private, no-cache')
  ctx.status = 200
  if (ctx.fresh) ctx.status = 304
  return ctx.status === 304
}
