/**
 * Storage Commitment: whether instances are safe here, so that the machine may forget them; and the same asked of a peer that we have sent to.
 * PS3.4 Annex J. Success is said of an instance only after a look at the index and at its object.
 */

import { findAE } from '../storage/index/ae.ts'
import {
  type CommitmentRow,
  type DueCommitment,
  findRequested,
  insertCommitment,
  instancesOfStudy,
  keptInstances,
  listCommitments,
  moveCommitment,
  type NotCommitted,
  type Referenced,
} from '../storage/index/commitments.ts'
import type { Index } from '../storage/index/postgres.ts'
import type { Source } from '../storage/index/records.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { type Asker, demand } from './access.ts'
import type { AttributeJSON, DicomJSON } from './dicom/dicom-json.ts'
import { hexOf, tagOf } from './dicom/dictionary.ts'
import { isUID } from './dicom/uid.ts'
import { ArchiveError, BadRequest, NotFound } from './errors.ts'

export interface CommitmentTools {
  readonly index: Index
  readonly objects: Pick<ObjectStore, 'stat'>
}

/** FailureReason (0008,1197), PS3.3 C.14.1.1. */
export const failureReason = {
  'processing-failure': 0x0110,
  'no-such-object-instance': 0x0112,
  'class-instance-conflict': 0x0119,
} as const

/** Event Types of the Storage Commitment Push Model, PS3.4 Table J.3-2. */
export const eventType = { successful: 1, 'failures-exist': 2 } as const

/** A request or report that cannot be taken; `status` of PS3.7 Annex C. */
export class CommitmentRefused extends ArchiveError {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const missingAttribute = 0x0120
const invalidValue = 0x0106
const resourceLimitation = 0x0213
const processingFailure = 0x0110
const noSuchEventType = 0x0113

/** Of one transaction; a large exam has some thousand. */
const mostInstances = 50_000

const tag = (keyword: string): string => hexOf(tagOf(keyword)!)
const textIn = (dataset: DicomJSON, keyword: string): string => String(dataset[tag(keyword)]?.Value?.[0] ?? '').trim()
const itemsIn = (dataset: DicomJSON, keyword: string): readonly DicomJSON[] =>
  ((dataset[tag(keyword)]?.Value ?? []) as readonly (DicomJSON | null)[]).filter((item) => item !== null)

/** @throws CommitmentRefused */
function transactionOf(dataset: DicomJSON): string {
  const TransactionUID = textIn(dataset, 'TransactionUID')
  if (TransactionUID === '') throw new CommitmentRefused(missingAttribute, 'TransactionUID (0008,1195) is missing')
  if (!isUID(TransactionUID)) throw new CommitmentRefused(invalidValue, 'TransactionUID (0008,1195) is not a UID')
  return TransactionUID
}

function referencedIn(dataset: DicomJSON, keyword: string): Referenced[] {
  return itemsIn(dataset, keyword).map((item) => ({
    SOPClassUID: textIn(item, 'ReferencedSOPClassUID'),
    SOPInstanceUID: textIn(item, 'ReferencedSOPInstanceUID'),
  }))
}

/**
 * N-ACTION: what a machine asks to be kept. Answers the key of the row whose report is due.
 * @param delaySeconds until the clock reports, where nobody does before @throws CommitmentRefused
 */
export async function acceptCommitment(
  { index }: Pick<CommitmentTools, 'index'>,
  source: Source,
  dataset: DicomJSON,
  delaySeconds: number,
): Promise<number> {
  const TransactionUID = transactionOf(dataset)
  const instances = referencedIn(dataset, 'ReferencedSOPSequence')
  if (instances.length === 0) throw new CommitmentRefused(missingAttribute, 'ReferencedSOPSequence (0008,1199) has no item')
  if (instances.length > mostInstances)
    throw new CommitmentRefused(resourceLimitation, `More than ${mostInstances} instances in one transaction`)
  if (instances.some(({ SOPClassUID, SOPInstanceUID }) => !isUID(SOPClassUID) || !isUID(SOPInstanceUID))) {
    throw new CommitmentRefused(invalidValue, 'An item of ReferencedSOPSequence (0008,1199) lacks a UID')
  }
  const { institution, AETitle = '' } = source
  const id = await insertCommitment(index.pool, {
    role: 'scp',
    TransactionUID,
    institution,
    AETitle,
    instances,
    StudyInstanceUID: null,
    account: null,
    delaySeconds,
  })
  if (id === undefined) throw new CommitmentRefused(processingFailure, 'This TransactionUID was used for other instances')
  return id
}

/** Looks at so many objects at once. */
const looks = 16

/** Each instance, once, with the reason where it is not kept. @throws what the index or the object store throws: then nothing is known */
export async function commitmentOf(
  { index, objects }: CommitmentTools,
  { institution, instances }: Pick<DueCommitment, 'institution' | 'instances'>,
): Promise<{ committed: Referenced[]; failed: NotCommitted[] }> {
  const uids = [...new Set(instances.map(({ SOPInstanceUID }) => SOPInstanceUID))]
  const kept = new Map((await keptInstances(index.pool, [institution], uids)).map((row) => [row.SOPInstanceUID, row]))
  const committed: Referenced[] = []
  const failed: NotCommitted[] = []
  const fail = (one: Referenced, reason: keyof typeof failureReason) => failed.push({ ...one, FailureReason: failureReason[reason] })
  const waiting = instances.values()
  const look = async () => {
    for (const one of waiting) {
      const row = kept.get(one.SOPInstanceUID)
      if (row === undefined) fail(one, 'no-such-object-instance')
      else if (row.SOPClassUID !== one.SOPClassUID) fail(one, 'class-instance-conflict')
      else if ((await objects.stat(row.objectKey))?.size !== row.objectSize) fail(one, 'processing-failure')
      else committed.push(one)
    }
  }
  await Promise.all(Array.from({ length: looks }, look))
  return { committed, failed }
}

/** The data set of an N-EVENT-REPORT (Table J.3-2), and its Event Type. */
export function reportOf(
  TransactionUID: string,
  { committed, failed }: { readonly committed: readonly Referenced[]; readonly failed: readonly NotCommitted[] },
): { eventType: number; dataset: DicomJSON } {
  const sequence = (items: readonly DicomJSON[]): AttributeJSON => ({ vr: 'SQ', Value: items })
  const dataset: DicomJSON = {
    [tag('TransactionUID')]: { vr: 'UI', Value: [TransactionUID] },
    ...(failed.length > 0 && {
      [tag('FailedSOPSequence')]: sequence(
        failed.map(({ FailureReason, ...one }) => ({ ...reference(one), [tag('FailureReason')]: { vr: 'US', Value: [FailureReason] } })),
      ),
    }),
    ...(committed.length > 0 && { [tag('ReferencedSOPSequence')]: sequence(committed.map(reference)) }),
  }
  return { eventType: failed.length > 0 ? eventType['failures-exist'] : eventType.successful, dataset }
}

const reference = ({ SOPClassUID, SOPInstanceUID }: Referenced): DicomJSON => ({
  [tag('ReferencedSOPClassUID')]: { vr: 'UI', Value: [SOPClassUID] },
  [tag('ReferencedSOPInstanceUID')]: { vr: 'UI', Value: [SOPInstanceUID] },
})

/** The data set of an N-ACTION (Table J.3-1). */
export const requestOf = ({ TransactionUID, instances }: Pick<DueCommitment, 'TransactionUID' | 'instances'>): DicomJSON =>
  reportOf(TransactionUID, { committed: instances, failed: [] }).dataset

/** N-EVENT-REPORT of a peer that we have asked: all of what was asked for is committed, or some of it is not. @throws CommitmentRefused */
export async function receiveReport(
  { index }: Pick<CommitmentTools, 'index'>,
  AETitle: string,
  EventTypeID: number | undefined,
  dataset: DicomJSON,
): Promise<void> {
  if (EventTypeID !== eventType.successful && EventTypeID !== eventType['failures-exist']) {
    throw new CommitmentRefused(noSuchEventType, `There is no event type ${EventTypeID}`)
  }
  const transaction = await findRequested(index.pool, AETitle, transactionOf(dataset))
  if (transaction === undefined) throw new CommitmentRefused(processingFailure, 'No such transaction was asked for')
  const failures = itemsIn(dataset, 'FailedSOPSequence').map((item) => ({
    SOPClassUID: textIn(item, 'ReferencedSOPClassUID'),
    SOPInstanceUID: textIn(item, 'ReferencedSOPInstanceUID'),
    FailureReason: Number(textIn(item, 'FailureReason')) || failureReason['processing-failure'],
  }))
  const isSuccess = EventTypeID === eventType.successful && failures.length === 0
  await moveCommitment(index.pool, transaction.id, isSuccess ? 'committed' : 'failed', { failures })
}

/** Asks a peer to commit a study that it was sent. @throws Forbidden, NotFound, BadRequest */
export async function requestCommitment(
  { index, newUID }: Pick<CommitmentTools, 'index'> & { readonly newUID: () => string },
  asker: Asker,
  AETitle: string,
  StudyInstanceUID: string,
): Promise<{ TransactionUID: string; instances: number }> {
  demand(asker, 'administer')
  const ae = await findAE(index.pool, AETitle)
  if (ae === undefined || (!asker.institution.readingCentre && ae.institution !== asker.institution.id))
    throw new NotFound(`There is no AE ${AETitle}`)
  if (ae.host === null || ae.port === null) throw new BadRequest(`${AETitle} has no address and port on record, so it cannot be asked`)
  const instances = await instancesOfStudy(index.pool, asker.scope, StudyInstanceUID, mostInstances)
  if (instances.length === 0) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  const TransactionUID = newUID()
  await insertCommitment(index.pool, {
    role: 'scu',
    TransactionUID,
    institution: asker.institution.id,
    AETitle: ae.title,
    instances,
    StudyInstanceUID,
    account: asker.account === 0 ? null : asker.account,
    delaySeconds: 0,
  })
  return { TransactionUID, instances: instances.length }
}

/** Newest first: an administrator of a reading centre sees everybody's. @throws Forbidden */
export function searchCommitments({ index }: Pick<CommitmentTools, 'index'>, asker: Asker, limit: number): Promise<CommitmentRow[]> {
  demand(asker, 'administer')
  return listCommitments(index.pool, asker.institution.readingCentre ? null : asker.scope, limit)
}
