/** Query parameters of WADO-URI: PS3.18 §9.1.2, §9.4.1.2, §9.5.1.2. Read once, bounded, and named in the refusal. */
import { isUID } from '../../archive/dicom/uid.ts'
import { BadRequest, NotAcceptable } from '../../archive/errors.ts'
import type { RenderOptions } from '../../archive/rendered.ts'
import type { InstanceResource } from '../../archive/retrieve.ts'
import { type MediaType, parseMediaTypes } from './media-type.ts'
import { numberIn, parseAnnotation } from './rendered-parameters.ts'

export interface WADORequest {
  readonly resource: InstanceResource
  /** Acceptable ones, the most wanted first; empty where nothing is said. */
  readonly contentTypes: readonly MediaType[]
  readonly frame: number
  /** Of `application/dicom`. */
  readonly transferSyntax: string | undefined
  readonly picture: Pick<RenderOptions, 'annotation' | 'quality' | 'viewport' | 'window'>
}

/** What would change what is shown or who is named, and is not done here: refused rather than left out of account. */
const notDone = ['presentationUID', 'presentationSeriesUID', 'anonymize'] as const

export function wadoRequest(query: URLSearchParams): WADORequest {
  if (query.get('requestType') !== 'WADO') throw new BadRequest('requestType must be WADO')
  const text = (name: string): string | undefined => {
    if (query.getAll(name).length > 1) throw new BadRequest(`${name} stands more than once`)
    return query.get(name)?.trim() || undefined
  }
  for (const name of notDone) {
    const value = text(name)
    if (value !== undefined && !(name === 'anonymize' && value === 'no'))
      throw new NotAcceptable(`${name} is not supported by this archive`)
  }
  const uid = (name: string): string => {
    const value = text(name)
    if (value === undefined || !isUID(value)) throw new BadRequest(`${name} must be a UID`)
    return value
  }
  const contentTypes = parseMediaTypes(text('contentType') ?? '')
  if (contentTypes.length === 0 && text('contentType') !== undefined)
    throw new BadRequest('contentType must be a media type, or several with commas')
  const whole = (name: string, most: number): number | undefined => {
    const value = text(name)
    return value === undefined ? undefined : numberIn(value, name, 1, most, Number.isInteger)
  }
  const transferSyntax = text('transferSyntax')
  if (transferSyntax !== undefined && transferSyntax !== '*' && !isUID(transferSyntax)) throw new BadRequest('transferSyntax must be a UID')
  const annotation = text('annotation')
  const quality = whole('imageQuality', 100)
  const window = windowOf(text('windowCenter'), text('windowWidth'))
  const viewport = viewportOf(whole('columns', 16_384), whole('rows', 16_384), text('region'))
  return {
    resource: { StudyInstanceUID: uid('studyUID'), SeriesInstanceUID: uid('seriesUID'), SOPInstanceUID: uid('objectUID') },
    contentTypes,
    frame: whole('frameNumber', 1e9) ?? 1,
    transferSyntax,
    picture: {
      ...(annotation === undefined ? {} : { annotation: parseAnnotation(annotation) }),
      ...(quality === undefined ? {} : { quality }),
      ...(window === undefined ? {} : { window }),
      ...(viewport === undefined ? {} : { viewport }),
    },
  }
}

function windowOf(center: string | undefined, width: string | undefined): WADORequest['picture']['window'] {
  if (center === undefined && width === undefined) return undefined
  if (center === undefined || width === undefined) throw new BadRequest('windowCenter and windowWidth are given together')
  return { center: numberIn(center, 'windowCenter', -1e9, 1e9), width: numberIn(width, 'windowWidth', 1, 1e9), function: 'LINEAR' }
}

function viewportOf(columns: number | undefined, rows: number | undefined, region: string | undefined): WADORequest['picture']['viewport'] {
  const edges = region === undefined ? undefined : edgesOf(region)
  if (columns === undefined && rows === undefined && edges === undefined) return undefined
  return {
    ...(columns === undefined ? {} : { width: columns }),
    ...(rows === undefined ? {} : { height: rows }),
    ...(edges === undefined ? {} : { edges }),
  }
}

/** xmin,ymin,xmax,ymax, as parts of the whole. */
function edgesOf(region: string): readonly [number, number, number, number] {
  const [left, top, right, bottom, ...more] = region.split(',').map((value) => numberIn(value, 'region', 0, 1))
  const sensible = left !== undefined && top !== undefined && right !== undefined && bottom !== undefined && left < right && top < bottom
  if (!sensible || more.length > 0) throw new BadRequest('region must be xmin,ymin,xmax,ymax from 0 to 1')
  return [left, top, right, bottom]
}
