/** Institutions: the nodes of the tree province, city, county, township, village; owners of studies, accounts and Application Entities. */
import { type Queryable, query } from './query.ts'

export const institutionLevels = ['province', 'city', 'county', 'township', 'village'] as const
export type InstitutionLevel = (typeof institutionLevels)[number]

/** WGS 84, in degrees. */
export interface Place {
  readonly longitude: number
  readonly latitude: number
}

export interface Institution {
  readonly id: number
  /** Short and stable: letters, digits, `-` and `_`; first part of every object key. */
  readonly code: string
  readonly name: string
  readonly shortName: string | null
  readonly level: InstitutionLevel
  readonly parent: number | null
  /** Reads for others. */
  readonly readingCentre: boolean
  readonly address: string | null
  readonly phone: string | null
  /** The beginning of its AccessionNumbers; null: decided with its first order. */
  readonly accessionPrefix: string | null
  /** Where it stands on the map of the wallboard; null: nobody has said. */
  readonly place: Place | null
  /** Values of IssuerOfPatientID that are believed; any other is taken for the institution itself. */
  readonly issuersOfPatientID: readonly string[]
  /** PatientIDs that identify nobody, compared trimmed and in capitals. */
  readonly worthlessPatientIDs: readonly string[]
}

/** JSON, so that one column carries both or none. */
export const placeOf = (table: string): string =>
  `case when ${table}.longitude is not null then jsonb_build_object('longitude', ${table}.longitude, 'latitude', ${table}.latitude) end`

const columns = `institution_id as id, code, name, short_name as "shortName", level, parent_id as parent, reading_centre as "readingCentre", address, phone, accession_prefix as "accessionPrefix",
  ${placeOf('institution')} as place, issuers_of_patient_id as "issuersOfPatientID", worthless_patient_ids as "worthlessPatientIDs"`

export async function listInstitutions(on: Queryable): Promise<Institution[]> {
  return query<Institution & { [column: string]: unknown }>(on, `select ${columns} from institution order by code`)
}

export async function findInstitution(on: Queryable, code: string): Promise<Institution | undefined> {
  const [found] = await query<Institution & { [column: string]: unknown }>(on, `select ${columns} from institution where code = $1`, [code])
  return found
}

/** Makes the institution of this code or brings it up to date; its id stays, and so do lists, a prefix and a place that are not given. What is filed already stays filed. */
export async function upsertInstitution(
  on: Queryable,
  institution: Pick<Institution, 'code' | 'name'> & Partial<Omit<Institution, 'id' | 'code' | 'name'>>,
): Promise<Institution> {
  const {
    code,
    name,
    shortName = null,
    level = 'township',
    parent = null,
    readingCentre = false,
    address = null,
    phone = null,
    accessionPrefix,
    place,
    issuersOfPatientID = null,
    worthlessPatientIDs = null,
  } = institution
  await query(
    on,
    `insert into institution (code, name, short_name, level, parent_id, reading_centre, address, phone) values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (code) do update set name = excluded.name, short_name = excluded.short_name, level = excluded.level, parent_id = excluded.parent_id,
       reading_centre = excluded.reading_centre, address = excluded.address, phone = excluded.phone`,
    [code, name, shortName, level, parent, readingCentre, address, phone],
  )
  const [row] = await query<Institution & { [column: string]: unknown }>(
    on,
    `update institution set issuers_of_patient_id = coalesce($2, issuers_of_patient_id), worthless_patient_ids = coalesce($3, worthless_patient_ids),
       accession_prefix = case when $5 then $4 else accession_prefix end,
       longitude = case when $8 then $6 else longitude end, latitude = case when $8 then $7 else latitude end
     where code = $1 returning ${columns}`,
    // Null takes it away; what is not said stays.
    [
      code,
      issuersOfPatientID,
      worthlessPatientIDs,
      accessionPrefix ?? null,
      accessionPrefix !== undefined,
      place?.longitude ?? null,
      place?.latitude ?? null,
      place !== undefined,
    ],
  )
  return row!
}
