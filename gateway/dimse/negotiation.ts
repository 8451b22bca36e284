/**
 * The acceptor's answer to an A-ASSOCIATE-RQ: refused, or which presentation contexts, roles and limits hold. PS3.8 §7.1 and §9.3.3, PS3.7 Annex D.3.
 */

import { ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import {
  type AnsweredContext,
  type AssociateAC,
  type AssociateRQ,
  contextResult,
  DICOM_APPLICATION_CONTEXT,
  type ProposedContext,
} from './associate.ts'
import type { PresentationContext } from './message-reader.ts'
import type { Refusal } from './pdu.ts'
import type { AE, Service } from './services.ts'

/** How this program names itself on the network (PS3.7 D.3.3.2). */
export interface Implementation {
  readonly ImplementationClassUID: string
  readonly ImplementationVersionName: string
}

/** What can be refused from the request alone, in the order in which the standard lists it; undefined when nothing stands against it. */
export function refusalOf(rq: AssociateRQ, AETitle: string): Refusal | undefined {
  if ((rq.protocolVersion & 1) === 0) return 'protocol-version-not-supported'
  if (rq.applicationContextName !== DICOM_APPLICATION_CONTEXT) return 'application-context-name-not-supported'
  if (rq.calledAETitle !== AETitle) return 'called-AE-title-not-recognized'
  if (rq.callingAETitle === '') return 'calling-AE-title-not-recognized'
  return undefined
}

export interface AcceptedContext extends PresentationContext {
  readonly service: Service
}

export interface Agreement {
  readonly ac: AssociateAC
  readonly contexts: ReadonlyMap<number, AcceptedContext>
}

export function negotiate(
  rq: AssociateRQ,
  services: readonly Service[],
  ae: AE,
  self: Implementation & { readonly maximumLength: number },
): Agreement {
  const { roles, extended, asynchronousOperations } = rq.userInformation
  const serviceOf = (abstractSyntax: string) => services.find((service) => service.provides(abstractSyntax))
  const contexts = new Map<number, AcceptedContext>()
  const answers = rq.contexts.map((proposed) => {
    const service = serviceOf(proposed.abstractSyntax)
    const answer = answerContext(proposed, service, ae)
    if (service && answer.result === contextResult.acceptance) {
      contexts.set(proposed.id, {
        id: proposed.id,
        abstractSyntax: proposed.abstractSyntax,
        transferSyntax: answer.transferSyntax,
        service,
      })
    }
    return answer
  })
  const accepted = new Map([...contexts.values()].map((context) => [context.abstractSyntax, context.service]))
  const ac: AssociateAC = {
    protocolVersion: 1,
    calledAETitle: rq.calledAETitle,
    callingAETitle: rq.callingAETitle,
    applicationContextName: DICOM_APPLICATION_CONTEXT,
    contexts: answers,
    userInformation: {
      ...self,
      // One operation at a time, each way: whoever asks for more is told so (D.3.3.3).
      ...(asynchronousOperations && { asynchronousOperations: { invoked: 1, performed: 1 } }),
      roles: roles.flatMap(({ SOPClassUID, scu, scp }) => {
        const service = accepted.get(SOPClassUID)
        return service ? [{ SOPClassUID, scu: scu && service.roles.scu, scp: scp && service.roles.scp }] : []
      }),
      extended: extended.flatMap(({ SOPClassUID }) => {
        const information = accepted.get(SOPClassUID)?.extended
        return information ? [{ SOPClassUID, information }] : []
      }),
    },
  }
  return { ac, contexts }
}

function answerContext({ id, transferSyntaxes }: ProposedContext, service: Service | undefined, ae: AE): AnsweredContext {
  const refused = (result: number): AnsweredContext => ({ id, result, transferSyntax: transferSyntaxes[0] ?? ImplicitVRLittleEndian })
  if (!service) return refused(contextResult['abstract-syntax-not-supported'])
  if (!service.allowed(ae)) return refused(contextResult['user-rejection'])
  const transferSyntax = service.choose(transferSyntaxes)
  if (transferSyntax === undefined) return refused(contextResult['transfer-syntaxes-not-supported'])
  return { id, result: contextResult.acceptance, transferSyntax }
}
