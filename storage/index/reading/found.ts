/**
 * What a search box finds, as a set of studies. Each way of finding is a branch of its own, because each has an index of its own: one `or` over names,
 * supplementary names and numbers would read every study (2.4 s at 100,000).
 */

export interface Found {
  /** Name keys that must all be there, or null. */
  readonly nameKeys: readonly string[] | null
  /** Beginning of a PatientID or AccessionNumber as typed, or null. */
  readonly number: string | null
  /** Where the patient is: a part of the name of department and ward, spaces aside, or null. */
  readonly place?: string | null
  /** Any of these beds, without zeros before them, where the place has so much in its name. */
  readonly beds?: readonly { readonly place: string; readonly bed: string }[]
}

/** A search that asks for nothing finds everything: then there is no such set. */
export const asksFor = ({ nameKeys, number, place = null, beds = [] }: Found): boolean =>
  nameKeys !== null || number !== null || place !== null || beds.length > 0

/** The values of a statement's parameters, numbered as they are named. */
export class Values {
  readonly list: unknown[] = []

  /** Its place: `$1`, `$2` … */
  bind(value: unknown): string {
    return `$${this.list.push(value)}`
  }
}

const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&')
/** As migrations/0192-beds.sql indexes it. */
const placeName = `replace(department || ward, ' ', '')`

export function foundStudies(values: Values, { nameKeys, number, place = null, beds = [] }: Found): string {
  const ways: string[] = []
  if (nameKeys !== null) {
    const keys = values.bind(nameKeys)
    ways.push(`study where name_keys @> ${keys}`, `study_supplement where name_keys @> ${keys}`)
  }
  if (number !== null) {
    const pattern = `${escaped(number)}%`
    // As it was typed, and in capitals as most machines write: a prefix of the plain index, which a comparison without case is not.
    for (const typed of new Set([pattern, pattern.toUpperCase()])) {
      const place = values.bind(typed)
      ways.push(`study where patient_id like ${place}`, `study where accession_number like ${place}`)
    }
    // Numbers from before a match or a merge stand between backslashes.
    ways.push(`study where former_patient_ids ilike ${values.bind(`%\\\\${pattern}`)}`)
  }
  if (place !== null) {
    const pattern = values.bind(`%${escaped(place)}%`)
    // 3病区 is not 13病区; a bed may be written behind the department too.
    const whole = values.bind(`(^|[^0-9])${place.replace(/[^\p{L}\p{N}]/gu, '\\$&')}`)
    ways.push(`study_supplement where (department <> '' or ward <> '') and ${placeName} ilike ${pattern} and ${placeName} ~* ${whole}`)
  }
  for (const { place, bed } of beds) {
    const there = place === '' ? '' : ` and ${placeName} ilike ${values.bind(`%${escaped(place)}%`)}`
    ways.push(`study_supplement where bed <> '' and ltrim(bed, '0') = ${values.bind(bed)}${there}`)
  }
  return ways.map((way) => `select study_pk from ${way}`).join(' union ')
}
