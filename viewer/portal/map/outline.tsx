/** The county's outline as one path: holes stay holes. */
import { useMemo } from 'react'
import type { Ring } from '../api/map.ts'
import type { Place, Projection } from './projection.ts'

export function Outline({ rings, projection }: { readonly rings: readonly Ring[]; readonly projection: Projection }) {
  const path = useMemo(
    () => rings.map((ring) => `M${ring.map((position) => pointText(projection, position)).join('L')}Z`).join(''),
    [rings, projection],
  )
  return path === '' ? null : <path className="map-outline" d={path} fillRule="evenodd" />
}

function pointText(projection: Projection, [longitude, latitude]: Ring[number]): string {
  const { x, y } = projection.pointOf({ longitude, latitude })
  return `${x.toFixed(1)},${y.toFixed(1)}`
}

export const placesOf = (rings: readonly Ring[]): Place[] =>
  rings.flatMap((ring) => ring.map(([longitude, latitude]) => ({ longitude, latitude })))
