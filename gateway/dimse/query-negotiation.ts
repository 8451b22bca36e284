/**
 * Extended negotiation of Query/Retrieve: one byte for each way of asking beyond the baseline. PS3.4 §C.5.1.1 (C-FIND), §C.5.2.1 (C-MOVE), §C.5.3.1 (C-GET).
 * What was not negotiated is not done, since the asker would not expect it.
 */
export interface QueryOptions {
  /** Keys of any level, without the unique keys of those above. */
  readonly relational: boolean
  /** A range of dates and one of times are one stretch of time. */
  readonly combinedDateTime: boolean
  readonly fuzzyNames: boolean
  /** (0008,0201) of the request says in which zone its dates and times are. */
  readonly timezone: boolean
  /** `""` asks for attributes without a value. */
  readonly emptyValues: boolean
  /** Several values of one key, any of which may match. */
  readonly multipleValues: boolean
}

/** In the order of the sub-fields; the fifth, conversion to legacy enhanced multi-frame images, is not done. */
const queryBytes: readonly (keyof QueryOptions | undefined)[] = [
  'relational',
  'combinedDateTime',
  'fuzzyNames',
  'timezone',
  undefined,
  'emptyValues',
  'multipleValues',
]

/** Relational retrieval, and the conversion that is not done. */
const retrieveBytes: readonly (keyof QueryOptions | undefined)[] = ['relational', undefined]

/** As many sub-fields as were offered and are known, each 1 where it was asked for and is done. */
const agreed = (asked: Buffer, known: typeof queryBytes): Buffer =>
  Buffer.from([...asked.subarray(0, known.length)].map((byte, i) => (byte === 1 && known[i] !== undefined ? 1 : 0)))

export const agreedQuery = (asked: Buffer): Buffer => agreed(asked, queryBytes)
export const agreedRetrieve = (asked: Buffer): Buffer => agreed(asked, retrieveBytes)

/** What was agreed for a context; nothing without extended negotiation. */
export function queryOptionsOf(information: Buffer | undefined): QueryOptions {
  const has = (option: keyof QueryOptions) => information?.[queryBytes.indexOf(option)] === 1
  return {
    relational: has('relational'),
    combinedDateTime: has('combinedDateTime'),
    fuzzyNames: has('fuzzyNames'),
    timezone: has('timezone'),
    emptyValues: has('emptyValues'),
    multipleValues: has('multipleValues'),
  }
}
