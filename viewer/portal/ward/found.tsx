/** The search and what it found: by name, pinyin, initials or number. */
import { useEffect, useState } from 'react'
import { isSignedOut, sentenceOf } from '../api/http.ts'
import type { WardStudy } from '../api/types.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { ageText, named, sexText, stageWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { shellWords } from '../shell/words.ts'
import { useAsked } from './asked.ts'
import { wardWords } from './words.ts'

const typingMs = 250
const refreshMs = 30_000
const days = 30

interface Props {
  readonly q: string
  readonly chosen: string | null
  readonly onSearch: (q: string) => void
  readonly onChoose: (StudyInstanceUID: string) => void
  readonly onSignedOut: () => void
}

export function Found({ q, chosen, onSearch, onChoose, onSignedOut }: Props) {
  const say = useWords(wardWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  const [typed, setTyped] = useState(q)
  const search = new URLSearchParams(q ? { q } : { days: String(days) })
  const asked = useAsked<{ readonly items: readonly WardStudy[] }>(`/api/ward/studies?${search}`, refreshMs)
  useEffect(() => {
    if (typed.trim() === q) return
    const timer = setTimeout(() => onSearch(typed.trim()), typingMs)
    return () => clearTimeout(timer)
  }, [typed, q, onSearch])
  useEffect(() => {
    if (isSignedOut(asked.error)) onSignedOut()
  }, [asked.error, onSignedOut])

  const rows = asked.data?.items
  return (
    <aside className="found no-print">
      <input
        type="search"
        className="search"
        // biome-ignore lint/a11y/noAutofocus: searching is what this page is opened for
        autoFocus
        value={typed}
        placeholder={say('search')}
        aria-label={say('search')}
        onChange={({ target }) => setTyped(target.value)}
      />
      <p className="quiet">{q ? (rows ? say('found', { n: rows.length }) : asked.error === null && say('loading')) : say('recent')}</p>
      {asked.error !== null && !rows && (
        <p className="failure" role="alert">
          {sentenceOf(asked.error, language)}{' '}
          <button type="button" onClick={asked.again}>
            {say('retry')}
          </button>
        </p>
      )}
      {rows?.length === 0 && <p className="quiet">{say(q ? 'emptyFound' : 'empty')}</p>}
      <ul>
        {rows?.map((study) => (
          <li key={study.StudyInstanceUID}>
            <button
              type="button"
              aria-pressed={study.StudyInstanceUID === chosen}
              data-study={study.StudyInstanceUID}
              onClick={() => onChoose(study.StudyInstanceUID)}
            >
              <span className="found-name">
                <b title={study.patient.PatientName}>{study.patient.name || sayShell('noName')}</b> {sexText(study.patient.sex, language)}{' '}
                {ageText(study.patient.age, language)}
                <span className={`stage stage-${study.stage}`}>{named(stageWords, study.stage, language)}</span>
              </span>
              <span className="found-exam">
                <span className="modality">{study.modality}</span> {study.StudyDescription}
              </span>
              <span className="quiet number">
                {study.patient.PatientID} · <time title={exactTime(study.receivedAt)}>{relativeTime(study.receivedAt, now, language)}</time>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  )
}
