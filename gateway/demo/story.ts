/** What has happened in the demonstration county this morning: each study of `test-images/manifest.ts`, how it came and how far its reading is. */
import type { State } from '../../archive/reading/workflow/machine.ts'
import type { people } from './county.ts'

export interface DemoReport {
  readonly findings: string
  readonly impression: string
  readonly polarity: 'negative' | 'positive' | null
  readonly wording?: 'normal' | 'affirmative' | 'consistent' | 'possible' | 'not-excluded'
  readonly grade?: { readonly grade: '甲' | '乙' | 0 | 1; readonly dims: object }
}

/** A retake is asked for: codes of CID 7011, and an arrow on the first picture, its points as shares of width and height. */
export interface DemoReturn {
  readonly reasons: readonly string[]
  readonly comment: string
  readonly arrow: readonly [readonly [number, number], readonly [number, number]]
}

export interface Supplement {
  readonly clinicalInformation: string
  /** 0 is the most urgent. */
  readonly urgency?: number
  readonly patientName?: string
  readonly department?: string
  readonly requester?: string
}

export interface Chapter {
  /** Name in the manifest. */
  readonly study: string
  /** Calling AE title of the C-STORE; absent: the technologist sends it over the web (STOW-RS). */
  readonly AETitle?: string
  /** When the pictures were taken. */
  readonly minutesAgo: number
  /** How far the reading has come; `none`: it is not read at the county. */
  readonly until: State | 'none'
  /** Who writes; the reviewer is always the same. */
  readonly writer?: 'author' | 'colleague'
  readonly report?: DemoReport
  readonly supplement?: Supplement
  /** The technologist saw it before any doctor: a suspected critical value, which waits for an answer. */
  readonly suspected?: { readonly finding: string; readonly text: string }
  /** Why the colleague sends it back; its way ends at RETURNED. */
  readonly returned?: DemoReturn
  /** For how many minutes it has been READY, and overdue. */
  readonly overdue?: { readonly waited: number; readonly late: number }
  /** It arrives when the township has begun to enter orders. */
  readonly afterOrders?: boolean
}

const year = 365 * 24 * 60

export type WriterKey = keyof Pick<typeof people, 'author' | 'colleague'>

export const story: readonly Chapter[] = [
  {
    study: 'chest-nodule-prior',
    AETitle: 'QS_DR',
    minutesAgo: year + 4_000,
    until: 'FINAL',
    writer: 'author',
    report: {
      findings:
        '胸廓对称,气管居中。右上肺野可见一小结节影,直径约 10 mm,边界清。余肺野清晰,双肺门不大。心影大小、形态正常。双侧膈面光整,肋膈角锐利。',
      impression: '右上肺小结节,建议胸部CT进一步检查。',
      polarity: 'positive',
      wording: 'affirmative',
      grade: { grade: '甲', dims: {} },
    },
  },
  {
    study: 'head-bleeding',
    AETitle: 'QS_CT',
    minutesAgo: 9,
    until: 'READY',
    supplement: {
      clinicalInformation: '突发头痛、呕吐伴右侧肢体无力 2 小时,血压 190/110 mmHg。',
      urgency: 0,
      department: '急诊科',
      requester: '陈静',
    },
    suspected: { finding: 'ich-supratentorial', text: '右侧基底节区高密度影,怀疑脑出血,病人仍在CT室。' },
  },
  {
    study: 'chest-nodule',
    AETitle: 'QS_CT',
    minutesAgo: 42,
    until: 'READY',
    supplement: { clinicalInformation: '去年体检右上肺小结节,复查。吸烟 30 年。', department: '内科', requester: '陈静' },
  },
  {
    study: 'chest-young',
    AETitle: 'QS_DR',
    minutesAgo: 65,
    until: 'CLAIMED',
    writer: 'colleague',
    report: { findings: '胸廓对称,气管居中。双肺纹理清晰,未见明确实变影。', impression: '', polarity: null },
    supplement: { clinicalInformation: '咳嗽、发热 3 天。', department: '内科' },
  },
  {
    study: 'chest-farmer',
    AETitle: 'LX_DR',
    minutesAgo: 88,
    until: 'SUBMITTED',
    writer: 'author',
    report: {
      findings: '胸廓对称,气管居中。双肺纹理增多、稍紊乱。双肺门不大。心影不大,主动脉结突出。双侧肋膈角锐利。',
      impression: '1. 双肺纹理增多,请结合临床。\n2. 主动脉硬化。',
      polarity: 'positive',
      wording: 'affirmative',
      grade: { grade: '乙', dims: { coverage: true, position: false } },
    },
    supplement: { clinicalInformation: '慢性咳嗽、咳痰 10 余年。' },
  },
  {
    study: 'head-infarct',
    AETitle: 'LX_MR',
    minutesAgo: 30,
    until: 'READY',
    supplement: { clinicalInformation: '右侧肢体麻木 1 天,CT 未见出血。', urgency: 1, department: '内科', requester: '胡芳' },
  },
  {
    study: 'heart-cine',
    AETitle: 'LX_US',
    minutesAgo: 150,
    until: 'FINAL',
    writer: 'colleague',
    report: {
      findings: '各房室腔大小正常,室壁厚度正常,室壁运动协调。各瓣膜形态、启闭未见异常。左室收缩功能正常。',
      impression: '心脏结构及功能未见明显异常。',
      polarity: 'negative',
      wording: 'normal',
      grade: { grade: 0, dims: {} },
    },
    supplement: { clinicalInformation: '阵发性胸闷 1 月。' },
  },
  {
    study: 'chest-old',
    AETitle: 'BS_CT',
    minutesAgo: 190,
    until: 'FINAL',
    writer: 'author',
    report: {
      findings:
        '胸廓对称。双肺野透亮度正常,右肺上叶见一结节影,直径约 12 mm,边界清,密度均匀。气管、主支气管通畅。纵隔内未见肿大淋巴结。心脏不大。',
      impression: '右肺上叶实性结节,建议 3 个月后复查胸部CT,或进一步检查。',
      polarity: 'positive',
      wording: 'affirmative',
      grade: { grade: 0, dims: {} },
    },
    supplement: { clinicalInformation: '咳嗽半月。' },
  },
  {
    study: 'chest-latin',
    AETitle: 'BS_DR',
    minutesAgo: 55,
    until: 'READY',
    // The machine knows no Chinese: the technologist adds the name.
    supplement: { clinicalInformation: '外伤后左胸痛。', urgency: 2, patientName: '覃秀兰' },
    overdue: { waited: 7 * 60, late: 25 },
  },
  {
    study: 'chest-same-number',
    AETitle: 'BS_DR',
    minutesAgo: 21,
    until: 'RETURNED',
    writer: 'colleague',
    supplement: { clinicalInformation: '咳嗽、胸闷 1 周。' },
    returned: {
      reasons: ['111209'],
      comment: '右侧肋膈角未包全,请下移探测器,深吸气后屏气重拍正位。',
      arrow: [
        [0.3, 0.8],
        [0.16, 0.93],
      ],
    },
  },
  { study: 'heart-grey', AETitle: 'XQ_US', minutesAgo: 75, until: 'none' },
  {
    study: 'head-followup',
    minutesAgo: 230,
    until: 'REWORK',
    writer: 'author',
    report: {
      findings: '左侧基底节区见斑片状异常信号,T1WI 低信号、T2WI 及 FLAIR 高信号。脑室系统不大,中线结构居中。',
      impression: '左侧基底节区脑梗死。',
      polarity: 'positive',
      wording: 'affirmative',
      grade: { grade: 1, dims: { artifact: 'motion' } },
    },
    supplement: { clinicalInformation: '脑梗死治疗后复查。' },
  },
  {
    study: 'chest-child',
    minutesAgo: 110,
    until: 'SUBMITTED',
    writer: 'colleague',
    report: {
      findings: '胸廓对称,气管居中。双肺纹理稍增多,未见实变影。心影形态、大小正常。双侧肋膈角锐利。',
      impression: '双肺纹理稍增多,请结合临床。',
      polarity: 'negative',
      wording: 'affirmative',
      grade: { grade: '甲', dims: {} },
    },
    supplement: { clinicalInformation: '咳嗽 1 周。', department: '儿科' },
  },
  // Nobody had the time to enter its order before: it waits for one in the tray.
  { study: 'chest-emergency', minutesAgo: 3, until: 'UPLOADING', afterOrders: true },
]

/** Why the reviewer sends 盖玉芬's report back. */
export const reworkComment = '请补充 DWI 信号及与前片对比,注明病灶大小。'
