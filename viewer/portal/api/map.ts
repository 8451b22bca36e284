/** The county's outline behind the sites of the wallboard's map. */
import { useQuery } from '@tanstack/react-query'
import { request } from './http.ts'

/** Closed; positions are [longitude, latitude]. */
export type Ring = readonly (readonly [number, number])[]
interface Outline {
  readonly rings: readonly Ring[]
}

export const outlineKey = ['map-outline']

export const useOutline = () =>
  useQuery({ queryKey: outlineKey, queryFn: ({ signal }) => request<Outline>('GET', '/api/map-outline', { signal }), staleTime: 600_000 })

/** A GeoJSON text as it was read from the file; the server checks and simplifies it. */
export const saveOutline = (geojson: unknown): Promise<Outline> => request('PUT', '/api/map-outline', { body: geojson })
export const removeOutline = (): Promise<void> => request('DELETE', '/api/map-outline')
