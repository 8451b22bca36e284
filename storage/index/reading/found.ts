/**
 * What a search box finds, as a set of studies. Each way of finding is a branch of its own, because each has an index of its own: one `or` over names,
 * supplementary names and numbers would read every study (2.4 s at 100,000).
 */

export interface Found {
  /** Name keys that must all be there, or null. */
  readonly nameKeys: readonly string[] | null
  /** Beginning of a PatientID or AccessionNumber as typed, or null. */
  readonly number: string | null
  /** A ward, room or bed as it stands in the department: 12床, 内科3病区. */
  readonly department?: string | null
}

/** A search that asks for nothing finds everything: then there is no such set. */
export const asksFor = ({ nameKeys, number, department = null }: Found): boolean =>
  nameKeys !== null || number !== null || department !== null

/** The values of a statement's parameters, numbered as they are named. */
export class Values {
  readonly list: unknown[] = []

  /** Its place: `$1`, `$2` … */
  bind(value: unknown): string {
    return `$${this.list.push(value)}`
  }
}

export function foundStudies(values: Values, { nameKeys, number, department = null }: Found): string {
  const ways: string[] = []
  if (nameKeys !== null) {
    const keys = values.bind(nameKeys)
    ways.push(`study where name_keys @> ${keys}`, `study_supplement where name_keys @> ${keys}`)
  }
  if (number !== null) {
    const pattern = `${number.replace(/[\\%_]/g, '\\$&')}%`
    // As it was typed, and in capitals as most machines write: a prefix of the plain index, which a comparison without case is not.
    for (const typed of new Set([pattern, pattern.toUpperCase()])) {
      const place = values.bind(typed)
      ways.push(`study where patient_id like ${place}`, `study where accession_number like ${place}`)
    }
    // Numbers from before a match or a merge stand between backslashes.
    ways.push(`study where former_patient_ids ilike ${values.bind(`%\\\\${pattern}`)}`)
  }
  if (department !== null) {
    const pattern = values.bind(`%${department.replace(/[\\%_]/g, '\\$&')}%`)
    // 3床 is not 13床.
    const whole = values.bind(`(^|[^0-9])${department.replace(/[^\p{L}\p{N}]/gu, '\\$&')}`)
    ways.push(`study_supplement where department ilike ${pattern} and department ~* ${whole}`)
  }
  return ways.map((way) => `select study_pk from ${way}`).join(' union ')
}
