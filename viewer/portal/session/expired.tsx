/** The session ran out under somebody's hands: the password is asked over the page, which stays as it is. */
import { Alert, App, Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { NotDone, sentenceOf } from '../api/http.ts'
import type { Account } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { signIn } from './cookie.ts'
import { sessionWords } from './words.ts'

/** That notice stands at 20,000 (`takeover.css`). */
const aboveNotice = 20_001

export function Expired({ account, onRenewed }: { account: Account; onRenewed: () => void }) {
  const say = useWords(sessionWords)
  const { language } = useLanguage()
  const { modal } = App.useApp()
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)

  const enter = async ({ password }: { password: string }) => {
    setBusy(true)
    setFailure(null)
    try {
      await signIn(account.username, password)
      onRenewed()
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  const leave = () =>
    modal.confirm({
      title: say('otherUserAsk', { name: account.displayName }),
      okText: say('otherUser'),
      zIndex: aboveNotice + 1,
      onOk: () => location.assign('/'),
    })

  return (
    <Modal
      open
      // Above the notice of a critical value, which nobody can answer while signed out.
      zIndex={aboveNotice}
      title={say('expiredTitle')}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      footer={null}
      width={420}
      destroyOnHidden
    >
      <p>{say('expiredText')}</p>
      <Form layout="vertical" requiredMark={false} onFinish={enter} disabled={busy}>
        <Form.Item label={say('username')}>
          <Input value={`${account.displayName}(${account.username})`} readOnly autoComplete="username" />
        </Form.Item>
        <Form.Item name="password" label={say('password')} rules={[{ required: true, message: say('needed') }]}>
          <Input.Password autoFocus autoComplete="current-password" />
        </Form.Item>
        {failure !== null && (
          <Alert
            type="error"
            showIcon
            className="sign-in-failure"
            title={failure instanceof NotDone && failure.status === 401 ? say('wrong') : sentenceOf(failure, language)}
          />
        )}
        <div className="row-between">
          <Button type="link" onClick={leave}>
            {say('otherUser')}
          </Button>
          <Button type="primary" htmlType="submit" loading={busy}>
            {say('continue')}
          </Button>
        </div>
      </Form>
    </Modal>
  )
}
