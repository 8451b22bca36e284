/** Foreign hands on storage commitment: Debian's Orthanc asks us to keep what it has sent, and is asked by us. PS3.4 Annex J. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPart10 } from '../../gateway/dimse/part10-source.ts'
import { openAssociation } from '../../gateway/dimse/scu.ts'
import { upsertAE } from '../../storage/index/ae.ts'
import { ctSeries, type Instance } from '../../test-images/index.ts'
import { describeWithPeers } from '../support/foreign-peers.ts'
import { type OrthancProcess, startOrthancProcess } from '../support/orthanc.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

describeWithPeers('Orthanc', ['Orthanc'], () => {
  let program: TestProgram
  let orthanc: OrthancProcess
  const instances: Instance[] = []

  beforeAll(async () => {
    program = await startTestProgram()
    orthanc = await startOrthancProcess({ us: ['ARCHIVE', '127.0.0.1', program.dicomPort] })
    await upsertAE(program.index.pool, {
      title: 'ORTHANC',
      institution: program.county.townships[0],
      host: '127.0.0.1',
      port: orthanc.dicomPort,
    })
    for await (const instance of ctSeries(3, { seed: 'orthanc commitment' })) instances.push(instance)
    for (const { part10 } of instances) await orthanc.send('POST', '/instances', part10)
  }, 60_000)
  afterAll(async () => {
    await orthanc?.stop()
    await program?.close()
  })

  const referenced = (of: readonly Instance[]) => of.map(({ SOPClassUID, SOPInstanceUID }) => [SOPClassUID, SOPInstanceUID])
  /** Orthanc asks, and waits for our N-EVENT-REPORT. */
  const asked = async (of: readonly Instance[]) => {
    const { ID } = await orthanc.json<{ ID: string }>('POST', '/modalities/us/storage-commitment', { DicomInstances: referenced(of) })
    for (let i = 0; ; i++) {
      const report = await orthanc.json<{ Status: string; Success: unknown[]; Failures: { FailureReason: number }[] }>(
        'GET',
        `/storage-commitment/${ID}`,
      )
      if (report.Status !== 'Pending' || i === 100) return report
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  test('is told that what it has not sent is not here, and that what it has sent is', async () => {
    const before = await asked(instances)
    expect(before).toMatchObject({ Status: 'Failure' })
    expect(before.Failures.map(({ FailureReason }) => FailureReason)).toEqual([0x0112, 0x0112, 0x0112])
    await orthanc.json('POST', '/modalities/us/store', { Resources: await orthanc.json<string[]>('GET', '/instances') })
    const after = await asked(instances)
    expect(after).toMatchObject({ Status: 'Success' })
    expect(after.Success).toHaveLength(3)
  })

  test('is asked by us, and its report says what it has', async () => {
    const [study] = await orthanc.json<string[]>('GET', '/studies')
    const { MainDicomTags } = await orthanc.json<{ MainDicomTags: { StudyInstanceUID: string } }>('GET', `/studies/${study}`)
    const { StudyInstanceUID } = MainDicomTags
    const ask = () =>
      program.request('administrator', '/api/ae/ORTHANC/commitment', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ StudyInstanceUID }),
      })
    const answer = async (TransactionUID: string) => {
      for (let i = 0; ; i++) {
        const { items } = (await (await program.request('administrator', '/api/commitments')).json()) as {
          items: { TransactionUID: string; state: string; failures: { FailureReason: number }[] }[]
        }
        const found = items.find((item) => item.TransactionUID === TransactionUID)
        if (found?.state === 'committed' || found?.state === 'failed' || i === 150) return found
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    const first = (await (await ask()).json()) as { commitment: { TransactionUID: string; instances: number } }
    expect(first.commitment.instances).toBe(3)
    expect((await answer(first.commitment.TransactionUID))?.state).toBe('committed')
    // One more, which it has never seen.
    const extra: Instance[] = []
    for await (const instance of ctSeries(4, { seed: 'orthanc commitment' })) extra.push(instance)
    await store(program, extra.slice(3))
    const second = (await (await ask()).json()) as { commitment: { TransactionUID: string; instances: number } }
    expect(second.commitment.instances).toBe(4)
    expect(await answer(second.commitment.TransactionUID)).toMatchObject({
      state: 'failed',
      failures: [{ SOPInstanceUID: extra[3]!.SOPInstanceUID, FailureReason: 0x0112 }],
    })
  })
})

async function store(program: TestProgram, instances: readonly Instance[]): Promise<void> {
  const [{ SOPClassUID, TransferSyntaxUID }] = instances as [Instance]
  const association = await openAssociation({
    host: '127.0.0.1',
    port: program.dicomPort,
    callingAETitle: 'EAST_CT',
    calledAETitle: 'ARCHIVE',
    contexts: [{ abstractSyntax: SOPClassUID, transferSyntaxes: [TransferSyntaxUID] }],
  })
  for (const { part10 } of instances) expect((await association.store(await openPart10(one(part10)))).Status).toBe(0)
  await association.release()
}

async function* one(bytes: Uint8Array) {
  yield bytes
}
