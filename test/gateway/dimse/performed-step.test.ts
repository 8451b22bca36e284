/** MPPS as SCP: N-CREATE and N-SET over real associations, their statuses (PS3.4 Annex F, PS3.7 Annex C), and what follows for order and reading task. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ImplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { newUID } from '../../../archive/dicom/uid.ts'
import { stepRules } from '../../../archive/orders/performed-step-rules.ts'
import { commandField } from '../../../gateway/dimse/command-set.ts'
import { openPart10 } from '../../../gateway/dimse/part10-source.ts'
import { MODALITY_PERFORMED_PROCEDURE_STEP } from '../../../gateway/dimse/performed-step.ts'
import { openAssociation } from '../../../gateway/dimse/scu.ts'
import { query } from '../../../storage/index/query.ts'
import { ctSeries, type Instance } from '../../../test-images/index.ts'
import { begins, ends, enterOrder, orderOf, type Said, step } from '../../support/orders.ts'
import { startTestProgram, type TestProgram } from '../../support/program.ts'

let program: TestProgram
beforeAll(async () => {
  // Nothing falls quiet while the test runs: what becomes READY does so by what the machine says.
  program = await startTestProgram()
})
afterAll(() => program?.close())

async function until<T>(look: () => Promise<T>, isThere: (seen: T) => boolean): Promise<T> {
  for (let i = 0; ; i++) {
    const seen = await look()
    if (isThere(seen) || i === 100) return seen
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe('an exam', () => {
  test('is under way with N-CREATE, and completed by N-SET', async () => {
    const order = await enterOrder(program)
    const uid = newUID()
    expect(await step(program, 'N-CREATE', uid, begins(order))).toMatchObject({
      Status: 0x0000,
      AffectedSOPClassUID: '1.2.840.10008.3.1.2.3.3',
      AffectedSOPInstanceUID: uid,
    })
    expect(await orderOf(program, order.id)).toMatchObject({ state: 'in-progress', verbs: ['edit', 'cancel'] })
    expect(await step(program, 'N-SET', uid, { PerformedProcedureStepDescription: 'CHEST' })).toMatchObject({
      Status: 0,
      AffectedSOPInstanceUID: uid,
    })
    expect((await orderOf(program, order.id)).state).toBe('in-progress')
    expect(await step(program, 'N-SET', uid, ends([]))).toMatchObject({ Status: 0 })
    expect((await orderOf(program, order.id)).state).toBe('completed')
  })

  test('that is broken off has its reason with the order, and may begin again', async () => {
    const order = await enterOrder(program)
    const uid = newUID()
    await step(program, 'N-CREATE', uid, begins(order))
    const reason: Said = { CodeValue: '110501', CodingSchemeDesignator: 'DCM', CodeMeaning: 'Equipment failure' }
    const off = { PerformedProcedureStepStatus: 'DISCONTINUED', PerformedProcedureStepDiscontinuationReasonCodeSequence: [reason] }
    expect(await step(program, 'N-SET', uid, ends([], off))).toMatchObject({ Status: 0 })
    expect((await orderOf(program, order.id)).state).toBe('discontinued')
    const [event] = await query<{ reason: string }>(
      program.index.pool,
      `select reason from order_event where order_id = $1 and verb = 'discontinue'`,
      [order.id],
    )
    expect(event!.reason).toBe('Equipment failure (110501, DCM)')
    await step(program, 'N-CREATE', newUID(), begins(order))
    expect((await orderOf(program, order.id)).state).toBe('in-progress')
  })

  test('of two steps is completed with the second', async () => {
    const order = await enterOrder(program)
    const [first, second] = [newUID(), newUID()]
    await step(program, 'N-CREATE', first, begins(order))
    await step(program, 'N-CREATE', second, begins(order))
    await step(program, 'N-SET', first, ends([]))
    expect((await orderOf(program, order.id)).state).toBe('in-progress')
    await step(program, 'N-SET', second, ends([], { PerformedProcedureStepStatus: 'DISCONTINUED' }))
    expect((await orderOf(program, order.id)).state).toBe('completed')
  })

  test('that no order is known for is kept all the same; the data of another patient move no order', async () => {
    const order = await enterOrder(program)
    const other = { ...order, StudyInstanceUID: newUID() }
    const strange = begins({ ...other, patient: { PatientName: 'X', PatientID: 'SOMEBODY-ELSE' } })
    expect(await step(program, 'N-CREATE', newUID(), strange)).toMatchObject({ Status: 0 })
    expect((await orderOf(program, order.id)).state).toBe('scheduled')
  })
})

describe('is refused', () => {
  const creatable = () => begins({ StudyInstanceUID: newUID(), AccessionNumber: '', patient: { PatientName: '', PatientID: '' } })
  const without = (said: Said, keyword: string): Said => Object.fromEntries(Object.entries(said).filter(([name]) => name !== keyword))

  test('with 0x0111, a step that is there', async () => {
    const uid = newUID()
    await step(program, 'N-CREATE', uid, creatable())
    expect(await step(program, 'N-CREATE', uid, creatable())).toMatchObject({ Status: 0x0111, AffectedSOPInstanceUID: uid })
  })

  test.each(stepRules.filter(({ create }) => create === '1').map(({ keyword }) => keyword))(
    'with 0x0120 and 0x0121, one without %s or its value',
    async (keyword) => {
      const absent = await step(program, 'N-CREATE', newUID(), without(creatable(), keyword))
      expect(absent).toMatchObject({
        Status: 0x0120,
        AttributeIdentifierList: [expect.any(Number)],
        ErrorComment: expect.stringContaining(keyword),
      })
      const empty = keyword.endsWith('Sequence') ? [] : ''
      expect((await step(program, 'N-CREATE', newUID(), { ...creatable(), [keyword]: empty })).Status).toBe(0x0121)
    },
  )

  test.each(stepRules.filter(({ create }) => create === '2').map(({ keyword }) => keyword))(
    'nothing for want of %s, which is of type 2',
    async (keyword) => {
      expect((await step(program, 'N-CREATE', newUID(), without(creatable(), keyword))).Status).toBe(0)
    },
  )

  test('with 0x0106, one that begins as COMPLETED, or whose study is none', async () => {
    expect((await step(program, 'N-CREATE', newUID(), { ...creatable(), PerformedProcedureStepStatus: 'COMPLETED' })).Status).toBe(0x0106)
    const [item] = creatable().ScheduledStepAttributesSequence as Said[]
    const wrong = { ...creatable(), ScheduledStepAttributesSequence: [{ ...item, StudyInstanceUID: 'none' }] }
    expect((await step(program, 'N-CREATE', newUID(), wrong)).Status).toBe(0x0106)
  })

  test('with 0x0117, a SOP Instance UID that is none; without one the archive makes it', async () => {
    expect((await step(program, 'N-CREATE', 'not-a-uid', creatable())).Status).toBe(0x0117)
    const made = await step(program, 'N-CREATE', undefined, creatable())
    expect(made).toMatchObject({ Status: 0, AffectedSOPInstanceUID: expect.stringMatching(/^2\.25\.\d+$/) })
    expect((await step(program, 'N-SET', made.AffectedSOPInstanceUID, ends([]))).Status).toBe(0)
  })

  test('with 0x0110, a data set that breaks off', async () => {
    const association = await openAssociation({
      host: '127.0.0.1',
      port: program.dicomPort,
      callingAETitle: 'EAST_CT',
      calledAETitle: 'ARCHIVE',
      contexts: [{ abstractSyntax: MODALITY_PERFORMED_PROCEDURE_STEP, transferSyntaxes: [ImplicitVRLittleEndian] }],
    })
    const about = { CommandField: commandField['N-CREATE'], AffectedSOPClassUID: MODALITY_PERFORMED_PROCEDURE_STEP }
    const broken = Buffer.from([0x08, 0, 0x60, 0, 0xff, 0, 0, 0, 0x43, 0x54])
    const { command } = await association.call(MODALITY_PERFORMED_PROCEDURE_STEP, { ...about, AffectedSOPInstanceUID: newUID() }, broken)
    expect(command.Status).toBe(0x0110)
    await association.release()
  })

  test('with 0x0112, N-SET of a step that is not there, or another institution’s', async () => {
    expect((await step(program, 'N-SET', newUID(), ends([]))).Status).toBe(0x0112)
    const uid = newUID()
    await step(program, 'N-CREATE', uid, creatable())
    expect((await step(program, 'N-SET', uid, ends([]), 'WEST_CT')).Status).toBe(0x0112)
  })

  test('with 0x0110 and Error ID 0xA710, whatever changes a step that has ended', async () => {
    const uid = newUID()
    await step(program, 'N-CREATE', uid, creatable())
    await step(program, 'N-SET', uid, ends([]))
    for (const said of [ends([]), { PerformedProcedureStepStatus: 'IN PROGRESS' }, {}]) {
      expect(await step(program, 'N-SET', uid, said)).toMatchObject({ Status: 0x0110, ErrorID: 0xa710 })
    }
  })

  test('with 0x0106, N-SET of what may not be changed; the same again is let pass', async () => {
    const uid = newUID()
    const said = creatable()
    await step(program, 'N-CREATE', uid, said)
    expect(await step(program, 'N-SET', uid, { Modality: 'MR' })).toMatchObject({
      Status: 0x0106,
      ErrorComment: expect.stringContaining('Modality'),
    })
    expect((await step(program, 'N-SET', uid, { PerformedProcedureStepStatus: 'DONE' })).Status).toBe(0x0106)
    expect((await step(program, 'N-SET', uid, { Modality: 'CT', PatientName: 'OUYANG^NA' })).Status).toBe(0)
  })

  test('with 0x0120 and 0x0121, an end without its time, or a series without its UID', async () => {
    const uid = newUID()
    await step(program, 'N-CREATE', uid, creatable())
    expect((await step(program, 'N-SET', uid, { PerformedProcedureStepStatus: 'COMPLETED' })).Status).toBe(0x0121)
    expect((await step(program, 'N-SET', uid, ends([], { PerformedSeriesSequence: [{ ProtocolName: 'X' }] }))).Status).toBe(0x0120)
    expect((await step(program, 'N-SET', uid, ends([]))).Status).toBe(0)
  })
})

test('a study is READY as soon as every instance that the machine has listed is here', async () => {
  const order = await enterOrder(program)
  const instances: Instance[] = []
  for await (const instance of ctSeries(3, { seed: 'mpps', AccessionNumber: order.AccessionNumber })) instances.push(instance)
  const listed = instances.map(({ SOPClassUID, SOPInstanceUID }) => ({ SOPClassUID, SOPInstanceUID, SeriesInstanceUID: '1.2.3' }))
  const StudyInstanceUID = await send(instances.slice(0, 2))
  const uid = newUID()
  await step(program, 'N-CREATE', uid, begins({ ...order, StudyInstanceUID }))
  await step(program, 'N-SET', uid, ends(listed))
  const state = async () => {
    const [row] = await query<{ state: string }>(
      program.index.pool,
      `select w.state from workitem w join study s on s.study_pk = w.study_pk where s.study_instance_uid = $1`,
      [StudyInstanceUID],
    )
    return row?.state
  }
  await until(state, (seen) => seen !== undefined)
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  expect(await state()).toBe('UPLOADING')
  await send(instances.slice(2))
  expect(await until(state, (seen) => seen === 'READY')).toBe('READY')
})

/** Stores them as EAST_CT; answers their study. */
async function send(instances: readonly Instance[]): Promise<string> {
  const [{ SOPClassUID, TransferSyntaxUID } = { SOPClassUID: '', TransferSyntaxUID: '' }] = instances
  const association = await openAssociation({
    host: '127.0.0.1',
    port: program.dicomPort,
    callingAETitle: 'EAST_CT',
    calledAETitle: 'ARCHIVE',
    contexts: [{ abstractSyntax: SOPClassUID, transferSyntaxes: [TransferSyntaxUID] }],
  })
  for (const { part10 } of instances) expect((await association.store(await openPart10(one(part10)))).Status).toBe(0)
  await association.release()
  const [row] = await query<{ uid: string }>(
    program.index.pool,
    `select s.study_instance_uid as uid from instance n join study s on s.study_pk = n.study_pk where n.sop_instance_uid = $1`,
    [instances[0]!.SOPInstanceUID],
  )
  return row!.uid
}

async function* one(bytes: Uint8Array) {
  yield bytes
}
