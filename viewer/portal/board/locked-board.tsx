/** The board while nobody is at it: where each study stands, without names, until the password or the PIN is given. reading.md §10. */
import './board.css'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input } from 'antd'
import { useState } from 'react'
import { type Line, pollMs } from '../api/events.ts'
import { request, sentenceOf } from '../api/http.ts'
import type { Account, Board } from '../api/types.ts'
import { relativeTime } from '../clock.ts'
import { named, stageWords, urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { signOut } from '../session/cookie.ts'
import { Answer } from '../shell/answer.tsx'
import { useNow } from '../shell/now.ts'
import { Flow } from './flow.tsx'
import { isWrong, unlock } from './lock.ts'
import { boardWords } from './words.ts'

export function LockedBoard({ account, line }: { readonly account: Account; readonly line: Line }) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  const queries = useQueryClient()
  const now = useNow(30_000)
  const [secret, setSecret] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const board = useQuery({
    queryKey: ['board', 'locked'],
    queryFn: ({ signal }) => request<Board>('GET', `/api/board?${new URLSearchParams({ from: midnight() })}`, { signal }),
    refetchInterval: line === 'live' ? 30_000 : pollMs,
  })
  const enter = async () => {
    if (secret === '') return
    setBusy(true)
    setFailure(null)
    try {
      await unlock(queries, secret)
    } catch (error) {
      setFailure(error)
    }
    setSecret('')
    setBusy(false)
  }
  return (
    <section className="locked-board" data-locked="">
      <header>
        <div>
          <h1>{say('lockedTitle')}</h1>
          <p>{say('lockedText', { name: account.displayName })}</p>
        </div>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void enter()
          }}
        >
          <Input.Password
            size="large"
            autoFocus
            autoComplete="current-password"
            aria-label={say('secret')}
            placeholder={say('secret')}
            maxLength={1_000}
            value={secret}
            onChange={({ target }) => setSecret(target.value)}
          />
          <Button size="large" type="primary" htmlType="submit" loading={busy}>
            {say('unlock')}
          </Button>
          <Button size="large" onClick={() => void signOut().finally(() => location.assign('/'))}>
            {say('otherUser')}
          </Button>
        </form>
      </header>
      {failure !== null && <Alert type="error" showIcon title={isWrong(failure) ? say('wrongSecret') : sentenceOf(failure, language)} />}
      <Answer query={board}>
        {({ items }) => (
          <>
            <Flow studies={items} orders={null} unmatched={0} chosen={undefined} />
            <ul className="board-rows">
              {items.map((study) => (
                <li key={study.StudyInstanceUID} className={`board-row locked board-${study.stage}`}>
                  <strong>{study.patient.name}</strong>
                  <span className="modality">{study.modality}</span>
                  <span>
                    {named(stageWords, study.stage, language)}{' '}
                    {study.urgency !== null && study.urgency <= 1 && (
                      <span className={`urgency-${study.urgency}`}>{urgencyText(study.urgency, language)}</span>
                    )}
                  </span>
                  <span className="quiet number">{say('receivedAt', { time: relativeTime(study.receivedAt, now, language) })}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Answer>
    </section>
  )
}

function midnight(): string {
  const day = new Date()
  day.setHours(0, 0, 0, 0)
  return day.toISOString()
}
