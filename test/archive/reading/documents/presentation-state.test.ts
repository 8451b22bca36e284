/** The drawing of a reader as a Grayscale Softcopy Presentation State (PS3.3 A.33.1), held against a foreign reader. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dcmjs from 'dcmjs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PresentationState, presentationState } from '../../../../archive/reading/documents/presentation-state.ts'
import type { Point, Shape } from '../../../../archive/reading/returns/annotation-shapes.ts'
import { findReason, returnReasons } from '../../../../archive/reading/returns/return-reasons.ts'
import { run, testWithPeer } from '../../../support/foreign-peers.ts'

const shapes: readonly Shape[] = [
  {
    kind: 'arrow',
    points: [
      [0.5, 0.5],
      [0.25, 0.125],
    ],
  },
  {
    kind: 'ellipse',
    points: [
      [0.5, 0.5],
      [0.75, 0.6],
    ],
  },
  { kind: 'text', points: [[0.25, 0.5]], text: '肺尖未包全' },
]
const film: PresentationState = {
  study: {
    PatientName: 'Li^BingZhi=李^丙治',
    PatientID: 'P1',
    IssuerOfPatientID: 'EAST',
    PatientBirthDate: '19700101',
    PatientSex: 'M',
    StudyInstanceUID: '2.25.1',
    StudyID: '1',
    StudyDate: '20261122',
    StudyTime: '101500',
    AccessionNumber: 'A1',
    ReferringPhysicianName: '',
    StudyDescription: '胸部正位',
    InstitutionName: '东乡卫生院',
  },
  image: {
    SeriesInstanceUID: '2.25.2',
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1',
    SOPInstanceUID: '2.25.3',
    NumberOfFrames: 1,
    Rows: 2_000,
    Columns: 1_000,
    PhotometricInterpretation: 'MONOCHROME2',
    PixelSpacing: ['0.143', '0.143'],
    PixelAspectRatio: null,
    rescale: null,
    window: { center: '2048', width: '4096' },
  },
  annotation: { SOPInstanceUID: '2.25.3', frame: 1, shapes },
  SeriesInstanceUID: '2.25.9',
  SOPInstanceUID: '2.25.10',
  SeriesNumber: 9_004,
  description: '退回重拍：体位不正 / 范围不全',
  creator: '王丽',
  at: new Date('2026-11-22T02:15:00Z'),
}
const states: Readonly<Record<string, PresentationState>> = {
  'a film': film,
  'an inverted film of unknown scale': {
    ...film,
    image: { ...film.image, PhotometricInterpretation: 'MONOCHROME1', PixelSpacing: null, PixelAspectRatio: ['1', '2'], window: null },
  },
  'a slice of a CT': {
    ...film,
    image: {
      ...film.image,
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      rescale: { slope: '1', intercept: '-1024', type: 'HU' },
      window: { center: '40', width: '400' },
    },
  },
  'a frame of an enhanced CT': {
    ...film,
    image: { ...film.image, SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1', NumberOfFrames: 40 },
    annotation: { ...film.annotation, frame: 17 },
  },
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'presentation-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a foreign reader finds no error', () => {
  for (const [name, state] of Object.entries(states)) {
    testWithPeer('dciodvfy', name, async () => {
      const path = join(folder, `${name}.dcm`)
      await writeFile(path, presentationState(state))
      const { output } = await run('dciodvfy', [path])
      expect(output).toContain('GrayscaleSoftcopyPresentationState')
      expect(output).not.toMatch(/^Error/m)
    })
  }
})

// biome-ignore lint/suspicious/noExplicitAny: dcmjs has no types for what it reads
function read(state: PresentationState): any {
  const file = dcmjs.data.DicomMessage.readFile(new Uint8Array(presentationState(state)).buffer)
  return dcmjs.data.DicomMetaDictionary.naturalizeDataset(file.dict)
}

test('the arrow points at its tip in pixels of the image, column before row', () => {
  const [graphic] = read(film).GraphicAnnotationSequence[0].GraphicObjectSequence
  expect(graphic).toMatchObject({ GraphicType: 'POLYLINE', NumberOfGraphicPoints: 5, GraphicAnnotationUnits: 'PIXEL' })
  expect(graphic.GraphicData.slice(0, 4)).toEqual([500, 1_000, 250, 250])
  // Back at the tip between the barbs.
  expect(graphic.GraphicData.slice(6, 8)).toEqual([250, 250])
})

test('an ellipse is given by its longer axis first', () => {
  const ellipse = read(film).GraphicAnnotationSequence[0].GraphicObjectSequence[1]
  expect(ellipse.GraphicType).toBe('ELLIPSE')
  expect(ellipse.GraphicData).toEqual([500, 1_100, 750, 1_100, 625, 1_000, 625, 1_200])
})

test('grey values are the image’s own: rescaled, windowed and inverted as it says', () => {
  expect(read(states['a slice of a CT']!)).toMatchObject({
    RescaleIntercept: -1_024,
    RescaleSlope: 1,
    RescaleType: 'HU',
    PresentationLUTShape: 'IDENTITY',
  })
  expect(read(states['an inverted film of unknown scale']!).PresentationLUTShape).toBe('INVERSE')
})

test('a frame is named of an image that has several, and never of one that has one', () => {
  const reference = (state: PresentationState) => read(state).ReferencedSeriesSequence[0].ReferencedImageSequence[0]
  expect(reference(states['a frame of an enhanced CT']!).ReferencedFrameNumber).toBe(17)
  expect(reference(film).ReferencedFrameNumber).toBeUndefined()
})

test('whatever is drawn becomes as many points as are counted', () => {
  const point = fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.float({ min: 0, max: 1, noNaN: true })) as fc.Arbitrary<Point>
  const shape = fc.oneof(
    fc.record({ kind: fc.constantFrom('arrow' as const, 'ellipse' as const), points: fc.tuple(point, point) }),
    fc.record({ kind: fc.constant('text' as const), points: fc.tuple(point), text: fc.string({ minLength: 1, maxLength: 40 }) }),
  ) as fc.Arbitrary<Shape>
  fc.assert(
    fc.property(fc.array(shape, { minLength: 1, maxLength: 20 }), (drawn) => {
      const [annotation] = read({ ...film, annotation: { ...film.annotation, shapes: drawn } }).GraphicAnnotationSequence
      const graphics = annotation.GraphicObjectSequence ?? []
      expect(graphics).toHaveLength(drawn.filter(({ kind }) => kind !== 'text').length)
      for (const { NumberOfGraphicPoints, GraphicData } of graphics) expect(GraphicData).toHaveLength(2 * NumberOfGraphicPoints)
    }),
    { numRuns: 50 },
  )
})

test('the reasons are CID 7011 whole, and codes of our own under a private scheme', () => {
  const standard = returnReasons.filter(({ scheme }) => scheme === 'DCM').map(({ code }) => code)
  expect(standard.sort()).toEqual([...Array.from({ length: 15 }, (_, n) => String(111_207 + n)), '113026'])
  for (const { code, scheme, meaning, zh, en, advice } of returnReasons) {
    expect(code.length).toBeLessThanOrEqual(16)
    expect(meaning.length).toBeLessThanOrEqual(64)
    expect(scheme).toMatch(/^(DCM|99\w+)$/)
    expect([zh, en, advice.zh, advice.en].every((text) => text !== '')).toBe(true)
  }
  expect(findReason('PATIENT-DATA')?.isIdentity).toBe(true)
})
