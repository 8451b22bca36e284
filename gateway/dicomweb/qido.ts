/** Search Transaction (QIDO-RS): PS3.18 §10.6. Six resources, one way to ask; an empty result is 200 and `[]`. */
import { Readable } from 'node:stream'
import { demand } from '../../archive/access.ts'
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { count, type SearchLevel, type SearchRequest, search } from '../../archive/search.ts'
import { accepted, negotiate, type Offer } from './accept.ts'
import { cursorOf, placeOf } from './cursor.ts'
import { parseQuery } from './query.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { resourceURL, serviceURL } from './urls.ts'
import { warn } from './warning.ts'
import { xmlParts } from './xml-parts.ts'

export const resultTypes: readonly Offer[] = [
  { mediaType: 'application/dicom+json', multipart: false },
  { mediaType: 'application/json', multipart: false },
  { mediaType: 'application/dicom+xml', multipart: true },
]

export interface SearchResource {
  readonly level: Exclude<SearchLevel, 'patient'>
  readonly study?: string
  readonly series?: string
}

export async function searchTransaction(tools: DICOMwebTools, ctx: DICOMwebContext, resource: SearchResource): Promise<void> {
  demand(ctx.state.asker, 'retrieve')
  const { mediaType, multipart } = negotiate(accepted(ctx), resultTypes)
  const request = requestOf(ctx, resource)
  const { results, more, next } = await search(tools, ctx.state.asker.scope, resource.level, request)
  const datasets = results.map(({ dataset, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }) =>
    ordered({
      ...dataset,
      '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
      '00081190': { vr: 'UR', Value: [resourceURL(tools, ctx, StudyInstanceUID!, SeriesInstanceUID, SOPInstanceUID)] },
    }),
  )
  if (more) warn(ctx, serviceURL(tools, ctx), ['There are additional results that can be requested'])
  if (next !== undefined) ctx.append('Link', `<${nextURL(tools, ctx, cursorOf(resource.level, request, next))}>; rel="next"`)
  ctx.vary('Accept')
  if (multipart) {
    const { type, body } = xmlParts(datasets)
    ctx.type = type
    ctx.body = Readable.from(body, { objectMode: false })
    return
  }
  ctx.type = mediaType
  ctx.body = JSON.stringify(datasets)
}

/** `…/count`, an extension: how many there are. */
export async function countTransaction(tools: DICOMwebTools, ctx: DICOMwebContext, resource: SearchResource): Promise<void> {
  demand(ctx.state.asker, 'retrieve')
  negotiate(accepted(ctx), [{ mediaType: 'application/json', multipart: false }])
  ctx.body = { count: await count(tools, ctx.state.asker.scope, resource.level, requestOf(ctx, resource)) }
}

function requestOf(ctx: DICOMwebContext, { level, study, series }: SearchResource): SearchRequest {
  const { person } = ctx.state
  const { cursor, ...query } = parseQuery(ctx.querystring, level)
  const request: SearchRequest = {
    ...query,
    // Around a study the person is given. Their number is another one at each institution, so asking by it would hide what is looked for.
    matches: person === undefined ? query.matches : query.matches.filter(({ keyword }) => keyword !== 'PatientID'),
    ...(person === undefined ? {} : { person }),
    ...(study === undefined ? {} : { StudyInstanceUID: study }),
    ...(series === undefined ? {} : { SeriesInstanceUID: series }),
  }
  return cursor === undefined ? request : { ...request, after: placeOf(level, request, cursor) }
}

/** The same query from where this answer ends; as a header may carry it, whatever stood in the address unencoded. */
function nextURL(tools: DICOMwebTools, ctx: DICOMwebContext, cursor: string): string {
  const kept = ctx.querystring.split('&').filter((parameter) => parameter !== '' && !/^(offset|cursor)=/.test(parameter))
  const path = ctx.path.slice(ctx.path.indexOf('/dicomweb') + '/dicomweb'.length)
  return `${serviceURL(tools, ctx)}${path}?${[...kept, `cursor=${cursor}`].join('&')}`.replace(/[^\x21-\x7e]|[<>"]/g, encodeURIComponent)
}

/** PS3.18 §F.2.2: attributes in ascending order. */
const ordered = (dataset: DicomJSON): DicomJSON => Object.fromEntries(Object.entries(dataset).sort(([a], [b]) => (a < b ? -1 : 1)))
