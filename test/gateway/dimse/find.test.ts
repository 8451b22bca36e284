/** C-FIND against the whole archive. PS3.4 §C.2.2, §C.4.1, §C.5.1, §C.6. */
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ImplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { queryRetrieve, queryRetrieveLimits, roots } from '../../../gateway/dimse/query-retrieve.ts'
import { Turns } from '../../../gateway/dimse/turns.ts'
import { upsertAE } from '../../../storage/index/ae.ts'
import { startTestProgram, type TestProgram } from '../../support/program.ts'
import { modality, startArchive } from './fixture.ts'
import { smallInstance, storeAll } from './fixture-studies.ts'
import { contextOf, keysOf, type PeerOptions, QueryPeer, valuesOf } from './query-peer.ts'

let program: TestProgram
const peers: QueryPeer[] = []
const open = async (options?: PeerOptions) => {
  const peer = await QueryPeer.open(program.dicomPort, options)
  peers.push(peer)
  return peer
}
const agreed = (...bytes: number[]): PeerOptions => ({
  user: { extended: roots.map(({ FIND }) => ({ SOPClassUID: FIND, information: Buffer.from(bytes) })) },
})

beforeAll(async () => {
  program = await startTestProgram()
  const zhang = { PatientName: '张^三', PatientID: '1001', PatientSex: 'M', PatientBirthDate: '19700101' }
  const smith = { PatientName: 'Smith^John', PatientID: '1002', PatientSex: 'M' }
  await storeAll(program.dicomPort, [
    smallInstance(['1.1', '1.1.1', '1.1.1.1'], {
      ...zhang,
      StudyDate: '20260301',
      StudyTime: '081500',
      AccessionNumber: 'A1',
      StudyDescription: '胸部CT平扫',
      InstanceNumber: '1',
    }),
    smallInstance(['1.1', '1.1.1', '1.1.1.2'], {
      ...zhang,
      StudyDate: '20260301',
      StudyTime: '081500',
      AccessionNumber: 'A1',
      StudyDescription: '胸部CT平扫',
      InstanceNumber: '2',
    }),
    smallInstance(
      ['1.1', '1.1.2', '1.1.2.1'],
      {
        ...zhang,
        StudyDate: '20260301',
        StudyTime: '081500',
        AccessionNumber: 'A1',
        SeriesNumber: '2',
        RequestAttributesSequence: { ScheduledProcedureStepID: 'STEP7', RequestedProcedureID: 'P7' },
      },
      '1.2.840.10008.5.1.4.1.1.88.59',
    ),
    smallInstance(['1.2', '1.2.1', '1.2.1.1'], { ...zhang, StudyDate: '20260302', StudyTime: '203000', AccessionNumber: 'A2' }),
    smallInstance(['1.3', '1.3.1', '1.3.1.1'], { ...smith, StudyDate: '20260303', StudyTime: '100000', AccessionNumber: 'B1' }),
  ])
  await storeAll(
    program.dicomPort,
    [smallInstance(['2.1', '2.1.1', '2.1.1.1'], { PatientID: '1001', PatientName: 'Other^Person', StudyDate: '20260301' })],
    'WEST_CT',
  )
})
afterEach(() => {
  for (const peer of peers.splice(0)) peer.close()
})
afterAll(() => program?.close())

const study = contextOf.study.FIND
const patient = contextOf.patient.FIND
const uids = (answers: Parameters<typeof valuesOf>[0][], keyword = 'StudyInstanceUID') =>
  answers.map((answer) => valuesOf(answer, keyword)?.[0])

describe('levels', () => {
  test('PATIENT, STUDY, SERIES and IMAGE of the Patient Root, each under its unique keys', async () => {
    const peer = await open()
    const patients = await peer.find(
      patient,
      keysOf({
        QueryRetrieveLevel: 'PATIENT',
        PatientID: null,
        PatientName: null,
        NumberOfPatientRelatedStudies: null,
        NumberOfPatientRelatedInstances: null,
      }),
    )
    expect(
      patients.answers.map((answer) => [
        valuesOf(answer, 'PatientID'),
        valuesOf(answer, 'NumberOfPatientRelatedStudies'),
        valuesOf(answer, 'NumberOfPatientRelatedInstances'),
      ]),
    ).toEqual([
      [['1002'], [1], [1]],
      [['1001'], [2], [4]],
    ])
    const studies = await peer.find(patient, keysOf({ QueryRetrieveLevel: 'STUDY', PatientID: '1001', ModalitiesInStudy: null }))
    expect(uids(studies.answers)).toEqual(['1.2', '1.1'])
    expect(valuesOf(studies.answers[1]!, 'ModalitiesInStudy')).toEqual(['KO', 'SR'])
    const series = await peer.find(
      patient,
      keysOf({ QueryRetrieveLevel: 'SERIES', PatientID: '1001', StudyInstanceUID: '1.1', NumberOfSeriesRelatedInstances: null }),
    )
    expect(
      series.answers.map((answer) => [valuesOf(answer, 'SeriesInstanceUID')?.[0], valuesOf(answer, 'NumberOfSeriesRelatedInstances')?.[0]]),
    ).toEqual([
      ['1.1.2', 1],
      ['1.1.1', 2],
    ])
    const images = await peer.find(
      patient,
      keysOf({ QueryRetrieveLevel: 'IMAGE', PatientID: '1001', StudyInstanceUID: '1.1', SeriesInstanceUID: '1.1.1', InstanceNumber: null }),
    )
    expect(images.answers.map((answer) => [valuesOf(answer, 'SOPInstanceUID')?.[0], valuesOf(answer, 'InstanceNumber')?.[0]])).toEqual([
      ['1.1.1.1', 1],
      ['1.1.1.2', 2],
    ])
    for (const { last } of [patients, studies, series, images]) expect(last.Status).toBe(0x0000)
  })

  test('what an Application Entity sees is what its institution sees', async () => {
    const peer = await open({ callingAETitle: 'WEST_CT' })
    expect(uids((await peer.find(study, keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: null }))).answers)).toEqual(['2.1'])
  })

  test.each([
    ['none', {}],
    ['one that is not of the model', { QueryRetrieveLevel: 'PATIENT' }],
    ['one that is none', { QueryRetrieveLevel: 'FRAME' }],
  ])('%s: 0xA900, which names the attribute', async (_, given) => {
    const { last } = await (await open()).find(study, keysOf({ StudyInstanceUID: null, ...given }))
    expect(last).toMatchObject({ Status: 0xa900, OffendingElement: [0x00080052] })
    expect(last.ErrorComment).toContain('QueryRetrieveLevel')
  })

  test('a unique key above the level is needed, unless relational queries were negotiated', async () => {
    const keys = keysOf({ QueryRetrieveLevel: 'SERIES', SeriesInstanceUID: null, Modality: 'KO' })
    const { last } = await (await open()).find(study, keys)
    expect(last).toMatchObject({ Status: 0xa900, OffendingElement: [0x0020000d] })
    const relational = await open(agreed(1))
    const answer = relational.ac.userInformation.extended.find(({ SOPClassUID }) => SOPClassUID === roots[1]!.FIND)
    expect([...answer!.information]).toEqual([1])
    expect(uids((await relational.find(study, keys)).answers, 'SeriesInstanceUID')).toEqual(['1.1.2'])
  })

  test('a patient need not be named where the study is', async () => {
    const { answers } = await (await open()).find(
      patient,
      keysOf({ QueryRetrieveLevel: 'SERIES', StudyInstanceUID: '1.2', SeriesInstanceUID: null }),
    )
    expect(uids(answers, 'SeriesInstanceUID')).toEqual(['1.2.1'])
  })
})

describe('matching', () => {
  const find = async (keys: Parameters<typeof keysOf>[0], options?: PeerOptions) =>
    uids((await (await open(options)).find(study, keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: null, ...keys }))).answers).sort()

  test.each<[string, Parameters<typeof keysOf>[0], string[]]>([
    ['universal', { PatientID: null }, ['1.1', '1.2', '1.3']],
    ['universal by an asterisk', { PatientID: '*' }, ['1.1', '1.2', '1.3']],
    ['single value', { AccessionNumber: 'A2' }, ['1.2']],
    ['list of UIDs', { StudyInstanceUID: ['1.1', '1.3', '2.1'] }, ['1.1', '1.3']],
    ['wildcard *', { AccessionNumber: 'A*' }, ['1.1', '1.2']],
    ['wildcard ?', { PatientID: '100?' }, ['1.1', '1.2', '1.3']],
    ['a name, in any case', { PatientName: 'SMITH^JOHN' }, ['1.3']],
    ['a name by its beginning', { PatientName: '张*' }, ['1.1', '1.2']],
    ['a range of dates', { StudyDate: '20260302-20260303' }, ['1.2', '1.3']],
    ['up to a date', { StudyDate: '-20260301' }, ['1.1']],
    ['from a date on', { StudyDate: '20260303-' }, ['1.3']],
    ['a range of times', { StudyTime: '0800-1030' }, ['1.1', '1.3']],
    ['a computed key', { ModalitiesInStudy: 'KO' }, ['1.1']],
    ['one key and another', { PatientID: '1001', StudyDate: '20260302' }, ['1.2']],
    ['nothing there', { PatientID: '4711' }, []],
  ])('%s', async (_, keys, expected) => expect(await find(keys)).toEqual(expected))

  test('a sequence, by what stands in its item', async () => {
    const keys = {
      QueryRetrieveLevel: 'SERIES',
      StudyInstanceUID: '1.1',
      SeriesInstanceUID: null,
      RequestAttributesSequence: { ScheduledProcedureStepID: 'STEP*', RequestedProcedureID: null },
    }
    const { answers, pending } = await (await open()).find(study, keysOf(keys))
    expect(uids(answers, 'SeriesInstanceUID')).toEqual(['1.1.2'])
    expect(pending).toBe(0xff00)
    expect(valuesOf(answers[0]!, 'RequestAttributesSequence')).toEqual([
      keysOf({ ScheduledProcedureStepID: 'STEP7', RequestedProcedureID: 'P7' }),
    ])
    const other = { ...keys, RequestAttributesSequence: { ScheduledProcedureStepID: 'STEP8' } }
    expect((await (await open()).find(study, keysOf(other))).answers).toEqual([])
  })

  test('pinyin and parts of names only where fuzzy matching was negotiated', async () => {
    expect(await find({ PatientName: 'zs' })).toEqual([])
    expect(await find({ PatientName: 'zs' }, agreed(0, 0, 1))).toEqual(['1.1', '1.2'])
  })

  test('dates and times are one stretch of time only where that was negotiated', async () => {
    const keys = { StudyDate: '20260301-20260302', StudyTime: '1200-2200' }
    expect(await find(keys)).toEqual(['1.2'])
    expect(await find({ StudyDate: '20260301-20260303', StudyTime: '0900-1200' })).toEqual(['1.3'])
    expect(await find({ StudyDate: '20260301-20260303', StudyTime: '0900-1200' }, agreed(0, 1))).toEqual(['1.2', '1.3'])
  })

  test('several values and empty ones only where that was negotiated', async () => {
    expect(await find({ AccessionNumber: ['A1', 'B1'] }, agreed(0, 0, 0, 0, 0, 1, 1))).toEqual(['1.1', '1.3'])
    expect(await find({ PatientBirthDate: '""' }, agreed(0, 0, 0, 0, 0, 1, 1))).toEqual(['1.3'])
  })

  test('sub-fields that are offered and not done are answered 0', async () => {
    const peer = await open(agreed(1, 1, 1, 1, 1, 1, 1, 1))
    expect([...peer.ac.userInformation.extended[0]!.information]).toEqual([1, 1, 1, 1, 0, 1, 1])
  })

  test('a value that its attribute cannot have is 0xC000 and says so', async () => {
    const { last, answers } = await (await open()).find(study, keysOf({ QueryRetrieveLevel: 'STUDY', StudyDate: '2026' }))
    expect(last.Status).toBe(0xc000)
    expect(last.ErrorComment).toContain('StudyDate')
    expect(answers).toEqual([])
  })
})

describe('what is returned', () => {
  test('the keys that were asked for, without a value where there is none; the level, who has it and that it is online', async () => {
    const { answers, pending } = await (await open()).find(
      study,
      keysOf({
        QueryRetrieveLevel: 'STUDY',
        StudyInstanceUID: '1.3',
        StudyDescription: null,
        PatientSex: null,
        NumberOfStudyRelatedSeries: null,
      }),
    )
    expect(pending).toBe(0xff00)
    expect(answers).toEqual(
      [
        keysOf({
          InstanceAvailability: 'ONLINE',
          QueryRetrieveLevel: 'STUDY',
          RetrieveAETitle: 'ARCHIVE',
          StudyInstanceUID: '1.3',
          StudyDescription: null,
          PatientSex: 'M',
        }),
      ].map((answer) => ({ ...answer, '00201206': { vr: 'IS', Value: [1] } })),
    )
  })

  test('0xFF01 where a key is not supported: it is neither matched nor returned', async () => {
    const keys = { QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.3', SliceThickness: null }
    const { answers, pending } = await (await open()).find(study, keysOf(keys))
    expect(pending).toBe(0xff01)
    expect(valuesOf(answers[0]!, 'SliceThickness')).toBeUndefined()
  })

  test('Modality asked of a study finds those that have such a series, with a warning', async () => {
    const { answers, pending } = await (await open()).find(
      study,
      keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: null, Modality: 'KO' }),
    )
    expect(uids(answers)).toEqual(['1.1'])
    expect(pending).toBe(0xff01)
  })

  test('in Implicit VR too', async () => {
    const peer = await open({ transferSyntax: ImplicitVRLittleEndian })
    const { answers } = await peer.find(study, keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.1', PatientName: null }))
    expect(valuesOf(answers[0]!, 'PatientName')).toEqual([{ Alphabetic: '张^三' }])
  })
})

describe('the character set of the answer', () => {
  const keys = keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.1', PatientName: null, StudyDescription: null })
  const named = keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: null, PatientName: '张*' })

  test('ISO_IR 192 where the asker says nothing; none where everything is ASCII', async () => {
    const peer = await open()
    expect((await peer.find(study, keys)).declared).toEqual(['ISO_IR 192'])
    expect((await peer.find(study, keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.3', PatientName: null }))).declared).toEqual([
      null,
    ])
  })

  test('that of the asker, which is also understood', async () => {
    const { declared, answers } = await (await open()).find(study, named, 'GB18030')
    expect(declared).toEqual(['GB18030', 'GB18030'])
    expect(valuesOf(answers[0]!, 'PatientName')).toEqual([{ Alphabetic: '张^三' }])
  })

  test('ISO_IR 192 all the same where that of the asker has not got the characters', async () => {
    // A key of another level is not matched; it is there for its letter, which makes the identifier declare its set.
    const western = keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.1', PatientName: null, ProtocolName: 'Größe' })
    const { declared, answers } = await (await open()).find(study, western, 'ISO_IR 100')
    expect(declared).toEqual(['ISO_IR 192'])
    expect(valuesOf(answers[0]!, 'PatientName')).toEqual([{ Alphabetic: '张^三' }])
  })

  test('pinyin for equipment that cannot show Chinese', async () => {
    await upsertAE(program.index.pool, { title: 'EAST_OLD', institution: program.county.townships[0], worklistCharacterSet: 'ISO_IR 100' })
    const { answers, declared } = await (await open({ callingAETitle: 'EAST_OLD' })).find(study, keys)
    expect(valuesOf(answers[0]!, 'PatientName')).toEqual([{ Alphabetic: 'Zhang^San' }])
    expect(valuesOf(answers[0]!, 'StudyDescription')).toEqual(['Xiong Bu CT Ping Sao'])
    expect(declared).toEqual([null])
  })
})

describe('how it ends', () => {
  test('C-CANCEL ends it with 0xFE00, and the association goes on', async () => {
    const peer = await open()
    const keys = keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: null })
    peer.raw.send(Buffer.concat([peer.request(study, 'C-FIND', keys), peer.cancel(study)]))
    expect((await peer.responses()).map(({ command }) => command.Status)).toEqual([0xfe00])
    expect((await peer.find(study, keys)).answers).toHaveLength(3)
  })

  test('a C-CANCEL of something else changes nothing', async () => {
    const peer = await open()
    peer.raw.send(peer.cancel(study))
    expect((await peer.find(study, keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: null }))).answers).toHaveLength(3)
  })

  test('more results than are given: those, then 0xA700', async () => {
    const { index, objects } = program
    const tools = { index, objects, renderer: undefined as never, audit: undefined as never, AETitle: 'ARCHIVE' }
    const rest = { findDestination: async () => undefined, openDestination: undefined as never, destinationTurns: new Turns() }
    const services = queryRetrieve({ ...tools, ...rest, ...queryRetrieveLimits, maximumResults: 2 })
    const source = { ...modality.source, institution: program.county.townships[0] }
    const bounded = await startArchive({
      services,
      archive: { store: async () => undefined, findAE: async () => ({ ...modality, source }) },
    })
    const peer = await QueryPeer.open(bounded.port)
    const { answers, last } = await peer.find(study, keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: null }))
    expect(answers).toHaveLength(2)
    expect(last).toMatchObject({ Status: 0xa700, ErrorComment: 'More than 2 results: add a key' })
    const { last: exact } = await peer.find(study, keysOf({ QueryRetrieveLevel: 'STUDY', PatientID: '1001' }))
    expect(exact.Status).toBe(0)
    peer.close()
    await bounded.server.close()
  })

  test('an identifier that cannot be read is 0xC000, and the association goes on', async () => {
    const peer = await open()
    const good = peer.request(study, 'C-FIND', keysOf({ QueryRetrieveLevel: 'STUDY' }))
    // The element announces more than there is.
    good.writeUInt16LE(0x7fff, good.length - 8)
    peer.raw.send(good)
    expect((await peer.responses()).at(-1)?.command.Status).toBe(0xc000)
    expect((await peer.find(study, keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.3' }))).answers).toHaveLength(1)
  })

  test('a key whose VR cannot be that of its attribute is 0xA900', async () => {
    const keys = { ...keysOf({ QueryRetrieveLevel: 'STUDY' }), '00100010': { vr: 'SQ', Value: [keysOf({ PatientID: '1' })] } }
    const { last } = await (await open()).find(study, keys)
    expect(last).toMatchObject({
      Status: 0xa900,
      OffendingElement: [0x00100010],
      ErrorComment: '(0010,0010) PatientName has VR SQ, not PN',
    })
    const text = { ...keysOf({ QueryRetrieveLevel: 'SERIES', StudyInstanceUID: '1.1' }), '00400275': { vr: 'LO', Value: ['P7'] } }
    expect((await (await open()).find(study, text)).last).toMatchObject({ Status: 0xa900, OffendingElement: [0x00400275] })
  })

  test('items within items within items ask for too much', async () => {
    let item = keysOf({ ScheduledProcedureStepID: 'STEP7' })
    for (let depth = 0; depth < 8; depth += 1) item = { '00400275': { vr: 'SQ', Value: [item] } }
    const { last } = await (await open()).find(study, { ...keysOf({ QueryRetrieveLevel: 'SERIES', StudyInstanceUID: '1.1' }), ...item })
    expect(last.Status).toBe(0xa900)
  })

  test('identifiers with bytes that mean nothing: an answer or an abort each time, and the archive goes on', async () => {
    const item = { ScheduledProcedureStepID: 'STEP*' }
    const given = { StudyInstanceUID: '1.1', PatientName: '张*', SeriesDate: '20260101-', RequestAttributesSequence: item }
    const keys = keysOf({ QueryRetrieveLevel: 'SERIES', ...given })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (changes, implicit) => {
          const peer = await open(implicit ? { transferSyntax: ImplicitVRLittleEndian } : {})
          const bytes = peer.request(study, 'C-FIND', keys)
          const begin = bytes.lastIndexOf(Buffer.from([0x08, 0x00, 0x05, 0x00]))
          for (const [at, value] of changes) bytes[begin + (at % (bytes.length - begin))] = value
          peer.raw.send(bytes)
          expect([undefined, 0x0000, 0xa900, 0xc000]).toContain((await peer.responses()).at(-1)?.command.Status)
          peer.close()
        },
      ),
      { numRuns: 60 },
    )
    expect((await (await open()).find(study, keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.3' }))).answers).toHaveLength(1)
  })

  test('who may not query has its contexts refused by the user', async () => {
    await upsertAE(program.index.pool, { title: 'EAST_SENDER', institution: program.county.townships[0], mayQuery: false })
    const { ac } = await open({ callingAETitle: 'EAST_SENDER' })
    expect(ac.contexts.map(({ result }) => result)).toEqual([1, 1, 1, 1, 1, 1])
  })
})
