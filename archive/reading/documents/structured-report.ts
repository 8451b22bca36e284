/**
 * The report as an Enhanced SR by TID 2000 Basic Diagnostic Imaging Report (PS3.16). The text stays text: one section a heading of CID 7001.
 * Completion, verification and preliminary flags are those of a final report (PS3.3 C.17.2).
 */
import type { ReportContent } from '../report-content.ts'
import { doctorName } from './doctor-name.ts'
import { dicomDateTime } from './local-time.ts'
import { limited, sharedModules } from './modules.ts'
import { type NaturalDataset, part10Of } from './part10.ts'

export const EnhancedSRStorage = '1.2.840.10008.5.1.4.1.1.88.22'

interface Code {
  readonly value: string
  readonly scheme: string
  readonly meaning: string
}

const code = (value: string, scheme: string, meaning: string): Code => ({ value, scheme, meaning })

/** Document title (CID 7000), headings (CID 7001), their elements (CID 7002), and the observation context of TID 1001 ff. */
const codes = {
  title: code('18748-4', 'LN', 'Diagnostic imaging report'),
  language: code('121049', 'DCM', 'Language of Content Item and Descendants'),
  chinese: code('zh-CN', 'RFC5646', 'Chinese (China)'),
  observerType: code('121005', 'DCM', 'Observer Type'),
  person: code('121006', 'DCM', 'Person'),
  personObserverName: code('121008', 'DCM', 'Person Observer Name'),
  organization: code('121009', 'DCM', "Person Observer's Organization Name"),
  clinicalHeading: code('55752-0', 'LN', 'Clinical information'),
  history: code('121060', 'DCM', 'History'),
  findingsHeading: code('59776-5', 'LN', 'Procedure findings'),
  finding: code('121071', 'DCM', 'Finding'),
  impressionsHeading: code('19005-8', 'LN', 'Impressions'),
  impression: code('121073', 'DCM', 'Impression'),
  recommendationsHeading: code('18783-1', 'LN', 'Recommendations'),
  recommendation: code('121075', 'DCM', 'Recommendation'),
} as const

export function structuredReport(content: ReportContent): Buffer {
  return part10Of({
    ...sharedModules(content, 'sr'),
    SOPClassUID: EnhancedSRStorage,
    Modality: 'SR',
    ReferencedPerformedProcedureStepSequence: [],
    PerformedProcedureCodeSequence: [],
    ReferencedRequestSequence: [referencedRequest(content)],
    CompletionFlag: 'COMPLETE',
    PreliminaryFlag: 'FINAL',
    VerificationFlag: 'VERIFIED',
    VerifyingObserverSequence: [
      {
        VerifyingObserverName: doctorName(content.reviewer.displayName),
        VerifyingObserverIdentificationCodeSequence: [],
        VerifyingOrganization: limited(content.centre.name, 64),
        VerificationDateTime: dateTime(content.signedAt),
      },
    ],
    AuthorObserverSequence: [
      {
        ObserverType: 'PSN',
        PersonName: doctorName(content.author.displayName),
        PersonIdentificationCodeSequence: [],
        InstitutionName: limited(content.centre.name, 64),
        InstitutionCodeSequence: [],
      },
    ],
    ...evidence(content),
    ...contentTree(content),
  })
}

function contentTree(content: ReportContent): NaturalDataset {
  const sections = [
    section(codes.clinicalHeading, codes.history, content.clinical.information),
    section(codes.findingsHeading, codes.finding, content.findings),
    section(codes.impressionsHeading, codes.impression, content.impression),
    section(codes.recommendationsHeading, codes.recommendation, content.advice),
  ]
  return {
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [coded(codes.title)],
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '2000' }],
    ContentSequence: [
      { RelationshipType: 'HAS CONCEPT MOD', ...codeItem(codes.language, codes.chinese) },
      { RelationshipType: 'HAS OBS CONTEXT', ...codeItem(codes.observerType, codes.person) },
      {
        RelationshipType: 'HAS OBS CONTEXT',
        ValueType: 'PNAME',
        ConceptNameCodeSequence: [coded(codes.personObserverName)],
        PersonName: doctorName(content.author.displayName),
      },
      { RelationshipType: 'HAS OBS CONTEXT', ...textItem(codes.organization, content.centre.name) },
      ...sections.filter((item) => item !== undefined),
    ],
  }
}

/** A heading with its text under it, or nothing when there is no text. */
function section(heading: Code, element: Code, text: string): NaturalDataset | undefined {
  if (text.trim() === '') return undefined
  return {
    RelationshipType: 'CONTAINS',
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [coded(heading)],
    ContinuityOfContent: 'SEPARATE',
    ContentSequence: [{ RelationshipType: 'CONTAINS', ...textItem(element, text) }],
  }
}

const coded = ({ value, scheme, meaning }: Code): NaturalDataset => ({
  CodeValue: value,
  CodingSchemeDesignator: scheme,
  CodeMeaning: meaning,
})

const codeItem = (name: Code, value: Code): NaturalDataset => ({
  ValueType: 'CODE',
  ConceptNameCodeSequence: [coded(name)],
  ConceptCodeSequence: [coded(value)],
})

/** UT takes lines apart by CR LF (PS3.5 §6.2). */
const textItem = (name: Code, text: string): NaturalDataset => ({
  ValueType: 'TEXT',
  ConceptNameCodeSequence: [coded(name)],
  TextValue: text.replace(/\r?\n/g, '\r\n'),
})

function referencedRequest({ study }: ReportContent): NaturalDataset {
  return {
    StudyInstanceUID: study.StudyInstanceUID,
    ReferencedStudySequence: [],
    AccessionNumber: study.AccessionNumber,
    PlacerOrderNumberImagingServiceRequest: '',
    FillerOrderNumberImagingServiceRequest: '',
    RequestedProcedureID: '',
    RequestedProcedureDescription: limited(study.StudyDescription, 64),
    RequestedProcedureCodeSequence: [],
  }
}

function evidence({ study }: ReportContent): NaturalDataset {
  if (study.evidence.length === 0) return {}
  return {
    CurrentRequestedProcedureEvidenceSequence: [
      {
        StudyInstanceUID: study.StudyInstanceUID,
        ReferencedSeriesSequence: study.evidence.map(({ SeriesInstanceUID, instances }) => ({
          SeriesInstanceUID,
          ReferencedSOPSequence: instances.map(([ReferencedSOPClassUID, ReferencedSOPInstanceUID]) => ({
            ReferencedSOPClassUID,
            ReferencedSOPInstanceUID,
          })),
        })),
      },
    ],
  }
}

function dateTime(iso: string): string {
  const { date, time } = dicomDateTime(iso)
  return `${date}${time}+0800`
}
