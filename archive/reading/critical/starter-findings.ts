/** The critical findings that a new archive offers (reading.md §3.4). A starting point: each county edits the list, and its chief approves it. */

/** A `type`, not an interface: it must be assignable to Json. */
export type Finding = { readonly code: string; readonly zh: string; readonly en: string }

const finding = (code: string, zh: string, en: string): Finding => ({ code, zh, en })

export const starterFindings: readonly Finding[] = [
  finding('ich-supratentorial', '幕上脑出血 ≥30 ml', 'Intracerebral haemorrhage ≥30 ml, supratentorial'),
  finding('ich-infratentorial', '幕下脑出血 ≥10 ml', 'Intracerebral haemorrhage ≥10 ml, infratentorial'),
  finding('herniation', '脑疝或中线移位 ≥10 mm', 'Herniation or midline shift ≥10 mm'),
  finding('sah', '蛛网膜下腔出血', 'Subarachnoid haemorrhage'),
  finding('mca-infarct', '大脑中动脉大面积梗死', 'Large middle cerebral artery infarct'),
  finding('cord-compression', '急性脊髓压迫', 'Acute spinal cord compression'),
  finding('cervical-instability', '颈椎骨折脱位（不稳定）', 'Unstable cervical spine fracture or dislocation'),
  finding('tension-pneumothorax', '张力性气胸', 'Tension pneumothorax'),
  finding('pulmonary-embolism', '肺栓塞', 'Pulmonary embolism'),
  finding('aortic-dissection', '主动脉夹层', 'Aortic dissection'),
  finding('tamponade', '心包填塞', 'Cardiac tamponade'),
  finding('perforation', '消化道穿孔 / 膈下游离气体', 'Gastrointestinal perforation, free air'),
  finding('bowel-obstruction', '完全性肠梗阻', 'Complete bowel obstruction'),
  finding('ectopic-rupture', '异位妊娠破裂', 'Ruptured ectopic pregnancy'),
  finding('organ-rupture', '实质脏器破裂（肝、脾、肾）', 'Rupture of a solid organ (liver, spleen, kidney)'),
]
