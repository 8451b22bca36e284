/** Verification Service Class, as SCP: C-ECHO. PS3.4 Annex A, PS3.7 §9.1.5. */
import { ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import type { Service } from './services.ts'
import { status } from './status.ts'

export const VERIFICATION = '1.2.840.10008.1.1'

/** No data set travels, so the uncompressed little endian syntaxes do. */
const transferSyntaxes = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]

export const verification: Service = {
  name: 'Verification',
  provides: (abstractSyntax) => abstractSyntax === VERIFICATION,
  allowed: () => true,
  choose: (proposed) => proposed.find((uid) => transferSyntaxes.includes(uid)),
  roles: { scu: true, scp: false },
  operations: {
    async *'C-ECHO'() {
      yield { Status: status.success }
    },
  },
}
