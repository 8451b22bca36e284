/**
 * The change feed resource, as microsoft/dicom-server has it: `GET /changefeed?offset=&limit=&includemetadata=` and `/changefeed/latest`.
 * `offset` is the sequence number behind which to go on, which is as many entries as have been read.
 */
import { demand } from '../../archive/access.ts'
import { type FeedEntry, latestChange, readChangeFeed } from '../../archive/change-feed.ts'
import { BadRequest } from '../../archive/errors.ts'
import { accepted, negotiate } from './accept.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'

const mostEntries = 200
const usualEntries = 100

export const changeFeedParameters = ['offset', 'limit', 'includemetadata'] as const

export async function retrieveChangeFeed(tools: DICOMwebTools, ctx: DICOMwebContext): Promise<void> {
  demand(ctx.state.asker, 'retrieve')
  const query = parametersOf(ctx, changeFeedParameters)
  const entries = await readChangeFeed(tools, ctx.state.asker.scope, {
    offset: numberIn(query, 'offset', 0, Number.MAX_SAFE_INTEGER, 0),
    limit: numberIn(query, 'limit', 1, mostEntries, usualEntries),
    includeMetadata: includesMetadata(query),
  })
  noteViews(tools, ctx, entries)
  ctx.body = JSON.stringify(entries.map(entryJSON))
}

/** 204 while nothing has happened. */
export async function retrieveLatestChange(tools: DICOMwebTools, ctx: DICOMwebContext): Promise<void> {
  demand(ctx.state.asker, 'retrieve')
  const query = parametersOf(ctx, ['includemetadata'])
  const entry = await latestChange(tools, ctx.state.asker.scope, includesMetadata(query))
  if (entry === undefined) {
    ctx.status = 204
    return
  }
  noteViews(tools, ctx, [entry])
  ctx.body = JSON.stringify(entryJSON(entry))
}

/** Who is given the metadata of an instance has seen something of its study. */
function noteViews(tools: DICOMwebTools, ctx: DICOMwebContext, entries: readonly FeedEntry[]): void {
  const seen = new Set(entries.flatMap(({ metadata, StudyInstanceUID }) => (metadata === undefined ? [] : [StudyInstanceUID])))
  for (const study of seen) tools.audit.view(ctx.state.asker, study)
}

const entryJSON = ({ sequence, timestamp, action, state, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, metadata }: FeedEntry) => ({
  sequence,
  studyInstanceUid: StudyInstanceUID,
  seriesInstanceUid: SeriesInstanceUID,
  sopInstanceUid: SOPInstanceUID,
  action,
  timestamp,
  state,
  ...(metadata === undefined ? {} : { metadata }),
})

/** @throws BadRequest for a parameter that would be left out of account: the answer would be another than asked for. */
function parametersOf(ctx: DICOMwebContext, known: readonly string[]): ReadonlyMap<string, string> {
  negotiate(accepted(ctx), [{ mediaType: 'application/json', multipart: false }])
  ctx.type = 'application/json'
  const query = new Map([...ctx.URL.searchParams].map(([name, value]) => [name.toLowerCase(), value]))
  for (const name of query.keys()) {
    if (name !== 'accept' && !known.includes(name)) throw new BadRequest(`The change feed has no parameter \`${name.slice(0, 64)}\``)
  }
  return query
}

function numberIn(query: ReadonlyMap<string, string>, name: string, least: number, most: number, preset: number): number {
  const text = query.get(name)
  if (text === undefined) return preset
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most)) throw new BadRequest(`\`${name}\` is a number from ${least} to ${most}`)
  return value
}

function includesMetadata(query: ReadonlyMap<string, string>): boolean {
  const text = (query.get('includemetadata') ?? 'true').toLowerCase()
  if (text !== 'true' && text !== 'false') throw new BadRequest('`includemetadata` is true or false')
  return text === 'true'
}
