/** Search Transaction of the Worklist Service: PS3.18 §11.9; the query is that of §8.3.4, and an empty result is 200 and `[]`, as in QIDO-RS. */
import { attributeOf, tagOf } from '../../../archive/dicom/dictionary.ts'
import { BadRequest } from '../../../archive/errors.ts'
import type { MatchingRules } from '../../../archive/matching.ts'
import { keysOf, searchWorkitems, type WorkitemSearch } from '../../../archive/ups/search.ts'
import { queryParameters } from '../query-parameters.ts'
import { warn } from '../warning.ts'
import { answer, negotiated, serviceOf, withAddresses } from './answer.ts'
import type { WorklistContext, WorklistTools } from './tools.ts'

const mostResults = 1_000
const largestOffset = 10_000
const flags = ['fuzzymatching', 'emptyvaluematching', 'multiplevaluematching'] as const
export const options: ReadonlySet<string> = new Set(['includefield', 'limit', 'offset', 'accept', ...flags])

export async function search(tools: WorklistTools, ctx: WorklistContext): Promise<void> {
  const offer = negotiated(ctx)
  const { results, more } = await searchWorkitems(tools, ctx.state.asker, queryOf(ctx.querystring))
  if (more) warn(ctx, serviceOf(tools, ctx), ['There are additional results that can be requested'])
  answer(
    ctx,
    offer,
    results.map(({ row, dataset }) => withAddresses(tools, ctx, row, dataset)),
  )
}

function queryOf(text: string): WorkitemSearch {
  const parameters = queryParameters(text)
  const last = (name: string) => parameters.findLast((parameter) => parameter[0] === name)?.[1]
  const include = parameters
    .filter(([name]) => name === 'includefield')
    .flatMap(([, value]) => value.split(',').filter((field) => field !== ''))
  return {
    keys: keysOf(
      parameters.filter(([name]) => !options.has(name)),
      rulesOf(last),
    ),
    include: include.includes('all') ? 'all' : new Set(include.map(tagOfField)),
    limit: Math.min(count('limit', last('limit') ?? String(mostResults)), mostResults),
    offset: count('offset', last('offset') ?? '0', largestOffset),
  }
}

export const rulesOf = (last: (name: string) => string | undefined): MatchingRules =>
  Object.fromEntries(
    flags.map((name) => {
      const value = last(name) ?? 'false'
      if (!['', 'true', 'false'].includes(value)) throw new BadRequest(`${name} must be true or false, not "${value.slice(0, 40)}"`)
      return [name, value === 'true']
    }),
  ) as unknown as MatchingRules

function tagOfField(field: string): string {
  const [first = ''] = field.split('.')
  const tag = /^[0-9A-Fa-f]{8}$/.test(first) ? Number.parseInt(first, 16) : tagOf(first)
  if (tag === undefined || attributeOf(tag) === undefined)
    throw new BadRequest(`${field.slice(0, 64)} is not an attribute of the data dictionary`)
  return tag.toString(16).toUpperCase().padStart(8, '0')
}

function count(name: string, value: string, most = Number.POSITIVE_INFINITY): number {
  if (!/^\d{1,9}$/.test(value) || Number(value) > most)
    throw new BadRequest(
      `${name} must be a whole number${most === Number.POSITIVE_INFINITY ? '' : ` up to ${most}`}, not "${value.slice(0, 40)}"`,
    )
  return Number(value)
}
