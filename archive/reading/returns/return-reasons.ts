/**
 * Why images are to be taken again: PS3.16 CID 7011 Rejected for Quality Reasons, and what a county needs beside it under a coding scheme of its own
 * (PS3.3 §8.2: private designators begin with 99). `advice` is what the feedback card tells a technologist to do better.
 */

export const localScheme = '99CIA'

export interface ReturnReason {
  readonly code: string
  readonly scheme: 'DCM' | typeof localScheme
  /** As the standard has it. */
  readonly meaning: string
  readonly zh: string
  readonly en: string
  readonly advice: { readonly zh: string; readonly en: string }
  /** The images stand under the wrong name: their Rejection Note is 113038, not 113001. */
  readonly isIdentity?: true
}

const reason = (
  code: string,
  scheme: ReturnReason['scheme'],
  meaning: string,
  [zh, en]: readonly [string, string],
  [adviceZh, adviceEn]: readonly [string, string],
): ReturnReason => ({ code, scheme, meaning, zh, en, advice: { zh: adviceZh, en: adviceEn } })

/** In the order in which they are met. */
export const returnReasons: readonly ReturnReason[] = [
  reason(
    '111209',
    'DCM',
    'Positioning',
    ['体位不正 / 范围不全', 'Positioning'],
    [
      '对准中心线，照射野盖全所查部位。胸片：上缘过第 7 颈椎，下缘含双侧肋膈角，肩胛骨拉开，深吸气后屏气。',
      'Centre the beam and cover the whole part. Chest: from above C7 to both costophrenic angles, scapulae rolled forward, full inspiration held.',
    ],
  ),
  reason(
    '111210',
    'DCM',
    'Motion blur',
    ['运动模糊', 'Motion blur'],
    [
      '先教会屏气再曝光；缩短曝光时间；固定肢体，小儿请家属穿防护衣协助。',
      'Practise the breath hold first, shorten the exposure, support the limb; for a child let a protected relative help.',
    ],
  ),
  reason(
    '111211',
    'DCM',
    'Under exposed',
    ['曝光不足', 'Under exposed'],
    [
      '按体厚提高 mAs 或 kV，核对源像距和电离室选择，看曝光指数是否在本机范围内。',
      'Raise mAs or kV for the body size, check distance and AEC chamber, and see that the exposure index is in range.',
    ],
  ),
  reason(
    '111212',
    'DCM',
    'Over exposed',
    ['曝光过度', 'Over exposed'],
    ['降低 mAs，核对体型和摄影条件预设，避免电离室被遮挡。', 'Lower the mAs, check the body-size preset, keep the AEC chamber free.'],
  ),
  reason(
    '111207',
    'DCM',
    'Image artifact(s)',
    ['伪影', 'Image artefacts'],
    [
      '清洁探测器和床面，检查衣物和饰物；CT 先做空气校准。',
      'Clean detector and table, look for clothes and jewellery; calibrate the CT in air first.',
    ],
  ),
  reason(
    '111208',
    'DCM',
    'Grid artifact(s)',
    ['滤线栅伪影', 'Grid artefacts'],
    ['滤线栅正面朝球管、居中，源像距与栅焦距一致。', 'Grid right side up and centred, and its focal distance equal to the tube distance.'],
  ),
  reason(
    '111214',
    'DCM',
    'Detector artifact(s)',
    ['探测器伪影', 'Detector artefacts'],
    [
      '重启并校准探测器；仍有坏线坏点请报修，在修好前停用。',
      'Restart and calibrate the detector; if lines stay, report it and stop using it until repaired.',
    ],
  ),
  reason(
    '111215',
    'DCM',
    'Artifact(s) other than grid or detector artifact',
    ['其他伪影', 'Other artefacts'],
    ['按医师标注的位置查找来源，排除后再照。', 'Find what causes it where the doctor marked it, and remove it first.'],
  ),
  reason(
    '113026',
    'DCM',
    'Double exposure',
    ['重复曝光', 'Double exposure'],
    [
      '每次曝光前确认是新的一幅，图像传出后再照下一幅。',
      'Be sure that the plate or frame is fresh; take the next only when the last has been sent.',
    ],
  ),
  reason(
    '111213',
    'DCM',
    'No image',
    ['无图像', 'No image'],
    [
      '核对球管与探测器是否对准、曝光是否完成，传出前先看一眼图像。',
      'Check that tube and detector face each other and the exposure went through; look before sending.',
    ],
  ),
  reason(
    '111219',
    'DCM',
    'Inappropriate image processing',
    ['后处理不当', 'Inappropriate processing'],
    [
      '选对部位的处理方案，不要裁掉所查部位；原始图像在时可重新处理后再发。',
      'Choose the processing of the right body part and crop nothing away; reprocess and send again where the raw image is kept.',
    ],
  ),
  reason('111216', 'DCM', 'Mechanical failure', ['机械故障', 'Mechanical failure'], ['停用并报修。', 'Stop using it and report it.']),
  reason('111217', 'DCM', 'Electrical failure', ['电气故障', 'Electrical failure'], ['停用并报修。', 'Stop using it and report it.']),
  reason(
    '111218',
    'DCM',
    'Software failure',
    ['软件故障', 'Software failure'],
    ['重启工作站后再试；仍不行请报修。', 'Restart the console; if it stays, report it.'],
  ),
  reason(
    'SIDE-MARK',
    localScheme,
    'Wrong or missing side marker',
    ['左右标错或未标', 'Side marker wrong or missing'],
    ['曝光前放好左右铅字，并与申请单和患者本人核对。', 'Place the lead L/R marker before the exposure, checked against order and patient.'],
  ),
  reason(
    'WRONG-PART',
    localScheme,
    'Body part differs from the request',
    ['部位与申请不符', 'Body part differs from the order'],
    ['照前读申请单，问患者哪里不舒服。', 'Read the order and ask the patient where it hurts before the exposure.'],
  ),
  reason(
    'VIEW-MISSING',
    localScheme,
    'A requested view is missing',
    ['缺少体位或序列', 'A view or series is missing'],
    ['按申请单补照缺少的体位或序列。', 'Add the view or series that the order asks for.'],
  ),
  reason(
    'FOREIGN-BODY',
    localScheme,
    'Foreign object on the body',
    ['体外异物', 'Objects on the body'],
    ['请患者摘掉项链、纽扣、膏药、内衣钩等，长发盘起。', 'Take off necklaces, buttons, plasters and hooks; tie up long hair.'],
  ),
  {
    ...reason(
      'PATIENT-DATA',
      localScheme,
      'Patient data are wrong',
      ['患者信息错误', 'Patient data are wrong'],
      [
        '核对姓名、性别、年龄和身份证；是登记错了就在「更正资料」中改，是照错了人就重照。',
        'Check name, sex, age and ID card: correct the data where only they are wrong, take the images again where it was another person.',
      ],
    ),
    isIdentity: true,
  },
  reason('111220', 'DCM', 'Other failure', ['其他', 'Other'], ['见医师的说明。', 'See what the doctor wrote.']),
  reason('111221', 'DCM', 'Unknown failure', ['原因不明', 'Unknown'], ['见医师的说明。', 'See what the doctor wrote.']),
]

const byCode = new Map(returnReasons.map((each) => [each.code, each]))

export const findReason = (code: string): ReturnReason | undefined => byCode.get(code)
