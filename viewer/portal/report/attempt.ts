/** Does something, and says in plain words when it was not done. */
import { useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { sentenceOf } from '../api/http.ts'
import { useLanguage } from '../language/language.tsx'
import { wentBack } from '../signing/signing-session.ts'

/** Answers undefined when it was not done. The lists of reports are asked again either way. */
export function useAttempt(): <T>(deed: () => Promise<T>, done?: string) => Promise<T | undefined> {
  const { message } = App.useApp()
  const { language } = useLanguage()
  const queries = useQueryClient()
  return async (deed, done) => {
    try {
      const answer = await deed()
      if (done !== undefined) message.success(done)
      return answer
    } catch (error) {
      if (!wentBack(error)) message.error(sentenceOf(error, language))
      return undefined
    } finally {
      for (const key of ['report', 'readers', 'recalls', 'notices']) void queries.invalidateQueries({ queryKey: [key] })
    }
  }
}
