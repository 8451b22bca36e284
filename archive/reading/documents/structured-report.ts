/**
 * The report as an Enhanced SR by TID 2000 Basic Diagnostic Imaging Report (PS3.16). The text stays text: one section a heading of CID 7001. Completion,
 * verification and preliminary flags say what kind of version it is, Predecessor Documents what it takes the place of (PS3.3 C.17.2, reading.md §3.6).
 */
import type { ImageGrade } from '../../../storage/index/reading/drafts.ts'
import type { ReportContent } from '../reports/report-content.ts'
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
  procedureHeading: code('55111-9', 'LN', 'Current imaging procedure descriptions'),
  procedureDescription: code('121065', 'DCM', 'Procedure Description'),
  comparisonHeading: code('18834-2', 'LN', 'Radiology Comparison study'),
  addendumHeading: code('55107-7', 'LN', 'Addendum'),
  keyImagesHeading: code('55113-5', 'LN', 'Key images'),
  imageReference: code('113000', 'DCM', 'Of Interest'),
  // No standard has these: our own, by the scheme that starts with 99 (PS3.3 §8.2).
  remark: code('REMARK', '99CIA', 'Remark'),
  wording: code('WORDING', '99CIA', 'Class of wording'),
  polarity: code('POLARITY', '99CIA', 'Negative or positive'),
  grade: code('GRADE', '99CIA', 'Image quality grade'),
} as const

const wordings = {
  normal: code('WORDING-NORMAL', '99CIA', 'Normal'),
  affirmative: code('WORDING-AFFIRM', '99CIA', 'Affirmative'),
  consistent: code('WORDING-CONSIST', '99CIA', 'Consistent with'),
  possible: code('WORDING-POSSIBLE', '99CIA', 'Possible'),
  'not-excluded': code('WORDING-NOTEXCL', '99CIA', 'Not excluded'),
} as const

const polarities = { negative: code('260385009', 'SCT', 'Negative'), positive: code('10828004', 'SCT', 'Positive') } as const

/** 甲乙丙丁 as A to D: CodeValue is printable without Chinese, CodeMeaning is not cut. */
const letters = { 甲: 'A', 乙: 'B', 丙: 'C', 丁: 'D' } as const
const gradeCode = ({ grade }: ImageGrade): Code =>
  typeof grade === 'number' ? code(`GRADE-${grade}`, '99CIA', `Level ${grade}`) : code(`GRADE-${letters[grade]}`, '99CIA', `Grade ${grade}`)

export function structuredReport(content: ReportContent): Buffer {
  return part10Of({
    ...sharedModules(content, 'sr'),
    SOPClassUID: EnhancedSRStorage,
    Modality: 'SR',
    ReferencedPerformedProcedureStepSequence: [],
    PerformedProcedureCodeSequence: [],
    ReferencedRequestSequence: [content.study, ...content.alsoStudies].map(referencedRequest),
    ...status(content),
    ...predecessors(content),
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

/** §3.6: a temporary report is PARTIAL, UNVERIFIED, PRELIMINARY; all others are COMPLETE, VERIFIED, FINAL. */
function status({ reviewer, centre, signedAt }: ReportContent): NaturalDataset {
  if (reviewer === null) return { CompletionFlag: 'PARTIAL', PreliminaryFlag: 'PRELIMINARY', VerificationFlag: 'UNVERIFIED' }
  return {
    CompletionFlag: 'COMPLETE',
    PreliminaryFlag: 'FINAL',
    VerificationFlag: 'VERIFIED',
    VerifyingObserverSequence: [
      {
        VerifyingObserverName: doctorName(reviewer.displayName),
        VerifyingObserverIdentificationCodeSequence: [],
        VerifyingOrganization: limited(centre.name, 64),
        VerificationDateTime: dateTime(signedAt),
      },
    ],
  }
}

/** Every version whose content is wholly or partially in this one, the version before first. */
function predecessors({ predecessors: before, study }: ReportContent): NaturalDataset {
  if (before.length === 0) return {}
  return {
    PredecessorDocumentsSequence: [
      {
        StudyInstanceUID: study.StudyInstanceUID,
        ReferencedSeriesSequence: before.map(({ sr }) => ({
          SeriesInstanceUID: sr.SeriesInstanceUID,
          ReferencedSOPSequence: [{ ReferencedSOPClassUID: EnhancedSRStorage, ReferencedSOPInstanceUID: sr.SOPInstanceUID }],
        })),
      },
    ],
  }
}

function contentTree(content: ReportContent): NaturalDataset {
  const sections = [
    section(codes.clinicalHeading, codes.history, content.clinical.information),
    section(codes.procedureHeading, codes.procedureDescription, content.technique),
    section(codes.comparisonHeading, codes.finding, content.comparison),
    section(codes.findingsHeading, codes.finding, content.findings, [
      ...(content.grade === null ? [] : [codeItem(codes.grade, gradeCode(content.grade))]),
    ]),
    section(codes.impressionsHeading, codes.impression, content.impression, [
      codeItem(codes.polarity, polarities[content.polarity]),
      ...(content.wording === null ? [] : [codeItem(codes.wording, wordings[content.wording])]),
    ]),
    section(
      codes.recommendationsHeading,
      codes.recommendation,
      content.advice,
      content.remark === '' ? [] : [textItem(codes.remark, content.remark)],
    ),
    ...content.addenda.map(({ findings, impression, advice }) =>
      section(codes.addendumHeading, codes.finding, [findings, impression, advice].filter((text) => text !== '').join('\n')),
    ),
    keyImages(content),
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
function section(heading: Code, element: Code, text: string, answers: readonly NaturalDataset[] = []): NaturalDataset | undefined {
  if (text.trim() === '' && answers.length === 0) return undefined
  return {
    RelationshipType: 'CONTAINS',
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [coded(heading)],
    ContinuityOfContent: 'SEPARATE',
    ContentSequence: [...(text.trim() === '' ? [] : [textItem(element, text)]), ...answers].map((item) => ({
      RelationshipType: 'CONTAINS',
      ...item,
    })),
  }
}

/** TID 2000 row 12 ff.: images of the evidence, under a heading of CID 7001. */
function keyImages({ keyImages: images, study, alsoStudies }: ReportContent): NaturalDataset | undefined {
  const classes = new Map(
    [study, ...alsoStudies].flatMap(({ evidence: all }) => all.flatMap(({ instances }) => instances.map(([c, i]) => [i, c]))),
  )
  const known = images.filter(({ SOPInstanceUID }) => classes.has(SOPInstanceUID))
  if (known.length === 0) return undefined
  return {
    RelationshipType: 'CONTAINS',
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [coded(codes.keyImagesHeading)],
    ContinuityOfContent: 'SEPARATE',
    ContentSequence: known.map(({ SOPInstanceUID, frame }) => ({
      RelationshipType: 'CONTAINS',
      ValueType: 'IMAGE',
      ConceptNameCodeSequence: [coded(codes.imageReference)],
      ReferencedSOPSequence: [
        {
          ReferencedSOPClassUID: classes.get(SOPInstanceUID)!,
          ReferencedSOPInstanceUID: SOPInstanceUID,
          ...(frame > 1 ? { ReferencedFrameNumber: frame } : {}),
        },
      ],
    })),
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

function referencedRequest(
  study: Pick<ReportContent['study'], 'StudyInstanceUID' | 'AccessionNumber' | 'StudyDescription'>,
): NaturalDataset {
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

function evidence({ study, alsoStudies }: ReportContent): NaturalDataset {
  const studies = [study, ...alsoStudies].filter((one) => one.evidence.length > 0)
  if (studies.length === 0) return {}
  return {
    CurrentRequestedProcedureEvidenceSequence: studies.map((one) => ({
      StudyInstanceUID: one.StudyInstanceUID,
      ReferencedSeriesSequence: one.evidence.map(({ SeriesInstanceUID, instances }) => ({
        SeriesInstanceUID,
        ReferencedSOPSequence: instances.map(([ReferencedSOPClassUID, ReferencedSOPInstanceUID]) => ({
          ReferencedSOPClassUID,
          ReferencedSOPInstanceUID,
        })),
      })),
    })),
  }
}

function dateTime(iso: string): string {
  const { date, time } = dicomDateTime(iso)
  return `${date}${time}+0800`
}
