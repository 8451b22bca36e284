/**
 * DICOMDIR: the Basic Directory of a file set (PS3.3 Annex F, PS3.10 §8), built while its files are written: patient, study, series, instance.
 * Explicit VR Little Endian; texts in ISO_IR 192 where they are more than ASCII, declared in each record.
 */
import { writeDataset } from './dataset-writer.ts'
import type { AttributeJSON, DicomJSON } from './dicom-json.ts'
import { type Attribute, attributeOf, tagOf as tagNumberOf } from './dictionary.ts'
import { recordKindOf } from './directory-records.ts'
import { fileMeta } from './part10.ts'
import { ExplicitVRLittleEndian } from './transfer-syntaxes.ts'

const MediaStorageDirectoryStorage = '1.2.840.10008.1.3.10'

export interface DirectoryFile {
  /** Components of its File ID, at most eight of at most eight capitals, digits and underscores. */
  readonly path: readonly string[]
  readonly TransferSyntaxUID: string
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly hasPixels: boolean
  /** Its metadata. */
  readonly dataset: DicomJSON
}

interface Entry {
  readonly record: DicomJSON
  readonly lower: Map<string, Entry>
}

/** PS3.3 Table F.3-3, and what one level of records says (F.5.1–F.5.3). */
const patientKeys = ['PatientName', 'PatientID']
const studyKeys = ['StudyDate', 'StudyTime', 'StudyDescription', 'StudyInstanceUID', 'StudyID', 'AccessionNumber']
const seriesKeys = ['Modality', 'SeriesInstanceUID', 'SeriesNumber']

export class DirectoryBuilder {
  readonly #patients = new Map<string, Entry>()
  readonly #studies = new Map<string, Entry>()

  /** False: the standard has no record that points at such an instance; the file is in the set all the same. */
  add({ path, dataset, TransferSyntaxUID, SOPClassUID, SOPInstanceUID, hasPixels }: DirectoryFile): boolean {
    const kind = recordKindOf(SOPClassUID, hasPixels)
    if (kind === undefined) return false
    const study = this.#studyOf(dataset)
    const series = entry(study.lower, text(dataset, 'SeriesInstanceUID'), () =>
      record('SERIES', dataset, seriesKeys, {
        Modality: text(dataset, 'Modality') || 'OT',
        SeriesNumber: text(dataset, 'SeriesNumber') || String(study.lower.size + 1),
      }),
    )
    const made = {
      InstanceNumber: text(dataset, 'InstanceNumber') || String(series.lower.size + 1),
      ...(kind.keys.includes('ContentDate')
        ? {
            ContentDate: firstOf(dataset, ['ContentDate', 'SeriesDate', 'StudyDate']) ?? noDate,
            ContentTime: text(dataset, 'ContentTime') || noTime,
          }
        : {}),
    }
    entry(series.lower, SOPInstanceUID, () => ({
      ...record(kind.type, dataset, [...kind.keys, 'InstanceNumber'], made),
      [tagOf('ReferencedFileID')]: { vr: 'CS', Value: path },
      [tagOf('ReferencedSOPClassUIDInFile')]: { vr: 'UI', Value: [SOPClassUID] },
      [tagOf('ReferencedSOPInstanceUIDInFile')]: { vr: 'UI', Value: [SOPInstanceUID] },
      [tagOf('ReferencedTransferSyntaxUIDInFile')]: { vr: 'UI', Value: [TransferSyntaxUID] },
    }))
    return true
  }

  /** Instances of one study that name other patients are in one place all the same: what the first says of its patient stands. */
  #studyOf(dataset: DicomJSON): Entry {
    const StudyInstanceUID = text(dataset, 'StudyInstanceUID')
    const known = this.#studies.get(StudyInstanceUID)
    if (known !== undefined) return known
    const PatientID = text(dataset, 'PatientID') || 'UNKNOWN'
    const patient = entry(this.#patients, PatientID, () => record('PATIENT', dataset, patientKeys, { PatientID }))
    const study = entry(patient.lower, StudyInstanceUID, () =>
      record('STUDY', dataset, studyKeys, {
        StudyDate: firstOf(dataset, ['StudyDate', 'SeriesDate', 'AcquisitionDate', 'ContentDate']) ?? noDate,
        StudyTime: text(dataset, 'StudyTime') || noTime,
        StudyID: text(dataset, 'StudyID') || String(patient.lower.size + 1),
      }),
    )
    this.#studies.set(StudyInstanceUID, study)
    return study
  }

  /** The file itself. */
  write(SOPInstanceUID: string, FileSetID: string): Buffer {
    const records = flatten([...this.#patients.values()])
    const meta = fileMeta({ SOPClassUID: MediaStorageDirectoryStorage, SOPInstanceUID, TransferSyntaxUID: ExplicitVRLittleEndian })
    const fileSet = (first: number, last: number) =>
      written({
        '00041130': { vr: 'CS', Value: [FileSetID] },
        '00041200': { vr: 'UL', Value: [first] },
        '00041202': { vr: 'UL', Value: [last] },
        '00041212': { vr: 'US', Value: [0] },
      })
    let at = meta.length + fileSet(0, 0).length + sequenceHeader
    for (const item of records) {
      item.offset = at
      at += itemHeader + item.bytes.length
    }
    const top = records.filter(({ depth }) => depth === 0)
    const length = at - (meta.length + fileSet(0, 0).length + sequenceHeader)
    return Buffer.concat([
      meta,
      fileSet(top.at(0)?.offset ?? 0, top.at(-1)?.offset ?? 0),
      sequenceOf(length),
      ...records.flatMap((item) => {
        item.bytes.writeUInt32LE(item.next?.offset ?? 0, nextOffsetAt)
        item.bytes.writeUInt32LE(item.lower?.offset ?? 0, lowerOffsetAt)
        return [itemOf(item.bytes.length), item.bytes]
      }),
    ])
  }
}

interface Written {
  readonly bytes: Buffer
  readonly depth: number
  offset: number
  next: Written | undefined
  lower: Written | undefined
}

/** Depth first, each record knowing the next of its own entity and the first of the one below. */
function flatten(entries: readonly Entry[], depth = 0): Written[] {
  const all: Written[] = []
  let previous: Written | undefined
  for (const { record, lower } of entries) {
    const own: Written = { bytes: written(record), depth, offset: 0, next: undefined, lower: undefined }
    if (previous !== undefined) previous.next = own
    previous = own
    const below = flatten([...lower.values()], depth + 1)
    own.lower = below[0]
    all.push(own, ...below)
  }
  return all
}

const written = (dataset: DicomJSON): Buffer => writeDataset(dataset, { implicit: false, characterSet: 'ISO_IR 192' }).bytes

/** Of (0004,1220) in explicit VR, and of each item in it. */
const sequenceHeader = 12
const itemHeader = 8
/** Where a record has (0004,1400) and (0004,1420), its first and its third element: behind headers of 8 bytes and a value of 4 and one of 2. */
const nextOffsetAt = 8
const lowerOffsetAt = 8 + 4 + 8 + 2 + 8

function sequenceOf(length: number): Buffer {
  const header = Buffer.from([0x04, 0x00, 0x20, 0x12, 0x53, 0x51, 0, 0, 0, 0, 0, 0])
  header.writeUInt32LE(length, 8)
  return header
}

function itemOf(length: number): Buffer {
  const header = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
  header.writeUInt32LE(length, 4)
  return header
}

function entry(entries: Map<string, Entry>, key: string, make: () => DicomJSON): Entry {
  const known = entries.get(key)
  if (known !== undefined) return known
  const made: Entry = { record: make(), lower: new Map() }
  entries.set(key, made)
  return made
}

function record(type: string, dataset: DicomJSON, keys: readonly string[], made: Readonly<Record<string, string>>): DicomJSON {
  const attributes: Record<string, AttributeJSON> = {
    '00041400': { vr: 'UL', Value: [0] },
    '00041410': { vr: 'US', Value: [0xffff] },
    '00041420': { vr: 'UL', Value: [0] },
    '00041430': { vr: 'CS', Value: [type] },
  }
  for (const keyword of keys) {
    const { tag, vr } = attributeOfKeyword(keyword)
    const value = keyword in made ? { vr, Value: [made[keyword]!] } : attributeIn(dataset, keyword, tag)
    if (value !== undefined) attributes[tag] = value
  }
  return attributes
}

/** Keys of type 1C: only where there is something to say. */
const conditional = new Set(['ContentSequence', 'VerificationDateTime', 'HL7InstanceIdentifier', 'ReferencedSeriesSequence'])

function attributeIn(dataset: DicomJSON, keyword: string, tag: string): AttributeJSON | undefined {
  const { vr } = attributeOfKeyword(keyword)
  if (keyword === 'ContentSequence') return modifiersOf(dataset[tag])
  if (keyword === 'VerificationDateTime') return verifiedAt(dataset)
  const found = dataset[tag]
  if (found?.Value === undefined || found.Value.length === 0) return conditional.has(keyword) ? undefined : { vr }
  return { vr: found.vr, Value: found.Value }
}

/** Of a document's content only what modifies its title (PS3.3 Table F.5-24). */
function modifiersOf(tree: AttributeJSON | undefined): AttributeJSON | undefined {
  const modifiers = ((tree?.Value ?? []) as DicomJSON[]).filter((item) => text(item, 'RelationshipType') === 'HAS CONCEPT MOD')
  return modifiers.length === 0 ? undefined : { vr: 'SQ', Value: modifiers }
}

/** The latest time at which somebody verified the document. */
function verifiedAt(dataset: DicomJSON): AttributeJSON | undefined {
  const observers = (dataset[tagOf('VerifyingObserverSequence')]?.Value ?? []) as DicomJSON[]
  const latest = observers
    .map((observer) => text(observer, 'VerificationDateTime'))
    .sort()
    .at(-1)
  return latest === undefined || latest === '' ? undefined : { vr: 'DT', Value: [latest] }
}

/** What stands where the standard wants a date or time and nothing is known, as DCMTK's dcmmkdir writes it. */
const noDate = '19000101'
const noTime = '000000'

/** Keywords are those of the tables here. */
const attributeOfKeyword = (keyword: string): Attribute => attributeOf(tagNumberOf(keyword)!)!
const tagOf = (keyword: string): string => attributeOfKeyword(keyword).tag

const text = (dataset: DicomJSON, keyword: string): string => {
  const value = dataset[tagOf(keyword)]?.Value?.[0]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function firstOf(dataset: DicomJSON, keywords: readonly string[]): string | undefined {
  return keywords.map((keyword) => text(dataset, keyword)).find((value) => value !== '')
}
