/** A receiver of C-STORE that does as it is told: takes some SOP classes, answers any status, holds, aborts. */

import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { type AssociateRQ, contextResult, type ProposedContext } from '../../../gateway/dimse/associate.ts'
import { Association } from '../../../gateway/dimse/association.ts'
import type { CommandSet } from '../../../gateway/dimse/command-set.ts'
import { defaultLimits } from '../../../gateway/dimse/limits.ts'
import type { PresentationContext } from '../../../gateway/dimse/message-reader.ts'
import { refusals } from '../../../gateway/dimse/pdu.ts'

export interface Arrived {
  readonly command: CommandSet
  readonly context: PresentationContext
  readonly dataset: Buffer
}

export interface DestinationOptions {
  /** The transfer syntax taken of those proposed; undefined: the context is refused. The first where absent. */
  readonly choose?: (context: ProposedContext) => string | undefined
  /** The Status of a C-STORE; `abort` ends the association instead. */
  readonly answer?: (arrived: Arrived, association: number) => number | 'abort' | Promise<number | 'abort'>
  readonly refuse?: boolean
  /** Waited for after every piece of a data set: a slow taker. */
  readonly pace?: (bytes: number) => Promise<void>
}

export interface TestDestination {
  readonly port: number
  readonly arrived: Arrived[]
  /** What was asked for on each association. */
  readonly requests: AssociateRQ[]
  /** Associations that ended by a release. */
  readonly released: () => number
  close(): Promise<void>
}

export async function startDestination(options: DestinationOptions = {}): Promise<TestDestination> {
  const { choose = ({ transferSyntaxes }) => transferSyntaxes[0], answer = () => 0, refuse = false, pace } = options
  const arrived: Arrived[] = []
  const requests: AssociateRQ[] = []
  const sockets = new Set<Socket>()
  let released = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    const number = requests.length
    const association: Association = new Association(socket, defaultLimits, {
      requested(rq) {
        requests.push(rq)
        if (refuse) return association.reject(refusals['called-AE-title-not-recognized'])
        const contexts = new Map<number, PresentationContext>()
        const answers = rq.contexts.map((proposed) => {
          const transferSyntax = choose(proposed)
          if (transferSyntax) contexts.set(proposed.id, { id: proposed.id, abstractSyntax: proposed.abstractSyntax, transferSyntax })
          const result = transferSyntax ? contextResult.acceptance : contextResult['abstract-syntax-not-supported']
          return { id: proposed.id, result, transferSyntax: transferSyntax ?? '' }
        })
        const userInformation = { ...rq.userInformation, maximumLength: 65_536 }
        association.establish({ ...rq, contexts: answers, userInformation }, contexts, rq.userInformation.maximumLength)
      },
      async perform({ command, context, dataset }) {
        const pieces: Buffer[] = []
        try {
          for await (const piece of dataset ?? []) {
            pieces.push(piece)
            await pace?.(piece.length)
          }
        } catch {
          return // it broke off, which the sender did on purpose
        }
        const one = { command, context, dataset: Buffer.concat(pieces) }
        arrived.push(one)
        const Status = await answer(one, number)
        if (Status === 'abort') return association.abort('as told')
        const { AffectedSOPClassUID = '', AffectedSOPInstanceUID = '', MessageID = 0 } = command
        await association
          .send(context, {
            CommandField: 0x8001,
            MessageIDBeingRespondedTo: MessageID,
            AffectedSOPClassUID,
            AffectedSOPInstanceUID,
            Status,
          })
          .catch(() => undefined)
      },
      ended(error) {
        if (!error) released += 1
      },
    })
    void association.accept().finally(() => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    arrived,
    requests,
    released: () => released,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
