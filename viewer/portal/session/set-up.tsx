/** The first administrator of a new archive, made with the one-time token that stands in the program's log. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Card, Form, Input } from 'antd'
import { useState } from 'react'
import { NotDone, request, sentenceOf } from '../api/http.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { LanguageSwitch } from '../shell/language-switch.tsx'
import { navigate } from '../shell/router.ts'
import { sessionWords } from './words.ts'

export function useSetupNeeded(asking: boolean): boolean {
  const setup = useQuery({
    queryKey: ['setup'],
    enabled: asking,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: () => request<{ needed: boolean }>('GET', '/api/setup'),
  })
  return setup.data?.needed === true
}

interface Entered {
  readonly token: string
  readonly institution: { readonly code: string; readonly name: string }
  readonly username: string
  readonly displayName: string
  readonly password: string
}

export function SetUp() {
  const say = useWords(sessionWords)
  const { language } = useLanguage()
  const queries = useQueryClient()
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const make = async (entered: Entered) => {
    setBusy(true)
    setFailure(null)
    try {
      await request('POST', '/api/setup', { body: entered })
      navigate('/', { replace: true })
      queries.setQueryData(['setup'], { needed: false })
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  const required = { required: true, message: say('needed') }
  return (
    <div className="sign-in">
      <div className="sign-in-language">
        <LanguageSwitch />
      </div>
      <Card className="sign-in-card">
        <h1>{say('setupTitle')}</h1>
        <p className="quiet">{say('setupText')}</p>
        <Form<Entered> layout="vertical" requiredMark={false} onFinish={make} disabled={busy}>
          <Form.Item name="token" label={say('setupToken')} rules={[required]}>
            <Input autoFocus autoComplete="off" />
          </Form.Item>
          <Form.Item name={['institution', 'name']} label={say('centreName')} rules={[required]}>
            <Input maxLength={100} />
          </Form.Item>
          <Form.Item
            name={['institution', 'code']}
            label={say('centreCode')}
            rules={[required, { pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, message: say('codeRule') }]}
          >
            <Input maxLength={32} />
          </Form.Item>
          <Form.Item name="displayName" label={say('displayName')} rules={[required]}>
            <Input maxLength={64} />
          </Form.Item>
          <Form.Item name="username" label={say('username')} rules={[required]}>
            <Input autoComplete="username" maxLength={64} />
          </Form.Item>
          <Form.Item name="password" label={say('password')} rules={[required, { min: 10, message: say('passwordRule') }]}>
            <Input.Password autoComplete="new-password" />
          </Form.Item>
          {failure !== null && (
            <Alert
              type="error"
              showIcon
              className="sign-in-failure"
              title={failure instanceof NotDone && failure.code === 'forbidden' ? say('tokenWrong') : sentenceOf(failure, language)}
            />
          )}
          <Button type="primary" htmlType="submit" block loading={busy}>
            {say('setupMake')}
          </Button>
        </Form>
      </Card>
    </div>
  )
}
