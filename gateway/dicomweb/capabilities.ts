/** Retrieve Capabilities Transaction: PS3.18 §8.9, Annex H. A WADL document made of the table of routes, once. */
import { type SearchLevel, searchable } from '../../archive/search.ts'
import { accepted, negotiate } from './accept.ts'
import { changeFeedParameters } from './change-feed.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { serviceURL } from './urls.ts'

const renderedQuery = ['accept', 'quality', 'viewport', 'window']
const searchQuery = ['accept', 'emptyvaluematching', 'fuzzymatching', 'includefield', 'limit', 'multiplevaluematching', 'offset', 'orderby']

const storeTypes = ['multipart/related; type="application/dicom"', 'application/dicom']
const worklistQuery = ['accept', 'emptyvaluematching', 'fuzzymatching', 'includefield', 'limit', 'multiplevaluematching', 'offset']
const workitemTypes = ['application/dicom+json', 'multipart/related; type="application/dicom+xml"']

/** What each family of transactions takes and gives. */
const families: readonly (readonly [
  RegExp,
  { readonly query: readonly string[]; readonly types: readonly string[]; readonly level?: true; readonly body?: readonly string[] },
])[] = [
  [/^SearchWorkitems/, { query: worklistQuery, types: workitemTypes }],
  [/^RetrieveWorkitem/, { query: ['accept'], types: workitemTypes }],
  [/Workitem$|Workitem(State|Cancellation)$/, { query: ['accept'], types: [], body: workitemTypes }],
  [/WorkitemSubscription$/, { query: ['deletionlock', 'filter'], types: [] }],
  [/^SearchFor.*Count$/, { query: searchQuery, types: ['application/json'], level: true }],
  [/^SearchFor/, { query: searchQuery, types: ['application/dicom+json', 'multipart/related; type="application/dicom+xml"'], level: true }],
  [/^RetrieveChangeFeed$/, { query: ['accept', ...changeFeedParameters], types: ['application/json'] }],
  [/^RetrieveLatestChange$/, { query: ['accept', 'includemetadata'], types: ['application/json'] }],
  [/^Reject/, { query: ['accept', 'comment'], types: ['application/json'] }],
  [/^Store/, { query: ['accept'], types: ['application/dicom+json', 'application/dicom+xml'], body: storeTypes }],
  [/Metadata$/, { query: ['accept'], types: ['application/dicom+json'] }],
  [/Rendered|Thumbnail/, { query: renderedQuery, types: ['image/jpeg', 'image/png'] }],
  [/Frames$/, { query: ['accept'], types: ['multipart/related; type="application/octet-stream"; transfer-syntax=*'] }],
  [/Bulkdata|PixelData/, { query: ['accept'], types: ['application/octet-stream', 'multipart/related; type="application/octet-stream"'] }],
  [/^Retrieve/, { query: ['accept'], types: ['multipart/related; type="application/dicom"; transfer-syntax=*'] }],
]

/** What of a route is told. */
interface Route {
  readonly method: string
  readonly path: string
  readonly transaction: string
}

export function capabilitiesOf(routes: readonly Route[]): (tools: DICOMwebTools, ctx: DICOMwebContext) => void {
  const paths = new Map<string, Route[]>()
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route])
  const resources = [...paths]
    .map(([path, methods]) => `<resource path="${template(path)}">${methods.map(methodXML).join('')}</resource>`)
    .join('')
  return (tools, ctx) => {
    const { mediaType } = negotiate(accepted(ctx), [{ mediaType: 'application/vnd.sun.wadl+xml', multipart: false }])
    ctx.status = 200
    ctx.set('Allow', 'OPTIONS')
    ctx.set('Content-Type', mediaType)
    ctx.body = `<?xml version="1.0" encoding="UTF-8"?>\n<application xmlns="http://wadl.dev.java.net/2009/02"><resources base="${escaped(serviceURL(tools, ctx))}/">${resources}</resources></application>`
  }
}

/** `/studies/:study` → `studies/{study}` */
const template = (path: string): string => path.slice(1).replace(/[:*](\w+)/g, '{$1}')

function methodXML({ method, path, transaction }: Route): string {
  const family = families.find(([pattern]) => pattern.test(transaction))![1]
  const attributes = family.level ? searchable(levelOf(path)).keys() : []
  const parameters = [...family.query, ...attributes].map((name) => `<param name="${name}" style="query"/>`).join('')
  const accept = `<param name="Accept" style="header">${family.types.map((type) => `<option value="${escaped(type)}"/>`).join('')}</param>`
  const body = (family.body ?? []).map(representation).join('')
  return `<method name="${method}" id="${transaction}"><request>${parameters}${accept}${body}</request><response>${family.types.map(representation).join('')}</response></method>`
}

const representation = (mediaType: string): string => `<representation mediaType="${escaped(mediaType)}"/>`

function levelOf(path: string): SearchLevel {
  const names = { studies: 'study', series: 'series', instances: 'instance' } as const
  return names[
    path
      .replace(/\/count$/, '')
      .split('/')
      .at(-1) as keyof typeof names
  ]
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
