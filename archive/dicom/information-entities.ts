/**
 * Attributes of the Patient, Study and Series Information Entities beyond those of the index (PS3.3 Table A.1-1: their modules in C.7.1 to C.7.5): what
 * `all` means for a study or a series.
 */
import { tagOf } from './dictionary.ts'

const tags = (...keywords: readonly string[]): ReadonlySet<string> =>
  new Set(
    keywords.map((keyword) => {
      const tag = tagOf(keyword)
      if (tag === undefined) throw new Error(`${keyword} is not in the data dictionary`)
      return tag.toString(16).toUpperCase().padStart(8, '0')
    }),
  )

/** Patient (C.7.1.1, C.2.2 ff.), General Study (C.7.2.1), Patient Study (C.7.2.2). */
export const patientAndStudyTags = tags(
  'IssuerOfPatientIDQualifiersSequence',
  'OtherPatientIDsSequence',
  'PatientBirthName',
  'PatientMotherBirthName',
  'PatientAddress',
  'PatientTelephoneNumbers',
  'PatientSpeciesDescription',
  'PatientSpeciesCodeSequence',
  'PatientBreedDescription',
  'ResponsiblePerson',
  'ResponsiblePersonRole',
  'ResponsibleOrganization',
  'PatientIdentityRemoved',
  'DeidentificationMethod',
  'DeidentificationMethodCodeSequence',
  'QualityControlSubject',
  'SmokingStatus',
  'IssuerOfAccessionNumberSequence',
  'ReferringPhysicianIdentificationSequence',
  'ConsultingPhysicianName',
  'PhysiciansOfRecord',
  'NameOfPhysiciansReadingStudy',
  'RequestingServiceCodeSequence',
  'RequestingPhysician',
  'RequestingService',
  'RequestedProcedureDescription',
  'RequestedProcedureCodeSequence',
  'ProcedureCodeSequence',
  'ReferencedStudySequence',
  'AdmittingDiagnosesDescription',
  'AdmittingDiagnosesCodeSequence',
  'AdmissionID',
  'IssuerOfAdmissionIDSequence',
  'ServiceEpisodeID',
  'ReasonForPerformedProcedureCodeSequence',
  'PatientBodyMassIndex',
  'MedicalAlerts',
  'Allergies',
  'PregnancyStatus',
  'LastMenstrualDate',
  'Occupation',
  'AdditionalPatientHistory',
  'PatientState',
  'PatientSexNeutered',
)

/** General Series (C.7.3.1), General Equipment (C.7.5.1), Frame of Reference (C.7.4.1). */
export const seriesTags = tags(
  'SeriesDescriptionCodeSequence',
  'PerformingPhysicianName',
  'OperatorsName',
  'PatientPosition',
  'AnatomicalOrientationType',
  'ReferencedPerformedProcedureStepSequence',
  'RelatedSeriesSequence',
  'PerformedProcedureStepID',
  'PerformedProcedureStepDescription',
  'PerformedProcedureStepEndDate',
  'PerformedProcedureStepEndTime',
  'PerformedProtocolCodeSequence',
  'CommentsOnThePerformedProcedureStep',
  'TreatmentSessionUID',
  'InstitutionAddress',
  'InstitutionCodeSequence',
  'InstitutionalDepartmentTypeCodeSequence',
  'DeviceSerialNumber',
  'DeviceUID',
  'GantryID',
  'SoftwareVersions',
  'SpatialResolution',
  'DateOfLastCalibration',
  'TimeOfLastCalibration',
  'FrameOfReferenceUID',
  'PositionReferenceIndicator',
)
