/** Storage commitment both ways, on both kinds of association: PS3.4 Annex J. The peer is a small Application Entity of the test's own. */
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { failureReason, reportOf } from '../../../archive/commitment.ts'
import { readDataset } from '../../../archive/dicom/dataset-reader.ts'
import { writeDataset } from '../../../archive/dicom/dataset-writer.ts'
import type { DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { ImplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { newUID } from '../../../archive/dicom/uid.ts'
import { type CommandSet, commandField, responseTo } from '../../../gateway/dimse/command-set.ts'
import { STORAGE_COMMITMENT } from '../../../gateway/dimse/commitment.ts'
import type { Message } from '../../../gateway/dimse/message-reader.ts'
import { openPart10 } from '../../../gateway/dimse/part10-source.ts'
import { type DIMSEServer, startDIMSE } from '../../../gateway/dimse/scp.ts'
import { openAssociation, type RequestedAssociation } from '../../../gateway/dimse/scu.ts'
import type { Roles, Service } from '../../../gateway/dimse/services.ts'
import { upsertAE } from '../../../storage/index/ae.ts'
import { query } from '../../../storage/index/query.ts'
import { ctSeries, type Instance } from '../../../test-images/index.ts'
import { startTestProgram, type TestProgram } from '../../support/program.ts'
import { modality } from './fixture.ts'

const INSTANCE = '1.2.840.10008.1.20.1.1'

interface Report {
  readonly EventTypeID: number | undefined
  readonly dataset: DicomJSON
  /** Those that the requestor of the association has. */
  readonly roles?: Roles
}

let program: TestProgram
const instances: Instance[] = []
let peer: DIMSEServer | undefined

beforeAll(async () => {
  program = await startTestProgram()
  for await (const instance of ctSeries(3, { seed: 'commitment' })) instances.push(instance)
  const [{ SOPClassUID, TransferSyntaxUID }] = instances as [Instance]
  const association = await call('EAST_CT', SOPClassUID, [TransferSyntaxUID])
  for (const { part10 } of instances) expect((await association.store(await openPart10(one(part10)))).Status).toBe(0)
  await association.release()
})
afterEach(async () => {
  await peer?.close()
  peer = undefined
})
afterAll(() => program?.close())

async function* one(bytes: Uint8Array) {
  yield bytes
}

const call = (
  callingAETitle: string,
  abstractSyntax: string,
  transferSyntaxes: readonly string[],
  serve?: Parameters<typeof openAssociation>[0]['serve'],
): Promise<RequestedAssociation> =>
  openAssociation({
    host: '127.0.0.1',
    port: program.dicomPort,
    callingAETitle,
    calledAETitle: 'ARCHIVE',
    contexts: [{ abstractSyntax, transferSyntaxes }],
    ...(serve && { serve }),
  })

const written = (dataset: DicomJSON) => writeDataset(dataset, { implicit: true, characterSet: 'ISO_IR 6' }).bytes
const refs = (of: readonly { SOPClassUID: string; SOPInstanceUID: string }[]) =>
  of.map(({ SOPClassUID, SOPInstanceUID }) => ({ SOPClassUID, SOPInstanceUID }))

async function nAction(
  association: RequestedAssociation,
  TransactionUID: string,
  of: readonly { SOPClassUID: string; SOPInstanceUID: string }[],
  changes: Partial<CommandSet> = {},
): Promise<CommandSet> {
  const { command } = await association.call(
    STORAGE_COMMITMENT,
    {
      CommandField: commandField['N-ACTION'],
      RequestedSOPClassUID: STORAGE_COMMITMENT,
      RequestedSOPInstanceUID: INSTANCE,
      ActionTypeID: 1,
      ...changes,
    },
    written(reportOf(TransactionUID, { committed: refs(of), failed: [] }).dataset),
  )
  return command
}

/** An Application Entity that takes reports; `answer` is the status that it gives to the nth. */
async function startPeer(reports: Report[], answer: (n: number) => number = () => 0, more: Partial<Service> = {}): Promise<DIMSEServer> {
  let n = 0
  const service: Service = {
    name: 'Storage Commitment',
    provides: (uid) => uid === STORAGE_COMMITMENT,
    allowed: () => true,
    choose: (proposed) => proposed.find((uid) => uid === ImplicitVRLittleEndian),
    roles: { scu: true, scp: true },
    operations: {
      async *'N-EVENT-REPORT'({ command, dataset, context }) {
        const read = await readDataset(dataset!, context.transferSyntax)
        const Status = answer(n++)
        if (Status === 0) reports.push({ EventTypeID: command.EventTypeID, dataset: read.dataset, roles: context.roles })
        yield { Status }
      },
      ...more.operations,
    },
  }
  peer = await startDIMSE({
    host: '127.0.0.1',
    port: 0,
    AETitle: 'PEER',
    log: pino({ level: 'silent' }),
    archive: { store: async () => undefined, findAE: async () => modality },
    services: [service],
  })
  return peer
}

const registerPeer = (port: number | null, institution = program.county.townships[0]) =>
  upsertAE(program.index.pool, { title: 'PEER', institution, host: '127.0.0.1', port })

async function until<T>(look: () => T | Promise<T>, isThere: (seen: T) => boolean): Promise<T> {
  for (let i = 0; ; i++) {
    const seen = await look()
    if (isThere(seen) || i === 150) return seen
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
const uidsIn = (dataset: DicomJSON, sequence: string) =>
  ((dataset[sequence]?.Value ?? []) as DicomJSON[]).map((item) => item['00081155']!.Value![0])
const REFERENCED = '00081199'
const FAILED = '00081198'
const rowOf = async (TransactionUID: string) =>
  (
    await query<{ state: string; attempts: number; last_error: string | null; failures: unknown }>(
      program.index.pool,
      `select state, attempts, last_error, failures from storage_commitment where transaction_uid = $1`,
      [TransactionUID],
    )
  )[0]

describe('asked by a machine that can be called', () => {
  test('everything that is kept is committed, by an N-EVENT-REPORT on an association of ours on which we are SCP', async () => {
    const reports: Report[] = []
    await registerPeer((await startPeer(reports)).port!)
    const association = await call('PEER', STORAGE_COMMITMENT, [ImplicitVRLittleEndian])
    const TransactionUID = newUID()
    expect(await nAction(association, TransactionUID, instances)).toMatchObject({
      Status: 0,
      AffectedSOPInstanceUID: INSTANCE,
      ActionTypeID: 1,
    })
    await association.release()
    const [report] = await until(
      () => reports,
      ({ length }) => length > 0,
    )
    expect(report).toMatchObject({ EventTypeID: 1, roles: { scu: false, scp: true } })
    expect(report!.dataset['00081195']!.Value).toEqual([TransactionUID])
    expect(uidsIn(report!.dataset, REFERENCED).sort()).toEqual(instances.map(({ SOPInstanceUID }) => SOPInstanceUID).sort())
    expect(report!.dataset[FAILED]).toBeUndefined()
    expect(
      await until(
        () => rowOf(TransactionUID),
        (row) => row?.state === 'reported',
      ),
    ).toMatchObject({ state: 'reported', failures: [] })
  })

  test('what is not here, is of another class, or has lost its object, is said with its reason', async () => {
    const reports: Report[] = []
    await registerPeer((await startPeer(reports)).port!)
    const [kept, lost, other] = instances as [Instance, Instance, Instance]
    const [object] = await query<{ key: string }>(
      program.index.pool,
      `select object_key as key from instance where sop_instance_uid = $1`,
      [lost.SOPInstanceUID],
    )
    const aside = `${object!.key}`
    await query(program.index.pool, `update instance set object_size = object_size + 2 where object_key = $1`, [aside])
    const absent = { SOPClassUID: kept.SOPClassUID, SOPInstanceUID: newUID() }
    const association = await call('PEER', STORAGE_COMMITMENT, [ImplicitVRLittleEndian])
    await nAction(association, newUID(), [kept, lost, { ...other, SOPClassUID: '1.2.840.10008.5.1.4.1.1.4' }, absent])
    await association.release()
    const [report] = await until(
      () => reports,
      ({ length }) => length > 0,
    )
    expect(report!.EventTypeID).toBe(2)
    expect(uidsIn(report!.dataset, REFERENCED)).toEqual([kept.SOPInstanceUID])
    const failed = Object.fromEntries(
      (report!.dataset[FAILED]!.Value as DicomJSON[]).map((item) => [item['00081155']!.Value![0], item['00081197']!.Value![0]]),
    )
    expect(failed).toEqual({
      [lost.SOPInstanceUID]: failureReason['processing-failure'],
      [other.SOPInstanceUID]: failureReason['class-instance-conflict'],
      [absent.SOPInstanceUID]: failureReason['no-such-object-instance'],
    })
    await query(program.index.pool, `update instance set object_size = object_size - 2 where object_key = $1`, [aside])
  })

  test('a report that the machine does not take is tried again', async () => {
    const reports: Report[] = []
    await registerPeer((await startPeer(reports, (n) => (n === 0 ? 0x0110 : 0))).port!)
    const association = await call('PEER', STORAGE_COMMITMENT, [ImplicitVRLittleEndian])
    const TransactionUID = newUID()
    await nAction(association, TransactionUID, instances)
    await association.release()
    expect(
      await until(
        () => rowOf(TransactionUID),
        (row) => row?.last_error != null,
      ),
    ).toMatchObject({ state: 'pending', attempts: 1 })
    // Its next turn, which would come after a minute.
    await query(program.index.pool, `update storage_commitment set next_attempt_at = now() where transaction_uid = $1`, [TransactionUID])
    expect(
      await until(
        () => rowOf(TransactionUID),
        (row) => row?.state === 'reported',
      ),
    ).toMatchObject({ state: 'reported', attempts: 2 })
    expect(reports).toHaveLength(1)
  })

  test('one that does not answer for a day is given up', async () => {
    await registerPeer(1)
    const association = await call('PEER', STORAGE_COMMITMENT, [ImplicitVRLittleEndian])
    const TransactionUID = newUID()
    await nAction(association, TransactionUID, instances)
    await association.release()
    await until(
      () => rowOf(TransactionUID),
      (row) => row?.last_error != null,
    )
    await query(
      program.index.pool,
      `update storage_commitment set next_attempt_at = now(), requested_at = now() - interval '25 hours' where transaction_uid = $1`,
      [TransactionUID],
    )
    expect(
      (
        await until(
          () => rowOf(TransactionUID),
          (row) => row?.state === 'given-up',
        )
      )?.state,
    ).toBe('given-up')
  })

  test('another institution’s machine is told that there is no such instance', async () => {
    const reports: Report[] = []
    await registerPeer((await startPeer(reports)).port!, program.county.townships[1])
    const association = await call('PEER', STORAGE_COMMITMENT, [ImplicitVRLittleEndian])
    await nAction(association, newUID(), instances.slice(0, 1))
    await association.release()
    const [report] = await until(
      () => reports,
      ({ length }) => length > 0,
    )
    expect(report!.dataset[FAILED]!.Value).toMatchObject([{ '00081197': { Value: [0x0112] } }])
    await registerPeer(null)
  })
})

describe('asked by a machine that cannot be called', () => {
  test('the report comes on its own association', async () => {
    await registerPeer(null)
    const reports: Report[] = []
    const association = await call('PEER', STORAGE_COMMITMENT, [ImplicitVRLittleEndian], {
      'N-EVENT-REPORT': async ({ command, dataset, context }: Message) => {
        reports.push({ EventTypeID: command.EventTypeID, dataset: (await readDataset(dataset!, context.transferSyntax)).dataset })
        return { CommandField: responseTo(commandField['N-EVENT-REPORT']), Status: 0 }
      },
    })
    const TransactionUID = newUID()
    await nAction(association, TransactionUID, instances)
    await until(
      () => reports,
      ({ length }) => length > 0,
    )
    expect(reports).toMatchObject([{ EventTypeID: 1 }])
    expect(
      (
        await until(
          () => rowOf(TransactionUID),
          (row) => row?.state === 'reported',
        )
      )?.state,
    ).toBe('reported')
    await association.release()
  })

  test('and has gone by then: the transaction stands, with the reason', async () => {
    await registerPeer(null)
    const association = await call('PEER', STORAGE_COMMITMENT, [ImplicitVRLittleEndian])
    const TransactionUID = newUID()
    await nAction(association, TransactionUID, instances).catch(() => undefined)
    association.abort()
    expect(
      await until(
        () => rowOf(TransactionUID),
        (row) => row?.last_error != null,
      ),
    ).toMatchObject({ state: 'pending' })
  })
})

describe('N-ACTION is refused', () => {
  const asked = async (
    changes: Partial<CommandSet>,
    of: readonly { SOPClassUID: string; SOPInstanceUID: string }[] = instances,
    uid = newUID(),
  ) => {
    const association = await call('EAST_CT', STORAGE_COMMITMENT, [ImplicitVRLittleEndian], {
      'N-EVENT-REPORT': async () => ({ CommandField: responseTo(commandField['N-EVENT-REPORT']), Status: 0 }),
    })
    try {
      return (await nAction(association, uid, of, changes)).Status
    } finally {
      await association.release().catch(() => undefined)
    }
  }
  test('with 0x0112, another instance than the well-known one', async () =>
    expect(await asked({ RequestedSOPInstanceUID: '1.2.3' })).toBe(0x0112))
  test('with 0x0123, another action', async () => expect(await asked({ ActionTypeID: 2 })).toBe(0x0123))
  test('with 0x0120, no instances', async () => expect(await asked({}, [])).toBe(0x0120))
  test('with 0x0120, no TransactionUID; with 0x0106, one that is none', async () => {
    expect(await asked({}, instances, '')).toBe(0x0120)
    expect(await asked({}, instances, 'x')).toBe(0x0106)
  })
  test('with 0x0110, a TransactionUID that was used for other instances; the same again is done again', async () => {
    const uid = newUID()
    expect(await asked({}, instances, uid)).toBe(0)
    expect(await asked({}, instances.slice(0, 1), uid)).toBe(0x0110)
    expect(await asked({}, instances, uid)).toBe(0)
  })
})

describe('asked of a peer', () => {
  const studyOf = async () =>
    (
      await query<{ uid: string }>(
        program.index.pool,
        `select s.study_instance_uid as uid from study s join instance n on n.study_pk = s.study_pk where n.sop_instance_uid = $1`,
        [instances[0]!.SOPInstanceUID],
      )
    )[0]!.uid
  const ask = async (username = 'administrator') =>
    program.request(username, '/api/ae/PEER/commitment', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ StudyInstanceUID: await studyOf() }),
    })
  /** A peer that takes requests, and reports as told. */
  const startKeeper = async (
    reply: (asked: Message, TransactionUID: string, call: (command: CommandSet, dataset: Buffer) => Promise<CommandSet>) => Promise<void>,
  ) => {
    const started = await startPeer([], () => 0, {
      operations: {
        async *'N-ACTION'(request) {
          const { dataset } = await readDataset(request.dataset!, request.context.transferSyntax)
          yield { Status: 0 }
          await reply(request, String(dataset['00081195']!.Value![0]), async (command, bytes) => {
            const answer = await request.call(request.context, command, one(bytes) as AsyncIterable<Uint8Array>)
            return answer.command
          })
        },
      },
    })
    await registerPeer(started.port!)
  }
  const event = (TransactionUID: string, failed: readonly Instance[] = []): [CommandSet, Buffer] => {
    const outcome = {
      committed: refs(instances.filter((instance) => !failed.includes(instance))),
      failed: refs(failed).map((one) => ({ ...one, FailureReason: 0x0112 })),
    }
    const { eventType, dataset } = reportOf(TransactionUID, outcome)
    return [
      {
        CommandField: commandField['N-EVENT-REPORT'],
        AffectedSOPClassUID: STORAGE_COMMITMENT,
        AffectedSOPInstanceUID: INSTANCE,
        EventTypeID: eventType,
      },
      written(dataset),
    ]
  }

  test('its report on the association of the request is taken', async () => {
    let answered: CommandSet | undefined
    await startKeeper(async (_, TransactionUID, call) => {
      answered = await call(...event(TransactionUID))
    })
    const { commitment } = (await (await ask()).json()) as { commitment: { TransactionUID: string; instances: number } }
    expect(commitment.instances).toBe(3)
    expect(
      (
        await until(
          () => rowOf(commitment.TransactionUID),
          (row) => row?.state === 'committed',
        )
      )?.state,
    ).toBe('committed')
    expect(answered).toMatchObject({ Status: 0, EventTypeID: 1 })
  })

  test('its report on an association of its own, and what it has not kept', async () => {
    let transaction = ''
    await startKeeper(async (_, TransactionUID) => {
      transaction = TransactionUID
    })
    await ask()
    await until(
      () => rowOf(transaction),
      (row) => row?.state === 'requested',
    )
    const association = await openAssociation({
      host: '127.0.0.1',
      port: program.dicomPort,
      callingAETitle: 'PEER',
      calledAETitle: 'ARCHIVE',
      contexts: [{ abstractSyntax: STORAGE_COMMITMENT, transferSyntaxes: [ImplicitVRLittleEndian] }],
      roles: [{ SOPClassUID: STORAGE_COMMITMENT, scu: false, scp: true }],
    })
    const [command, dataset] = event(transaction, [instances[1]!])
    expect((await association.call(STORAGE_COMMITMENT, command, dataset)).command).toMatchObject({ Status: 0, EventTypeID: 2 })
    expect((await association.call(STORAGE_COMMITMENT, { ...command, EventTypeID: 7 }, dataset)).command.Status).toBe(0x0113)
    expect((await association.call(STORAGE_COMMITMENT, command, event(newUID())[1])).command.Status).toBe(0x0110)
    await association.release()
    const listed = (await (await program.request('administrator', '/api/commitments')).json()) as { items: { TransactionUID: string }[] }
    expect(listed.items.find(({ TransactionUID }) => TransactionUID === transaction)).toMatchObject({
      role: 'scu',
      state: 'failed',
      instances: 3,
      failures: [{ SOPInstanceUID: instances[1]!.SOPInstanceUID, FailureReason: 0x0112 }],
    })
  })

  test('by nobody but an administrator', async () => {
    expect((await ask('east-technologist')).status).toBe(403)
    expect((await program.request('radiologist', '/api/commitments')).status).toBe(403)
  })
})
