/**
 * The resources of the service and what can be done with them: PS3.18 §10.1, Table 10.1.1-1. One table; the router and the Capabilities Description are
 * made of it.
 *
 * Everything stands a second time under `/around/{study}`: the same service, in which only the studies of that study's person exist. A viewer that asks for
 * the priors of a patient by PatientID alone is given this as its base, since every institution numbers its patients from 1.
 */
import Router, { type RouterContext } from '@koa/router'
import { isUID } from '../../archive/dicom/uid.ts'
import { BadRequest, NotFound } from '../../archive/errors.ts'
import { PreparedAnswers } from '../../archive/prepared-answers.ts'
import { personOfStudy } from '../../archive/retrieve.ts'
import { capabilitiesOf } from './capabilities.ts'
import { retrieveChangeFeed, retrieveLatestChange } from './change-feed.ts'
import { countTransaction, searchTransaction } from './qido.ts'
import { reject } from './reject.ts'
import { retrieveBulkdata, retrievePixeldata } from './retrieve-bulkdata.ts'
import { retrieveFrames } from './retrieve-frames.ts'
import { retrieveInstances } from './retrieve-instances.ts'
import { retrieveMetadata } from './retrieve-metadata.ts'
import { retrieveRendered, retrieveThumbnail } from './retrieve-rendered.ts'
import { store } from './stow.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { worklistRoutes } from './ups/routes.ts'

/** The variable parts of a path. */
export interface PathParameters {
  readonly study: string
  readonly series: string
  readonly instance: string
  readonly frames: string
  readonly path: string
  readonly code: string
  /** `?version=`, from 2 on; absent is the current one. */
  readonly version?: number
  /** `?version=as-received`: without corrections. */
  readonly asReceived?: boolean
}

type Handler = (tools: DICOMwebTools, ctx: DICOMwebContext, parameters: PathParameters) => Promise<void>

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** The transaction, as PS3.18 Table H-1 names it. */
  readonly transaction: string
  readonly handle: Handler
}

const studyOf = ({ study, asReceived }: PathParameters) => ({ StudyInstanceUID: study, ...(asReceived === true ? { asReceived } : {}) })
const seriesOf = ({ series, ...path }: PathParameters) => ({ ...studyOf(path as PathParameters), SeriesInstanceUID: series })
const instanceOf = ({ instance, version, ...path }: PathParameters) => ({
  ...seriesOf(path as PathParameters),
  SOPInstanceUID: instance,
  ...(version === undefined ? {} : { version }),
})

const route = (method: Route['method'], path: string, transaction: string, handle: Handler): Route => ({
  method,
  path,
  transaction,
  handle,
})

const study = '/studies/:study'
const series = `${study}/series/:series`
const instance = `${series}/instances/:instance`
const frames = `${instance}/frames/:frames`

/** Searches, and the same path with `/count`. */
const searches: readonly Route[] = (
  [
    ['/studies', 'SearchForStudies', () => ({ level: 'study' })],
    ['/series', 'SearchForSeries', () => ({ level: 'series' })],
    ['/instances', 'SearchForInstances', () => ({ level: 'instance' })],
    [`${study}/series`, 'SearchForStudySeries', ({ study }) => ({ level: 'series', study })],
    [`${study}/instances`, 'SearchForStudyInstances', ({ study }) => ({ level: 'instance', study })],
    [`${series}/instances`, 'SearchForStudySeriesInstances', ({ study, series }) => ({ level: 'instance', study, series })],
  ] as const satisfies readonly (readonly [string, string, (parameters: PathParameters) => Parameters<typeof searchTransaction>[2]])[]
).flatMap(([path, transaction, resource]) => [
  route('GET', path, transaction, (tools, ctx, parameters) => searchTransaction(tools, ctx, resource(parameters))),
  route('GET', `${path}/count`, `${transaction}Count`, (tools, ctx, parameters) => countTransaction(tools, ctx, resource(parameters))),
])

export const routes: readonly Route[] = [
  ...searches,
  route('GET', '/changefeed', 'RetrieveChangeFeed', retrieveChangeFeed),
  route('GET', '/changefeed/latest', 'RetrieveLatestChange', retrieveLatestChange),
  route('POST', '/studies', 'StoreInstances', (tools, ctx) => store(tools, ctx, {})),
  route('POST', study, 'StoreStudyInstances', store),

  route('POST', `${study}/reject/:code`, 'RejectStudy', (tools, ctx, path) => reject(tools, ctx, studyOf(path), path.code)),
  route('POST', `${series}/reject/:code`, 'RejectSeries', (tools, ctx, path) => reject(tools, ctx, seriesOf(path), path.code)),
  route('POST', `${instance}/reject/:code`, 'RejectInstance', (tools, ctx, path) => reject(tools, ctx, instanceOf(path), path.code)),

  route('GET', study, 'RetrieveStudy', (tools, ctx, path) => retrieveInstances(tools, ctx, studyOf(path))),
  route('GET', series, 'RetrieveSeries', (tools, ctx, path) => retrieveInstances(tools, ctx, seriesOf(path))),
  route('GET', instance, 'RetrieveInstance', (tools, ctx, path) => retrieveInstances(tools, ctx, instanceOf(path))),

  route('GET', `${study}/metadata`, 'RetrieveStudyMetadata', (tools, ctx, path) => retrieveMetadata(tools, ctx, studyOf(path))),
  route('GET', `${series}/metadata`, 'RetrieveSeriesMetadata', (tools, ctx, path) => retrieveMetadata(tools, ctx, seriesOf(path))),
  route('GET', `${instance}/metadata`, 'RetrieveInstanceMetadata', (tools, ctx, path) => retrieveMetadata(tools, ctx, instanceOf(path))),

  route('GET', frames, 'RetrieveFrames', (tools, ctx, path) => retrieveFrames(tools, ctx, instanceOf(path), path.frames)),
  route('GET', `${instance}/bulkdata/*path`, 'RetrieveInstanceBulkdata', (tools, ctx, path) =>
    retrieveBulkdata(tools, ctx, instanceOf(path), path.path),
  ),
  route('GET', `${instance}/pixeldata`, 'RetrieveInstancePixelData', (tools, ctx, path) => retrievePixeldata(tools, ctx, instanceOf(path))),

  route('GET', `${study}/rendered`, 'RetrieveRenderedStudy', (tools, ctx, path) => retrieveRendered(tools, ctx, studyOf(path))),
  route('GET', `${series}/rendered`, 'RetrieveRenderedSeries', (tools, ctx, path) => retrieveRendered(tools, ctx, seriesOf(path))),
  route('GET', `${instance}/rendered`, 'RetrieveRenderedInstance', (tools, ctx, path) => retrieveRendered(tools, ctx, instanceOf(path))),
  route('GET', `${frames}/rendered`, 'RetrieveRenderedFrames', (tools, ctx, path) =>
    retrieveRendered(tools, ctx, instanceOf(path), path.frames),
  ),
  route('GET', `${study}/thumbnail`, 'RetrieveStudyThumbnail', (tools, ctx, path) => retrieveThumbnail(tools, ctx, studyOf(path))),
  route('GET', `${series}/thumbnail`, 'RetrieveSeriesThumbnail', (tools, ctx, path) => retrieveThumbnail(tools, ctx, seriesOf(path))),
  route('GET', `${instance}/thumbnail`, 'RetrieveInstanceThumbnail', (tools, ctx, path) => retrieveThumbnail(tools, ctx, instanceOf(path))),
  route('GET', `${frames}/thumbnail`, 'RetrieveFrameThumbnail', (tools, ctx, path) =>
    retrieveThumbnail(tools, ctx, instanceOf(path), path.frames),
  ),
]

/** To be mounted at the root, with its `allowedMethods()` behind it: 405 with `Allow`. */
export function dicomwebRoutes(given: DICOMwebTools): Router {
  const tools = { prepared: new PreparedAnswers(), ...given }
  const router = new Router()
  const capabilities = capabilitiesOf([...routes, ...worklistRoutes])
  router.options(['/dicomweb', '/dicomweb/'], (ctx) => capabilities(tools, ctx as unknown as DICOMwebContext))
  for (const { method, path, handle } of routes) {
    const handled = (ctx: RouterContext) => handle(tools, ctx as unknown as DICOMwebContext, parametersOf(ctx))
    router.register(`/dicomweb${path}`, [method], handled)
    // What is not about studies is no part of the service around one.
    if (method === 'GET' && /^\/(studies|series|instances)\b/.test(path)) {
      router.register(`/dicomweb/around/:around${path}`, [method], async (ctx) => {
        await keepToPerson(tools, ctx as unknown as DICOMwebContext, ctx.params.around!, ctx.params.study)
        return handled(ctx)
      })
    }
  }
  return router
}

/** @throws BadRequest for what cannot be a UID: it is a mistake in the address, not something that is gone. */
function parametersOf({ params, query }: RouterContext): PathParameters {
  for (const name of ['study', 'series', 'instance'] as const) {
    const uid = params[name]
    if (uid !== undefined && !isUID(uid)) throw new BadRequest(`"${uid.slice(0, 64)}" in the address is not a UID`)
  }
  const path = params as unknown as PathParameters
  if (query.version === 'as-received') return { ...path, asReceived: true }
  const version = versionIn(query.version, params.instance !== undefined)
  return { ...path, ...(version === undefined ? {} : { version }) }
}

/** Versions are of an instance and count from 1, the current one. @throws BadRequest rather than showing another than was asked for. */
function versionIn(text: string | string[] | undefined, ofInstance: boolean): number | undefined {
  if (text === undefined) return undefined
  if (!ofInstance || typeof text !== 'string' || !/^[1-9]\d{0,5}$/.test(text)) {
    throw new BadRequest('`version` names one version of one instance, a number from 1, the current one; or it is as-received')
  }
  return text === '1' ? undefined : Number(text)
}

/** Nothing of anybody else exists around a study. Asked about that study itself, there is nothing to compare. */
async function keepToPerson(tools: DICOMwebTools, ctx: DICOMwebContext, around: string, study: string | undefined): Promise<void> {
  if (!isUID(around)) throw new BadRequest(`"${around.slice(0, 64)}" in the address is not a UID`)
  if (study === around) return
  const { scope } = ctx.state.asker
  const person = await personOfStudy(tools, scope, around)
  if (study !== undefined && (await personOfStudy(tools, scope, study)) !== person)
    throw new NotFound(`There is no study ${study} of this person`)
  ctx.state.person = person
}
