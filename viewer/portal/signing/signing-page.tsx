/** A doctor's own page: PIN, signing session, title, signature picture, keys. */
import './signing.css'
import { App, Button, Form, Input, Select, Space, Tag, Upload } from 'antd'
import { sentenceOf } from '../api/http.ts'
import { closeSigning, rotateKey, type SigningAccount, setPIN, setPicture, setTitle, useSigningAccount } from '../api/reports.ts'
import { exactTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { Again } from './pin-dialog.tsx'
import { openSession } from './signing-session.ts'
import { signingWords } from './words.ts'

const titles = ['住院医师', '主治医师', '副主任医师', '主任医师']
const mostBytes = 200 * 1024

export function SigningPage() {
  const say = useWords(signingWords)
  const query = useSigningAccount()
  return (
    <div className="signing-page">
      <h1>{say('account')}</h1>
      <Answer query={query}>{(mine) => <Mine mine={mine} again={() => query.refetch()} />}</Answer>
    </div>
  )
}

function Mine({ mine, again }: { mine: SigningAccount; again: () => Promise<unknown> }) {
  const say = useWords(signingWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const [pinForm] = Form.useForm<{ password: string; pin: string }>()
  const [keyForm] = Form.useForm<{ pin: string }>()
  const doing = async (deed: () => Promise<unknown>, done: string): Promise<boolean> => {
    try {
      await deed()
      message.success(done)
      return true
    } catch (error) {
      message.error(sentenceOf(error, language))
      return false
    } finally {
      await again()
    }
  }
  const picked = (file: File) => {
    if (file.size > mostBytes || !['image/png', 'image/jpeg'].includes(file.type)) {
      message.error(say('pictureBad'))
      return
    }
    const reader = new FileReader()
    reader.onload = () => void doing(() => setPicture(String(reader.result)), say('saved'))
    reader.readAsDataURL(file)
  }
  return (
    <>
      <section aria-label={say('pin')}>
        <h2>{say('pin')}</h2>
        <p>{say(mine.pinSet ? 'pinSet' : 'pinUnset')}</p>
        <Form
          form={pinForm}
          layout="vertical"
          className="pin-form"
          requiredMark={false}
          onFinish={async ({ password, pin }) => {
            if (await doing(() => setPIN(password, pin), say('saved'))) pinForm.resetFields()
          }}
        >
          <Form.Item name="password" label={say('password')} rules={[{ required: true, message: say('password') }]}>
            <Input.Password autoComplete="current-password" />
          </Form.Item>
          <Form.Item name="pin" label={say('pinNew')} rules={[{ required: true, pattern: /^\d{6,12}$/, message: say('pinShape') }]}>
            <Input.Password inputMode="numeric" autoComplete="off" maxLength={12} />
          </Form.Item>
          <Again />
          <Button type="primary" htmlType="submit">
            {say('changePIN')}
          </Button>
        </Form>
      </section>
      <section aria-label={say('session')}>
        <h2>{say('session')}</h2>
        <Space wrap>
          {mine.signingUntil === null ? say('sessionClosed') : say('sessionOpen', { time: exactTime(mine.signingUntil) })}
          {mine.signingUntil === null ? (
            <Button onClick={() => void openSession().then(again)}>{say('open')}</Button>
          ) : (
            <Button onClick={() => void doing(closeSigning, say('saved'))}>{say('close')}</Button>
          )}
        </Space>
      </section>
      <section aria-label={say('picture')}>
        <h2>{say('picture')}</h2>
        <p className="quiet">{say('pictureText')}</p>
        <Space wrap>
          {mine.picture !== null && <img className="signature-picture" src={mine.picture} alt={say('picture')} />}
          <Upload
            accept="image/png,image/jpeg"
            showUploadList={false}
            beforeUpload={(file) => {
              picked(file)
              return false
            }}
          >
            <Button>{say('choose')}</Button>
          </Upload>
          {mine.picture !== null && <Button onClick={() => void doing(() => setPicture(null), say('saved'))}>{say('remove')}</Button>}
          {say('title')}
          <Select
            aria-label={say('title')}
            value={mine.title}
            style={{ width: 140 }}
            options={[{ value: '', label: say('titleNone') }, ...titles.map((value) => ({ value, label: value }))]}
            onChange={(title) => void doing(() => setTitle(title), say('saved'))}
          />
        </Space>
      </section>
      <section aria-label={say('keys')}>
        <h2>{say('keys')}</h2>
        {mine.keys.length === 0 && <p className="quiet">{say('keyNone')}</p>}
        {mine.keys.map(({ keyId, algorithm, createdAt, retiredAt }) => (
          <p key={keyId}>
            <code>{keyId}</code> {algorithm} · {exactTime(createdAt)}{' '}
            <Tag color={retiredAt === null ? '#12692f' : '#595959'}>
              {retiredAt === null ? say('keyNow') : say('keyRetired', { date: exactTime(retiredAt) })}
            </Tag>
          </p>
        ))}
        <Form
          form={keyForm}
          layout="inline"
          onFinish={async ({ pin }) => {
            if (await doing(() => rotateKey(pin), say('rotated'))) keyForm.resetFields()
          }}
        >
          <Form.Item name="pin" rules={[{ required: true, message: say('pin') }]}>
            <Input.Password placeholder={say('pin')} aria-label={say('pin')} inputMode="numeric" autoComplete="off" maxLength={12} />
          </Form.Item>
          <Space>
            <Button htmlType="submit">{say('rotate')}</Button>
            <Button href="/api/signing-keys">{say('exportKeys')}</Button>
          </Space>
        </Form>
      </section>
    </>
  )
}
