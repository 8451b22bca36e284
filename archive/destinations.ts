/** Where a C-MOVE may send to: a registered Application Entity that may retrieve and can be called. PS3.4 §C.4.2.2.1, PS3.8 Annex C. */
import { findAE } from '../storage/index/ae.ts'
import type { Index } from '../storage/index/postgres.ts'

export interface Destination {
  readonly AETitle: string
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Associations at once that it takes; null: it is not known. */
  readonly maxAssociations: number | null
}

/** @param caller who asks, and from where: equipment without a fixed address is found at the one that it calls from */
export type FindDestination = (
  AETitle: string,
  caller: { readonly AETitle: string; readonly address: string },
) => Promise<Destination | undefined>

export async function findDestination(
  { pool }: Index,
  AETitle: string,
  caller: Parameters<FindDestination>[1],
): Promise<Destination | undefined> {
  if (AETitle.includes('\0')) return undefined
  const ae = await findAE(pool, AETitle)
  if (ae === undefined || !ae.enabled || !ae.mayRetrieve || ae.port === null) return undefined
  const host = ae.host ?? (ae.title === caller.AETitle ? caller.address : undefined)
  return host === undefined ? undefined : { AETitle: ae.title, host, port: ae.port, tls: ae.tls, maxAssociations: ae.maxAssociations }
}
