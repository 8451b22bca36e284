/** Modality Worklist, as SCP: C-FIND. PS3.4 Annex K. */
import { setImmediate } from 'node:timers/promises'
import { equipment } from '../../archive/access.ts'
import type { Audit } from '../../archive/audit.ts'
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { searchWorklist } from '../../archive/orders/worklist.ts'
import type { Index } from '../../storage/index/postgres.ts'
import { projected } from './find-keys.ts'
import { identifierWriter, readIdentifier } from './identifier.ts'
import type { Service } from './services.ts'
import { status } from './status.ts'

export const MODALITY_WORKLIST_FIND = '1.2.840.10008.5.1.4.31'

export interface WorklistTools {
  readonly index: Index
  readonly clock: () => Date
  readonly audit: Audit
}

export function modalityWorklist(tools: WorklistTools): Service {
  return {
    name: 'Modality Worklist',
    provides: (abstractSyntax) => abstractSyntax === MODALITY_WORKLIST_FIND,
    allowed: (ae) => ae.mayWorklist,
    choose: (proposed) => [ExplicitVRLittleEndian, ImplicitVRLittleEndian].find((uid) => proposed.includes(uid)),
    roles: { scu: true, scp: false },
    operations: {
      async *'C-FIND'(request) {
        const { AETitle, ae } = request.peer
        const { keys, characterSet } = await readIdentifier(request)
        const write = identifierWriter(request, characterSet)
        const asker = { AETitle, characterSet: ae.worklistCharacterSet, institution: ae.source.institution }
        const { items, incomplete, supported } = await searchWorklist(tools, { ...asker, keys })
        tools.audit.note(equipment(AETitle, ae.source, request.peer.address), { action: 'worklist', detail: { found: items.length } })
        const Status = supported ? status.pending : status.pendingWithWarning
        for (const item of items) {
          // Answers are small and leave at once: a C-CANCEL is read in between.
          await setImmediate()
          if (request.signal.aborted) return yield { Status: status.cancelled }
          yield { Status, dataset: write(answerTo(keys, item)) }
        }
        if (incomplete) yield { Status: status.outOfResources, ErrorComment: `More than ${items.length} results: add a date` }
        else yield { Status: status.success }
      },
    },
  }
}

/** What was asked for and is supported, with a value or without one; the character set is the writer's. */
function answerTo(keys: DicomJSON, item: DicomJSON): DicomJSON {
  const asked = Object.entries(keys).filter(([tag]) => item[tag] !== undefined)
  return Object.fromEntries(asked.map(([tag, key]) => [tag, projected(key, item[tag])]))
}
