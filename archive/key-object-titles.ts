/** What instances are pointed out for: PS3.16 CID 7010 Key Object Selection Document Title, without the titles of rejection (CID 7031) and of manifests. */

export const keyObjectTitles = {
  '113000': { zh: '关注图像', en: 'Of Interest' },
  '113002': { zh: '供临床医师', en: 'For Referring Provider' },
  '113003': { zh: '供手术', en: 'For Surgery' },
  '113004': { zh: '教学', en: 'For Teaching' },
  '113005': { zh: '会议讨论', en: 'For Conference' },
  '113006': { zh: '供治疗', en: 'For Therapy' },
  '113007': { zh: '供患者', en: 'For Patient' },
  '113008': { zh: '同行评审', en: 'For Peer Review' },
  '113009': { zh: '科研', en: 'For Research' },
  '113010': { zh: '质量问题', en: 'Quality Issue' },
  '113018': { zh: '打印', en: 'For Printing' },
  '113020': { zh: '报告附图', en: 'For Report Attachment' },
  '113021': { zh: '诉讼', en: 'For Litigation' },
} as const satisfies Readonly<Record<string, { readonly zh: string; readonly en: string }>>

export type KeyObjectTitle = keyof typeof keyObjectTitles
export const isKeyObjectTitle = (code: string): code is KeyObjectTitle => Object.hasOwn(keyObjectTitles, code)

/** What a signed report shows. */
export const reportAttachment = '113020' satisfies KeyObjectTitle
