/** Which language the page speaks: zh-CN first, English by one switch, remembered by the browser. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { type Language, say, type Values, type Words } from './words.ts'

interface Speaking {
  readonly language: Language
  readonly setLanguage: (language: Language) => void
}

const SpeakingContext = createContext<Speaking>({ language: 'zh', setLanguage: () => {} })
const storageKey = 'language'

function remembered(): Language {
  try {
    return localStorage.getItem(storageKey) === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh'
  }
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, speak] = useState<Language>(remembered)
  const setLanguage = useCallback((next: Language) => {
    speak(next)
    try {
      localStorage.setItem(storageKey, next)
    } catch {
      // A browser that keeps nothing forgets the choice with the page.
    }
  }, [])
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  }, [language])
  const speaking = useMemo(() => ({ language, setLanguage }), [language, setLanguage])
  return <SpeakingContext.Provider value={speaking}>{children}</SpeakingContext.Provider>
}

export const useLanguage = (): Speaking => useContext(SpeakingContext)

export type Say<Key extends string> = (key: Key, values?: Values) => string

export function useWords<Key extends string>(table: Words<Key>): Say<Key> {
  const { language } = useLanguage()
  return useCallback((key, values) => say(table[key], language, values), [table, language])
}
