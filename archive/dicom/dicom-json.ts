/** The DICOM JSON Model: PS3.18 Annex F. Attributes by `ggggeeee` in ascending order, an attribute without value has no `Value`. */

export interface PersonNameJSON {
  readonly Alphabetic?: string
  readonly Ideographic?: string
  readonly Phonetic?: string
}

export interface AttributeJSON {
  readonly vr: string
  readonly Value?: readonly (string | number | null | PersonNameJSON | DicomJSON)[]
  readonly BulkDataURI?: string
  readonly InlineBinary?: string
}

export interface DicomJSON {
  readonly [tag: string]: AttributeJSON
}
