/** The words of the domain, used on every page: states, urgency, sex, polarity, stages, roles. */
import { type Language, type Pair, say, words } from './words.ts'

export const stateWords = words({
  UPLOADING: ['接收中', 'Arriving'],
  READY: ['待诊断', 'To read'],
  CLAIMED: ['书写中', 'Being read'],
  QUERIED: ['待补充', 'Question asked'],
  RETURNED: ['退回重拍', 'Retake asked'],
  REWORK: ['退回修改', 'Rework'],
  SUBMITTED: ['待审核', 'To review'],
  TEMP_RELEASED: ['临时报告', 'Temporary report'],
  REVIEWING: ['审核中', 'In review'],
  FINAL: ['已发布', 'Final'],
  AMENDED: ['已更正', 'Amended'],
  RETRACTED: ['已撤销', 'Retracted'],
  CANCELED: ['已取消', 'Canceled'],
})

export const urgencyWords: readonly Pair[] = [
  ['绿色通道', 'Fast track'],
  ['急诊', 'Emergency'],
  ['加急', 'Urgent'],
  ['平诊', 'Routine'],
  ['批量', 'Screening'],
]

export const sexWords = words({ M: ['男', 'M'], F: ['女', 'F'], O: ['其他', 'Other'] })

export const patientClassWords = words({
  outpatient: ['门诊', 'Outpatient'],
  emergency: ['急诊', 'Emergency'],
  inpatient: ['住院', 'Inpatient'],
  'check-up': ['体检', 'Check-up'],
})

export const orderStateWords = words({
  scheduled: ['待检查', 'Scheduled'],
  'in-progress': ['检查中', 'Under way'],
  completed: ['已检查', 'Done'],
  discontinued: ['已中止', 'Discontinued'],
  cancelled: ['已取消', 'Cancelled'],
})

export const polarityWords = words({ negative: ['阴性', 'Negative'], positive: ['阳性', 'Positive'] })

export const stageWords = words({
  received: ['已收到', 'Received'],
  waiting: ['待诊断', 'Waiting'],
  reading: ['诊断中', 'Being read'],
  returned: ['退回重拍', 'Retake asked'],
  review: ['审核中', 'In review'],
  reported: ['已出报告', 'Reported'],
  local: ['本院自诊', 'Read locally'],
})

export const roleWords = words({
  technologist: ['技师', 'Technologist'],
  radiologist: ['报告医师', 'Radiologist'],
  reviewer: ['审核医师', 'Reviewer'],
  clinician: ['临床医生', 'Clinician'],
  administrator: ['管理员', 'Administrator'],
  coordinator: ['调度', 'Coordinator'],
  chief: ['中心主任', 'Chief'],
  quality: ['质控员', 'Quality'],
  sender: ['发送', 'Sender'],
  receiver: ['查询与接收', 'Receiver'],
  performer: ['任务执行', 'Performer'],
})

export const verbWords = words({
  create: ['建立任务', 'Created'],
  ready: ['可以诊断', 'Ready'],
  send: ['检查完成，发送', 'Exam done, sent'],
  claim: ['领取', 'Claimed'],
  release: ['退还', 'Released'],
  expire: ['超时退还', 'Lease expired'],
  takeover: ['接管', 'Taken over'],
  assign: ['分配', 'Assigned'],
  urgency: ['改紧急程度', 'Urgency changed'],
  submit: ['提交审核', 'Submitted'],
  recall: ['撤回', 'Recalled'],
  review: ['开始审核', 'Review opened'],
  rework: ['退回修改', 'Sent back'],
  sign: ['签发', 'Signed'],
  arrive: ['收到图像', 'Images arrived'],
  acknowledge: ['已查看新图像', 'New images seen'],
  cancel: ['取消', 'Canceled'],
  'new-images': ['新到图像', 'New images'],
  supplement: ['补充资料', 'Supplemented'],
  reject: ['拒收', 'Rejected'],
  restore: ['恢复', 'Restored'],
  return: ['退回重拍', 'Returned for retake'],
  'withdraw-return': ['撤回退回', 'Return withdrawn'],
  retake: ['收到重拍', 'Retake arrived'],
  query: ['提问，等待回答', 'Asked, waits for an answer'],
  answer: ['回答', 'Answered'],
  'withdraw-query': ['不再等待回答', 'Stopped waiting'],
  join: ['并入另一任务', 'Joined into another task'],
  replace: ['由重拍代替', 'Replaced by the retake'],
  'temp-release': ['发急诊临时报告', 'Temporary report released'],
  unsign: ['撤销签发', 'Signature taken back'],
  amend: ['补充或更正', 'Amendment begun'],
  abandon: ['放弃修改', 'Amendment left'],
  retract: ['撤销报告', 'Report retracted'],
  split: ['拆分任务', 'Split'],
  'fork-merge': ['合并另一份文字', 'Other text merged'],
  'fork-aside': ['搁置另一份文字', 'Other text put aside'],
})

/** A word of a table, or the value itself when the server knows one that this page does not. */
export function named(table: Readonly<Record<string, Pair>>, key: string, language: Language): string {
  const pair = table[key]
  return pair ? say(pair, language) : key
}

export function urgencyText(urgency: number, language: Language): string {
  const pair = urgencyWords[urgency]
  return pair ? say(pair, language) : String(urgency)
}

export const sexText = (sex: string, language: Language): string => named(sexWords, sex, language)

interface Place {
  readonly department?: string
  readonly ward?: string
  readonly bed?: string
}

/** Where a patient is found: 内科 3病区 12床, with what of it is known. */
export function placeText({ department = '', ward = '', bed = '' }: Place, language: Language): string {
  const written = bed === '' ? '' : language === 'zh' ? `${bed}床` : `bed ${bed}`
  return [ward.startsWith(department) ? '' : department, ward, written].filter(Boolean).join(' ')
}

const ageUnits: readonly (readonly [RegExp, zh: string, en: string])[] = [
  [/^(Y|岁)$/, '岁', 'y'],
  [/^(M|个?月)$/, '个月', 'm'],
  [/^(W|周)$/, '周', 'w'],
  [/^(D|天)$/, '天', 'd'],
]

/** PatientAge (0010,1010) AS `034Y`, or an age the server worked out, in the reader's language; anything else stays as it came. PS3.5 §6.2. */
export function ageText(age: string, language: Language): string {
  const [, count, unit = ''] = /^0*(\d+)\s*(\D+)$/.exec(age) ?? []
  const row = ageUnits.find(([written]) => written.test(unit))
  return row === undefined ? age : `${count}${language === 'zh' ? row[1] : row[2]}`
}
