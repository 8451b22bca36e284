/** The conformance statement says what the code does. `DIMSE_README=write` puts the facts of the code into it. */
import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { ImplementationClassUID, ImplementationVersionName } from '../../../archive/dicom/part10.ts'
import { storageSOPClasses } from '../../../archive/dicom/sop-classes.ts'
import { transferSyntaxes } from '../../../archive/dicom/transfer-syntaxes.ts'
import {
  ArchiveError,
  IdentityMissing,
  IndexUnavailable,
  LimitExceeded,
  NotUnderstood,
  ObjectStoreFull,
  ObjectStoreUnavailable,
  SOPClassNotSupported,
  TransferSyntaxNotSupported,
} from '../../../archive/errors.ts'
import { DICOM_APPLICATION_CONTEXT } from '../../../gateway/dimse/associate.ts'
import { defaultLimits, type Limits } from '../../../gateway/dimse/limits.ts'
import { describeRefusal, type Refusal, refusals } from '../../../gateway/dimse/pdu.ts'
import { servicesOf } from '../../../gateway/dimse/scp.ts'
import { hexStatus, status } from '../../../gateway/dimse/status.ts'
import { failureOf } from '../../../gateway/errors.ts'
import { CT, modality } from './fixture.ts'
import { stepRows, stepStatusRows, worklistRows } from './order-facts.ts'
import { keyRows, modelRows, queryStatusRows } from './query-retrieve-facts.ts'

const readme = new URL('../../../gateway/dimse/README.md', import.meta.url)

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const when: Record<Refusal, string> = {
  'application-context-name-not-supported': `another application context than ${DICOM_APPLICATION_CONTEXT}`,
  'calling-AE-title-not-recognized': 'nobody registered the caller, and unknown ones are not accepted',
  'called-AE-title-not-recognized': 'the caller means another Application Entity',
  'no-reason-given': 'the caller is one that must prove who it is, and its user identity was not accepted (PS3.7 D.3.3.7.3)',
  'protocol-version-not-supported': 'bit 0 of the protocol version is not set',
  'temporary-congestion': 'the register of Application Entities cannot be read now',
  'local-limit-exceeded': 'as many associations as are allowed are open',
}

const meaning: Record<keyof Limits, string> = {
  maximumAssociations: 'associations at once',
  maximumUnassociated: 'connections without an association at once; where more come the oldest is closed',
  maximumLength: 'bytes of a P-DATA-TF, as announced',
  maximumAssociateLength: 'bytes of an A-ASSOCIATE-RQ',
  maximumCommandLength: 'bytes of a command set',
  maximumBuffered: 'bytes of a data set that wait for the store before the socket is held',
  artimTimeout: 'ms, ARTIM: to the A-ASSOCIATE-RQ, and from our last PDU to the close',
  idleTimeout: 'ms without anything under way on an association',
  stallTimeout: 'ms without a byte within a PDU or data set, or without the peer taking one',
  minimumProgress: 'bytes of a message that must come within `stallTimeout`',
  connectTimeout: 'ms for a peer of ours to accept the connection',
  responseTimeout: 'ms for the peer to answer a request of ours',
  closeTimeout: 'ms that a shutdown waits for instances under way',
}

const failure = (error: Error): number => failureOf(error).dimse
const statuses: readonly (readonly [code: number, when: string])[] = [
  [status.success, 'stored and indexed'],
  [status.processingFailure, 'a fault of ours; logged whole, told to nobody'],
  [failure(new ArchiveError('')), 'it could not be done, and ErrorComment says why'],
  [status.invalidSOPInstance, 'Affected SOP Instance UID is missing or not a UID'],
  [status.SOPClassNotSupported, 'Affected SOP Class UID is not stored'],
  [failure(new SOPClassNotSupported('')), 'the SOP class in the data set is not stored'],
  [status.unrecognizedOperation, 'an operation that the service does not have'],
  [failure(new ObjectStoreFull('')), 'the object store is full'],
  [failure(new ObjectStoreUnavailable('')), 'the object store does not answer'],
  [failure(new IndexUnavailable('')), 'the index does not answer'],
  [failure(new IdentityMissing('')), 'an identifying attribute is missing, not valid, or not what the command announced'],
  [failure(new NotUnderstood('')), 'the data set breaks off or contradicts itself'],
  [failure(new LimitExceeded('')), 'a limit on size, depth or count was passed'],
  [failure(new TransferSyntaxNotSupported('')), 'the transfer syntax is not stored'],
  [status.cannotUnderstand, 'no data set'],
]

function statusTable(): string {
  const byCode = new Map<number, string[]>()
  for (const [code, cause] of [...statuses].sort(([a], [b]) => a - b)) byCode.set(code, [...(byCode.get(code) ?? []), cause])
  return table(
    ['Status', 'when'],
    [...byCode].map(([code, causes]) => [hexStatus(code), causes.join(' · ')]),
  )
}

const facts: Record<string, string> = {
  association: table(
    ['', ''],
    [
      ['Application context', DICOM_APPLICATION_CONTEXT],
      ['Implementation Class UID', ImplementationClassUID],
      ['Implementation Version Name', ImplementationVersionName],
      ['Maximum length received', `${defaultLimits.maximumLength} (\`MAX_PDU\`)`],
      ['Asynchronous operations', '1, 1'],
    ],
  ),
  limits: table(
    ['limit', 'default', 'meaning'],
    Object.entries(meaning).map(([name, text]) => [`\`${name}\``, defaultLimits[name as keyof Limits], text]),
  ),
  refusals: table(
    ['result, source, reason', 'A-ASSOCIATE-RJ', 'when'],
    Object.entries(refusals).map(([name, rj]) => [`${rj.result}, ${rj.source}, ${rj.reason}`, describeRefusal(rj), when[name as Refusal]]),
  ),
  statuses: statusTable(),
  'transfer-syntaxes': table(
    ['UID', 'name'],
    [...transferSyntaxes.values()].map(({ uid, name }) => [uid, name]),
  ),
  'sop-classes': table(['UID', 'name'], [...storageSOPClasses]),
  'query-models': table(['SOP class', 'UID', 'levels'], modelRows),
  'query-keys': table(['level', 'attribute', 'VR', 'use'], keyRows),
  'query-statuses': table(['Status', 'of', 'when'], queryStatusRows),
  worklist: table(['attribute', 'VR', 'with a value'], worklistRows),
  'performed-step': table(['attribute', 'N-CREATE', 'N-SET', 'final state', 'in each item'], stepRows),
  'performed-step-statuses': table(['Status', 'when'], stepStatusRows),
}

test('the conformance statement holds the facts of the code', async () => {
  const text = await readFile(readme, 'utf8')
  const written = text.replace(
    /(<!-- facts: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin, name, end) => `${begin}\n${facts[name]}\n\n${end}`,
  )
  if (process.env.DIMSE_README === 'write') await writeFile(readme, written)
  else expect(text).toBe(written)
  for (const name of Object.keys(facts)) expect(text).toContain(`<!-- facts: ${name} -->`)
})

test('every storage SOP class is accepted in every transfer syntax, for whoever may store', () => {
  const storage = servicesOf({ archive: { store: async () => undefined } })[1]!
  expect(storage.name).toBe('Storage')
  for (const uid of storageSOPClasses.keys()) expect(storage.provides(uid), uid).toBe(true)
  for (const uid of transferSyntaxes.keys()) expect(storage.choose([uid], CT, { scu: true, scp: false })).toBe(uid)
  expect(storage.allowed(modality, 'scu')).toBe(true)
  expect(storage.allowed({ ...modality, mayStore: false }, 'scu')).toBe(false)
  expect(storage.allowed({ ...modality, mayRetrieve: false }, 'scp')).toBe(false)
})
