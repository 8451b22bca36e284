/** The numbers that an order gets: unique in its institution, in one row a day that is locked until the order is there. */
import { accessionPrefixOf, nextAccession, takeAccessionPrefix } from '../../storage/index/orders.ts'
import type { Queryable } from '../../storage/index/query.ts'
import { Conflict } from '../errors.ts'
import { accessionNumber, accessionPrefixes, newPatientID } from './accession-number.ts'

export interface Numbers {
  readonly AccessionNumber: string
  /** For somebody who has none here. */
  readonly PatientID: string
}

export async function nextNumbers(
  client: Queryable,
  institution: { readonly id: number; readonly code: string },
  modality: string,
  now: Date,
): Promise<Numbers> {
  const prefix = await prefixOf(client, institution)
  const number = await nextAccession(client, institution.id, dayOf(now))
  return { AccessionNumber: accessionNumber(prefix, modality, now, number), PatientID: newPatientID(prefix, now, number) }
}

/** The prefix that an administrator has set, or the first readable one that is free. */
async function prefixOf(client: Queryable, institution: { readonly id: number; readonly code: string }): Promise<string> {
  const set = await accessionPrefixOf(client, institution.id)
  if (set !== null) return set
  for (const prefix of accessionPrefixes(institution)) if (await takeAccessionPrefix(client, institution.id, prefix)) return prefix
  throw new Conflict(`Institution ${institution.code} needs an accession prefix of its own: set one`)
}

/** The day on the wall, `2026-11-22`. */
const dayOf = (now: Date): string =>
  [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
