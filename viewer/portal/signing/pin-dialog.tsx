/** Asks for the PIN when a deed needs it; whoever has none yet sets one here, and goes on with what they were doing. */
import { Alert, Form, Input, Modal } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { openSigning, setPIN, useSigningAccount } from '../api/reports.ts'
import type { Account } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { answerPIN } from './signing-session.ts'
import { signingWords } from './words.ts'

interface Typed {
  readonly password?: string
  readonly pin: string
}

export function PINDialog({ account }: { account: Account }) {
  const say = useWords(signingWords)
  const { language } = useLanguage()
  const [form] = Form.useForm<Typed>()
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const answer = useRef<((done: boolean) => void) | null>(null)
  const mine = useSigningAccount(open)
  const unset = mine.data?.pinSet === false

  useEffect(
    () =>
      answerPIN(() => {
        setFailure(null)
        setOpen(true)
        return new Promise<boolean>((resolve) => {
          answer.current = resolve
        })
      }),
    [],
  )
  const end = (done: boolean) => {
    setOpen(false)
    answer.current?.(done)
    answer.current = null
  }
  const give = async ({ password = '', pin }: Typed) => {
    setBusy(true)
    setFailure(null)
    try {
      if (unset) await setPIN(password, pin)
      await openSigning(pin)
      await mine.refetch()
      end(true)
    } catch (error) {
      setFailure(sentenceOf(error, language))
      form.resetFields()
    } finally {
      setBusy(false)
    }
  }
  const digits = { pattern: /^\d{6,12}$/, message: say('pinShape') }
  return (
    <Modal
      open={open}
      title={say(unset ? 'setTitle' : 'askTitle')}
      okText={say(unset ? 'set' : 'ok')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={() => end(false)}
      // Above another dialog the field does not get the focus by itself, and what is typed would go to the ×.
      afterOpenChange={(shown) => shown && form.getFieldInstance(unset ? 'password' : 'pin')?.focus()}
      destroyOnHidden
      width={400}
      zIndex={1200}
    >
      <Form form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={give} key={unset ? 'set' : 'ask'}>
        <p className="quiet">{say(unset ? 'setText' : 'askText')}</p>
        {failure !== null && <Alert type="error" showIcon title={failure} style={{ marginBottom: 12 }} />}
        {unset && (
          <Form.Item name="password" label={say('password')} rules={[{ required: true, message: say('password') }]}>
            <Input.Password autoFocus autoComplete="current-password" />
          </Form.Item>
        )}
        <Form.Item
          name="pin"
          label={say(unset ? 'pinNew' : 'pin')}
          rules={unset ? [{ required: true, message: say('pinShape') }, digits] : [{ required: true, message: say('pin') }]}
        >
          <Input.Password autoFocus={!unset} inputMode="numeric" autoComplete="off" maxLength={12} onPressEnter={form.submit} />
        </Form.Item>
        {unset && <Again />}
        {account.demo && <p className="quiet">{say('demo')}</p>}
      </Form>
    </Modal>
  )
}

/** What is typed blind is typed twice. */
export function Again() {
  const say = useWords(signingWords)
  return (
    <Form.Item
      name="again"
      label={say('pinAgain')}
      dependencies={['pin']}
      rules={[
        { required: true, message: say('pinAgain') },
        ({ getFieldValue }) => ({
          validator: (_, value) => (value === getFieldValue('pin') ? Promise.resolve() : Promise.reject(new Error(say('pinDiffers')))),
        }),
      ]}
    >
      <Input.Password inputMode="numeric" autoComplete="off" maxLength={12} />
    </Form.Item>
  )
}
