/** What a search box means: a name in Chinese characters, pinyin or initials, or the beginning of a PatientID or AccessionNumber. */
import { nameMatches, nameQueryKeys } from '../../dicom/person-name.ts'
import { bedNumber } from '../../orders/bed.ts'

/** What the index is asked; nulls for an empty box. */
export function searchKeys(typed: string | undefined): { readonly nameKeys: readonly string[] | null; readonly number: string | null } {
  const q = typed?.trim() ?? ''
  const keys = q === '' ? [] : nameQueryKeys(q)
  return { nameKeys: keys.length === 0 ? null : keys, number: q === '' ? null : q }
}

/** A place that may be meant: bed 12 of whatever place has 内科3病区 in its name, or of any where that is empty. */
export interface BedAsked {
  readonly place: string
  /** As the index compares it: without zeros before it. */
  readonly bed: string
}

export interface PlaceAsked {
  /** What may stand in the name of department or ward, or as a bed that is written behind it. */
  readonly text: string
  readonly beds: readonly BedAsked[]
  /** Where nothing says that it is a bed, the beginning of a PatientID or AccessionNumber as well. */
  readonly number: string | null
}

/** Runs of characters that are never torn apart: bed 3 is not in 13床. */
const runs = /\d+|[〇零一二三四五六七八九十百]+|[A-Z]+|[加+]|[^\dA-Z加+〇零一二三四五六七八九十百]+/gu
const longestPlace = 40
const numberedBed = /^(?:[A-Z-]{0,4}|.*[^\dA-Z-])[+加]?\d{1,3}\+?$/u

/** A bed or a ward: 12, 12床, 十二床, 内科三病区12床, 3病区, 内科. Null: something else is looked for. */
export function placeOf(typed: string | undefined): PlaceAsked | null {
  const q = (typed ?? '').normalize('NFKC').replaceAll(/\s/g, '').toUpperCase()
  if (q.length > longestPlace) return null
  const named = /.号?床$/u.test(q)
  if (!named && !numberedBed.test(q)) return /.(病区|病房|科)$/u.test(q) ? { text: q, beds: [], number: null } : null
  const label = q.replace(/号?床$/u, '')
  const parts = label.match(runs) ?? []
  const beds = parts
    .map((_, from) => ({ place: parts.slice(0, from).join(''), bed: bedNumber(parts.slice(from).join('')).replace(/^0+/, '') }))
    .filter(({ place }) => !/[加+]$/u.test(place))
  return { text: named ? q : `${label}床`, beds, number: named ? null : (typed ?? '').trim() }
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
