/** What equipment has retrieved, for the audit: by study, who asked, where it went. */
import { equipment } from '../../archive/access.ts'
import type { Audit } from '../../archive/audit.ts'
import type { InstanceRow } from '../../archive/retrieve.ts'
import { operationOf } from './command-set.ts'
import type { Request } from './services.ts'

export function auditRetrieve(audit: Audit, { command, peer }: Request, sent: readonly InstanceRow[], destination: string): void {
  const asker = equipment(peer.AETitle, peer.ae.source, peer.address)
  const instances = new Map<string, number>()
  for (const { StudyInstanceUID } of sent) instances.set(StudyInstanceUID, (instances.get(StudyInstanceUID) ?? 0) + 1)
  for (const [StudyInstanceUID, count] of instances) {
    audit.note(asker, { action: 'retrieve', StudyInstanceUID, object: destination, detail: { by: operationOf(command), instances: count } })
  }
}
