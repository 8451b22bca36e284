/**
 * Whose an instance becomes, decided at the door: from the calling Application Entity or from the account, never from the data set. What a
 * township sends for reading is granted to its reading centre: the nearest one above it in the tree.
 */
import { type AE, findAE, seeAE, type WorklistCharacterSet } from '../storage/index/ae.ts'
import { type Institution, listInstitutions } from '../storage/index/institutions.ts'
import type { Index } from '../storage/index/postgres.ts'
import type { Source } from '../storage/index/records.ts'
import { NotFound } from './errors.ts'

export interface KnownAE {
  readonly source: Source
  readonly mayStore: boolean
  readonly mayQuery: boolean
  readonly mayRetrieve: boolean
  readonly mayWorklist: boolean
  readonly worklistCharacterSet: WorklistCharacterSet
  /** Null: as many as there are for all. */
  readonly maxAssociations: number | null
  readonly requiresIdentity: boolean
}

/** The addresses of a host name; rejects or answers none when it has none. */
export type Resolve = (name: string) => Promise<readonly string[]>

/** How long the tree of institutions is believed: a change of it takes effect within this time. */
const believedMs = 3_000

export class Sources {
  readonly #index: Index
  readonly #resolve: Resolve
  #tree: Promise<ReadonlyMap<number, Institution>> | undefined
  #readAt = 0

  /** @param resolve for AEs that are registered by the name of their host; without it only addresses are compared */
  constructor(index: Index, resolve: Resolve = async () => []) {
    this.#index = index
    this.#resolve = resolve
  }

  /** The registered AE that calls from this address; undefined when there is none that may. */
  async ofAE(AETitle: string, address: string): Promise<KnownAE | undefined> {
    // PS3.5 §6.2 has no control characters in an AE, and the index no NUL: nobody is registered by such a title.
    if (AETitle.includes('\0')) return undefined
    const ae = await findAE(this.#index.pool, AETitle)
    if (ae === undefined || !ae.enabled || !(await this.#callsFrom(ae, address))) return undefined
    // Only for the administrator's list; nothing waits for it.
    seeAE(this.#index.pool, ae.title).catch(() => undefined)
    const source: Source = {
      institution: ae.institution,
      institutionCode: ae.institutionCode,
      grants: ae.readAtCounty ? await this.centresAbove(ae.institution) : [],
      via: 'c-store',
      AETitle: ae.title,
      ...(ae.fallbackCharacterSet === null ? {} : { fallbackCharacterSet: ae.fallbackCharacterSet }),
    }
    const { mayStore, mayQuery, mayRetrieve, mayWorklist, worklistCharacterSet, maxAssociations, requiresIdentity } = ae
    return { source, mayStore, mayQuery, mayRetrieve, mayWorklist, worklistCharacterSet, maxAssociations, requiresIdentity }
  }

  /** An AE without a host may call from anywhere; IPv4 addresses also come dressed as IPv6 ones. A name that is not known is nobody's. */
  async #callsFrom({ host }: AE, address: string): Promise<boolean> {
    const from = address.replace(/^::ffff:/, '')
    if (host === null || host === from) return true
    if (isAddress(host)) return false
    const addresses: readonly string[] = await this.#resolve(host).catch(() => [])
    return addresses.includes(from)
  }

  /** What is stored over the web or made here for an institution. */
  async ofInstitution(institution: number, via: Source['via'], account?: number): Promise<Source> {
    const found = (await this.#institutions()).get(institution)
    if (found === undefined) throw new NotFound(`There is no institution ${institution}`)
    return {
      institution,
      institutionCode: found.code,
      grants: await this.centresAbove(institution),
      via,
      ...(account === undefined ? {} : { account }),
    }
  }

  /** The nearest reading centre above an institution; nobody when it is one itself or has none. */
  async centresAbove(institution: number): Promise<number[]> {
    const tree = await this.#institutions()
    const own = tree.get(institution)
    if (own === undefined || own.readingCentre) return []
    const seen = new Set([institution])
    for (let at = own.parent; at !== null && !seen.has(at); ) {
      seen.add(at)
      const above = tree.get(at)
      if (above === undefined) break
      if (above.readingCentre) return [above.id]
      at = above.parent
    }
    return []
  }

  #institutions(): Promise<ReadonlyMap<number, Institution>> {
    if (this.#tree === undefined || performance.now() - this.#readAt > believedMs) {
      this.#readAt = performance.now()
      const reading = listInstitutions(this.#index.pool).then((all) => new Map(all.map((institution) => [institution.id, institution])))
      reading.catch(() => {
        this.#tree = undefined
      })
      this.#tree = reading
    }
    return this.#tree
  }
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':')
