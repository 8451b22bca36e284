/** What a search box means: a name in Chinese characters, pinyin or initials, or the beginning of a PatientID or AccessionNumber. */
import { nameMatches, nameQueryKeys } from '../../dicom/person-name.ts'

/** What the index is asked; nulls for an empty box. */
export function searchKeys(typed: string | undefined): { readonly nameKeys: readonly string[] | null; readonly number: string | null } {
  const q = typed?.trim() ?? ''
  const keys = q === '' ? [] : nameQueryKeys(q)
  return { nameKeys: keys.length === 0 ? null : keys, number: q === '' ? null : q }
}

/** A bed, room or ward: 12床, 3病区, 内科. Null: something else is looked for. */
export function bedOf(typed: string | undefined): string | null {
  const q = (typed ?? '').normalize('NFKC').replaceAll(/\s/g, '')
  return /^.{0,30}(\d+号?床|\d+\+?床|病区|病房|科)$/u.test(q) && q.length >= 2 ? q : null
}

interface Searched {
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly AccessionNumber: string | null
  /** Numbers from before a match or a merge, between backslashes. */
  readonly formerPatientIDs?: string | null
}

/** Keys find a little too much: what was found is held against what was typed. */
export function isHit(typed: string | undefined, searched: Searched): boolean {
  const { PatientName, supplementName, PatientID, AccessionNumber, formerPatientIDs } = searched
  const q = typed?.trim() ?? ''
  if (q === '') return true
  return (
    [PatientName, supplementName].some((name) => name !== null && nameMatches(name, q)) ||
    [PatientID, AccessionNumber, ...(formerPatientIDs?.split('\\') ?? [])].some((number) =>
      number?.toUpperCase().startsWith(q.toUpperCase()),
    )
  )
}
