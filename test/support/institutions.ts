/** A county that reads for two townships, each with one machine. */
import { upsertInstitution } from '../../storage/index/institutions.ts'
import type { Queryable } from '../../storage/index/query.ts'
import type { Source } from '../../storage/index/records.ts'

export interface County {
  readonly county: number
  readonly townships: readonly [number, number]
  /** Sources whose studies the county may see. */
  readonly sources: readonly [Source, Source]
}

export async function makeCounty(on: Queryable): Promise<County> {
  const county = await upsertInstitution(on, { code: 'COUNTY', name: '县人民医院', level: 'county', readingCentre: true })
  const townships = await Promise.all(
    ['EAST', 'WEST'].map((code) => upsertInstitution(on, { code, name: `${code} 卫生院`, parent: county.id })),
  )
  const [east, west] = townships.map(
    ({ id, code }): Source => ({ institution: id, institutionCode: code, grants: [county.id], via: 'c-store', AETitle: `${code}_CT` }),
  )
  return { county: county.id, townships: [townships[0]!.id, townships[1]!.id], sources: [east!, west!] }
}
