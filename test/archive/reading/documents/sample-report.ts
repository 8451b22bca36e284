/** A report of an invented patient, for the tests of the documents. */
import type { ReportContent } from '../../../../archive/reading/report-content.ts'

export const sampleReport: ReportContent = {
  format: 'report/1',
  kind: 'final',
  version: 1,
  workitem: '17',
  patient: {
    name: '单晓敏',
    PatientName: 'Shan^XiaoMin=单^晓敏',
    PatientID: 'P0001',
    IssuerOfPatientID: '',
    PatientSex: 'F',
    PatientBirthDate: '19790304',
    age: '47岁',
  },
  study: {
    StudyInstanceUID: '2.25.1001',
    StudyID: '1',
    StudyDate: '20261122',
    StudyTime: '081500',
    AccessionNumber: '0102CT2611220007',
    StudyDescription: '胸部 CT 平扫',
    ReferringPhysicianName: '',
    modality: 'CT',
    bodyPart: 'CHEST',
    evidence: [
      {
        SeriesInstanceUID: '2.25.1002',
        instances: [
          ['1.2.840.10008.5.1.4.1.1.2', '2.25.1003'],
          ['1.2.840.10008.5.1.4.1.1.2', '2.25.1004'],
        ],
      },
    ],
  },
  institution: { code: 'QSZ', name: '青石镇中心卫生院' },
  centre: { code: 'XYY', name: '县人民医院', title: '清河县医共体远程影像诊断中心' },
  clinical: { information: '咳嗽、发热 3 天,伴右侧胸痛。', department: '内科门诊', requester: '周建国' },
  findings:
    '胸廓对称,纵隔居中。右肺下叶背段见斑片状高密度影,边界模糊,范围约 3.2 cm×2.5 cm,内见支气管充气征。左肺野清晰,未见实质性病变。\n气管及主要支气管通畅。纵隔内未见肿大淋巴结。心影大小形态正常。双侧胸腔未见积液。',
  impression: '1. 右肺下叶背段炎症,建议抗感染治疗后复查。\n2. 余胸部 CT 平扫未见明显异常。',
  advice: '治疗后 2 周复查胸部 CT。',
  polarity: 'positive',
  author: { username: 'wangli', displayName: '王丽' },
  authoredAt: '2026-11-22T02:31:00.000Z',
  reviewer: { username: 'zengguoqiang', displayName: '曾国强' },
  signedAt: '2026-11-22T02:48:30.000Z',
  documents: {
    sr: { SOPInstanceUID: '2.25.2001', SeriesInstanceUID: '2.25.2002' },
    pdf: { SOPInstanceUID: '2.25.2003', SeriesInstanceUID: '2.25.2004' },
  },
}
