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
import type { Refusal } from './pdu.ts'
import type { AcceptedContext, AE, Roles, Service } from './services.ts'

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
    const { id, abstractSyntax } = proposed
    const service = serviceOf(abstractSyntax)
    const granted =
      service &&
      grantedRoles(
        service,
        ae,
        roles.find(({ SOPClassUID }) => SOPClassUID === abstractSyntax),
      )
    const answer = answerContext(proposed, service, granted)
    if (service && granted && answer.result === contextResult.acceptance) {
      const asked = extended.find(({ SOPClassUID }) => SOPClassUID === abstractSyntax)?.information
      contexts.set(id, {
        id,
        abstractSyntax,
        transferSyntax: answer.transferSyntax,
        service,
        roles: granted,
        ...(asked && service.extended && { extended: service.extended(asked) }),
      })
    }
    return answer
  })
  const accepted = new Map([...contexts.values()].map((context) => [context.abstractSyntax, context]))
  const ac: AssociateAC = {
    protocolVersion: 1,
    calledAETitle: rq.calledAETitle,
    callingAETitle: rq.callingAETitle,
    applicationContextName: DICOM_APPLICATION_CONTEXT,
    contexts: answers,
    userInformation: {
      ...self,
      // An identity is answered where it was checked; a username has an empty answer (D.3.3.7.2).
      ...(ae.requiresIdentity && rq.userInformation.userIdentity?.positiveResponseRequested && { userIdentityResponse: Buffer.alloc(0) }),
      // One operation at a time, each way: whoever asks for more is told so (D.3.3.3).
      ...(asynchronousOperations && { asynchronousOperations: { invoked: 1, performed: 1 } }),
      roles: roles.flatMap(({ SOPClassUID }) => {
        const context = accepted.get(SOPClassUID)
        return context ? [{ SOPClassUID, ...context.roles }] : []
      }),
      extended: extended.flatMap(({ SOPClassUID }) => {
        const information = accepted.get(SOPClassUID)?.extended
        return information ? [{ SOPClassUID, information }] : []
      }),
    },
  }
  return { ac, contexts }
}

/** What the requestor may be of what it asked to be; SCU where it asked for nothing. Undefined: it may be neither. */
function grantedRoles(service: Service, ae: AE, asked: Roles = { scu: true, scp: false }): Roles | undefined {
  const granted = (role: keyof Roles) => asked[role] && service.roles[role] && service.allowed(ae, role)
  const roles = { scu: granted('scu'), scp: granted('scp') }
  return roles.scu || roles.scp || service.allowed(ae, 'scu') ? roles : undefined
}

function answerContext(
  { id, abstractSyntax, transferSyntaxes }: ProposedContext,
  service: Service | undefined,
  roles: Roles | undefined,
): AnsweredContext {
  const refused = (result: number): AnsweredContext => ({ id, result, transferSyntax: transferSyntaxes[0] ?? ImplicitVRLittleEndian })
  if (!service) return refused(contextResult['abstract-syntax-not-supported'])
  if (!roles) return refused(contextResult['user-rejection'])
  const transferSyntax = service.choose(transferSyntaxes, abstractSyntax, roles)
  if (transferSyntax === undefined) return refused(contextResult['transfer-syntaxes-not-supported'])
  return { id, result: contextResult.acceptance, transferSyntax }
}
