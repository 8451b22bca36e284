/** Storage Service Class, as SCP: C-STORE. PS3.4 Annex B, PS3.7 §9.1.1. Success is answered only when the archive has stored and indexed. */
import { fileMeta } from '../../archive/dicom/part10.ts'
import { isStorableSOPClass, storageSOPClasses } from '../../archive/dicom/sop-classes.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian, transferSyntaxOf } from '../../archive/dicom/transfer-syntaxes.ts'
import { isUID } from '../../archive/dicom/uid.ts'
import type { Source } from '../../storage/index/records.ts'
import type { Service } from './services.ts'
import { status } from './status.ts'

/** What this service asks of the archive. Rejects with the archive's errors; a data set that contradicts `expected` is one of them (0xA900). */
export type Store = (
  source: Source,
  part10: AsyncIterable<Buffer>,
  expected: { readonly SOPClassUID: string; readonly SOPInstanceUID: string },
) => Promise<unknown>

/**
 * Answer to extended negotiation (PS3.4 Table B.3-2): level 2, every attribute is kept; signature level 3, the bytes are kept as they came; no
 * attribute is coerced.
 */
const extended = Buffer.from([2, 0, 3, 0, 0, 0])

/** What is sent to somebody can always be made of what is stored in these; of video nothing else can be made than what it is. */
const sendable = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
const isVideo = (SOPClassUID: string): boolean => (storageSOPClasses.get(SOPClassUID) ?? '').startsWith('Video')

export function storage(store: Store): Service {
  return {
    name: 'Storage',
    provides: (abstractSyntax) => isUID(abstractSyntax) && isStorableSOPClass(abstractSyntax),
    // As SCP the requestor takes what a C-GET sends it.
    allowed: (ae, role) => (role === 'scu' ? ae.mayStore : ae.mayRetrieve),
    choose: (proposed, abstractSyntax, { scp }) => (scp ? chooseForRetrieve(proposed, abstractSyntax) : chooseTransferSyntax(proposed)),
    roles: { scu: true, scp: true },
    extended: () => extended,
    operations: {
      async *'C-STORE'({ context, command, dataset, peer }) {
        const SOPClassUID = command.AffectedSOPClassUID || context.abstractSyntax
        const SOPInstanceUID = command.AffectedSOPInstanceUID ?? ''
        if (!dataset) yield { Status: status.cannotUnderstand, ErrorComment: 'C-STORE without a data set' }
        else if (!isUID(SOPInstanceUID)) yield { Status: status.invalidSOPInstance, ErrorComment: 'Affected SOP Instance UID is not a UID' }
        else if (!isStorableSOPClass(SOPClassUID)) yield { Status: status.SOPClassNotSupported }
        else {
          // The File Meta that DIMSE does not carry goes before the first byte, on the same stream.
          const { transferSyntax: TransferSyntaxUID } = context
          dataset.prepend(fileMeta({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID, sourceAETitle: peer.AETitle }))
          await store({ ...peer.ae.source, via: 'c-store', AETitle: peer.AETitle }, dataset, { SOPClassUID, SOPInstanceUID })
          yield { Status: status.success }
        }
      },
    },
  }
}

/**
 * Of those proposed, in the requestor's order: first what loses nothing, then Implicit VR (private values keep no VR in it), last what is lossy, so
 * that no modality compresses an original for us when it could send it as it is.
 */
export function chooseTransferSyntax(proposed: readonly string[]): string | undefined {
  const known = proposed.filter((uid) => transferSyntaxOf(uid) !== undefined)
  const lossless = known.filter((uid) => !transferSyntaxOf(uid)!.lossy)
  return lossless.find((uid) => uid !== ImplicitVRLittleEndian) ?? lossless[0] ?? known[0]
}

/** Of those proposed for what a C-GET sends: what everything can be given in; for video what it is in. A context of its own decides otherwise. */
function chooseForRetrieve(proposed: readonly string[], SOPClassUID: string): string | undefined {
  const video = isVideo(SOPClassUID) ? proposed.find((uid) => transferSyntaxOf(uid)?.video) : undefined
  return video ?? sendable.find((uid) => proposed.includes(uid)) ?? chooseTransferSyntax(proposed)
}
