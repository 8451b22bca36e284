/** The table of rules. A new one is a line here and a check in a file of its own; no door, page or statement has to know it. */
import { ageWords } from './age-words.ts'
import { bodyPart } from './body-part.ts'
import { chosen, gradedBeforeImages } from './choices.ts'
import { criticalWords } from './critical-words.ts'
import { differentials } from './differentials.ts'
import { keyImageInImpression } from './key-images.ts'
import { lateralityClinical, lateralityFindings, lateralityOrder } from './laterality.ts'
import type { Rule } from './lint.ts'
import { measurements, unitMismatch } from './measurements.ts'
import { modalityWords } from './modality-words.ts'
import { negationClash, omitted } from './negation.ts'
import { removedOrgan, sexOrgan } from './organs.ts'
import { placeholders } from './placeholders.ts'
import { polarity } from './polarity.ts'
import { priorCited } from './priors.ts'
import { wording } from './wording.ts'

const rule = (
  code: string,
  severity: Rule['severity'],
  sentences: Rule['sentences'],
  explanation: Rule['explanation'],
  check: Rule['check'],
  overridable = true,
): Rule => ({ code, severity, overridable, sentences, explanation, check })

export const rules: readonly Rule[] = [
  rule(
    'placeholder',
    'error',
    { text: ['未填写：{word}', 'Not filled in: {word}'] },
    [
      '模板里的 [左/右]、{大小} 等必须选定或填写后才能提交。按 Tab 跳到下一处。',
      'What a template leaves open, such as [left/right] or {size}, has to be chosen before the report goes on. Tab leads to the next one.',
    ],
    placeholders,
    false,
  ),
  rule(
    'not-chosen',
    'error',
    {
      wording: ['未选择诊断肯定程度', 'How sure the diagnosis is has not been chosen'],
      grade: ['未评图像质量', 'The quality of the images has not been graded'],
    },
    [
      '阴性/阳性、诊断肯定程度和图像质量是统计与质控的依据，系统不预设，须由医师选定。',
      'Result, certainty and image quality feed statistics and quality control; nothing is preset, a doctor chooses.',
    ],
    chosen,
  ),
  rule(
    'late-images',
    'error',
    { text: ['评级后又到了新图像，请看过后重新评图像质量', 'Images came after the quality was graded: look at them and grade again'] },
    [
      '图像质量是对看过的全部图像的评价；补传、重拍或合并进来的图像须看过后重新评级。',
      'The grade speaks of all images: those that came later, by a retake or a joined study, are looked at and graded too.',
    ],
    gradedBeforeImages,
    false,
  ),
  rule(
    'sex-organ',
    'error',
    {
      male: ['男性患者的报告中出现“{word}”', 'The patient is male and the text speaks of “{word}”'],
      female: ['女性患者的报告中出现“{word}”', 'The patient is female and the text speaks of “{word}”'],
    },
    [
      '性别与器官不符，常见于误用模板或患者信息有误。',
      'The organ does not go with the sex: a wrong template, or a mistake in the patient’s data.',
    ],
    sexOrgan,
  ),
  rule(
    'laterality-order',
    'error',
    {
      text: ['申请检查{ordered}侧，报告写的是“{word}”', 'The order says {orderedEn}, the text says “{word}”'],
    },
    ['左右写错会造成误治。请核对申请单、图像标记与报告。', 'A wrong side harms. Compare order, marker on the image and text.'],
    lateralityOrder,
  ),
  rule(
    'laterality-findings',
    'error',
    {
      text: [
        '诊断意见写“{word}”，检查所见只描述了{other}侧',
        'The impression says “{word}”; the findings describe the {otherEn} side only',
      ],
    },
    ['检查所见与诊断意见的左右必须一致。', 'Findings and impression must speak of the same side.'],
    lateralityFindings,
  ),
  rule(
    'laterality-clinical',
    'warning',
    {
      text: [
        '临床资料写的是{clinical}侧“{word}”，报告只描述了{other}侧',
        'Clinical information says {clinicalEn} (“{word}”); the text describes the {otherEn} side only',
      ],
    },
    ['临床所述部位与报告左右不同，请核对。', 'The side that the clinician names is not the side that is reported.'],
    lateralityClinical,
  ),
  rule(
    'negation-clash',
    'error',
    {
      affirmed: ['检查所见写“{denied}”，诊断意见却有“{word}”', 'The findings say “{denied}”, the impression says “{word}”'],
      denied: ['检查所见描述了“{word}”，诊断意见写“{denied}”', 'The findings describe “{word}”, the impression says “{denied}”'],
    },
    ['检查所见与诊断意见互相矛盾。', 'Findings and impression contradict each other.'],
    negationClash,
  ),
  rule(
    'removed-organ',
    'error',
    { text: ['写有“{removed}”，又描述“{word}”', 'The text says “{removed}” and describes “{word}”'] },
    ['器官已切除却描述为正常，多为模板未改。', 'An organ that was removed is described: a template that was not adapted.'],
    removedOrgan,
  ),
  rule(
    'critical-words',
    'error',
    { text: ['出现危急征象“{word}”，未见危急值记录', '“{word}” is a critical finding; no critical value was raised'] },
    ['危急值应立即通报并登记，不等报告签发。', 'A critical value is told at once and recorded; it does not wait for the signature.'],
    criticalWords,
  ),
  rule(
    'polarity',
    'error',
    {
      negative: ['选了阴性，诊断意见有“{word}”', 'Negative was chosen; the impression says “{word}”'],
      positive: ['选了阳性，诊断意见为未见异常', 'Positive was chosen; the impression says that nothing is wrong'],
    },
    ['阴性/阳性用于统计阳性率，应与诊断意见一致。', 'The result feeds the positive rate and must go with the impression.'],
    polarity,
  ),
  rule(
    'unit-mismatch',
    'error',
    {
      text: [
        '同一数值单位不同：所见“{findings}”，诊断“{word}”',
        'The same number with two units: findings “{findings}”, impression “{word}”',
      ],
    },
    ['毫米与厘米写混相差十倍。', 'Millimetres taken for centimetres are wrong by ten times.'],
    unitMismatch,
  ),
  rule(
    'measurement',
    'warning',
    {
      unit: ['“{word}”的单位写法有误', 'The unit of “{word}” is not one'],
      missing: ['“{word}”没有单位', '“{word}” has no unit'],
      mixed: ['“{word}”混用了单位', '“{word}” mixes units'],
      number: ['“{word}”的数字写法有误', 'The number in “{word}” is not one'],
      size: ['“{word}”大小不合常理，请核对单位', '“{word}” is hardly possible: check the unit'],
      density: ['“{word}”超出CT值范围', '“{word}” is outside the range of CT numbers'],
    },
    ['测量值错误会影响随访与处置。', 'A wrong measurement misleads follow-up and treatment.'],
    measurements,
  ),
  rule(
    'omitted',
    'warning',
    { text: ['检查所见描述了“{word}”，诊断意见为未见异常', 'The findings describe “{word}”; the impression says that nothing is wrong'] },
    ['阳性征象应在诊断意见中有所交代。', 'What was found should be answered in the impression.'],
    omitted,
  ),
  rule(
    'key-image',
    'warning',
    {
      word: ['关键图像标注“{word}”，诊断意见没有提到', 'A key image is marked “{word}”; the impression does not mention it'],
      normal: ['选了关键图像，诊断意见为未见异常', 'Key images were chosen; the impression says that nothing is wrong'],
    },
    ['标为关键图像的病变应写入诊断意见。', 'What deserves a key image deserves a line in the impression.'],
    keyImageInImpression,
  ),
  rule(
    'body-part',
    'warning',
    { text: ['申请部位“{part}”在报告中没有提到', 'The ordered part, {partEn}, is not mentioned'] },
    ['可能漏写部位，或写到了另一位患者的报告里。', 'A part was forgotten, or this is another patient’s text.'],
    bodyPart,
  ),
  rule(
    'age-words',
    'warning',
    { text: ['患者{age}岁，报告写有“{word}”', 'The patient is {age}; the text says “{word}”'] },
    ['用语与年龄不符，多为误用模板。', 'The words do not go with the age: mostly a template of another age.'],
    ageWords,
  ),
  rule(
    'modality-words',
    'warning',
    { text: ['“{word}”不是{modality}检查的用语', '“{word}” is no word of a {modality} examination'] },
    ['多为误用其他检查的模板。', 'Mostly a template of another kind of examination.'],
    modalityWords,
  ),
  rule(
    'prior',
    'warning',
    {
      none: ['写了“{word}”，系统中没有既往检查', '“{word}”: the archive has no prior study of this person'],
      unopened: ['写了“{word}”，您没有打开过既往检查', '“{word}”: you have not opened a prior study'],
      date: ['“{word}”没有对应的既往检查', 'There is no prior study of “{word}”'],
    },
    ['写了对比就应看过旧片；外院旧片请说明出处。', 'Whoever compares has seen the prior; say where, when it came from elsewhere.'],
    priorCited,
  ),
  rule(
    'differentials',
    'warning',
    { text: ['同一病变列了 {count} 个鉴别诊断', '{count} differential diagnoses for one finding'] },
    ['一处病变的鉴别诊断不超过三个，按可能性排序。', 'At most three differential diagnoses for a finding, the likeliest first.'],
    differentials,
  ),
  rule(
    'wording',
    'warning',
    {
      normal: ['肯定程度选了“正常”，诊断意见有“{word}”', '“Normal” was chosen; the impression says “{word}”'],
      notNormal: ['诊断意见为未见异常，肯定程度选了“{chosen}”', 'The impression is normal; “{chosen}” was chosen'],
      hedged: ['肯定程度选了“肯定”，诊断意见写“{word}”', '“Affirmative” was chosen; the impression says “{word}”'],
      missing: ['肯定程度选了“{chosen}”，诊断意见没有这样的用语', '“{chosen}” was chosen; the impression is not worded so'],
    },
    [
      '肯定程度应与诊断用语一致：肯定、符合、可能、不除外。',
      'The class must go with the words: affirmative, consistent with, possible, not excluded.',
    ],
    wording,
  ),
]
