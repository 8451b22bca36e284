/** Weights of work and prices of reports, set by who directs the centre. */
import type { Index } from '../../storage/index/postgres.ts'
import { transaction } from '../../storage/index/query.ts'
import { listTariff, replaceTariff, type TariffRow } from '../../storage/index/statistics/tariff.ts'
import { type Asker, demand, may } from '../access.ts'
import { auditIn } from '../audit.ts'
import { BadRequest, Forbidden } from '../errors.ts'
import { seesCentre } from './scope.ts'

export type { TariffRow } from '../../storage/index/statistics/tariff.ts'

const mayChange = (asker: Asker): boolean => asker.institution.readingCentre && (may(asker, 'direct') || may(asker, 'administer'))

/** @throws Forbidden */
export async function getTariff(
  { index: { pool } }: { readonly index: Index },
  asker: Asker,
): Promise<{ items: TariffRow[]; verbs: readonly 'change'[] }> {
  demand(asker, 'statistics')
  if (!seesCentre(asker)) throw new Forbidden('The tariff is the reading centre’s')
  return { items: await listTariff(pool, asker.institution.id), verbs: mayChange(asker) ? ['change'] : [] }
}

/** The whole table at once. @throws BadRequest, Forbidden */
export async function saveTariff({ index }: { readonly index: Index }, asker: Asker, items: readonly TariffRow[]): Promise<void> {
  if (!mayChange(asker)) throw new Forbidden('Whoever directs or administers the centre sets the tariff')
  if (new Set(items.map(({ modality }) => modality)).size !== items.length) throw new BadRequest('items: each modality once')
  await transaction(index.pool, async (client) => {
    await replaceTariff(client, asker.institution.id, items)
    await auditIn(client, asker, { action: 'tariff-change', object: 'tariff', detail: { items } })
  })
}
