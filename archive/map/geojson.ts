/** The rings of a GeoJSON text (RFC 7946): of Polygon and MultiPolygon, however they are wrapped. Positions are WGS 84; anything else is refused. */
import type { Ring } from '../../storage/index/map-outline.ts'
import { BadRequest } from '../errors.ts'

/** Of the whole file: a county drawn to the metre has fewer. */
const mostPositions = 50_000
const mostRings = 1_000

/** @throws BadRequest that says what is wrong */
export function ringsOf(geojson: unknown): Ring[] {
  const rings: Ring[] = []
  let positions = 0
  const take = (coordinates: unknown): void => {
    const ring = ringOf(coordinates)
    positions += ring.length
    if (positions > mostPositions || rings.length >= mostRings) {
      throw new BadRequest(`outline: more than ${mostPositions} positions or ${mostRings} rings`)
    }
    rings.push(ring)
  }
  // A stack, not recursion: a collection may be nested as deep as somebody likes.
  const waiting: unknown[] = [geojson]
  for (let object = waiting.pop(); object !== undefined; object = waiting.pop()) {
    const { type, ...content } = recordOf(object)
    if (type === 'FeatureCollection') waiting.push(...listOf(content.features, 'features'))
    else if (type === 'GeometryCollection') waiting.push(...listOf(content.geometries, 'geometries'))
    else if (type === 'Feature') waiting.push(...(content.geometry === null ? [] : [content.geometry ?? {}]))
    else if (type === 'Polygon') for (const ring of listOf(content.coordinates, 'coordinates')) take(ring)
    else if (type === 'MultiPolygon') {
      for (const polygon of listOf(content.coordinates, 'coordinates')) for (const ring of listOf(polygon, 'coordinates')) take(ring)
    } else if (!lines.has(String(type))) throw new BadRequest(`outline: ${String(type).slice(0, 40)} is no type of GeoJSON`)
  }
  if (rings.length === 0) throw new BadRequest('outline: there is no Polygon or MultiPolygon in it')
  return rings
}

/** Known, and no area. */
const lines: ReadonlySet<string> = new Set(['Point', 'MultiPoint', 'LineString', 'MultiLineString'])

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadRequest('outline: this is not GeoJSON')
  return value as Record<string, unknown>
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > mostPositions)
    throw new BadRequest(`outline: ${name} must be a list of at most ${mostPositions}`)
  return value
}

/** RFC 7946 §3.1.6: at least four positions, the last the first. */
function ringOf(value: unknown): Ring {
  const ring = listOf(value, 'a ring').map(positionOf)
  const [first, last] = [ring[0], ring.at(-1)]
  if (first === undefined || last === undefined || ring.length < 4 || first[0] !== last[0] || first[1] !== last[1]) {
    throw new BadRequest('outline: a ring has at least four positions and ends where it begins')
  }
  return ring
}

function positionOf(value: unknown): [number, number] {
  const [longitude, latitude] = listOf(value, 'a position')
  const whole = typeof longitude === 'number' && typeof latitude === 'number' && Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90
  if (!whole) throw new BadRequest('outline: positions are longitude and latitude in degrees (WGS 84)')
  return [longitude, latitude]
}
