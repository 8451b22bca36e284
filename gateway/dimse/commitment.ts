/**
 * Storage Commitment Push Model. PS3.4 Annex J, PS3.7 §10.1.1 and §10.1.4.
 *
 * As SCP: N-ACTION is answered at once; the N-EVENT-REPORT goes out on an association of ours (role selection: we are SCP) where the machine can be called,
 * else on its own, while that is open. As SCU: N-EVENT-REPORTs are taken on both kinds of association.
 */
import { equipment } from '../../archive/access.ts'
import type { Audit } from '../../archive/audit.ts'
import {
  acceptCommitment,
  CommitmentRefused,
  type CommitmentTools,
  commitmentOf,
  receiveReport,
  reportOf,
  requestOf,
} from '../../archive/commitment.ts'
import { readDataset } from '../../archive/dicom/dataset-reader.ts'
import { writeDataset } from '../../archive/dicom/dataset-writer.ts'
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { NotUnderstood } from '../../archive/errors.ts'
import { findAE } from '../../storage/index/ae.ts'
import {
  type DueCommitment,
  findCommitment,
  moveCommitment,
  noteCommitmentError,
  takeDueCommitments,
} from '../../storage/index/commitments.ts'
import { failureOf, sentenceOf } from '../errors.ts'
import { type CommandSet, commandField, responseTo } from './command-set.ts'
import { AssociationLost } from './errors.ts'
import type { Message, PresentationContext } from './message-reader.ts'
import type { RequestedAssociation } from './scu.ts'
import type { OpenDestination } from './sender.ts'
import type { Request, Service } from './services.ts'
import { errorComment, hexStatus, status } from './status.ts'

export const STORAGE_COMMITMENT = '1.2.840.10008.1.20.1'
/** The one instance that there is (PS3.4 §J.3.5). */
const INSTANCE = '1.2.840.10008.1.20.1.1'
const REQUEST_STORAGE_COMMITMENT = 1

const noSuchAction = 0x0123
const noSuchInstance = 0x0112

export interface CommitmentServiceTools extends CommitmentTools {
  readonly openDestination: OpenDestination
  readonly audit: Audit
  /** The program ends: attempts under way are given up, and made again by the next start. */
  readonly closing: AbortSignal
  readonly log: { info(about: object, message: string): void; warn(about: object, message: string): void }
}

/** A machine that cannot be called is told on its own association at once; the clock comes later, in case it can be called by then. */
const delayWhereNotCallable = 60

export function storageCommitment(tools: CommitmentServiceTools): Service {
  return {
    name: 'Storage Commitment',
    provides: (abstractSyntax) => abstractSyntax === STORAGE_COMMITMENT,
    allowed: (ae) => ae.mayStore,
    choose: (proposed) => [ExplicitVRLittleEndian, ImplicitVRLittleEndian].find((uid) => proposed.includes(uid)),
    // A machine asks as SCU; one that we have asked reports as SCP.
    roles: { scu: true, scp: true },
    operations: {
      async *'N-ACTION'(request) {
        const { command, peer } = request
        const about = { AffectedSOPClassUID: STORAGE_COMMITMENT, AffectedSOPInstanceUID: INSTANCE }
        if (command.RequestedSOPInstanceUID !== INSTANCE) return yield { ...about, Status: noSuchInstance }
        if (command.ActionTypeID !== REQUEST_STORAGE_COMMITMENT) return yield { ...about, Status: noSuchAction }
        const callable = (await destinationOf(tools, peer.AETitle)) !== undefined
        let id: number
        try {
          const source = { ...peer.ae.source, AETitle: peer.AETitle }
          id = await acceptCommitment(tools, source, await datasetOf(request), callable ? 0 : delayWhereNotCallable)
        } catch (error) {
          return yield { ...about, ...refusalOf(error) }
        }
        tools.audit.note(equipment(peer.AETitle, peer.ae.source, peer.address), { action: 'commitment', object: `commitment/${id}` })
        yield { ...about, Status: status.success, ActionTypeID: REQUEST_STORAGE_COMMITMENT }
        if (!callable) await reportHere(tools, request, id)
      },
      async *'N-EVENT-REPORT'(request) {
        yield await answerReport(tools, request.peer.AETitle, request)
      },
    },
  }
}

/** What is wrong with a request or report; of a DIMSE-N service a data set that cannot be read is a processing failure. @throws anything else */
function refusalOf(error: unknown): { Status: number; ErrorComment: string } {
  if (error instanceof CommitmentRefused) return { Status: error.status, ErrorComment: error.message }
  if (error instanceof NotUnderstood) return { Status: status.processingFailure, ErrorComment: error.message }
  throw error
}

async function datasetOf({ dataset, context }: Pick<Message, 'dataset' | 'context'>): Promise<DicomJSON> {
  return dataset === undefined ? {} : (await readDataset(dataset, context.transferSyntax)).dataset
}

/** On the machine's own association, behind the response to its N-ACTION. It may have gone: then the clock tries. */
async function reportHere(tools: CommitmentServiceTools, request: Request, id: number): Promise<void> {
  try {
    const due = await findCommitment(tools.index.pool, id)
    if (due !== undefined)
      await report(tools, due, (command, dataset) => request.call(request.context, command, only(dataset)), request.context)
  } catch (error) {
    await noteCommitmentError(tools.index.pool, id, sentenceOf(error))
    tools.log.warn(
      { AETitle: request.peer.AETitle, reason: sentenceOf(error) },
      'a storage commitment could not be reported on its association',
    )
  }
}

type Call = (command: CommandSet, dataset: Buffer) => Promise<{ readonly command: CommandSet }>

/** N-EVENT-REPORT; the row has ended when the machine has taken it. @throws AssociationLost */
async function report(tools: CommitmentServiceTools, due: DueCommitment, call: Call, context: PresentationContext): Promise<void> {
  const outcome = await commitmentOf(tools, due)
  const { eventType, dataset } = reportOf(due.TransactionUID, outcome)
  const { command } = await call(
    {
      CommandField: commandField['N-EVENT-REPORT'],
      AffectedSOPClassUID: STORAGE_COMMITMENT,
      AffectedSOPInstanceUID: INSTANCE,
      EventTypeID: eventType,
    },
    written(dataset, context),
  )
  const answered = command.Status ?? status.processingFailure
  if (answered !== status.success) throw new AssociationLost(`the report was answered with status 0x${hexStatus(answered)}`)
  await moveCommitment(tools.index.pool, due.id, 'reported', { failures: outcome.failed })
  const { AETitle, TransactionUID } = due
  tools.log.info(
    { AETitle, TransactionUID, committed: outcome.committed.length, failed: outcome.failed.length },
    'storage commitment reported',
  )
}

const written = (dataset: DicomJSON, { transferSyntax }: PresentationContext): Buffer =>
  writeDataset(dataset, { implicit: transferSyntax === ImplicitVRLittleEndian, characterSet: 'ISO_IR 6' }).bytes

/** The response to a report of a peer that we have asked. */
async function answerReport(
  tools: CommitmentServiceTools,
  AETitle: string,
  message: Message,
): Promise<{ Status: number } & Partial<CommandSet>> {
  const { EventTypeID } = message.command
  const about = {
    AffectedSOPClassUID: STORAGE_COMMITMENT,
    AffectedSOPInstanceUID: INSTANCE,
    ...(EventTypeID !== undefined && { EventTypeID }),
  }
  try {
    await receiveReport(tools, AETitle, EventTypeID, await datasetOf(message))
    return { ...about, Status: status.success }
  } catch (error) {
    return { ...about, ...refusalOf(error) }
  }
}

/** So many at once, each within its own time; one peer that hangs keeps no other waiting for longer. */
const batch = 16
const attemptMs = 60_000
/** A machine that cannot be reached for so long has been switched off or forgotten the exam. */
const patienceSeconds = 24 * 3_600
/** How long the association stays open for a report on it. */
const lingerMs = 5_000

/** The clock: reports that are due, requests that are to be made. Any number of gateways may turn it. Answers how many were tried. */
export async function turnCommitments(tools: CommitmentServiceTools): Promise<number> {
  const due = await takeDueCommitments(tools.index.pool, batch)
  await Promise.all(
    due.map(async (one) => {
      try {
        if (one.age > patienceSeconds) await moveCommitment(tools.index.pool, one.id, 'given-up', { error: 'not answered within a day' })
        else if (one.state === 'pending') await attempt(tools, one)
      } catch (error) {
        await noteCommitmentError(tools.index.pool, one.id, sentenceOf(error))
        tools.log.warn(
          { AETitle: one.AETitle, attempts: one.attempts, reason: sentenceOf(error) },
          'storage commitment is tried again later',
        )
      }
    }),
  )
  return due.length
}

async function attempt(tools: CommitmentServiceTools, due: DueCommitment): Promise<void> {
  const destination = await destinationOf(tools, due.AETitle)
  if (destination === undefined) throw new AssociationLost(`${due.AETitle} has no address and port on record`)
  const signal = AbortSignal.any([AbortSignal.timeout(attemptMs), tools.closing])
  const contexts = [{ abstractSyntax: STORAGE_COMMITMENT, transferSyntaxes: [ExplicitVRLittleEndian, ImplicitVRLittleEndian] }]
  let reported: () => void = () => undefined
  const isReported = new Promise<void>((resolve) => {
    reported = resolve
  })
  const serve = async (message: Message): Promise<CommandSet> => {
    const answered = await answerReport(tools, due.AETitle, message).catch((error: unknown) => {
      tools.log.warn({ AETitle: due.AETitle, reason: sentenceOf(error) }, 'a storage commitment report could not be taken')
      return { Status: failureOf(error).dimse, ErrorComment: sentenceOf(error) }
    })
    reported()
    const { ErrorComment, ...answer } = answered
    const comment = ErrorComment === undefined ? {} : { ErrorComment: errorComment(ErrorComment) }
    return { ...answer, ...comment, CommandField: responseTo(commandField['N-EVENT-REPORT']) }
  }
  const more =
    due.role === 'scp'
      ? // We open the association, and are SCP on it all the same (PS3.4 §J.3.4).
        { roles: [{ SOPClassUID: STORAGE_COMMITMENT, scu: false, scp: true }] }
      : { serve: { 'N-EVENT-REPORT': serve } }
  const association = await tools.openDestination(destination, contexts, signal, more)
  try {
    const [context] = association.contexts
    if (context === undefined) throw new AssociationLost(`${due.AETitle} accepts no Storage Commitment`)
    if (due.role === 'scp') await report(tools, due, (command, dataset) => association.call(STORAGE_COMMITMENT, command, dataset), context)
    else await ask(tools, due, association, context, isReported)
  } finally {
    await association.release().catch(() => association.abort())
  }
}

/** N-ACTION; its report comes on this association within some seconds, or later on one of the peer's. */
async function ask(
  tools: CommitmentServiceTools,
  due: DueCommitment,
  association: RequestedAssociation,
  context: PresentationContext,
  isReported: Promise<void>,
): Promise<void> {
  const { command } = await association.call(
    STORAGE_COMMITMENT,
    {
      CommandField: commandField['N-ACTION'],
      RequestedSOPClassUID: STORAGE_COMMITMENT,
      RequestedSOPInstanceUID: INSTANCE,
      ActionTypeID: REQUEST_STORAGE_COMMITMENT,
    },
    written(requestOf(due), context),
  )
  const answered = command.Status ?? status.processingFailure
  if (answered !== status.success) throw new AssociationLost(`the request was answered with status 0x${hexStatus(answered)}`)
  await moveCommitment(tools.index.pool, due.id, 'requested', { waitSeconds: patienceSeconds + 60 })
  let timer: NodeJS.Timeout | undefined
  const linger = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, lingerMs)
  })
  await Promise.race([isReported, linger]).finally(() => clearTimeout(timer))
}

async function destinationOf({ index }: CommitmentServiceTools, AETitle: string) {
  const ae = await findAE(index.pool, AETitle)
  if (ae === undefined || !ae.enabled || ae.host === null || ae.port === null) return undefined
  const { title, host, port, tls, maxAssociations } = ae
  return { AETitle: title, host, port, tls, maxAssociations }
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
