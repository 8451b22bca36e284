/** Which earlier study is hung beside the current one by itself: of the same kind of picture and the same part, the newest. */
import type { Prior } from '../api/types.ts'

/** Radiographs are one kind, however they were made. */
const radiographs: readonly string[] = ['CR', 'DX', 'DR', 'RF']
const kindOf = (modality: string): string => (radiographs.includes(modality) ? 'radiograph' : modality)

export interface ComparedStudy {
  readonly modality: string
  readonly bodyPart?: string
  readonly StudyDescription: string
}

const pairsOf = (text: string): Set<string> => {
  const letters = [...text.toLowerCase().replaceAll(/[\s\p{P}]+/gu, '')]
  return new Set(letters.slice(1).map((letter, index) => `${letters[index]}${letter}`))
}
/** From 0 to 1: how many pairs of neighbouring characters two descriptions share. Good for 胸部CT平扫 and for "Chest PA" alike. */
export function likeness(a: string, b: string): number {
  const [mine, theirs] = [pairsOf(a), pairsOf(b)]
  if (mine.size === 0 || theirs.size === 0) return 0
  return [...mine].filter((pair) => theirs.has(pair)).length / Math.min(mine.size, theirs.size)
}

const isSamePart = (study: ComparedStudy, prior: ComparedStudy): boolean =>
  study.bodyPart && prior.bodyPart ? study.bodyPart === prior.bodyPart : likeness(study.StudyDescription, prior.StudyDescription) >= 0.5

/** `priors` newest first, as the server gives them. */
export const priorBeside = (study: ComparedStudy, priors: readonly Prior[]): Prior | undefined =>
  priors.find((prior) => kindOf(prior.modality) === kindOf(study.modality) && isSamePart(study, prior))
