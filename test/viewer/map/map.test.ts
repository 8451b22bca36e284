/** The map's geometry: whatever the places, nothing leaves the sheet, no name lies on another, and the same places are always drawn the same. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apart, covers, labelled, type Named, overlap } from '../../../viewer/portal/map/placement.ts'
import { fitted, scaleBar } from '../../../viewer/portal/map/projection.ts'

const degrees = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true })
const anywhere = fc.record({ longitude: degrees(180), latitude: degrees(90) })
const sheet = fc.record({
  width: fc.integer({ min: 200, max: 2_000 }),
  height: fc.integer({ min: 200, max: 1_200 }),
  marginX: fc.integer({ min: 0, max: 90 }),
  marginY: fc.integer({ min: 0, max: 90 }),
})
/** A rounding of the processor. */
const hair = 1e-6

describe('the projection', () => {
  test('keeps every place within the margins of the sheet', () => {
    fc.assert(
      fc.property(fc.array(anywhere, { minLength: 1, maxLength: 60 }), sheet, (places, size) => {
        const { pointOf } = fitted(places, size)
        for (const place of places) {
          const { x, y } = pointOf(place)
          expect(x).toBeGreaterThanOrEqual(size.marginX - hair)
          expect(x).toBeLessThanOrEqual(size.width - size.marginX + hair)
          expect(y).toBeGreaterThanOrEqual(size.marginY - hair)
          expect(y).toBeLessThanOrEqual(size.height - size.marginY + hair)
        }
      }),
    )
  })

  test('leads back to the place it came from', () => {
    fc.assert(
      fc.property(fc.array(anywhere, { minLength: 1, maxLength: 10 }), sheet, (places, size) => {
        const { pointOf, placeOf } = fitted(places, size)
        for (const place of places) {
          const back = placeOf(pointOf(place))
          expect(back.longitude).toBeCloseTo(place.longitude, 6)
          expect(back.latitude).toBeCloseTo(place.latitude, 6)
        }
      }),
    )
  })

  test('north is up, east is right, and a kilometre is as long in both directions', () => {
    const size = { width: 1_000, height: 800, marginX: 50, marginY: 50 }
    const middle = { longitude: 107.5, latitude: 27.5 }
    const places = [
      { longitude: 107, latitude: 27 },
      { longitude: 108, latitude: 28 },
    ]
    const { pointOf, pixelsPerKilometre } = fitted(places, size)
    const [at, north, east] = [
      pointOf(middle),
      pointOf({ ...middle, latitude: 27.5 + 10 / 111.2 }),
      pointOf({ ...middle, longitude: 107.5 + 10 / (111.2 * Math.cos((27.5 * Math.PI) / 180)) }),
    ]
    expect(at.y - north.y).toBeCloseTo(10 * pixelsPerKilometre, 3)
    expect(east.x - at.x).toBeCloseTo(10 * pixelsPerKilometre, 3)
    const bar = scaleBar(fitted(places, size), 160)
    expect([1, 2, 5, 10, 20, 50]).toContain(bar.kilometres)
    expect(bar.pixels).toBeLessThanOrEqual(160)
  })

  test('without a place, all of China is on the sheet', () => {
    const { pointOf } = fitted([], { width: 500, height: 400, marginX: 0, marginY: 0 })
    for (const place of [
      { longitude: 87.6, latitude: 43.8 },
      { longitude: 110.3, latitude: 20 },
    ]) {
      const { x, y } = pointOf(place)
      expect(x >= 0 && x <= 500 && y >= 0 && y <= 400).toBe(true)
    }
  })
})

const room = { width: 1_300, height: 850 }
const dot = (id: number, x: number, y: number, radius: number, width: number): Named => ({
  id: String(id),
  x,
  y,
  radius,
  width,
  height: 44,
})
const dots = fc
  .array(
    fc.record({
      x: fc.integer({ min: 30, max: room.width - 30 }),
      y: fc.integer({ min: 30, max: room.height - 30 }),
      radius: fc.integer({ min: 11, max: 30 }),
      width: fc.integer({ min: 40, max: 220 }),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.map(({ x, y, radius, width }, at) => dot(at, x, y, radius, width)))

describe('placement', () => {
  test('names lie inside, on no other name and on no dot, and are the same each time', () => {
    fc.assert(
      fc.property(dots, (all) => {
        const labels = labelled(all, room)
        expect(labelled(all, room)).toEqual(labels)
        const boxes = [...labels.values()]
        for (const [at, box] of boxes.entries()) {
          expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= room.width && box.y + box.height <= room.height).toBe(true)
          expect(boxes.slice(at + 1).some((other) => overlap(box, other))).toBe(false)
          expect(all.some((one) => covers(box, one))).toBe(false)
        }
      }),
    )
  })

  test('dots are moved apart, stay inside, and stand where they are when nobody is in the way', () => {
    fc.assert(
      fc.property(dots, (all) => {
        const moved = apart(all, room)
        expect(apart(all, room)).toEqual(moved)
        for (const [at, one] of moved.entries()) {
          expect(one.x >= one.radius && one.x <= room.width - one.radius).toBe(true)
          expect(one.y >= one.radius && one.y <= room.height - one.radius).toBe(true)
          for (const other of moved.slice(at + 1)) {
            expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThanOrEqual(one.radius + other.radius)
          }
        }
        if (all[0] !== undefined) expect(moved[0]).toEqual(all[0])
      }),
    )
  })

  test('thirty institutions around a county all have their names, also two in one street', () => {
    const county = Array.from({ length: 30 }, (_, at) => {
      const [turn, away] = [at * 2.4, Math.sqrt((at + 0.5) / 30)]
      return dot(at, 650 + 480 * away * Math.cos(turn), 425 + 340 * away * Math.sin(turn), 20, 150)
    })
    county.push(dot(30, county[0]!.x + 2, county[0]!.y, 24, 150))
    const moved = apart(county, room)
    expect(labelled(moved, room).size).toBe(31)
  })
})
