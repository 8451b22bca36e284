/**
 * What waits for a person's decision: an instance with several contents, a study whose images name another patient, two patients who may be one, images
 * held back because the study is another institution's. Shown to those who can see to it: the imaging room that sent it, and administrators.
 */
import type { Index } from '../storage/index/postgres.ts'
import { openQuestions, type QuestionRow } from '../storage/index/reading/questions.ts'
import { type Asker, demand } from './access.ts'

/** @throws Forbidden */
export function listQuestions({ index }: { readonly index: Index }, asker: Asker, limit: number): Promise<QuestionRow[]> {
  demand(asker, 'board')
  return openQuestions(index.pool, asker.scope, asker.institution.readingCentre, limit)
}
