/** The county's outline behind the sites of the wallboard: given by an administrator as GeoJSON, never fetched from anywhere. */
import { findOutline, type Ring, removeOutline, writeOutline } from '../../storage/index/map-outline.ts'
import type { Index } from '../../storage/index/postgres.ts'
import { transaction } from '../../storage/index/query.ts'
import { type Asker, demand } from '../access.ts'
import { auditIn } from '../audit.ts'
import { BadRequest } from '../errors.ts'
import { demandWall } from '../statistics/wallboard.ts'
import { ringsOf } from './geojson.ts'
import { simplified } from './simplify.ts'

interface OutlineTools {
  readonly index: Index
}

/** Empty: none was given. @throws Forbidden */
export async function getOutline({ index: { pool } }: OutlineTools, asker: Asker): Promise<readonly Ring[]> {
  demandWall(asker)
  return findOutline(pool, asker.institution.id)
}

/** @throws Forbidden, BadRequest */
export async function saveOutline({ index }: OutlineTools, asker: Asker, geojson: unknown): Promise<readonly Ring[]> {
  demand(asker, 'administer')
  demandWall(asker)
  const rings = simplified(ringsOf(geojson))
  if (rings.length === 0) throw new BadRequest('outline: nothing is left of its areas when they are simplified')
  await transaction(index.pool, async (client) => {
    await writeOutline(client, asker.institution.id, rings)
    const positions = rings.reduce((sum, { length }) => sum + length, 0)
    await auditIn(client, asker, { action: 'map-outline', detail: { rings: rings.length, positions } })
  })
  return rings
}

/** @throws Forbidden */
export async function dropOutline({ index }: OutlineTools, asker: Asker): Promise<void> {
  demand(asker, 'administer')
  demandWall(asker)
  await transaction(index.pool, async (client) => {
    await removeOutline(client, asker.institution.id)
    await auditIn(client, asker, { action: 'map-outline', detail: { rings: 0 } })
  })
}
