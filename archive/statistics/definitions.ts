/**
 * What each figure means: what is counted, out of what, by which clock (reading.md §3.3, §4). Shown beside the figures, on every page, sheet and document,
 * so that nobody has to guess what a percentage is a percentage of.
 */
import type { Language } from './table.ts'

type Pair = readonly [zh: string, en: string]

interface Definition {
  readonly name: Pair
  readonly numerator: Pair
  /** Null: a count or a percentile, out of nothing. */
  readonly denominator: Pair | null
  readonly clock: Pair
}

const readable: Pair = ['按检查达到「可诊断」（T2）的日期', 'the day the study became readable (T2)']
const signed: Pair = ['按首份正式报告签发（T5）的日期', 'the day the first final report was signed (T5)']
const raised: Pair = ['按危急值上报的日期', 'the day the critical value was raised']

const reports: Pair = ['期内签发首份正式报告的检查数', 'studies whose first final report was signed in the period']
const studies: Pair = ['期内达到可诊断的检查数（不含已取消）', 'studies that became readable in the period, without those canceled']

export const definitions = {
  studies: { name: ['检查量', 'Studies'], numerator: studies, denominator: null, clock: readable },
  reports: { name: ['报告量', 'Reports'], numerator: reports, denominator: null, clock: signed },
  emergencies: {
    name: ['急诊量', 'Emergencies'],
    numerator: ['其中紧急程度为绿色通道或急诊的检查数', 'of these, fast track and emergency'],
    denominator: null,
    clock: readable,
  },
  turnaround: {
    name: ['报告周转时间（TAT）', 'Turnaround (TAT)'],
    numerator: [
      '首份正式报告签发减去可诊断（T5−T2），扣除退回重拍和等待补充资料的暂停；P50/P90 为第 50/90 百分位',
      'first final report minus readable (T5−T2), without pauses for retakes and questions; P50 and P90 are percentiles',
    ],
    denominator: null,
    clock: signed,
  },
  timely: {
    name: ['报告及时率', 'Reports in time'],
    numerator: [
      '在时限前签发的报告数；时限按紧急程度和检查类别设置，工作日历与暂停已计入',
      'reports signed by their due time, which urgency, kind of examination, working calendar and pauses decide',
    ],
    denominator: ['有时限的报告数', 'reports that had a due time'],
    clock: signed,
  },
  wait: {
    name: ['等待', 'Wait'],
    numerator: ['首次领取减去可诊断（T3−T2）', 'first claim minus readable (T3−T2)'],
    denominator: null,
    clock: signed,
  },
  read: {
    name: ['书写', 'Reading'],
    numerator: ['提交减去领取（T4−T3）', 'submitted minus claimed (T4−T3)'],
    denominator: null,
    clock: signed,
  },
  review: {
    name: ['审核', 'Review'],
    numerator: ['签发减去提交（T5−T4）', 'signed minus submitted (T5−T4)'],
    denominator: null,
    clock: signed,
  },
  patient: {
    name: ['患者等候', 'Felt by the patient'],
    numerator: ['签发减去检查结束（T5−T0），不扣除暂停', 'signed minus end of the exam (T5−T0), pauses included'],
    denominator: null,
    clock: signed,
  },
  upload: {
    name: ['上传时间', 'Upload'],
    numerator: [
      '可诊断减去检查结束（T2−T0）；设备时钟造成的负值不计；P95 为第 95 百分位',
      'readable minus end of the exam (T2−T0); negative values of wrong clocks are left out; P95 is a percentile',
    ],
    denominator: null,
    clock: readable,
  },
  uploadInTime: {
    name: ['3 分钟上传率', 'Uploads within 3 minutes'],
    numerator: ['上传时间不超过 180 秒的检查数', 'studies with an upload of 180 s at most'],
    denominator: ['上传时间已知的检查数', 'studies whose upload time is known'],
    clock: readable,
  },
  excellent: {
    name: ['甲级率', 'Best grade'],
    numerator: [
      '图像质量为甲级（X 线）或 0 级（CT、MR 等，0 为最好）的报告数',
      'reports that grade the images A (radiographs) or 0 (CT, MR and others; 0 is best)',
    ],
    denominator: ['评定了图像质量的报告数', 'reports that grade the images'],
    clock: signed,
  },
  acceptable: {
    name: ['优良率', 'Good or best grade'],
    numerator: ['图像质量为甲、乙级或 0、1 级的报告数', 'reports that grade the images A or B, 0 or 1'],
    denominator: ['评定了图像质量的报告数', 'reports that grade the images'],
    clock: signed,
  },
  positive: {
    name: ['阳性率', 'Positive'],
    numerator: ['现行报告标为阳性的检查数', 'studies whose standing report is marked positive'],
    denominator: ['标有阴性或阳性的报告数', 'reports marked negative or positive'],
    clock: signed,
  },
  retake: {
    name: ['重拍率', 'Retakes'],
    numerator: ['被退回重拍至少一次的检查数', 'studies returned for a retake at least once'],
    denominator: studies,
    clock: readable,
  },
  critical: {
    name: ['危急值 10 分钟率', 'Critical values within 10 minutes'],
    numerator: ['上报后 10 分钟内由临床确认接收的危急值数', 'critical values acknowledged within 10 minutes of being raised'],
    denominator: [
      '期内上报且未撤销的危急值数；上报未满 10 分钟且尚未确认的，满 10 分钟或确认后才计入',
      'critical values raised in the period and not withdrawn; one that is younger than 10 minutes and not yet acknowledged joins them when the minutes are over or it is',
    ],
    clock: raised,
  },
  corrected: {
    name: ['报告修正率', 'Corrected reports'],
    numerator: ['签发后至少更正一次的报告数（补充报告不计）', 'reports corrected at least once after signing; addenda do not count'],
    denominator: reports,
    clock: signed,
  },
  amended: {
    name: ['补充报告', 'Addenda'],
    numerator: ['签发后至少补充一次的报告数', 'reports with an addendum after signing'],
    denominator: null,
    clock: signed,
  },
  unopened: {
    name: ['临床未阅', 'Unread'],
    numerator: ['检查单位至今无人打开的报告数', 'reports that nobody at the site has opened so far'],
    denominator: null,
    clock: signed,
  },
  samePerson: {
    name: ['同一人签', 'Signed by one person'],
    numerator: ['报告医师与审核医师为同一人的报告数（夜班政策）', 'reports whose author signed them (night policy)'],
    denominator: null,
    clock: signed,
  },
  peer: {
    name: ['同行评议', 'Peer review'],
    numerator: [
      '评分 1–4：1 一致，2 可理解的差异，3 多数情况应发现，4 几乎总应发现；有异议的以裁定为准',
      'scores 1–4: 1 agreed, 2 an understandable miss, 3 one that should mostly be made, 4 almost always; a settlement stands over the score',
    ],
    denominator: ['期内完成评分的报告数', 'reports scored in the period'],
    clock: ['按评分的日期', 'the day of the score'],
  },
  concordance: {
    name: ['影像–手术/病理符合率', 'Concordance with surgery and pathology'],
    numerator: ['随访结果为符合的检查数', 'studies whose outcome is concordant'],
    denominator: ['期内登记手术、病理、复查或临床随访的检查数', 'studies with an outcome recorded in the period'],
    clock: ['按登记的日期', 'the day it was recorded'],
  },
  points: {
    name: ['工作量积分', 'Workload points'],
    numerator: [
      '每份首份正式报告按检查类别的权重，分别计给报告医师和审核医师；权重可由主任修改',
      'each first final report by the weight of its modality, for its author and for its reviewer; the chief sets the weights',
    ],
    denominator: null,
    clock: signed,
  },
  settlement: {
    name: ['结算金额', 'Settlement'],
    numerator: ['首份正式报告数 × 该类别单价', 'first final reports times the price of their modality'],
    denominator: null,
    clock: signed,
  },
} as const satisfies Readonly<Record<string, Definition>>

export type DefinitionKey = keyof typeof definitions

export interface DefinitionText {
  readonly key: DefinitionKey
  readonly name: string
  readonly numerator: string
  readonly denominator: string | null
  readonly clock: string
}

/** In the order of the table above, each once. */
export function definitionsOf(keys: Iterable<DefinitionKey>, language: Language): DefinitionText[] {
  const wanted = new Set(keys)
  const at = language === 'zh' ? 0 : 1
  return Object.entries(definitions).flatMap(([name, definition]: [string, Definition]) => {
    const key = name as DefinitionKey
    if (!wanted.has(key)) return []
    const { denominator } = definition
    return [
      {
        key,
        name: definition.name[at],
        numerator: definition.numerator[at],
        denominator: denominator?.[at] ?? null,
        clock: definition.clock[at],
      },
    ]
  })
}
