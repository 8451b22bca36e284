/** Exposure Index (0018,1411) and Deviation Index (0018,1413) of radiographs, as their machine wrote them: IEC 62494-1, PS3.3 C.8.7.11. */
import { useQuery } from '@tanstack/react-query'
import { request } from '../api/http.ts'

type DicomJSON = Readonly<Record<string, { readonly Value?: readonly unknown[] } | undefined>>

export interface Exposure {
  readonly index: number
  readonly deviation: number | null
}

const projections: ReadonlySet<string> = new Set(['CR', 'DX', 'DR', 'MG'])
/** A study of projections has few images; a larger one is no such study. */
const mostInstances = 24

const numberOf = (instance: DicomJSON, tag: string): number | null => {
  const value = Number(instance[tag]?.Value?.[0] ?? Number.NaN)
  return Number.isFinite(value) ? value : null
}

/** The image that is furthest from its target; null where the machine says nothing. */
export function exposureOf(instances: readonly DicomJSON[]): Exposure | null {
  const said = instances.flatMap((instance) => {
    const index = numberOf(instance, '00181411')
    return index === null ? [] : [{ index, deviation: numberOf(instance, '00181413') }]
  })
  return said.sort((a, b) => Math.abs(b.deviation ?? 0) - Math.abs(a.deviation ?? 0))[0] ?? null
}

/** Within ±1 the dose is right (twenty-five per cent more or less); beyond ±3 it is twice or half. AAPM Report 116. */
export const judged = (deviation: number): 'diGood' | 'diOver' | 'diUnder' =>
  Math.abs(deviation) <= 1 ? 'diGood' : deviation > 0 ? 'diOver' : 'diUnder'

export const useExposure = (study: { readonly StudyInstanceUID: string; readonly modality: string; readonly instances: number }) =>
  useQuery({
    queryKey: ['exposure', study.StudyInstanceUID, study.instances],
    enabled: projections.has(study.modality) && study.instances <= mostInstances,
    queryFn: async ({ signal }) =>
      exposureOf(await request<readonly DicomJSON[]>('GET', `/dicomweb/studies/${study.StudyInstanceUID}/metadata`, { signal })),
  })
