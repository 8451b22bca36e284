/**
 * Orders of the demonstration county: one that a study has been matched to, two that wait on the worklists of their machines, and two that the emergency
 * without an order may belong to. Identity card numbers are invented and valid.
 */
import type { Session } from './web.ts'

interface DemoOrder {
  readonly institution: 'QS' | 'XQ'
  /** Name in the manifest of the study that it is matched to. */
  readonly study?: string
  readonly input: {
    readonly patient: { readonly PatientName: string; readonly idCardNumber: string; readonly PatientID?: string }
    readonly modality: string
    readonly procedure: string
    readonly bodyPart: string
    readonly AETitle?: string
    readonly clinicalInformation: string
    readonly urgency: number
    readonly department: string
    readonly requester: string
    readonly patientClass?: 'emergency' | 'inpatient'
    readonly ward?: string
    readonly bed?: string
  }
}

export const orders: readonly DemoOrder[] = [
  {
    institution: 'XQ',
    study: 'chest-child',
    input: {
      patient: { PatientName: '吕绿华', idCardNumber: '530127201409201247', PatientID: '1012' },
      modality: 'DX',
      procedure: '胸部正侧位',
      bodyPart: '胸部',
      clinicalInformation: '咳嗽 1 周,无发热。',
      urgency: 3,
      department: '儿科',
      requester: '吴昊',
      patientClass: 'inpatient',
      ward: '儿科病区',
      bed: '12',
    },
  },
  {
    institution: 'XQ',
    input: {
      patient: { PatientName: '朴哲洙', idCardNumber: '530127197203031175' },
      modality: 'CT',
      procedure: '胸部CT平扫(急诊)',
      bodyPart: '胸部',
      clinicalInformation: '车祸伤后胸痛 1 小时,除外气胸、肋骨骨折。',
      urgency: 1,
      department: '急诊科',
      requester: '吴昊',
      patientClass: 'emergency',
    },
  },
  {
    // Sounds the same and is somebody else: why nothing is matched in silence.
    institution: 'XQ',
    input: {
      patient: { PatientName: '朴哲珠', idCardNumber: '530127197203302131' },
      modality: 'CT',
      procedure: '胸部CT平扫',
      bodyPart: '胸部',
      clinicalInformation: '体检发现肺部阴影,复查。',
      urgency: 3,
      department: '内科',
      requester: '吴昊',
    },
  },
  {
    institution: 'QS',
    input: {
      patient: { PatientName: '慕容雪', idCardNumber: '530127198607120486' },
      modality: 'CT',
      procedure: '颅脑CT平扫',
      bodyPart: '头部',
      AETitle: 'QS_CT',
      clinicalInformation: '反复头晕 1 月。',
      urgency: 3,
      department: '内科',
      requester: '陈静',
    },
  },
  {
    institution: 'QS',
    input: {
      patient: { PatientName: '单大勇', idCardNumber: '530127195902183152' },
      modality: 'DX',
      procedure: '右膝关节正侧位',
      bodyPart: '右膝',
      AETitle: 'QS_DR',
      clinicalInformation: '右膝疼痛、活动受限 2 周。',
      urgency: 3,
      department: '外科',
      requester: '陈静',
      patientClass: 'inpatient',
      ward: '外科2病区',
      bed: '加3',
    },
  },
]

interface SeenOrder {
  readonly id: string
  readonly patient: { readonly PatientName: string }
  readonly procedure: string
  readonly studies: readonly unknown[]
}

/** Entered and matched; what stands already is left as it is. */
export async function enterOrders(technologists: ReadonlyMap<string, Session>, studyOf: (name: string) => string): Promise<void> {
  for (const { institution, study, input } of orders) {
    const technologist = technologists.get(institution)!
    const { items } = await technologist.get<{ items: readonly SeenOrder[] }>('/api/orders?limit=1000')
    const isThis = ({ patient, procedure }: SeenOrder) => patient.PatientName === input.patient.PatientName && procedure === input.procedure
    const order = items.find(isThis) ?? (await technologist.send<{ order: SeenOrder }>('POST', '/api/orders', input)).order
    if (study === undefined || order.studies.length > 0) continue
    await technologist.send('POST', `/api/studies/${studyOf(study)}/order`, { orderId: order.id })
  }
}
