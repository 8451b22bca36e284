/** Parts of the body: how orders and BodyPartExamined (PS3.16 Annex L) name them, and the words that a report of them uses. */

export interface Region {
  readonly zh: string
  readonly en: string
  /** As orders, StudyDescription and BodyPartExamined say it. */
  readonly ordered: RegExp
  /** As a report says it. */
  readonly reported: RegExp
}

const region = (zh: string, en: string, ordered: RegExp, reported: RegExp): Region => ({ zh, en, ordered, reported })

export const regions: readonly Region[] = [
  region('颅脑', 'head', /颅|头部|头颅|脑(?!脊液)|\b(HEAD|BRAIN|SKULL)\b/i, /颅|脑|头|额|颞|顶叶|枕|基底节|中线/),
  region('鼻窦', 'sinuses', /鼻窦|副鼻窦|鼻旁窦|\b(SINUS|SINUSES)\b/i, /窦|鼻/),
  region('颈椎', 'cervical spine', /颈椎|\b(CSPINE|C-SPINE|CERVICAL)\b/i, /颈|椎/),
  region('胸椎', 'thoracic spine', /胸椎|\b(TSPINE|T-SPINE|THORACIC)\b/i, /胸椎|胸\d|椎|T\d/),
  region('腰椎', 'lumbar spine', /腰椎|腰骶|\b(LSPINE|L-SPINE|LSSPINE|LUMBAR)\b/i, /腰|椎|骶|L\d/),
  region('胸部', 'chest', /胸部|胸片|胸(?!椎|骨|锁|腰)|肺|\b(CHEST|LUNG|THORAX)\b/i, /胸|肺|心|纵隔|气管|膈/),
  region('肋骨', 'ribs', /肋|\b(RIB|RIBS)\b/i, /肋/),
  region('乳腺', 'breast', /乳腺|\bBREAST\b/i, /乳/),
  region('腹部', 'abdomen', /腹(?!股沟)|肝|胆|胰|脾|\b(ABDOMEN|LIVER)\b/i, /腹|肝|胆|胰|脾|肠|肾|胃|膈下/),
  region('泌尿系', 'urinary tract', /泌尿|肾|输尿管|膀胱|\b(KIDNEY|KUB|URETER|BLADDER)\b/i, /肾|输尿管|膀胱|泌尿|尿/),
  region('盆腔', 'pelvis', /盆腔|骨盆|子宫|前列腺|\bPELVIS\b/i, /盆|髋|骶|髂|子宫|卵巢|附件|前列腺|膀胱|耻骨|坐骨/),
  region('肩关节', 'shoulder', /肩|\b(SHOULDER|CLAVICLE|SCAPULA)\b/i, /肩|肱骨|锁骨/),
  region('肘关节', 'elbow', /肘|\bELBOW\b/i, /肘|肱骨|尺骨|桡骨|鹰嘴/),
  region('腕关节', 'wrist', /腕|\bWRIST\b/i, /腕|桡骨|尺骨|舟骨|月骨/),
  region('手', 'hand', /手(?!术)|指(?!肠|导|标|南|示)|\b(HAND|FINGER)\b/i, /手|指|掌/),
  region('髋关节', 'hip', /髋|\bHIP\b/i, /髋|股骨|髂/),
  region('膝关节', 'knee', /膝|髌|\b(KNEE|PATELLA)\b/i, /膝|髌|股骨|胫骨|半月板|交叉韧带/),
  region('踝关节', 'ankle', /踝|\bANKLE\b/i, /踝|胫|腓|距骨/),
  region('足', 'foot', /足|跟骨|趾|\b(FOOT|TOE|CALCANEUS)\b/i, /足|跟骨|趾|跖|跗|距骨/),
]

/** Structures that come in two, for sides: the word after 左 or 右, and what counts as the same. */
export const pairedStructures: readonly (readonly [name: string, words: RegExp])[] = [
  ['肺', /肺|上叶|中叶|下叶|舌叶|舌段|支气管/],
  ['胸膜', /胸腔|胸膜|肋膈角|胸壁/],
  ['肋', /肋/],
  ['锁骨', /锁骨/],
  ['肩', /肩|肱骨/],
  ['肘', /肘|鹰嘴/],
  ['前臂', /尺骨|桡骨|前臂/],
  ['腕', /腕|舟骨|月骨/],
  ['手', /手|指|掌骨/],
  ['髋', /髋|股骨头|股骨颈|髂/],
  ['股骨', /股骨/],
  ['膝', /膝|髌|半月板|交叉韧带/],
  ['小腿', /胫|腓/],
  ['踝', /踝/],
  ['足', /足|跟骨|跖|趾|距骨/],
  ['肾', /肾(?!上腺)|输尿管/],
  ['肾上腺', /肾上腺/],
  ['乳腺', /乳腺|乳房|腋/],
  ['脑', /额|颞|顶叶|枕叶|基底节|丘脑|大脑|侧脑室|半球|放射冠|半卵圆|小脑|硬膜/],
  ['卵巢', /附件|卵巢/],
  ['睾丸', /睾|附睾/],
  ['眼', /眼|眶/],
  ['窦', /上颌窦|额窦|筛窦/],
  ['甲状腺', /甲状腺/],
]

export const structureIn = (text: string): string | undefined => pairedStructures.find(([, words]) => words.test(text))?.[0]

export const regionsIn = (text: string): Region[] => regions.filter(({ ordered }) => ordered.test(text))
