/** The ward page: find the patient, read the report first, then look at the images. reading.md §6.4. */
import './found.css'
import { useCallback, useEffect, useState } from 'react'
import { isSignedOut, sentenceOf } from '../api/http.ts'
import type { Account } from '../api/types.ts'
import type { WardInbox } from '../api/ward-types.ts'
import { exactTime } from '../clock.ts'
import { forgetOrderEntry } from '../drafts/order-entry.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { openSessionChannel, signOut } from '../session/cookie.ts'
import { followWindows } from '../session/windows.ts'
import { LanguageSwitch } from '../shell/language-switch.tsx'
import { useAddressQuery } from '../shell/router.ts'
import { useAsked } from './asked.ts'
import { BreakGlass } from './break-glass.tsx'
import { Found, SearchField } from './found.tsx'
import { Inbox } from './inbox.tsx'
import { PatientPane } from './patient-pane.tsx'
import { walk } from './walk.ts'
import { WardCritical } from './ward-critical.tsx'
import { WardSignIn } from './ward-sign-in.tsx'
import { wardWords } from './words.ts'

const inboxMs = 30_000

export function Ward() {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const session = useAsked<{ account: Account }>('/api/session')
  const [query, change] = useAddressQuery()
  const [expired, setExpired] = useState(false)
  const [stillIn, setStillIn] = useState<string | null>(null)
  const [elsewhere, setElsewhere] = useState(false)
  const [reads, setReads] = useState(0)
  const study = query.get('study')
  const q = query.get('q') ?? ''
  const account = session.data?.account
  const inbox = useAsked<WardInbox>(account ? '/api/ward/inbox' : null, inboxMs)
  const username = account?.username
  useEffect(() => {
    if (username !== undefined)
      return followWindows(openSessionChannel(), username, { renewed: () => setExpired(false), ended: () => setExpired(true) })
  }, [username])

  const { again } = inbox
  const read = useCallback(() => {
    again()
    setReads((reads) => reads + 1)
  }, [again])
  const signedOut = useCallback(() => setExpired(true), [])
  const search = useCallback((q: string) => change({ q }), [change])
  const choose = (StudyInstanceUID: string) => change({ study: StudyInstanceUID, view: undefined, beside: undefined })
  if (!account) {
    if (session.error && !isSignedOut(session.error)) {
      return (
        <p className="notice" role="alert">
          {sentenceOf(session.error, language)}{' '}
          <button type="button" onClick={session.again}>
            {say('retry')}
          </button>
        </p>
      )
    }
    return session.error ? <WardSignIn onSignedIn={session.again} /> : <p className="notice">{say('loading')}</p>
  }
  const treats = account.roles.some((role) => role === 'clinician' || role === 'technologist')
  const leave = async () => {
    try {
      await signOut()
      await forgetOrderEntry(account.username)
    } catch (error) {
      if (!isSignedOut(error)) return setStillIn(`${say('stillIn')}${sentenceOf(error, language)}`)
    }
    location.assign('/ward')
  }
  return (
    <>
      <div className="ward" inert={expired}>
        <header className="ward-bar no-print">
          <b>{say('title')}</b>
          <span className="quiet">{account.institution.name}</span>
          {inbox.error !== null && inbox.answeredAt !== null && !isSignedOut(inbox.error) && (
            <span className="failure" role="alert">
              ⚠ {say('stale', { time: exactTime(new Date(inbox.answeredAt).toISOString()).slice(11) })}
            </span>
          )}
          <span className="space" />
          {stillIn !== null && (
            <span className="failure" role="alert">
              {stillIn}
            </span>
          )}
          {account.roles.includes('clinician') && <a href="/orders">{say('orders')}</a>}
          {account.roles.some((role) => role !== 'clinician') && <a href="/">{say('portal')}</a>}
          <LanguageSwitch />
          <span>{account.displayName}</span>
          <button type="button" className="link" onClick={() => void leave()}>
            {say('signOut')}
          </button>
        </header>
        <WardCritical key={`critical ${account.username}`} treats={treats} onLive={inbox.again} />
        <aside className="found no-print" inert={elsewhere} onKeyDown={(event) => walk(event, query.get('view') === 'images')}>
          <SearchField q={q} onSearch={search} />
          <nav className="views">
            <button type="button" aria-pressed={q === ''} onClick={() => change({ q: undefined })}>
              {say('inbox')} {(inbox.data?.unread ?? 0) > 0 && <b className="waiting number">{inbox.data?.unread}</b>}
            </button>
          </nav>
          {q === '' ? (
            <Inbox asked={inbox} chosen={study} onChoose={choose} onSignedOut={signedOut} />
          ) : (
            <Found
              key={account.username}
              q={q}
              reads={reads}
              chosen={study}
              mayBreakGlass={treats}
              onChoose={choose}
              onElsewhere={() => setElsewhere(true)}
              onSignedOut={signedOut}
            />
          )}
        </aside>
        <main className="ward-patient" inert={elsewhere}>
          {study ? (
            <PatientPane
              key={`${account.username} ${study}`}
              StudyInstanceUID={study}
              images={query.get('view') === 'images'}
              beside={query.get('beside')}
              onImages={(images) => change({ view: images ? 'images' : undefined })}
              onBeside={(beside) => change({ beside })}
              onChoose={choose}
              onRead={read}
            />
          ) : (
            <p className="notice quiet">{say('choose')}</p>
          )}
        </main>
      </div>
      {elsewhere && (
        <BreakGlass
          onClose={() => setElsewhere(false)}
          onOpened={(StudyInstanceUID) => {
            setElsewhere(false)
            choose(StudyInstanceUID)
          }}
        />
      )}
      {expired && (
        <div className="over over-all" role="dialog" aria-modal="true">
          <WardSignIn
            username={account.username}
            onSignedIn={() => {
              setExpired(false)
              session.again()
            }}
          />
        </div>
      )}
    </>
  )
}
