/** The search and what it found: by name, pinyin, initials, number or bed; and the way to a patient of another house. */
import { useEffect, useRef, useState } from 'react'
import { isSignedOut, sentenceOf } from '../api/http.ts'
import type { WardStudy } from '../api/ward-types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { useAsked } from './asked.ts'
import { StudyButton } from './study-button.tsx'
import { wardWords } from './words.ts'

const typingMs = 250
const refreshMs = 30_000

interface Props {
  readonly q: string
  /** How often a report was read meanwhile: the marks follow. */
  readonly reads: number
  readonly chosen: string | null
  readonly mayBreakGlass: boolean
  readonly onSearch: (q: string) => void
  readonly onChoose: (StudyInstanceUID: string) => void
  readonly onElsewhere: () => void
  readonly onSignedOut: () => void
}

export function SearchField({ q, onSearch }: Pick<Props, 'q' | 'onSearch'>) {
  const say = useWords(wardWords)
  const [typed, setTyped] = useState(q)
  const sent = useRef(q)
  // The inbox was pressed, or the browser went back: the field follows, and does not search again for what stood in it.
  useEffect(() => {
    if (q === sent.current) return
    sent.current = q
    setTyped(q)
  }, [q])
  useEffect(() => {
    if (typed.trim() === sent.current) return
    const timer = setTimeout(() => {
      sent.current = typed.trim()
      onSearch(sent.current)
    }, typingMs)
    return () => clearTimeout(timer)
  }, [typed, onSearch])
  return (
    <input
      type="search"
      className="search"
      // biome-ignore lint/a11y/noAutofocus: searching is what this page is opened for
      autoFocus
      value={typed}
      maxLength={100}
      placeholder={say('search')}
      aria-label={say('search')}
      onChange={({ target }) => setTyped(target.value)}
    />
  )
}

/** What a search found; the search itself stands above the inbox too. */
export function Found({ q, reads, chosen, mayBreakGlass, onChoose, onElsewhere, onSignedOut }: Omit<Props, 'onSearch'>) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  const asked = useAsked<{ readonly items: readonly WardStudy[] }>(`/api/ward/studies?${new URLSearchParams({ q })}`, refreshMs)
  const { again } = asked
  useEffect(() => {
    if (reads > 0) again()
  }, [reads, again])
  useEffect(() => {
    if (isSignedOut(asked.error)) onSignedOut()
  }, [asked.error, onSignedOut])
  const rows = asked.data?.items
  return (
    <>
      <p className="quiet">{rows ? say('found', { n: rows.length }) : asked.error === null && say('loading')}</p>
      {asked.error !== null && !rows && (
        <p className="failure" role="alert">
          {sentenceOf(asked.error, language)}{' '}
          <button type="button" onClick={asked.again}>
            {say('retry')}
          </button>
        </p>
      )}
      {rows?.length === 0 && <p className="quiet">{say('emptyFound')}</p>}
      <ul>
        {rows?.map((study) => (
          <li key={study.StudyInstanceUID}>
            <StudyButton study={study} chosen={study.StudyInstanceUID === chosen} now={now} onChoose={onChoose} />
          </li>
        ))}
      </ul>
      {mayBreakGlass && rows && (
        <button type="button" className="link elsewhere" onClick={onElsewhere}>
          {say('elsewhere')}
        </button>
      )}
    </>
  )
}
