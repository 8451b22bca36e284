/** GeoJSON of a county as it comes, and what is kept of it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BadRequest } from '../../../archive/errors.ts'
import { ringsOf } from '../../../archive/map/geojson.ts'
import { mostKept, simplified } from '../../../archive/map/simplify.ts'

const square = [
  [107, 27],
  [108, 27],
  [108, 28],
  [107, 28],
  [107, 27],
]
const polygon = { type: 'Polygon', coordinates: [square] }

describe('GeoJSON (RFC 7946)', () => {
  test('areas are found however they are wrapped; what is no area is passed over', () => {
    const multi = { type: 'MultiPolygon', coordinates: [[square], [square, square]] }
    const feature = { type: 'Feature', properties: { name: '云岭县' }, geometry: multi }
    expect(ringsOf(polygon)).toEqual([square])
    expect(ringsOf(feature)).toHaveLength(3)
    const point = { type: 'Feature', geometry: { type: 'Point', coordinates: [107, 27] } }
    const nothing = { type: 'Feature', geometry: null }
    const wrapped = {
      type: 'FeatureCollection',
      features: [{ type: 'GeometryCollection', geometries: [polygon] }, feature, point, nothing],
    }
    expect(ringsOf(wrapped)).toHaveLength(4)
  })

  test.each([
    ['a text', 'POLYGON((1 2))'],
    ['nothing', null],
    ['another type', { type: 'Topology', objects: {} }],
    ['no area', { type: 'Point', coordinates: [107, 27] }],
    ['metres instead of degrees', { type: 'Polygon', coordinates: [square.map(([x, y]) => [x! * 111_000, y! * 111_000])] }],
    ['text for numbers', { type: 'Polygon', coordinates: [square.map((position) => position.map(String))] }],
    ['an open ring', { type: 'Polygon', coordinates: [square.slice(0, 4)] }],
    ['a ring of two', { type: 'Polygon', coordinates: [[square[0], square[1], square[0]]] }],
    ['too many positions', { type: 'Polygon', coordinates: Array.from({ length: 20 }, () => Array(3_000).fill([107, 27])) }],
    ['too many rings', { type: 'Polygon', coordinates: Array(1_001).fill(square) }],
  ])('%s is refused', (_, geojson) => {
    expect(() => ringsOf(geojson)).toThrow(BadRequest)
  })

  test('nested ever so deeply, it is read or refused and never runs out of stack', () => {
    let geojson: unknown = polygon
    for (let depth = 0; depth < 20_000; depth++) geojson = { type: 'GeometryCollection', geometries: [geojson] }
    expect(ringsOf(geojson)).toHaveLength(1)
  })
})

describe('simplified', () => {
  const position = fc.tuple(fc.double({ min: 100, max: 110, noNaN: true }), fc.double({ min: 20, max: 30, noNaN: true }))
  const ring = fc.array(position, { minLength: 3, maxLength: 300 }).map((open) => [...open, open[0]!])

  test('keeps rings closed, within their bounds and under the limit, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(ring, { minLength: 1, maxLength: 20 }), (rings) => {
        const kept = simplified(rings)
        expect(kept.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(mostKept)
        for (const one of kept) {
          expect(one.length).toBeGreaterThanOrEqual(4)
          expect(one.at(-1)).toEqual(one[0])
          for (const [x, y] of one) expect(x >= 100 && x <= 110 && y >= 20 && y <= 30).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('a circle of 40,000 positions is a circle of some hundred, never farther off than a wall shows', () => {
    const circle = Array.from({ length: 40_001 }, (_, at): [number, number] => {
      const angle = ((at % 40_000) / 40_000) * 2 * Math.PI
      return [107 + 0.5 * Math.cos(angle), 27 + 0.5 * Math.sin(angle)]
    })
    const [kept, ...others] = simplified([circle])
    expect(others).toEqual([])
    expect(kept!.length).toBeGreaterThan(50)
    expect(kept!.length).toBeLessThanOrEqual(mostKept)
    for (const [x, y] of kept!) expect(Math.hypot(x - 107, y - 27)).toBeCloseTo(0.5, 3)
  })
})
