/** What the archive makes of the synthetic instances: names in every character set, transfer syntax, frames. dicom.md §5. */
import { expect, test } from 'vitest'
import { HeaderReader } from '../../archive/dicom/header-reader.ts'
import { displayName, nameQueryKeys } from '../../archive/dicom/person-name.ts'
import { manifest } from '../../test-images/index.ts'

type PersonNames = Readonly<Record<string, { readonly Value?: readonly { readonly Alphabetic?: string; readonly Ideographic?: string }[] }>>

test.each(manifest.map((entry) => [entry.name, entry] as const))('%s is read as its manifest says', async (_, { expected, instances }) => {
  for await (const { part10, TransferSyntaxUID, SOPInstanceUID } of instances()) {
    const reader = new HeaderReader({ publicPath: '' })
    for (let at = 0; at < part10.length; at += 60_000) reader.write(part10.subarray(at, at + 60_000))
    const header = reader.end()
    expect(header.SOPInstanceUID).toBe(SOPInstanceUID)
    expect(header.TransferSyntaxUID).toBe(TransferSyntaxUID)
    expect(header.StudyInstanceUID).toBe(expected.StudyInstanceUID)
    expect(header.pixels?.NumberOfFrames).toBe(expected.frames / expected.instances)
    expect(header.characterSet?.repaired ?? false).toBe(expected.repaired)
    const name = (JSON.parse(header.json.study) as PersonNames)['00100010']?.Value?.[0]
    expect(displayName(`${name?.Alphabetic ?? ''}=${name?.Ideographic ?? ''}`)).toBe(expected.name)
    expect(header.nameKeys).toEqual(expect.arrayContaining(nameQueryKeys(expected.initials)))
    break
  }
})
