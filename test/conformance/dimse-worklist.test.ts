/** Foreign hands on the worklist: DCMTK's findscu with the keys that machines send, in the character sets that they can show. PS3.4 Annex K. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Audit } from '../../archive/audit.ts'
import { writeDataset } from '../../archive/dicom/dataset-writer.ts'
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { ExplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import type { Request } from '../../gateway/dimse/services.ts'
import { MODALITY_WORKLIST_FIND, modalityWorklist } from '../../gateway/dimse/worklist.ts'
import { upsertAE, type WorklistCharacterSet } from '../../storage/index/ae.ts'
import { modality } from '../gateway/dimse/fixture.ts'
import { findscu } from '../support/dicom-programs.ts'
import { describeWithPeers } from '../support/foreign-peers.ts'
import { type EnteredOrder, enterOrder } from '../support/orders.ts'
import { startTestProgram, type TestProgram } from '../support/program.ts'

let program: TestProgram
let chest: EnteredOrder
let head: EnteredOrder
let film: EnteredOrder

/** Noon of a day from now on, by the clock on the wall. */
const noon = (days: number): Date => {
  const day = new Date()
  day.setDate(day.getDate() + days)
  day.setHours(12, 0, 0, 0)
  return day
}
const da = (day: Date) => `${day.getFullYear()}${String(day.getMonth() + 1).padStart(2, '0')}${String(day.getDate()).padStart(2, '0')}`

const registered = (worklistCharacterSet: WorklistCharacterSet) =>
  upsertAE(program.index.pool, { title: 'EAST_CT', institution: program.county.townships[0], worklistCharacterSet })

beforeAll(async () => {
  program = await startTestProgram()
  chest = await enterOrder(program, {
    scheduledAt: noon(0),
    AETitle: 'EAST_CT',
    patientClass: 'inpatient',
    ward: '3病区',
    bed: '加12床',
  })
  head = await enterOrder(
    program,
    { scheduledAt: noon(2), modality: 'MR', procedure: '头部MR' },
    { PatientName: '吕不韦', sex: 'M', birthDate: '19600101' },
  )
  film = await enterOrder(
    program,
    { scheduledAt: noon(-1), modality: 'DX', procedure: '胸部正位片', urgency: 0 },
    { PatientName: 'SMITH^JOHN' },
  )
  await enterOrder(program, {}, {}, 'west-technologist')
  const cancelled = await enterOrder(program, { scheduledAt: noon(0) }, { PatientName: '不来' })
  await program.request('east-technologist', `/api/orders/${cancelled.id}/cancel`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ reason: '患者未到' }),
  })
})
afterAll(() => program?.close())

const asked = (...keys: string[]) =>
  findscu(['-W', '-aet', 'EAST_CT', '-aec', 'ARCHIVE', '127.0.0.1', String(program.dicomPort), ...keys.flatMap((key) => ['-k', key])])
const value = (dataset: DicomJSON, tag: string) => dataset[tag]?.Value?.[0]
const step = (key: string) => `ScheduledProcedureStepSequence[0].${key}`
const accessions = async (...keys: string[]) =>
  (await asked('AccessionNumber', ...keys)).answers.map(({ dataset }) => value(dataset, '00080050')).sort()
const all = () => [chest, head, film].map(({ AccessionNumber }) => AccessionNumber).sort()

test('C-CANCEL ends a query with 0xFE00 behind the answer that was under way', async () => {
  const audit = new Audit({ index: program.index, clock: () => new Date(), log: { warn: () => undefined } })
  const service = modalityWorklist({ index: program.index, clock: () => new Date(), audit })
  const cancel = new AbortController()
  const source = { ...modality.source, institution: program.county.townships[0] }
  const { bytes } = writeDataset({ '00080050': { vr: 'SH' } }, { implicit: false, characterSet: 'ISO_IR 6' })
  const request = {
    context: { id: 1, abstractSyntax: MODALITY_WORKLIST_FIND, transferSyntax: ExplicitVRLittleEndian },
    command: {},
    dataset: [bytes],
    peer: { AETitle: 'EAST_CT', address: '127.0.0.1', ae: { ...modality, source } },
    signal: cancel.signal,
  } as unknown as Request
  const statuses: number[] = []
  for await (const { Status } of service.operations['C-FIND']!(request)) {
    statuses.push(Status)
    cancel.abort()
  }
  expect(statuses).toEqual([0xff00, 0xfe00])
  await audit.close()
})

/** What a CT console sends: everything of Table K.6-1 that it shows. */
const console_ = [
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'PatientWeight',
  'MedicalAlerts',
  'Allergies',
  'PregnancyStatus',
  'AccessionNumber',
  'ReferringPhysicianName',
  'RequestingPhysician',
  'StudyInstanceUID',
  'RequestedProcedureID',
  'RequestedProcedureDescription',
  'RequestedProcedurePriority',
  'ReferencedStudySequence',
  'RequestedProcedureCodeSequence',
  step('ScheduledStationAETitle'),
  step('ScheduledProcedureStepStartDate'),
  step('ScheduledProcedureStepStartTime'),
  step('Modality'),
  step('ScheduledPerformingPhysicianName'),
  step('ScheduledProcedureStepDescription'),
  step('ScheduledProcedureStepID'),
  step('ScheduledProtocolCodeSequence'),
]

describeWithPeers('findscu -W', ['findscu'], () => {
  test('a CT asks for its own day: the order of today that is for it, with everything that it writes into its images', async () => {
    const day = da(noon(0))
    const { answers, output } = await asked(
      ...console_.filter((key) => !/StationAETitle|StartDate|\.Modality/.test(key)),
      step('ScheduledStationAETitle=EAST_CT'),
      step(`ScheduledProcedureStepStartDate=${day}`),
      step('Modality=CT'),
    )
    expect(output).toContain('0x0000: Success')
    expect(answers).toHaveLength(1)
    const { dataset, declared } = answers[0]!
    expect(declared).toBe('ISO_IR 192')
    expect(value(dataset, '00100010')).toEqual({ Alphabetic: 'Ouyang^Na', Ideographic: '欧阳^娜' })
    expect(dataset).toMatchObject({
      '00080050': { Value: [chest.AccessionNumber] },
      '0020000D': { Value: [chest.StudyInstanceUID] },
      '00100020': { Value: [chest.patient.PatientID] },
      '00100030': { Value: ['19880808'] },
      '00100040': { Value: ['F'] },
      '00321060': { Value: ['胸部CT平扫'] },
      '00401001': { Value: [chest.AccessionNumber] },
      '00401003': { Value: ['HIGH'] },
      '00081110': { vr: 'SQ' },
      '00400100': {
        Value: [
          {
            '00080060': { Value: ['CT'] },
            '00400001': { Value: ['EAST_CT'] },
            '00400002': { Value: [day] },
            '00400003': { Value: ['120000'] },
            '00400007': { Value: ['胸部CT平扫'] },
            '00400009': { Value: [chest.AccessionNumber] },
          },
        ],
      },
    })
  })

  test.each<[string, () => string[], () => EnteredOrder[]]>([
    ['nothing but its institution', () => [], () => [chest, head, film]],
    ['a range of days', () => [step(`ScheduledProcedureStepStartDate=${da(noon(-1))}-${da(noon(0))}`)], () => [chest, film]],
    ['from a day on', () => [step(`ScheduledProcedureStepStartDate=${da(noon(0))}-`)], () => [chest, head]],
    [
      'a stretch of days and times, which is one',
      () => [step(`ScheduledProcedureStepStartDate=${da(noon(-1))}-${da(noon(2))}`), step('ScheduledProcedureStepStartTime=1300-1130')],
      () => [chest],
    ],
    ['a time of day', () => [step('ScheduledProcedureStepStartTime=110000-130000')], () => [chest, head, film]],
    ['a modality', () => [step('Modality=MR')], () => [head]],
    ['a radiograph by another of its names', () => [step('Modality=CR')], () => [film]],
    ['its AE title, also of what names no machine', () => [step('ScheduledStationAETitle=EAST_CT')], () => [chest, head, film]],
    ['another machine’s AE title', () => [step('ScheduledStationAETitle=EAST_DR')], () => [head, film]],
    ['the pinyin of a name', () => ['PatientName=OUYANG*'], () => [chest]],
    ['a pattern within a name', () => ['PatientName=*uw?i'], () => [head]],
    ['a PatientID', () => [`PatientID=${film.patient.PatientID}`], () => [film]],
    [
      'an AccessionNumber with a wildcard',
      () => [`AccessionNumber=${head.AccessionNumber.slice(0, -2)}*`, step('Modality=MR')],
      () => [head],
    ],
    ['a requested procedure', () => [`RequestedProcedureID=${film.AccessionNumber}`], () => [film]],
    ['StudyInstanceUIDs', () => [`StudyInstanceUID=${film.StudyInstanceUID}\\${head.StudyInstanceUID}`], () => [film, head]],
    ['nobody', () => ['PatientName=NOBODY'], () => []],
  ])('is matched by %s', async (_, keys, expected) => {
    expect(await accessions(...keys())).toEqual(
      expected()
        .map(({ AccessionNumber }) => AccessionNumber)
        .sort(),
    )
  })

  test('an optional key that is not supported matches everything, and the status says so', async () => {
    const { answers, output } = await asked('AccessionNumber', 'PatientName=OUYANG*', 'PatientBreedDescription=CAT')
    expect(answers).toHaveLength(1)
    expect(answers[0]!.dataset['00102292']).toBeUndefined()
    expect(output).toContain('0xff01')
    expect((await asked('AccessionNumber', ...console_)).output).not.toContain('0xff01')
    const room = await asked('AccessionNumber', step('ScheduledStationName=ROOM1'), 'RequestedProcedureCodeSequence[0].CodeValue=1')
    expect(room.answers).toHaveLength(3)
    expect(room.output).toContain('0xff01')
  })

  test('a key that makes no sense is refused by name', async () => {
    const { output } = await asked('AccessionNumber', step('ScheduledProcedureStepStartDate=yesterday'))
    expect(output).toContain('ScheduledProcedureStepStartDate')
    expect(output).toMatch(/0xc000/i)
  })

  test.each<[WorklistCharacterSet, string, object, string]>([
    ['GB18030', 'GB18030', { Alphabetic: 'Ouyang^Na', Ideographic: '欧阳^娜' }, '胸部CT平扫'],
    ['GBK', 'GBK', { Alphabetic: 'Ouyang^Na', Ideographic: '欧阳^娜' }, '胸部CT平扫'],
    ['ISO 2022 IR 58', '\\ISO 2022 IR 58', { Alphabetic: 'Ouyang^Na', Ideographic: '欧阳^娜' }, '胸部CT平扫'],
    ['ISO_IR 6', '', { Alphabetic: 'Ouyang^Na' }, 'Xiong Bu CT Ping Sao'],
    ['ISO_IR 100', '', { Alphabetic: 'Ouyang^Na' }, 'Xiong Bu CT Ping Sao'],
  ])('a machine that reads %s is written so', async (characterSet, declared, name, procedure) => {
    await registered(characterSet)
    try {
      const { answers } = await asked('PatientName=OUYANG*', 'RequestedProcedureDescription')
      expect(answers[0]!.declared ?? '').toBe(declared)
      expect(value(answers[0]!.dataset, '00100010')).toEqual(name)
      expect(value(answers[0]!.dataset, '00321060')).toBe(procedure)
    } finally {
      await registered('ISO_IR 192')
    }
  })

  test.each<[WorklistCharacterSet, string]>([
    ['ISO_IR 192', '内科 3病区 加12床'],
    ['GB18030', '内科 3病区 加12床'],
    ['ISO 2022 IR 58', '内科 3病区 加12床'],
    ['ISO_IR 100', 'Nei Ke 3 Bing Qu Jia 12 Chuang'],
  ])('says to a machine that reads %s where an inpatient is, by ward and bed (Visit Status, 0038,0300)', async (characterSet, place) => {
    await registered(characterSet)
    try {
      const { answers } = await asked('PatientName=OUYANG*', 'CurrentPatientLocation')
      expect(value(answers[0]!.dataset, '00380300')).toBe(place)
    } finally {
      await registered('ISO_IR 192')
    }
  })

  test('is matched by where the patient is; of others there is nothing to say', async () => {
    expect(await accessions('CurrentPatientLocation=*3病区*')).toEqual([chest.AccessionNumber])
    expect(await accessions('CurrentPatientLocation=*5病区*')).toEqual([])
    const { answers, output } = await asked('PatientName=SMITH*', 'CurrentPatientLocation')
    expect(answers[0]!.dataset['00380300']).toEqual({ vr: 'LO' })
    expect(output).not.toContain('0xff01')
  })

  test('of a ward whose name in letters is too long for the attribute, the bed stays', async () => {
    const ward = '神经内科重症监护康复综合病区'.repeat(2)
    const long = await enterOrder(program, { scheduledAt: noon(0), patientClass: 'inpatient', ward, bed: '12' }, { PatientName: '慕容雪' })
    await registered('ISO_IR 100')
    try {
      const { answers } = await asked(`AccessionNumber=${long.AccessionNumber}`, 'CurrentPatientLocation')
      const told = String(value(answers[0]!.dataset, '00380300'))
      expect(told).toMatch(/^Nei Ke Shen Jing .* 12 Chuang$/)
      expect(told.length).toBeLessThanOrEqual(64)
    } finally {
      await registered('ISO_IR 192')
      await program.request('east-technologist', `/api/orders/${long.id}/cancel`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ reason: '不做' }),
      })
    }
  })

  test('an AE that may not use the worklist is answered user-rejection', async () => {
    await upsertAE(program.index.pool, { title: 'EAST_CT', institution: program.county.townships[0], mayWorklist: false })
    const { output, answers } = await asked('AccessionNumber')
    expect(answers).toEqual([])
    expect(output).toMatch(/No Acceptable Presentation Contexts|User Reject/i)
    await registered('ISO_IR 192')
    expect(await accessions()).toEqual(all())
  })
})
