/** Signing in from the ward, also over the page when the session ran out. */
import './sign-in.css'
import { type FormEvent, useState } from 'react'
import { NotDone, sentenceOf } from '../api/http.ts'
import type { DemoAccount } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { signIn } from '../session/cookie.ts'
import { LanguageSwitch } from '../shell/language-switch.tsx'
import { useAsked } from './asked.ts'
import { wardWords } from './words.ts'

export function WardSignIn({ username = '', onSignedIn }: { username?: string; onSignedIn: () => void }) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const demo = useAsked<readonly DemoAccount[]>('/api/demo-accounts')
  const enter = async (name: string, password: string) => {
    setBusy(true)
    setFailure(null)
    try {
      await signIn(name, password)
      onSignedIn()
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const entered = new FormData(event.currentTarget)
    void enter(String(entered.get('username')).trim(), String(entered.get('password')))
  }
  return (
    <form className="ward-sign-in" onSubmit={submit}>
      <LanguageSwitch />
      <h1>{say('title')}</h1>
      {username !== '' && <p>{say('expired')}</p>}
      <label>
        {say('username')}
        {/* biome-ignore lint/a11y/noAutofocus: signing in is all that can be done here */}
        <input name="username" required autoComplete="username" defaultValue={username} autoFocus={username === ''} />
      </label>
      <label>
        {say('password')}
        <input
          name="password"
          type="password"
          required
          autoComplete="current-password"
          // biome-ignore lint/a11y/noAutofocus: the session ran out under the hands: the password is all that is needed
          autoFocus={username !== ''}
        />
      </label>
      {failure !== null && (
        <p className="failure" role="alert">
          {failure instanceof NotDone && failure.status === 401 ? say('wrong') : sentenceOf(failure, language)}
        </p>
      )}
      <button type="submit" className="primary" disabled={busy}>
        {say('signIn')}
      </button>
      {demo.data
        ?.filter(({ role }) => role === 'clinician')
        .map((account) => (
          <button
            key={account.username}
            type="button"
            className="link"
            disabled={busy}
            onClick={() => void enter(account.username, account.password)}
          >
            {say('demo')} {account.displayName} · {account.institution}
          </button>
        ))}
    </form>
  )
}
