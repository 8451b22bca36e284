/**
 * Retrieve Capabilities Transaction: PS3.18 §8.9, Annex H. What can be asked of which resource, made once of the tables that the transactions themselves
 * run on: routes, query parameters, searchable attributes, media types, transfer syntaxes. As WADL, or the same as JSON.
 */
import { ExplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { type SearchLevel, searchable } from '../../archive/search.ts'
import { targets } from '../../archive/transcode.ts'
import { accepted, nameOf, negotiate, type Offer } from './accept.ts'
import { changeFeedParameters } from './change-feed.ts'
import { mediaTypeOf } from './frame-media-types.ts'
import { resultTypes } from './qido.ts'
import { options as searchOptions } from './query.ts'
import { bulkTypes } from './retrieve-bulkdata.ts'
import { instanceTypes, metadataTypes } from './retrieve-metadata.ts'
import { pictures } from './retrieve-rendered.ts'
import { zipTypes } from './retrieve-zip.ts'
import { kinds, responseTypes } from './stow.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { types as workitemTypes } from './ups/answer.ts'
import { options as worklistOptions } from './ups/search.ts'
import { serviceURL } from './urls.ts'

/** What of a route is told. */
interface Route {
  readonly method: string
  readonly path: string
  readonly transaction: string
}

interface Family {
  /** Query parameters, besides `accept`. */
  readonly query?: readonly string[]
  /** What it answers, the default first. */
  readonly gives?: readonly string[]
  readonly takes?: readonly string[]
  /** A search: what can be searched by at this level is in the query too. */
  readonly isSearch?: true
}

const names = (offers: readonly Offer[]): string[] => [...new Set(offers.map(nameOf))]
const json = ['application/json']
const workitem = [...names(workitemTypes), 'application/dicom+xml']
const search = [...searchOptions].filter((name) => name !== 'accept')
const rendered = ['annotation', 'iccprofile', 'quality', 'viewport', 'window']

/** Instances and frames leave as they are stored (`*`), or in what can be made of them without loss. */
const transferSyntaxes = ['*', ...targets]
const instances = (multipart: boolean) =>
  names(transferSyntaxes.map((TransferSyntaxUID) => ({ mediaType: 'application/dicom', multipart, TransferSyntaxUID })))
/** Uncompressed ones are little endian whatever the instance is. */
const frameSyntaxes = ['*', ExplicitVRLittleEndian, ...targets.filter((uid) => mediaTypeOf(uid) !== undefined)]
const frames = [true, false].flatMap((multipart) =>
  names(
    frameSyntaxes.map((TransferSyntaxUID) => ({
      mediaType: mediaTypeOf(TransferSyntaxUID) ?? 'application/octet-stream',
      multipart,
      TransferSyntaxUID,
    })),
  ),
)

/** What each family of transactions takes and gives: the first whose pattern fits. */
const families: readonly (readonly [RegExp, Family])[] = [
  [/^SearchWorkitems$/, { query: [...worklistOptions].filter((name) => name !== 'accept'), gives: names(workitemTypes) }],
  [/^RetrieveWorkitem$/, { gives: names(workitemTypes) }],
  [/^CreateWorkitem$/, { query: ['workitem'], takes: workitem }],
  [/^UpdateWorkitem$/, { query: ['transaction-uid'], takes: workitem }],
  [/^(ChangeWorkitemState|RequestWorkitemCancellation)$/, { takes: workitem }],
  [/^CreateWorkitemSubscription$/, { query: ['deletionlock', 'filter'] }],
  [/WorkitemSubscription$/, {}],
  [/^SearchFor.*Count$/, { query: search, gives: json, isSearch: true }],
  [/^SearchFor/, { query: search, gives: names(resultTypes), isSearch: true }],
  [/^RetrieveChangeFeed$/, { query: changeFeedParameters, gives: json }],
  [/^RetrieveLatestChange$/, { query: ['includemetadata'], gives: json }],
  [/^Reject/, { query: ['comment'], gives: json }],
  [/^Store/, { gives: names(responseTypes), takes: [...kinds.map((kind) => `multipart/related; type="${kind}"`), 'application/dicom'] }],
  [/^RetrieveInstanceMetadata$/, { query: ['version'], gives: names(instanceTypes) }],
  [/Metadata$/, { query: ['version'], gives: names(metadataTypes) }],
  [/Thumbnail$/, { query: rendered, gives: names(pictures(false)) }],
  [/Rendered/, { query: rendered, gives: names([...pictures(false), ...pictures(true)]) }],
  [/Frames$/, { query: ['version'], gives: frames }],
  [/Bulkdata|PixelData/, { query: ['version'], gives: names(bulkTypes) }],
  [/^RetrieveInstance$/, { query: ['version'], gives: [...instances(true), ...instances(false), ...zipTypes] }],
  [/^RetrieveStudy$/, { query: ['version', 'SeriesInstanceUID', 'SOPInstanceUID'], gives: [...instances(true), ...zipTypes] }],
  [/^RetrieveSeries$/, { query: ['version', 'SOPInstanceUID'], gives: [...instances(true), ...zipTypes] }],
]

interface Method {
  readonly name: string
  readonly id: string
  readonly query: readonly string[]
  readonly gives: readonly string[]
  readonly takes: readonly string[]
}

interface Resource {
  /** `studies/{study}` */
  readonly path: string
  readonly methods: readonly Method[]
}

const wadl: Offer = { mediaType: 'application/vnd.sun.wadl+xml', multipart: false }
const jsonTypes: readonly Offer[] = ['application/json', 'application/vnd.sun.wadl+json'].map((mediaType) => ({
  mediaType,
  multipart: false,
}))

export function capabilitiesOf(routes: readonly Route[]): (tools: DICOMwebTools, ctx: DICOMwebContext) => void {
  const resources = resourcesOf(routes)
  const xml = resources.map(resourceXML).join('')
  return (tools, ctx) => {
    const offer = negotiate(accepted(ctx), [wadl, ...jsonTypes])
    const base = `${serviceURL(tools, ctx)}/`
    ctx.status = 200
    ctx.set('Allow', 'OPTIONS')
    ctx.vary('Accept')
    ctx.set('Content-Type', offer.mediaType)
    ctx.body =
      offer === wadl
        ? `<?xml version="1.0" encoding="UTF-8"?>\n<application xmlns="http://wadl.dev.java.net/2009/02"><resources base="${escaped(base)}">${xml}</resources></application>`
        : JSON.stringify({ application: { resources: { base, resource: resources.map(resourceJSON) } } })
  }
}

function resourcesOf(routes: readonly Route[]): Resource[] {
  const paths = new Map<string, Method[]>()
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), methodOf(route)])
  return [...paths].map(([path, methods]) => ({ path: path.slice(1).replace(/[:*](\w+)/g, '{$1}'), methods }))
}

function methodOf({ method, path, transaction }: Route): Method {
  const found = families.find(([pattern]) => pattern.test(transaction))
  if (found === undefined) throw new RangeError(`No family of capabilities has ${transaction}`)
  const { query = [], gives = [], takes = [], isSearch } = found[1]
  const attributes = isSearch === true ? searchable(levelOf(path)).keys() : []
  return { name: method, id: transaction, query: [...(gives.length > 0 ? ['accept'] : []), ...query, ...attributes], gives, takes }
}

function levelOf(path: string): SearchLevel {
  const levels = { studies: 'study', series: 'series', instances: 'instance' } as const
  return levels[
    path
      .replace(/\/count$/, '')
      .split('/')
      .at(-1) as keyof typeof levels
  ]
}

const templatesOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)

function resourceXML({ path, methods }: Resource): string {
  const templates = templatesOf(path).map((name) => `<param name="${name}" style="template" required="true"/>`)
  return `<resource path="${path}">${templates.join('')}${methods.map(methodXML).join('')}</resource>`
}

function methodXML({ name, id, query, gives, takes }: Method): string {
  const parameters = query.map((parameter) => `<param name="${parameter}" style="query"/>`).join('')
  const options = gives.map((type) => `<option value="${escaped(type)}" mediaType="${escaped(type)}"/>`).join('')
  const accept = gives.length === 0 ? '' : `<param name="Accept" style="header">${options}</param>`
  const body = takes.map(representationXML).join('')
  const response = gives.length === 0 ? '<response/>' : `<response>${gives.map(representationXML).join('')}</response>`
  return `<method name="${name}" id="${id}"><request>${parameters}${accept}${body}</request>${response}</method>`
}

const representationXML = (mediaType: string): string => `<representation mediaType="${escaped(mediaType)}"/>`

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** The elements and attributes of WADL as members, lists where there may be several. */
function resourceJSON({ path, methods }: Resource): object {
  return {
    path,
    param: templatesOf(path).map((name) => ({ name, style: 'template', required: true })),
    method: methods.map(({ name, id, query, gives, takes }) => ({
      name,
      id,
      request: {
        param: [
          ...query.map((parameter) => ({ name: parameter, style: 'query' })),
          ...(gives.length === 0 ? [] : [{ name: 'Accept', style: 'header', option: gives.map((value) => ({ value })) }]),
        ],
        representation: takes.map((mediaType) => ({ mediaType })),
      },
      response: { representation: gives.map((mediaType) => ({ mediaType })) },
    })),
  }
}
