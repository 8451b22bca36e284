/**
 * Key Object Selection documents: instances pointed out with a title that says why (PS3.3 A.35.4, PS3.16 TID 2010). A Rejection Note is one whose title
 * is a code of rejection (IHE RAD TF-3 4.66).
 */
import { doctorName } from './reading/documents/doctor-name.ts'
import { dicomDateTime, TimezoneOffsetFromUTC } from './reading/documents/local-time.ts'
import { limited } from './reading/documents/modules.ts'
import { type NaturalDataset, part10Of } from './reading/documents/part10.ts'

export const KeyObjectSelectionDocumentStorage = '1.2.840.10008.5.1.4.1.1.88.59'

export interface Code {
  readonly value: string
  /** Default: DCM. */
  readonly scheme?: string
  readonly meaning: string
}

/** What the document says of its patient and study: as the study's own instances do. Empty where unknown. */
export interface DescribedStudy {
  readonly PatientName: string
  readonly PatientID: string
  readonly IssuerOfPatientID: string
  readonly PatientBirthDate: string
  readonly PatientSex: string
  readonly StudyInstanceUID: string
  readonly StudyID: string
  readonly StudyDate: string
  readonly StudyTime: string
  readonly AccessionNumber: string
  readonly ReferringPhysicianName: string
  readonly StudyDescription: string
  readonly InstitutionName: string
}

export interface KeyObject {
  /** Default: the study that the document lies in. */
  readonly StudyInstanceUID?: string
  readonly SeriesInstanceUID: string
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly isImage: boolean
  /** Of an image of several frames: those that are meant, from 1. Default: all. */
  readonly frames?: readonly number[]
}

export interface KeyObjectSelection {
  readonly study: DescribedStudy
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly SeriesNumber: number
  readonly SeriesDescription: string
  /** CID 7010: what the objects were selected for. */
  readonly title: Code
  /** Document Title Modifiers: CID 7011 for a title of rejection for quality, CID 7012 for Best In Set. */
  readonly modifiers?: readonly Code[]
  readonly description: string
  /** Whoever selected them; null where no person did. */
  readonly observer: string | null
  readonly at: Date
  /** At least one. */
  readonly objects: readonly KeyObject[]
  /** Where it selects of several studies: the same document in each of the others. PS3.3 §C.17.6.2.1. */
  readonly identical?: readonly DocumentReference[]
}

export interface DocumentReference {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
}

export function keyObjectSelection(selection: KeyObjectSelection): Buffer {
  const { study, at } = selection
  const { date, time } = dicomDateTime(at.toISOString())
  return part10Of({
    SpecificCharacterSet: 'ISO_IR 192',
    TimezoneOffsetFromUTC,
    ...describedStudy(study),
    Manufacturer: 'County Imaging Archive',
    Modality: 'KO',
    SeriesInstanceUID: selection.SeriesInstanceUID,
    SeriesNumber: selection.SeriesNumber,
    SeriesDescription: limited(selection.SeriesDescription, 64),
    SeriesDate: date,
    SeriesTime: time,
    ReferencedPerformedProcedureStepSequence: [],
    SOPClassUID: KeyObjectSelectionDocumentStorage,
    SOPInstanceUID: selection.SOPInstanceUID,
    InstanceNumber: 1,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    ContentDate: date,
    ContentTime: time,
    CurrentRequestedProcedureEvidenceSequence: byStudy(study.StudyInstanceUID, selection.objects),
    ...identicalDocuments(selection.identical ?? []),
    ...contentTree(selection),
  })
}

export function describedStudy({ IssuerOfPatientID, StudyDescription, InstitutionName, ...study }: DescribedStudy): NaturalDataset {
  return {
    ...study,
    ...(IssuerOfPatientID === '' ? {} : { IssuerOfPatientID }),
    ...(StudyDescription === '' ? {} : { StudyDescription }),
    ...(InstitutionName === '' ? {} : { InstitutionName }),
  }
}

/** In the order of the objects, which is the same in every copy. */
function byStudy(own: string, objects: readonly KeyObject[]): NaturalDataset[] {
  const studies = [...new Set(objects.map(({ StudyInstanceUID = own }) => StudyInstanceUID))]
  return studies.map((study) => ({
    StudyInstanceUID: study,
    ReferencedSeriesSequence: bySeries(objects.filter(({ StudyInstanceUID = own }) => StudyInstanceUID === study)),
  }))
}

const identicalDocuments = (documents: readonly DocumentReference[]): NaturalDataset =>
  documents.length === 0
    ? {}
    : {
        IdenticalDocumentsSequence: documents.map(({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }) => ({
          StudyInstanceUID,
          ReferencedSeriesSequence: [
            {
              SeriesInstanceUID,
              ReferencedSOPSequence: [
                { ReferencedSOPClassUID: KeyObjectSelectionDocumentStorage, ReferencedSOPInstanceUID: SOPInstanceUID },
              ],
            },
          ],
        })),
      }

function bySeries(objects: readonly KeyObject[]): NaturalDataset[] {
  const series = new Map<string, NaturalDataset[]>()
  const seen = new Set<string>()
  for (const object of objects) {
    // Evidence names an instance once, however many of its frames were selected.
    if (seen.has(object.SOPInstanceUID)) continue
    seen.add(object.SOPInstanceUID)
    const references = series.get(object.SeriesInstanceUID) ?? []
    references.push(referenceTo(object))
    series.set(object.SeriesInstanceUID, references)
  }
  return [...series].map(([SeriesInstanceUID, ReferencedSOPSequence]) => ({ SeriesInstanceUID, ReferencedSOPSequence }))
}

const referenceTo = ({ SOPClassUID, SOPInstanceUID }: KeyObject): NaturalDataset => ({
  ReferencedSOPClassUID: SOPClassUID,
  ReferencedSOPInstanceUID: SOPInstanceUID,
})

/** TID 2010: title, modifiers, who selected, why, what. */
function contentTree({ title, modifiers = [], description, observer, objects }: KeyObjectSelection): NaturalDataset {
  return {
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [coded(title)],
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '2010' }],
    ContentSequence: [
      ...modifiers.map((modifier) => ({ RelationshipType: 'HAS CONCEPT MOD', ...codeItem(concepts.modifier, modifier) })),
      ...(observer === null
        ? []
        : [
            { RelationshipType: 'HAS OBS CONTEXT', ...codeItem(concepts.observerType, concepts.person) },
            {
              RelationshipType: 'HAS OBS CONTEXT',
              ValueType: 'PNAME',
              ConceptNameCodeSequence: [coded(concepts.personObserverName)],
              PersonName: doctorName(observer),
            },
          ]),
      ...(description.trim() === ''
        ? []
        : [
            {
              RelationshipType: 'CONTAINS',
              ValueType: 'TEXT',
              ConceptNameCodeSequence: [coded(concepts.description)],
              TextValue: description.replace(/\r?\n/g, '\r\n'),
            },
          ]),
      ...objects.map((object) => ({
        RelationshipType: 'CONTAINS',
        ValueType: object.isImage ? 'IMAGE' : 'COMPOSITE',
        ReferencedSOPSequence: [
          { ...referenceTo(object), ...(object.frames === undefined ? {} : { ReferencedFrameNumber: [...object.frames] }) },
        ],
      })),
    ],
  }
}

const concepts = {
  modifier: { value: '113011', meaning: 'Document Title Modifier' },
  description: { value: '113012', meaning: 'Key Object Description' },
  observerType: { value: '121005', meaning: 'Observer Type' },
  person: { value: '121006', meaning: 'Person' },
  personObserverName: { value: '121008', meaning: 'Person Observer Name' },
} as const satisfies Readonly<Record<string, Code>>

const coded = ({ value, scheme = 'DCM', meaning }: Code): NaturalDataset => ({
  CodeValue: value,
  CodingSchemeDesignator: scheme,
  CodeMeaning: meaning,
})

const codeItem = (name: Code, value: Code): NaturalDataset => ({
  ValueType: 'CODE',
  ConceptNameCodeSequence: [coded(name)],
  ConceptCodeSequence: [coded(value)],
})
