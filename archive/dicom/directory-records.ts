/**
 * Which Directory Record points at an instance, and what it says of it: PS3.3 F.4, F.5. Keys of type 1 that an instance lacks are made up by
 * `dicomdir.ts`; those of type 2 stay empty.
 */

export interface RecordKind {
  /** Directory Record Type (0004,1430). */
  readonly type: string
  /** Keywords copied from the instance, besides InstanceNumber. */
  readonly keys: readonly string[]
}

const content = ['ContentDate', 'ContentTime'] as const
const labelled = [...content, 'ContentLabel', 'ContentDescription', 'ContentCreatorName'] as const

const kinds = {
  image: { type: 'IMAGE', keys: [] },
  dose: { type: 'RT DOSE', keys: ['DoseSummationType'] },
  structures: { type: 'RT STRUCTURE SET', keys: ['StructureSetLabel', 'StructureSetDate', 'StructureSetTime'] },
  plan: { type: 'RT PLAN', keys: ['RTPlanLabel', 'RTPlanDate', 'RTPlanTime'] },
  treatment: { type: 'RT TREAT RECORD', keys: ['TreatmentDate', 'TreatmentTime'] },
  presentation: {
    type: 'PRESENTATION',
    keys: [
      'PresentationCreationDate',
      'PresentationCreationTime',
      'ContentLabel',
      'ContentDescription',
      'ContentCreatorName',
      'ReferencedSeriesSequence',
    ],
  },
  waveform: { type: 'WAVEFORM', keys: content },
  report: {
    type: 'SR DOCUMENT',
    keys: ['CompletionFlag', 'VerificationFlag', ...content, 'VerificationDateTime', 'ConceptNameCodeSequence', 'ContentSequence'],
  },
  keyObjects: { type: 'KEY OBJECT DOC', keys: [...content, 'ConceptNameCodeSequence', 'ContentSequence'] },
  spectroscopy: {
    type: 'SPECTROSCOPY',
    keys: ['ImageType', ...content, 'NumberOfFrames', 'Rows', 'Columns', 'DataPointRows', 'DataPointColumns'],
  },
  raw: { type: 'RAW DATA', keys: content },
  registration: { type: 'REGISTRATION', keys: labelled },
  fiducial: { type: 'FIDUCIAL', keys: labelled },
  valueMap: { type: 'VALUE MAP', keys: labelled },
  surface: { type: 'SURFACE', keys: labelled },
  tract: { type: 'TRACT', keys: labelled },
  measurement: { type: 'MEASUREMENT', keys: labelled },
  stereometric: { type: 'STEREOMETRIC', keys: [] },
  document: {
    type: 'ENCAP DOC',
    keys: [...content, 'DocumentTitle', 'HL7InstanceIdentifier', 'ConceptNameCodeSequence', 'MIMETypeOfEncapsulatedDocument'],
  },
} as const satisfies Readonly<Record<string, RecordKind>>

/** By the SOP class UID behind its common root; the first that fits. */
const bySOPClass: readonly (readonly [suffix: RegExp, kind: RecordKind])[] = [
  [/^88\.59$/, kinds.keyObjects],
  [/^88\./, kinds.report],
  [/^104\./, kinds.document],
  [/^(11\.|9\.100\.)/, kinds.presentation],
  [/^9\./, kinds.waveform],
  [/^4\.2$/, kinds.spectroscopy],
  [/^66$/, kinds.raw],
  [/^66\.[13]$/, kinds.registration],
  [/^66\.2$/, kinds.fiducial],
  [/^66\.5$/, kinds.surface],
  [/^66\.6$/, kinds.tract],
  [/^67$/, kinds.valueMap],
  [/^77\.1\.5\.3$/, kinds.stereometric],
  [/^7[89]\./, kinds.measurement],
  [/^481\.2$/, kinds.dose],
  [/^481\.3$/, kinds.structures],
  [/^481\.[58]$/, kinds.plan],
  [/^481\.[4679]$/, kinds.treatment],
]

const root = '1.2.840.10008.5.1.4.1.1.'

/** Undefined: no record of the standard points at such an instance. */
export function recordKindOf(SOPClassUID: string, hasPixels: boolean): RecordKind | undefined {
  const suffix = SOPClassUID.startsWith(root) ? SOPClassUID.slice(root.length) : ''
  return bySOPClass.find(([pattern]) => pattern.test(suffix))?.[1] ?? (hasPixels ? kinds.image : undefined)
}
