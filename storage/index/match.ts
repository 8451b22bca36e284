/** What a search is asked by: PS3.4 §C.2.2.2, one kind for each way of matching. Universal matching is a key that is not there. */

/**
 * `wildcard`: `*` and `?`, case-insensitive · `any`: several, some of them with wildcards (PS3.4 §C.2.2.2.8) · `range`: dates, times and date-times, ends
 * included · `name`: `keys` are looked up for PatientName, every other name is compared as a pattern or, `fuzzy`, by the beginnings of its words ·
 * `empty`: the attribute has no value · `items`: sequence matching, one item matches all keys (PS3.4 §C.2.2.2.6).
 */
export type Match =
  | { readonly kind: 'single'; readonly value: string }
  | { readonly kind: 'wildcard'; readonly value: string }
  | { readonly kind: 'list'; readonly values: readonly string[] }
  | { readonly kind: 'any'; readonly of: readonly Match[] }
  | { readonly kind: 'range'; readonly from?: string; readonly to?: string }
  | { readonly kind: 'name'; readonly value: string; readonly keys: readonly string[]; readonly fuzzy: boolean }
  | { readonly kind: 'empty' }
  | { readonly kind: 'items'; readonly keys: readonly ItemKey[] }

/** An attribute of the index, by keyword, and what it must match. */
export interface Key {
  readonly keyword: string
  readonly match: Match
}

/** An attribute inside an item of a sequence, which may be any of the dictionary. */
export interface ItemKey {
  /** `ggggeeee`, upper case. */
  readonly tag: string
  readonly vr: string
  readonly match: Match
}
