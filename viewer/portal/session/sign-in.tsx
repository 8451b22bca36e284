/** Signing in; offers the demo's accounts when the demo runs. */
import './session.css'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Card, Form, Input, Tag } from 'antd'
import { useState } from 'react'
import { NotDone, request, sentenceOf } from '../api/http.ts'
import type { Account, DemoAccount } from '../api/types.ts'
import { named, roleWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { LanguageSwitch } from '../shell/language-switch.tsx'
import { signIn } from './cookie.ts'
import { sessionWords } from './words.ts'

interface Entered {
  readonly username: string
  readonly password: string
}

export function SignIn({ onSignedIn }: { onSignedIn: (account: Account) => void }) {
  const say = useWords(sessionWords)
  const { language } = useLanguage()
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const demo = useQuery({
    queryKey: ['demo-accounts'],
    queryFn: () => request<readonly DemoAccount[]>('GET', '/api/demo-accounts'),
    retry: false,
  })

  const enter = async ({ username, password }: Entered) => {
    setBusy(true)
    setFailure(null)
    try {
      onSignedIn(await signIn(username.trim(), password))
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  const sentence = failure instanceof NotDone && failure.status === 401 ? say('wrong') : sentenceOf(failure, language)

  return (
    <div className="sign-in">
      <div className="sign-in-language">
        <LanguageSwitch />
      </div>
      <Card className={demo.data?.length ? 'sign-in-card with-demo' : 'sign-in-card'}>
        <section>
          <h1>{say('product')}</h1>
          <p className="quiet">{say('subtitle')}</p>
          <Form<Entered> layout="vertical" requiredMark={false} onFinish={enter} disabled={busy}>
            <Form.Item name="username" label={say('username')} rules={[{ required: true, message: say('needed') }]}>
              <Input autoFocus autoComplete="username" size="large" />
            </Form.Item>
            <Form.Item name="password" label={say('password')} rules={[{ required: true, message: say('needed') }]}>
              <Input.Password autoComplete="current-password" size="large" />
            </Form.Item>
            {failure !== null && <Alert type="error" showIcon title={sentence} className="sign-in-failure" />}
            <Button type="primary" htmlType="submit" size="large" block loading={busy}>
              {say('signIn')}
            </Button>
          </Form>
        </section>
        {demo.data && demo.data.length > 0 && (
          <section className="demo-accounts">
            <h2>{say('demoTitle')}</h2>
            <ul>
              {demo.data.map((account) => (
                <li key={account.username}>
                  <button type="button" disabled={busy} onClick={() => void enter(account)}>
                    <b>{account.displayName}</b>
                    <Tag>{named(roleWords, account.role, language)}</Tag>
                    <span className="quiet">{account.institution}</span>
                    <code>{account.username}</code>
                  </button>
                </li>
              ))}
            </ul>
            <p className="quiet">{say('demoNote')}</p>
          </section>
        )}
      </Card>
    </div>
  )
}
