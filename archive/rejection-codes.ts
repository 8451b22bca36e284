/** Why an instance is rejected: PS3.16 CID 7011 Rejected for Quality Reasons ff., IHE RAD TF-3 4.66 (Imaging Object Change Management). */

export const rejectionCodes = ['113001', '113037', '113038', '113039'] as const
export type RejectionCode = (typeof rejectionCodes)[number]

/** As it stands in a Rejection Note (scheme DCM), and as people read it. */
export const rejectionMeanings: Readonly<Record<RejectionCode, { readonly zh: string; readonly en: string }>> = {
  '113001': { zh: '因质量原因拒收', en: 'Rejected for Quality Reasons' },
  '113037': { zh: '因患者安全原因拒收', en: 'Rejected for Patient Safety Reasons' },
  '113038': { zh: '工作列表条目错误', en: 'Incorrect Modality Worklist Entry' },
  '113039': { zh: '保存期限已满', en: 'Data Retention Policy Expired' },
}

export const isRejectionCode = (text: string): text is RejectionCode => (rejectionCodes as readonly string[]).includes(text)
