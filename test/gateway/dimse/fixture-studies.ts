/** Small studies for queries, made attribute by attribute, and stored through the front door. */
import { writeDataset } from '../../../archive/dicom/dataset-writer.ts'
import type { DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { openAssociation } from '../../../gateway/dimse/scu.ts'
import { type Keys, keysOf } from './query-peer.ts'

/** Basic Text SR has no pixels. */
export const SR = '1.2.840.10008.5.1.4.1.1.88.11'
/** Key Object Selection: another class without pixels. */
export const KO = '1.2.840.10008.5.1.4.1.1.88.59'

export interface SmallInstance {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly SOPClassUID: string
  readonly dataset: Buffer
}

export function smallInstance(
  uids: readonly [study: string, series: string, instance: string],
  more: Keys = {},
  SOPClassUID = SR,
): SmallInstance {
  const [StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID] = uids
  const json: DicomJSON = {
    ...keysOf({ SOPClassUID, SOPInstanceUID, Modality: SOPClassUID === SR ? 'SR' : 'KO', StudyInstanceUID, SeriesInstanceUID, ...more }),
  }
  const dataset = writeDataset(json, { implicit: false, characterSet: 'ISO_IR 192' }).bytes
  return { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, SOPClassUID, dataset }
}

export async function storeAll(port: number, instances: readonly SmallInstance[], callingAETitle = 'EAST_CT'): Promise<void> {
  const association = await openAssociation({
    host: '127.0.0.1',
    port,
    callingAETitle,
    calledAETitle: 'ARCHIVE',
    contexts: [SR, KO].map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: [ExplicitVRLittleEndian] })),
  })
  for (const { dataset, SOPClassUID, SOPInstanceUID } of instances) {
    const { Status } = await association.store({
      SOPClassUID,
      SOPInstanceUID,
      TransferSyntaxUID: ExplicitVRLittleEndian,
      dataset: only(dataset),
    })
    if (Status !== 0) throw new Error(`not stored: ${Status.toString(16)}`)
  }
  await association.release()
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
