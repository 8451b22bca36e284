/** The one switch of language; each side is written in its own language. */
import { useLanguage } from '../language/language.tsx'

export function LanguageSwitch() {
  const { language, setLanguage } = useLanguage()
  return (
    <button
      type="button"
      className="language-switch"
      lang={language === 'zh' ? 'en' : 'zh-CN'}
      onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}
    >
      {language === 'zh' ? 'English' : '中文'}
    </button>
  )
}
