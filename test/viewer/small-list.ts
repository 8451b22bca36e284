/** Workitems for pages that are tried without an archive. */
import type { Workitem } from '../../viewer/portal/api/types.ts'

const minute = 60_000
const names = ['张三', '李秀英', '欧阳建国', '王小明', '赵桂兰', '单文远', '曾丽华', '陈静']

/** The `n`th of a list; the longer ago it came, the smaller its number. */
export function workitem(n: number, change: Partial<Workitem> = {}): Workitem {
  const came = Date.now() - (60 - (n % 60)) * minute
  return {
    id: String(n),
    state: 'READY',
    urgency: 3,
    StudyInstanceUID: `1.2.840.${n}`,
    patient: {
      name: names[n % names.length]!,
      PatientName: `P^${n}`,
      PatientID: `E${1000 + n}`,
      sex: n % 2 === 0 ? 'M' : 'F',
      birthDate: '19800314',
      age: '046Y',
    },
    institution: { id: 2, name: '城东镇中心卫生院' },
    modality: n % 3 === 0 ? 'CT' : 'DX',
    bodyPart: 'CHEST',
    StudyDescription: n % 3 === 0 ? '胸部平扫' : '胸部正位',
    AccessionNumber: `E26112200${n}`,
    StudyDate: '20261122',
    StudyTime: '080512',
    series: 1,
    instances: 2,
    priors: n % 4,
    receivedAt: new Date(came).toISOString(),
    readyAt: new Date(came + minute).toISOString(),
    dueAt: new Date(came + 121 * minute).toISOString(),
    claimedAt: null,
    submittedAt: null,
    finalAt: null,
    assignee: null,
    author: null,
    reviewer: null,
    leaseUntil: null,
    reworked: false,
    newImages: false,
    clinicalInformation: '咳嗽三天',
    documents: 'none',
    verbs: ['claim'],
    reportId: null,
    generation: 1,
    ...change,
  }
}
