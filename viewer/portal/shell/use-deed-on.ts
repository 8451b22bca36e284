/** Does something, says what came of it, and asks again for everything that may have changed. */
import { useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { useCallback, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { useLanguage } from '../language/language.tsx'

/** `keys`: the first words of the queries that are asked again; a list that stays the same. */
export function useDeedOn(keys: readonly string[]): {
  busy: boolean
  perform: (deed: () => Promise<unknown>, said: string) => Promise<boolean>
} {
  const queries = useQueryClient()
  const { message } = App.useApp()
  const { language } = useLanguage()
  const [busy, setBusy] = useState(false)
  const perform = useCallback(
    async (deed: () => Promise<unknown>, said: string) => {
      setBusy(true)
      try {
        await deed()
        message.success(said)
        return true
      } catch (error) {
        message.error(sentenceOf(error, language))
        return false
      } finally {
        setBusy(false)
        await Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })))
      }
    },
    [keys, queries, message, language],
  )
  return { busy, perform }
}
