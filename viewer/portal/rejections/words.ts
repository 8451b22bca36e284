/** Sentences of rejecting, restoring and purging. */
import { words } from '../language/words.ts'

export const rejectionWords = words({
  title: ['已拒收/删除', 'Rejected and deleted'],
  list: ['已拒收/删除', 'Rejected and deleted'],
  studies: ['拒收检查', 'Reject a study'],
  search: ['姓名 / 拼音 / 首字母 / 编号', 'Name / pinyin / initials / number'],
  reject: ['拒收', 'Reject'],
  rejectShort: ['拒收…', 'Reject…'],
  rejectAsk: ['拒收 {name} 的图像？', 'Reject images of {name}?'],
  rejectText: [
    '拒收后任何列表、检索和调阅都不再显示这些图像；需要时可以原样恢复。',
    'No list, search or viewer shows them any more; they can be restored as they are.',
  ],
  reason: ['原因', 'Reason'],
  what: ['范围', 'What'],
  wholeStudy: ['整个检查（{n} 幅）', 'The whole study ({n} images)'],
  series: ['序列 {number} {description}（{n} 幅）', 'Series {number} {description} ({n} images)'],
  comment: ['说明', 'Comment'],
  commentHint: ['例如：体位不正，已重拍', 'for example: bad position, taken again'],
  rejectedDone: ['已拒收 {name} 的图像', 'Images of {name} are rejected'],
  patient: ['患者', 'Patient'],
  exam: ['检查', 'Exam'],
  images: ['图像', 'Images'],
  level_study: ['整个检查', 'whole study'],
  level_series: ['一个序列', 'one series'],
  level_instances: ['部分图像', 'some images'],
  site: ['检查单位', 'Site'],
  rejectedBy: ['拒收', 'Rejected'],
  standing: ['状态', 'State'],
  retainUntil: ['{date} 起可申请删除', 'may be purged from {date} on'],
  purgeable: ['已可申请删除', 'may be purged'],
  requestedBy: ['{name} 申请永久删除：{reason}', '{name} asked for the purge: {reason}'],
  otherConfirms: ['须由另一位管理员确认', 'Another administrator has to confirm'],
  purgedBy: ['{by} 申请，{other} 确认，{time} 永久删除', 'purged {time}, asked by {by}, confirmed by {other}'],
  restoredBy: ['{by} {time}恢复', 'restored {time} by {by}'],
  resent: [
    '其后又收到 {n} 幅同编号但内容不同的图像；恢复后在「患者与冲突」中处理',
    '{n} came again with other content; decide after restoring',
  ],
  restore: ['恢复', 'Restore'],
  restoreAsk: ['恢复 {name} 的 {n} 幅图像？', 'Restore {n} images of {name}?'],
  restoreText: ['图像回到拒收前的样子，所有人又能看到。', 'They are what they were, and everybody sees them again.'],
  restoredDone: ['已恢复 {name} 的图像', 'Images of {name} are restored'],
  'request-purge': ['申请永久删除', 'Ask for the purge'],
  requestAsk: ['申请永久删除 {name} 的 {n} 幅图像？', 'Ask for the purge of {n} images of {name}?'],
  requestText: ['另一位管理员确认后，图像将永久删除，不能恢复。', 'Once another administrator has confirmed, they are gone for good.'],
  requestDone: ['已申请，等待另一位管理员确认', 'Asked; another administrator has to confirm'],
  'confirm-purge': ['确认永久删除', 'Confirm the purge'],
  confirmAsk: ['永久删除 {name} 的 {n} 幅图像？', 'Purge {n} images of {name} for good?'],
  confirmText: ['{by} 申请：{reason}。此操作不能撤销。', '{by} asked: {reason}. This cannot be undone.'],
  confirmDone: ['{name} 的图像已永久删除', 'Images of {name} are purged'],
  'withdraw-purge': ['撤回申请', 'Withdraw'],
  withdrawAsk: ['撤回对 {name} 的删除申请？', 'Withdraw the request to purge images of {name}?'],
  withdrawText: ['图像仍为已拒收，可以恢复。', 'The images stay rejected and can be restored.'],
  withdrawDone: ['已撤回', 'Withdrawn'],
  why: ['理由', 'Reason'],
  empty_rejected: [
    '没有被拒收的图像。在检查发送页或这里的「拒收检查」中可以拒收图像。',
    'Nothing is rejected. Images are rejected on the exam board, or under “Reject a study”.',
  ],
  'empty_purge-requested': ['没有等待确认的删除申请。', 'No purge waits for a confirmation.'],
  empty_purged: ['还没有永久删除过图像。', 'Nothing was purged yet.'],
  empty_restored: ['还没有恢复过图像。', 'Nothing was restored yet.'],
  emptyStudies: ['没有符合条件的检查。', 'No study matches.'],
  reported: ['已出报告', 'Reported'],
})

export const rejectionStateWords = words({
  rejected: ['已拒收', 'Rejected'],
  'purge-requested': ['待确认删除', 'To be confirmed'],
  purged: ['已永久删除', 'Purged'],
  restored: ['已恢复', 'Restored'],
})

/** CID 7011 Rejected for Quality Reasons and the codes beside it; as `archive/rejection-codes.ts` names them. */
export const rejectionCodeWords = words({
  '113001': ['因质量原因拒收', 'Rejected for Quality Reasons'],
  '113037': ['因患者安全原因拒收', 'Rejected for Patient Safety Reasons'],
  '113038': ['工作列表条目错误', 'Incorrect Modality Worklist Entry'],
  '113039': ['保存期限已满', 'Data Retention Policy Expired'],
})

/** When to take which. */
export const rejectionCodeHints = words({
  '113001': ['模糊、体位、曝光、伪影，需要重拍', 'Blur, position, exposure, artefacts: to be taken again'],
  '113037': ['患者弄错、左右标错，看到会造成伤害', 'Wrong patient or side: harmful when seen'],
  '113038': ['从工作列表选错了患者或检查', 'Another entry was chosen from the worklist'],
  '113039': ['已超过法定保存年限', 'The legal time of retention is over'],
})
