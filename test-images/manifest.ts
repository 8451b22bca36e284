/** The studies of a small county, each with what an archive must make of it. Tests and the demonstration county read this list. */
import type { CharacterSet } from './character-sets.ts'
import { type CTOptions, ctStudy } from './ct.ts'
import { type DROptions, drStudy } from './dr.ts'
import type { StudyOptions } from './modules.ts'
import { type MROptions, mrStudy } from './mr.ts'
import type { Instance } from './part10.ts'
import { type Patient, patients, personName } from './patients.ts'
import { uidOf } from './random.ts'
import { transferSyntaxes } from './transfer-syntaxes.ts'
import { type USOptions, usStudy } from './us.ts'

export interface Expected {
  readonly StudyInstanceUID: string
  /** The name as people read it, whatever group and character set it came in. */
  readonly name: string
  /** First letters of the pinyin, as people type them: family names in their own reading. */
  readonly initials: string
  /** (0010,0010) decoded. */
  readonly PatientName: string
  readonly PatientID: string
  readonly StudyDescription: string
  readonly Modality: 'CT' | 'DX' | 'MR' | 'US'
  readonly TransferSyntaxUID: string
  readonly series: number
  readonly instances: number
  readonly frames: number
  /** The bytes were under the wrong label and had to be read otherwise. */
  readonly repaired: boolean
}

export interface Entry {
  /** A short name of the entry itself. */
  readonly name: string
  /** The township that took the pictures. */
  readonly institution: 'QS' | 'LX' | 'BS' | 'XQ'
  readonly expected: Expected
  /** The instances, one at a time; options given here (a date, an institution's name) go over those of the entry. */
  instances(
    over?: Pick<StudyOptions, 'seed' | 'StudyDate' | 'StudyTime' | 'InstitutionName' | 'StationName' | 'AccessionNumber'>,
  ): AsyncGenerator<Instance>
}

type Chosen = Required<Pick<StudyOptions, 'patient' | 'characterSet' | 'transferSyntax' | 'StudyDescription'>>

interface Kind<Options> {
  readonly Modality: Expected['Modality']
  generate(options: Options & StudyOptions): AsyncGenerator<Instance>
  counts(options: Options): Pick<Expected, 'series' | 'instances' | 'frames'>
}

const ct: Kind<CTOptions> = {
  Modality: 'CT',
  generate: ctStudy,
  counts: ({ thick = 0, thin = 0 }) => ({ series: 2, instances: thick + thin, frames: thick + thin }),
}
const dr: Kind<DROptions> = { Modality: 'DX', generate: drStudy, counts: () => ({ series: 2, instances: 2, frames: 2 }) }
const mr: Kind<MROptions> = {
  Modality: 'MR',
  generate: mrStudy,
  counts: ({ slices = 20 }) => ({ series: 5, instances: slices * 5, frames: slices * 5 }),
}
const us: Kind<USOptions> = { Modality: 'US', generate: usStudy, counts: ({ frames = 20 }) => ({ series: 1, instances: 1, frames }) }

/** 单文英 is swy. Where the machine sent QIN^XIULAN nobody can tell that XIULAN is two syllables. */
const initialsOf = ({ pinyin }: Patient, characterSet: CharacterSet): string =>
  (characterSet === 'none' ? pinyin.map(([first]) => first).join('') : pinyin.join('').replace(/[^A-Z]/g, '')).toLowerCase()

function entry<Options>(name: string, institution: Entry['institution'], kind: Kind<Options>, chosen: Chosen, own: Options): Entry {
  const { patient, characterSet, transferSyntax, StudyDescription } = chosen
  return {
    name,
    institution,
    expected: {
      StudyInstanceUID: uidOf(name, 'study'),
      name: characterSet === 'none' ? patient.pinyin.join(' ').toUpperCase() : patient.family + patient.given,
      initials: initialsOf(patient, characterSet),
      PatientName: personName(patient, characterSet),
      PatientID: patient.PatientID,
      StudyDescription,
      Modality: kind.Modality,
      TransferSyntaxUID: transferSyntaxes[transferSyntax],
      ...kind.counts(own),
      repaired: characterSet === 'GBK as ISO_IR 100',
    },
    instances: (over = {}) => kind.generate({ ...own, ...chosen, seed: name, ...over }),
  }
}

const { shan, zeng, qiu, xie, yuchi, zha, moqi, qin, ou, ge, piao, zhong, lv } = patients
const choose = (
  patient: Chosen['patient'],
  characterSet: Chosen['characterSet'],
  transferSyntax: Chosen['transferSyntax'],
  StudyDescription: string,
): Chosen => ({ patient, characterSet, transferSyntax, StudyDescription })

export const manifest: readonly Entry[] = [
  entry('head-bleeding', 'QS', ct, choose(shan, 'GB18030', 'explicit', '颅脑CT平扫'), { region: 'head', thick: 24, thin: 8 }),
  entry('chest-nodule', 'QS', ct, choose(zeng, 'ISO_IR 192', 'jpegLSLossless', '胸部CT平扫'), {
    region: 'chest',
    thick: 30,
    thin: 10,
  }),
  entry('chest-nodule-prior', 'QS', dr, choose(zeng, 'GB18030', 'explicit', '胸部正侧位'), { scale: 1, nodule: true }),
  entry('chest-young', 'QS', dr, choose(qiu, 'ISO 2022 IR 58', 'implicit', '胸部正侧位'), { scale: 2 }),
  entry('chest-farmer', 'LX', dr, choose(xie, 'GBK as ISO_IR 100', 'explicit', '胸部正侧位'), { scale: 1 }),
  entry('head-infarct', 'LX', mr, choose(yuchi, 'GB18030', 'explicit', '颅脑MR平扫+弥散'), { slices: 9 }),
  entry('heart-cine', 'LX', us, choose(zha, 'ISO_IR 192', 'jpegBaseline', '心脏彩超'), { frames: 24, color: true }),
  entry('chest-old', 'BS', ct, choose(moqi, 'ISO 2022 IR 58', 'rle', '胸部CT平扫'), { region: 'chest', thick: 14, thin: 6 }),
  entry('chest-latin', 'BS', dr, choose(qin, 'none', 'bigEndian', 'CHEST PA LAT'), { scale: 1 }),
  entry('chest-same-number', 'BS', dr, choose(zhong, 'GB18030', 'jpeg2000Lossless', '胸部正侧位'), { scale: 1 }),
  entry('heart-grey', 'XQ', us, choose(ou, 'GBK', 'deflated', '心脏超声'), { frames: 12, color: false }),
  entry('head-followup', 'XQ', mr, choose(ge, 'ISO_IR 192', 'htj2kLossless', '颅脑MR复查'), { slices: 5 }),
  entry('chest-emergency', 'XQ', ct, choose(piao, 'GB18030', 'htj2kLosslessRPCL', '胸部CT平扫(急诊)'), {
    region: 'chest',
    thick: 12,
    thin: 6,
  }),
  entry('chest-child', 'XQ', dr, choose(lv, 'GBK as ISO_IR 100', 'jpegLSLossless', '胸部正侧位'), { scale: 1 }),
]
