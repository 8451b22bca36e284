/** What the index is told of an instance when it is published, and what it answers. Field names are DICOM keywords where one exists. */

/** Who sent it, decided at the door: from the calling AE title or from the account, never from the data set. */
export interface Source {
  readonly institution: number
  /** The institution's short code; first part of every object key. */
  readonly institutionCode: string
  /** Other institutions that may see what this source sends (a reading centre, by the AE's rule). */
  readonly grants: readonly number[]
  readonly via: 'c-store' | 'stow' | 'authored'
  readonly AETitle?: string
  readonly account?: number
  /** Character set assumed for undeclared text from this source, e.g. `GB18030`. */
  readonly fallbackCharacterSet?: string
}

/** Where the pixels of an instance stand in its object. Offsets are bytes from the start of the Part 10 object. */
export interface PixelLayout {
  readonly kind: 'native' | 'encapsulated' | 'video' | 'deflated'
  /** First byte of the value of (7FE0,0010), (7FE0,0008) or (7FE0,0009); for `deflated`, within the inflated data set. */
  readonly offset: number
  /** Bytes of the value (without the sequence delimiter); for encapsulated, from the Basic Offset Table item on. */
  readonly length: number
  readonly NumberOfFrames: number
  /** Native: bits of one frame (Rows × Columns × SamplesPerPixel × BitsAllocated; YBR_FULL_422 is two bytes a pixel). 0 otherwise. */
  readonly bitsPerFrame: number
  readonly BitsAllocated: number
  /** 'OB' | 'OW' | 'OF' | 'OD' */
  readonly vr: string
  readonly bigEndian: boolean
  /** Encapsulated: the packed frame table of `archive/dicom/frame-table.ts`; null where frames are computed or cannot be told apart. */
  readonly frameTable: Uint8Array | null
  /** Why frames cannot be answered (then /frames is 404 with this sentence), or null. */
  readonly unavailable: string | null
}

/** The DICOM JSON object of an instance as one piece of a deflate stream (index.md §4): raw deflate ended by a sync flush. */
export interface MetadataFragment {
  readonly deflated: Uint8Array
  /** CRC-32 and length of the inflated text: `{...}` in UTF-8, BulkDataURI absolute paths inside. */
  readonly crc32: number
  readonly length: number
}

/** One value left out of the metadata: where it stands. `path` is its BulkDataURI suffix, e.g. `7FE00010` or `54000100/0/54001010`. */
export interface BulkValue {
  readonly path: string
  readonly vr: string
  readonly offset: number
  readonly length: number
}

/** One attribute value as the index compares it: text, decoded, multiple values joined by a backslash, PN as `A=I=P`. Absent or empty: null. */
export type SearchValues = Readonly<Record<string, string | null>>

export interface InstanceRecord {
  readonly objectKey: string
  readonly objectSize: number
  readonly fileSHA256: Uint8Array
  /** From the first byte after File Meta to the end. With the transfer syntax it is the identity of the instance. */
  readonly datasetSHA256: Uint8Array
  /** First byte after File Meta. */
  readonly datasetOffset: number
  readonly TransferSyntaxUID: string
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly StudyInstanceUID: string
  /** Values of the searchable attributes of `attributes.ts`, by column name. */
  readonly values: SearchValues
  /** DICOM JSON objects (text) of the attributes of `attributes.ts` that are present, per level; `study` includes the patient's. */
  readonly json: { readonly study: string; readonly series: string; readonly instance: string }
  /** index.md §2: what the patient's name is found by. */
  readonly nameKeys: readonly string[]
  readonly metadata: MetadataFragment
  readonly bulk: readonly BulkValue[]
  readonly pixels: PixelLayout | null
  /** Character set as declared (0008,0005), as used, and whether a wrong label was repaired. */
  readonly characterSet: { readonly declared: string | null; readonly used: string; readonly repaired: boolean }
  readonly source: Source
  readonly receivedAt: Date
}

/**
 * What became of it. `duplicate`: already there, nothing kept twice. `other-encoding` and `conflict`: kept as a further version.
 * `held`: the study belongs to another institution; kept, in no list until a person decides. `rejected`: the same was rejected here and stays aside.
 */
export type Outcome = 'stored' | 'duplicate' | 'other-encoding' | 'conflict' | 'held' | 'rejected'

export interface Published {
  readonly outcome: Outcome
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly StudyInstanceUID: string
  /** Number in the change feed; null when nothing changed. */
  readonly change: number | null
}

/** The institutions whose studies (own, granted, broken glass) the asker may see. Every statement that touches a study takes one. */
export type Scope = readonly number[]

/**
 * One step of what is laid over an instance on its way out (index.md §5): attributes that get another value and items that are appended to sequences, by
 * tag as DICOM JSON. A step that would set nothing new in an instance is none there.
 */
export interface OverlayStep {
  /** When, as DICOM writes it (DT). */
  readonly at: string
  /** (0400,0565) ReasonForTheAttributeModification. */
  readonly reason: 'CORRECT' | 'COERCE'
  readonly set: Readonly<Record<string, unknown>>
  readonly append?: Readonly<Record<string, readonly unknown[]>>
}
