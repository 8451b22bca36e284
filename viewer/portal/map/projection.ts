/**
 * Places on a sheet: equirectangular, with the parallel in the middle true to scale. Over a county it is off by less than the width of a dot; north is up.
 */
export interface Place {
  readonly longitude: number
  readonly latitude: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Sheet {
  readonly width: number
  readonly height: number
  /** What stays free at the edges, for names. */
  readonly marginX: number
  readonly marginY: number
}

export interface Projection {
  readonly pointOf: (place: Place) => Point
  readonly placeOf: (point: Point) => Place
  readonly pixelsPerKilometre: number
}

/** Along a meridian. */
const kilometresPerDegree = 111.2
/** One place alone, or several in one street, are not magnified further. */
const leastDegrees = 0.02

/** The whole of the places, as large as the sheet allows. Without a place: China. */
export function fitted(places: readonly Place[], { width, height, marginX, marginY }: Sheet): Projection {
  const shown = places.length > 0 ? places : china
  const [west, east] = boundsOf(shown.map(({ longitude }) => longitude))
  const [south, north] = boundsOf(shown.map(({ latitude }) => latitude))
  const longitude = (west + east) / 2
  const latitude = (south + north) / 2
  // Near a pole a degree of longitude is nothing; nobody reads there.
  const shrink = Math.max(0.01, Math.cos((latitude * Math.PI) / 180))
  const scale = Math.min(
    Math.max(1, width - 2 * marginX) / Math.max((east - west) * shrink, leastDegrees),
    Math.max(1, height - 2 * marginY) / Math.max(north - south, leastDegrees),
  )
  return {
    pointOf: (place) => ({
      x: width / 2 + (place.longitude - longitude) * shrink * scale,
      y: height / 2 - (place.latitude - latitude) * scale,
    }),
    placeOf: ({ x, y }) => ({
      longitude: within(longitude + (x - width / 2) / (shrink * scale), 180),
      latitude: within(latitude - (y - height / 2) / scale, 90),
    }),
    pixelsPerKilometre: scale / kilometresPerDegree,
  }
}

const china: readonly Place[] = [
  { longitude: 73.5, latitude: 18.2 },
  { longitude: 135.1, latitude: 53.6 },
]

const within = (degrees: number, limit: number): number => Math.max(-limit, Math.min(limit, degrees))

function boundsOf(values: readonly number[]): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)]
  return [least, most]
}

/** A round number of kilometres, 1, 2 or 5 with noughts, that is drawn no longer than `most` pixels. */
export function scaleBar({ pixelsPerKilometre }: Projection, most: number): { readonly kilometres: number; readonly pixels: number } {
  const longest = most / pixelsPerKilometre
  const power = 10 ** Math.floor(Math.log10(longest))
  const kilometres = ([5, 2, 1].find((times) => times * power <= longest) ?? 1) * power
  return { kilometres, pixels: kilometres * pixelsPerKilometre }
}
