/** The addresses of resources: PS3.18 §10.1, Table 10.4.1-1. */
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'

/** The base URI of the service, as the asker reaches it. */
export const serviceURL = ({ publicPath }: Pick<DICOMwebTools, 'publicPath'>, ctx: DICOMwebContext): string =>
  `${ctx.protocol}://${ctx.host}${publicPath}/dicomweb`

/** A study, a series of it or an instance of that. */
export function resourceURL(
  tools: Pick<DICOMwebTools, 'publicPath'>,
  ctx: DICOMwebContext,
  study: string,
  series?: string,
  instance?: string,
): string {
  const levels = [
    ['studies', study],
    ['series', series],
    ['instances', instance],
  ]
  return levels.reduce((url, [name, uid]) => (uid === undefined ? url : `${url}/${name}/${uid}`), serviceURL(tools, ctx))
}

/** Behind the address of an instance: which of its versions this is. */
export const versionQuery = ({ version, asReceived }: { readonly version?: number; readonly asReceived?: true }): string =>
  asReceived === true ? '?version=as-received' : version === undefined ? '' : `?version=${version}`
