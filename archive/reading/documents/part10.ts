/** Writes a data set that we author as a Part 10 file: explicit VR little endian, UTF-8 (ISO_IR 192). PS3.10 §7. */
import dcmjs from 'dcmjs'
import { ImplementationClassUID, ImplementationVersionName } from '../../dicom/part10.ts'

// It prints what it thinks of other people's values; ours are checked by dciodvfy in the tests.
dcmjs.log.setLevel('silent')

/** A data set by keyword, as dcmjs names it: sequences are arrays of such objects, binary values ArrayBuffers. */
export type NaturalDataset = { [keyword: string]: string | number | ArrayBuffer | readonly string[] | NaturalDataset | NaturalDataset[] }

const explicitLittleEndian = '1.2.840.10008.1.2.1'

export function part10Of(dataset: NaturalDataset): Buffer {
  const meta = {
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: dataset.SOPClassUID,
    MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
    TransferSyntaxUID: explicitLittleEndian,
    ImplementationClassUID,
    ImplementationVersionName,
  }
  const { DicomDict, DicomMetaDictionary } = dcmjs.data
  const file = new DicomDict(DicomMetaDictionary.denaturalizeDataset(meta))
  file.dict = DicomMetaDictionary.denaturalizeDataset(dataset)
  return Buffer.from(file.write())
}
