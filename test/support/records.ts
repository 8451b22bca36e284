/** Instances as the index is told of them, without bytes: study `s`, series `e`, instance `i` of any numbers. */
import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { nameKeys } from '../../archive/dicom/person-name.ts'
import { newObjectKey } from '../../archive/object-key.ts'
import type { InstanceRecord, Source } from '../../storage/index/records.ts'

export interface Told {
  study?: number | string
  series?: number | string
  instance?: number | string
  source: Source
  epoch?: number
  /** By column name; overrides what is made up. */
  values?: Record<string, string | null>
  TransferSyntaxUID?: string
  /** Instances of equal content are the same instance. */
  content?: string
  frameTable?: Uint8Array
}

export const uidOf = (...parts: (number | string)[]): string => `2.25.${parts.join('.')}`

export function instanceRecord({
  study = 1,
  series = 1,
  instance = 1,
  source,
  epoch = 1,
  values = {},
  content = '',
  ...rest
}: Told): InstanceRecord {
  const { TransferSyntaxUID = '1.2.840.10008.1.2.1', frameTable } = rest
  const receivedAt = new Date()
  const StudyInstanceUID = uidOf(study)
  const SeriesInstanceUID = uidOf(study, series)
  const SOPInstanceUID = uidOf(study, series, instance)
  const all: Record<string, string | null> = {
    patient_name: 'Zhang^San=张^三',
    patient_id: '10001',
    patient_birth_date: '19700101',
    patient_sex: 'M',
    study_date: '20260301',
    study_time: '101500',
    accession_number: `A${study}`,
    study_description: 'Chest CT 胸部',
    modality: 'CT',
    series_number: `${series}`,
    instance_number: `${instance}`,
    rows: '512',
    columns: '512',
    ...values,
  }
  const digest = (what: string) => createHash('sha256').update(what).digest()
  const json = JSON.stringify({ '00080018': { vr: 'UI', Value: [SOPInstanceUID] } })
  return {
    objectKey: newObjectKey(source, epoch, receivedAt),
    objectSize: 1000,
    fileSHA256: digest(`file ${SOPInstanceUID} ${content}`),
    datasetSHA256: digest(`dataset ${SOPInstanceUID} ${content}`),
    datasetOffset: 300,
    TransferSyntaxUID,
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID,
    SeriesInstanceUID,
    StudyInstanceUID,
    values: all,
    json: {
      study: JSON.stringify({ '0020000D': { vr: 'UI', Value: [StudyInstanceUID] } }),
      series: JSON.stringify({ '0020000E': { vr: 'UI', Value: [SeriesInstanceUID] } }),
      instance: json,
    },
    nameKeys: all.patient_name ? nameKeys(all.patient_name) : [],
    metadata: { deflated: deflateRawSync(json), crc32: 1, length: json.length },
    bulk: [{ path: '7FE00010', vr: 'OW', offset: 400, length: 600 }],
    pixels: {
      kind: frameTable === undefined ? 'native' : 'encapsulated',
      offset: 400,
      length: 600,
      NumberOfFrames: 1,
      bitsPerFrame: frameTable === undefined ? 4800 : 0,
      BitsAllocated: 16,
      vr: 'OW',
      bigEndian: false,
      frameTable: frameTable ?? null,
      unavailable: null,
    },
    characterSet: { declared: 'ISO_IR 192', used: 'utf-8', repaired: false },
    source,
    receivedAt,
  }
}
