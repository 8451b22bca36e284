/**
 * The attributes that the index knows: at which level they stand, and which are searchable by a column of their own (mechanical snake case).
 * QIDO-RS (PS3.18 §10.6.3), C-FIND (PS3.4 C.6) and the migrations rest on this one table.
 *
 * `column` is absent where an attribute is only returned, not matched.
 */
export type Level = 'patient' | 'study' | 'series' | 'instance'

export interface IndexedAttribute {
  readonly keyword: string
  /** `ggggeeee`, upper case. */
  readonly tag: string
  readonly vr: string
  readonly level: Level
  readonly column?: string
}

const attribute = (keyword: string, tag: string, vr: string, level: Level, column?: string): IndexedAttribute =>
  column === undefined ? { keyword, tag, vr, level } : { keyword, tag, vr, level, column }

/** Patient attributes are kept per study, as received (the patient row only links). */
export const indexedAttributes: readonly IndexedAttribute[] = [
  attribute('PatientName', '00100010', 'PN', 'patient', 'patient_name'),
  attribute('PatientID', '00100020', 'LO', 'patient', 'patient_id'),
  attribute('IssuerOfPatientID', '00100021', 'LO', 'patient', 'issuer_of_patient_id'),
  attribute('PatientBirthDate', '00100030', 'DA', 'patient', 'patient_birth_date'),
  attribute('PatientBirthTime', '00100032', 'TM', 'patient'),
  attribute('PatientSex', '00100040', 'CS', 'patient', 'patient_sex'),
  attribute('OtherPatientIDs', '00101000', 'LO', 'patient'),
  attribute('OtherPatientIDsSequence', '00101002', 'SQ', 'patient'),
  attribute('OtherPatientNames', '00101001', 'PN', 'patient'),
  attribute('EthnicGroup', '00102160', 'SH', 'patient'),
  attribute('PatientComments', '00104000', 'LT', 'patient'),

  attribute('StudyInstanceUID', '0020000D', 'UI', 'study', 'study_instance_uid'),
  attribute('StudyDate', '00080020', 'DA', 'study', 'study_date'),
  attribute('StudyTime', '00080030', 'TM', 'study', 'study_time'),
  attribute('AccessionNumber', '00080050', 'SH', 'study', 'accession_number'),
  attribute('ReferringPhysicianName', '00080090', 'PN', 'study', 'referring_physician_name'),
  attribute('StudyDescription', '00081030', 'LO', 'study', 'study_description'),
  attribute('StudyID', '00200010', 'SH', 'study', 'study_id'),
  attribute('InstitutionName', '00080080', 'LO', 'study', 'institution_name'),
  attribute('TimezoneOffsetFromUTC', '00080201', 'SH', 'study'),
  attribute('PatientAge', '00101010', 'AS', 'study'),
  attribute('PatientSize', '00101020', 'DS', 'study'),
  attribute('PatientWeight', '00101030', 'DS', 'study'),

  attribute('SeriesInstanceUID', '0020000E', 'UI', 'series', 'series_instance_uid'),
  attribute('Modality', '00080060', 'CS', 'series', 'modality'),
  attribute('SeriesNumber', '00200011', 'IS', 'series', 'series_number'),
  attribute('SeriesDescription', '0008103E', 'LO', 'series', 'series_description'),
  attribute('SeriesDate', '00080021', 'DA', 'series'),
  attribute('SeriesTime', '00080031', 'TM', 'series'),
  attribute('BodyPartExamined', '00180015', 'CS', 'series', 'body_part_examined'),
  attribute('ProtocolName', '00181030', 'LO', 'series'),
  attribute('Laterality', '00200060', 'CS', 'series'),
  attribute('StationName', '00081010', 'SH', 'series', 'station_name'),
  attribute('Manufacturer', '00080070', 'LO', 'series'),
  attribute('ManufacturerModelName', '00081090', 'LO', 'series'),
  attribute('InstitutionalDepartmentName', '00081040', 'LO', 'series'),
  attribute('PerformedProcedureStepStartDate', '00400244', 'DA', 'series', 'performed_procedure_step_start_date'),
  attribute('PerformedProcedureStepStartTime', '00400245', 'TM', 'series', 'performed_procedure_step_start_time'),
  attribute('RequestAttributesSequence', '00400275', 'SQ', 'series'),

  attribute('SOPClassUID', '00080016', 'UI', 'instance', 'sop_class_uid'),
  attribute('SOPInstanceUID', '00080018', 'UI', 'instance', 'sop_instance_uid'),
  attribute('InstanceNumber', '00200013', 'IS', 'instance', 'instance_number'),
  attribute('ContentDate', '00080023', 'DA', 'instance'),
  attribute('ContentTime', '00080033', 'TM', 'instance'),
  attribute('AcquisitionDate', '00080022', 'DA', 'instance'),
  attribute('AcquisitionTime', '00080032', 'TM', 'instance'),
  attribute('AcquisitionDateTime', '0008002A', 'DT', 'instance'),
  attribute('AcquisitionNumber', '00200012', 'IS', 'instance'),
  attribute('Rows', '00280010', 'US', 'instance', 'rows'),
  attribute('Columns', '00280011', 'US', 'instance', 'columns'),
  attribute('BitsAllocated', '00280100', 'US', 'instance', 'bits_allocated'),
  attribute('NumberOfFrames', '00280008', 'IS', 'instance', 'number_of_frames'),
  attribute('ImageType', '00080008', 'CS', 'instance'),
  attribute('ConceptNameCodeSequence', '0040A043', 'SQ', 'instance'),
  attribute('CompletionFlag', '0040A491', 'CS', 'instance'),
  attribute('VerificationFlag', '0040A493', 'CS', 'instance'),
  attribute('DocumentTitle', '00420010', 'ST', 'instance'),
]
