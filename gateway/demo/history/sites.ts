/** The thirty institutions of the demonstration county, each with its own size, machines and habits. Names are invented. */
import type { DemoInstitution } from '../county.ts'
import { townships } from '../county.ts'

export interface Site {
  readonly institution: DemoInstitution
  /** Studies on an ordinary weekday. */
  readonly perDay: number
  /** Share of each modality. */
  readonly modalities: Readonly<Record<string, number>>
  /** Median seconds from the end of the exam to readable, of a radiograph; sections take three times as long. */
  readonly upload: number
  /** Share of studies that are returned at first; a good imaging room comes to half of it within the year. */
  readonly retake: number
  /** Share of the best grade at first. */
  readonly excellent: number
  /** Share of critical values that are answered within ten minutes at first. */
  readonly prompt: number
}

type Kind = 'large' | 'middle' | 'small'

const kinds: Readonly<Record<Kind, Pick<Site, 'perDay' | 'modalities'>>> = {
  large: { perDay: 13, modalities: { DX: 0.45, CT: 0.38, US: 0.12, MR: 0.05 } },
  middle: { perDay: 7, modalities: { DX: 0.6, CT: 0.3, US: 0.1 } },
  small: { perDay: 3.4, modalities: { DX: 0.82, US: 0.18 } },
}

const institution = (code: string, shortName: string, kind: '镇' | '乡'): DemoInstitution => ({
  code,
  name: `${shortName}${kind}卫生院`,
  shortName,
  level: 'township',
  readingCentre: false,
})

const site = (institution: DemoInstitution, kind: Kind, upload: number, retake: number, excellent: number, prompt: number): Site => ({
  institution,
  ...kinds[kind],
  upload,
  retake,
  excellent,
  prompt,
})

export const sites: readonly Site[] = [
  site(townships[0]!, 'large', 62, 0.022, 0.74, 0.95),
  site(townships[1]!, 'large', 78, 0.035, 0.66, 0.9),
  site(townships[2]!, 'middle', 95, 0.048, 0.6, 0.84),
  site(townships[3]!, 'middle', 70, 0.026, 0.71, 0.92),
  site(institution('DH', '大河', '镇'), 'large', 58, 0.019, 0.78, 0.97),
  site(institution('SL', '石林', '镇'), 'large', 66, 0.03, 0.7, 0.91),
  site(institution('HJ', '黄家', '镇'), 'large', 84, 0.041, 0.63, 0.88),
  site(institution('YX', '杨溪', '镇'), 'middle', 73, 0.033, 0.68, 0.9),
  site(institution('SH', '双河', '镇'), 'middle', 69, 0.028, 0.7, 0.93),
  site(institution('LQ', '龙泉', '镇'), 'middle', 60, 0.021, 0.76, 0.94),
  site(institution('MA', '马鞍', '镇'), 'middle', 88, 0.044, 0.61, 0.85),
  site(institution('TM', '塔木', '乡'), 'small', 132, 0.061, 0.55, 0.8),
  site(institution('JS', '金沙', '镇'), 'middle', 64, 0.027, 0.72, 0.93),
  site(institution('BY', '白云', '镇'), 'middle', 71, 0.03, 0.69, 0.91),
  site(institution('CP', '茶坪', '乡'), 'small', 118, 0.052, 0.58, 0.83),
  site(institution('HT', '红土', '乡'), 'small', 147, 0.066, 0.53, 0.78),
  site(institution('QL', '青龙', '镇'), 'middle', 75, 0.034, 0.67, 0.9),
  site(institution('WJ', '吴家', '镇'), 'middle', 80, 0.037, 0.65, 0.89),
  site(institution('NX', '南溪', '镇'), 'middle', 68, 0.029, 0.7, 0.92),
  site(institution('BM', '北门', '镇'), 'middle', 57, 0.02, 0.77, 0.96),
  site(institution('XS', '小沙', '乡'), 'small', 104, 0.05, 0.6, 0.84),
  site(institution('GS', '高山', '乡'), 'small', 163, 0.07, 0.51, 0.76),
  site(institution('ZX', '竹溪', '乡'), 'small', 110, 0.047, 0.61, 0.85),
  site(institution('LS', '柳树', '镇'), 'middle', 77, 0.036, 0.66, 0.88),
  site(institution('PT', '平塘', '镇'), 'middle', 72, 0.031, 0.69, 0.91),
  site(institution('SQ', '三桥', '镇'), 'small', 92, 0.043, 0.63, 0.87),
  site(institution('YH', '沿河', '乡'), 'small', 121, 0.055, 0.57, 0.82),
  site(institution('MX', '梅溪', '乡'), 'small', 99, 0.046, 0.62, 0.86),
  site(institution('CX', '长峡', '乡'), 'small', 154, 0.063, 0.54, 0.79),
  site(institution('FX', '枫香', '镇'), 'small', 86, 0.04, 0.64, 0.88),
]
