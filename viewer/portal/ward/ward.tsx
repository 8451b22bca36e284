/** The ward page: find the patient, read the report first, then look at the images. reading.md §6.4. */
import { useEffect, useState } from 'react'
import { isSignedOut, sentenceOf } from '../api/http.ts'
import type { Account } from '../api/types.ts'
import { forgetOrderEntry } from '../drafts/order-entry.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { openSessionChannel, signOut } from '../session/cookie.ts'
import { followWindows } from '../session/windows.ts'
import { LanguageSwitch } from '../shell/language-switch.tsx'
import { useAddressQuery } from '../shell/router.ts'
import { useAsked } from './asked.ts'
import { Found } from './found.tsx'
import { PatientPane } from './patient-pane.tsx'
import { WardSignIn } from './ward-sign-in.tsx'
import { wardWords } from './words.ts'

export function Ward() {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const session = useAsked<{ account: Account }>('/api/session')
  const [query, change] = useAddressQuery()
  const [expired, setExpired] = useState(false)
  const [stillIn, setStillIn] = useState<string | null>(null)
  const study = query.get('study')
  const account = session.data?.account
  const username = account?.username
  useEffect(() => {
    if (username !== undefined)
      return followWindows(openSessionChannel(), username, { renewed: () => setExpired(false), ended: () => setExpired(true) })
  }, [username])

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
        <Found
          key={account.username}
          q={query.get('q') ?? ''}
          chosen={study}
          onSearch={(q) => change({ q })}
          onChoose={(StudyInstanceUID) => change({ study: StudyInstanceUID, view: undefined })}
          onSignedOut={() => setExpired(true)}
        />
        <main className="ward-patient">
          {study ? (
            <PatientPane
              key={`${account.username} ${study}`}
              StudyInstanceUID={study}
              images={query.get('view') === 'images'}
              onImages={(images) => change({ view: images ? 'images' : undefined })}
              onChoose={(StudyInstanceUID) => change({ study: StudyInstanceUID, view: undefined })}
            />
          ) : (
            <p className="notice quiet">{say('choose')}</p>
          )}
        </main>
      </div>
      {expired && (
        <div className="over" role="dialog" aria-modal="true">
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
