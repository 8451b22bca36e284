/**
 * Whose figures somebody sees. At a reading centre who directs, coordinates, administers or answers for its quality sees all that the centre reads; everybody
 * else with `statistics` what their own institution took, and never what one doctor did.
 */
import type { FactScope } from '../../storage/index/statistics/figures.ts'
import { type Asker, demand, may } from '../access.ts'
import { Forbidden } from '../errors.ts'

export const seesCentre = (asker: Asker): boolean =>
  asker.institution.readingCentre &&
  (['quality', 'direct', 'coordinate', 'administer'] as const).some((permission) => may(asker, permission))

/** `institution`: of one institution only. @throws Forbidden */
export function factScope(asker: Asker, institution: number | null): FactScope {
  demand(asker, 'statistics')
  if (seesCentre(asker)) return { centre: asker.institution.id, institution }
  if (institution !== null && institution !== asker.institution.id) throw new Forbidden('These are the figures of another institution')
  return { centre: null, institution: asker.institution.id }
}
