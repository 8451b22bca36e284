/** How the quality of images is graded (reading.md §4): 甲乙丙丁 for radiographs, levels for sections. */
import type { ImageGrade } from '../api/types.ts'

const radiographs: readonly string[] = ['CR', 'DX', 'DR', 'MG', 'RF', 'XA', 'IO', 'PX']
export const gradesOf = (modality: string): readonly ImageGrade['grade'][] =>
  radiographs.includes(modality) ? ['甲', '乙', '丙', '丁'] : [0, 1, 2, 3]
