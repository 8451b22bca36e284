/** The inbox: reports that this account has not read first, those that were amended since among them. reading.md §6.4. */
import { useEffect } from 'react'
import { isSignedOut, sentenceOf } from '../api/http.ts'
import type { WardInbox } from '../api/ward-types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import type { Asked } from './asked.ts'
import { StudyButton } from './study-button.tsx'
import { wardWords } from './words.ts'

interface Props {
  readonly asked: Asked<WardInbox>
  readonly chosen: string | null
  readonly onChoose: (StudyInstanceUID: string) => void
  readonly onSignedOut: () => void
}

export function Inbox({ asked, chosen, onChoose, onSignedOut }: Props) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  useEffect(() => {
    if (isSignedOut(asked.error)) onSignedOut()
  }, [asked.error, onSignedOut])
  const items = asked.data?.items
  const unread = items?.filter(({ report }) => report?.unread) ?? []
  const rest = items?.filter(({ report }) => !report?.unread) ?? []
  return (
    <>
      {asked.error !== null && !items && (
        <p className="failure" role="alert">
          {sentenceOf(asked.error, language)}{' '}
          <button type="button" onClick={asked.again}>
            {say('retry')}
          </button>
        </p>
      )}
      {items === undefined && asked.error === null && <p className="quiet">{say('loading')}</p>}
      <ul>
        {unread.length > 0 && <li className="found-head">{say('unread', { n: unread.length })}</li>}
        {unread.map((study) => (
          <li key={study.StudyInstanceUID}>
            <StudyButton study={study} chosen={study.StudyInstanceUID === chosen} now={now} onChoose={onChoose} />
          </li>
        ))}
        {items !== undefined && unread.length === 0 && <li className="found-head">{say('allRead')}</li>}
        {rest.length > 0 && <li className="found-head">{say('rest')}</li>}
        {rest.map((study) => (
          <li key={study.StudyInstanceUID}>
            <StudyButton study={study} chosen={study.StudyInstanceUID === chosen} now={now} onChoose={onChoose} />
          </li>
        ))}
      </ul>
      {items?.length === 0 && <p className="quiet">{say('emptyInbox')}</p>}
    </>
  )
}
