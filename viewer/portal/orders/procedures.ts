/**
 * Exams that a township orders every day, to choose from while typing; any other text is as good. BodyPartExamined (0018,0015) by PS3.16
 * Annex L.
 */
import { type Pair, words } from '../language/words.ts'

export const modalities = ['DX', 'CT', 'MR', 'US', 'MG', 'RF', 'XA', 'ES'] as const

export const modalityWords = words({
  DX: ['DR', 'X-ray'],
  CR: ['CR', 'CR'],
  CT: ['CT', 'CT'],
  MR: ['磁共振', 'MR'],
  US: ['超声', 'Ultrasound'],
  MG: ['乳腺', 'Mammography'],
  RF: ['透视', 'Fluoroscopy'],
  XA: ['血管造影', 'Angiography'],
  ES: ['内镜', 'Endoscopy'],
})

export const bodyPartWords = words({
  HEAD: ['头部', 'Head'],
  BRAIN: ['颅脑', 'Brain'],
  NECK: ['颈部', 'Neck'],
  CHEST: ['胸部', 'Chest'],
  BREAST: ['乳腺', 'Breast'],
  ABDOMEN: ['腹部', 'Abdomen'],
  PELVIS: ['骨盆', 'Pelvis'],
  CSPINE: ['颈椎', 'Cervical spine'],
  TSPINE: ['胸椎', 'Thoracic spine'],
  LSPINE: ['腰椎', 'Lumbar spine'],
  SHOULDER: ['肩关节', 'Shoulder'],
  ELBOW: ['肘关节', 'Elbow'],
  WRIST: ['腕关节', 'Wrist'],
  HAND: ['手', 'Hand'],
  HIP: ['髋关节', 'Hip'],
  KNEE: ['膝关节', 'Knee'],
  ANKLE: ['踝关节', 'Ankle'],
  FOOT: ['足', 'Foot'],
  THYROID: ['甲状腺', 'Thyroid'],
  HEART: ['心脏', 'Heart'],
  KIDNEY: ['肾', 'Kidney'],
  UTERUS: ['子宫附件', 'Uterus'],
})
export type BodyPart = keyof typeof bodyPartWords

export interface Procedure {
  readonly text: string
  readonly bodyPart: BodyPart
}

const table: Readonly<Partial<Record<(typeof modalities)[number], readonly (readonly [string, BodyPart])[]>>> = {
  DX: [
    ['胸部正位', 'CHEST'],
    ['胸部正侧位', 'CHEST'],
    ['腹部立位平片', 'ABDOMEN'],
    ['骨盆正位', 'PELVIS'],
    ['颈椎正侧位', 'CSPINE'],
    ['胸椎正侧位', 'TSPINE'],
    ['腰椎正侧位', 'LSPINE'],
    ['左膝关节正侧位', 'KNEE'],
    ['右膝关节正侧位', 'KNEE'],
    ['左手正斜位', 'HAND'],
    ['右手正斜位', 'HAND'],
    ['左足正斜位', 'FOOT'],
    ['右足正斜位', 'FOOT'],
    ['左腕关节正侧位', 'WRIST'],
    ['右腕关节正侧位', 'WRIST'],
    ['左踝关节正侧位', 'ANKLE'],
    ['右踝关节正侧位', 'ANKLE'],
    ['左肩关节正位', 'SHOULDER'],
    ['右肩关节正位', 'SHOULDER'],
  ],
  CT: [
    ['颅脑平扫', 'HEAD'],
    ['胸部平扫', 'CHEST'],
    ['上腹部平扫', 'ABDOMEN'],
    ['全腹部平扫', 'ABDOMEN'],
    ['盆腔平扫', 'PELVIS'],
    ['颈椎平扫', 'CSPINE'],
    ['腰椎间盘平扫', 'LSPINE'],
    ['鼻窦平扫', 'HEAD'],
  ],
  MR: [
    ['颅脑平扫', 'BRAIN'],
    ['颅脑平扫+DWI', 'BRAIN'],
    ['颈椎平扫', 'CSPINE'],
    ['腰椎平扫', 'LSPINE'],
    ['左膝关节平扫', 'KNEE'],
    ['右膝关节平扫', 'KNEE'],
  ],
  US: [
    ['腹部超声', 'ABDOMEN'],
    ['泌尿系超声', 'KIDNEY'],
    ['甲状腺超声', 'THYROID'],
    ['乳腺超声', 'BREAST'],
    ['心脏超声', 'HEART'],
    ['妇科超声', 'UTERUS'],
    ['颈部血管超声', 'NECK'],
  ],
  MG: [['双乳正斜位', 'BREAST']],
}

export const proceduresOf = (modality: string): readonly Procedure[] =>
  (table[modality as keyof typeof table] ?? []).map(([text, bodyPart]) => ({ text, bodyPart }))

export const bodyPartPairs: Readonly<Record<string, Pair>> = bodyPartWords
