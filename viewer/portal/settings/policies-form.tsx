/** What the county decides about its reading centre: a form of a few lines. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Checkbox, Form, Input, InputNumber } from 'antd'
import { useState } from 'react'
import { request, sentenceOf } from '../api/http.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { turnaroundWords } from './turnaround-words.ts'

interface Policies {
  readonly sameSigner: { readonly from: string; readonly to: string } | null
  readonly tempRelease: boolean
  readonly undoSeconds: number
  readonly careDays: number
  readonly escalationMinutes: readonly [number, number, number]
  readonly idleLockMinutes: number
  readonly reserveMinutes: number
}
interface Kept {
  readonly policies: Policies
  readonly mayChange: boolean
}
interface Entered extends Omit<Policies, 'sameSigner'> {
  readonly night: boolean
  readonly from: string
  readonly to: string
}

const queryKey = ['settings', 'policies'] as const
const clock = /^([01]\d|2[0-3]):[0-5]\d$/

export function PoliciesForm() {
  const say = useWords(turnaroundWords)
  const query = useQuery({ queryKey, queryFn: ({ signal }) => request<Kept>('GET', '/api/settings/policies', { signal }) })
  return (
    <section>
      <h2>{say('policies')}</h2>
      <Answer query={query}>{(kept) => <PoliciesEditor key={JSON.stringify(kept.policies)} {...kept} />}</Answer>
    </section>
  )
}

function PoliciesEditor({ policies, mayChange }: Kept) {
  const say = useWords(turnaroundWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const [form] = Form.useForm<Entered>()
  const [busy, setBusy] = useState(false)
  const night = Form.useWatch('night', form) ?? policies.sameSigner !== null
  const save = async ({ night, from, to, ...entered }: Entered) => {
    setBusy(true)
    try {
      const body = { ...entered, sameSigner: night ? { from, to } : null }
      queries.setQueryData(queryKey, await request<Kept>('PUT', '/api/settings/policies', { body }))
      message.success(say('saved'))
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  const { sameSigner, ...rest } = policies
  const number = (name: 'undoSeconds' | 'careDays' | 'idleLockMinutes' | 'reserveMinutes', min: number, max: number) => (
    <Form.Item name={name} label={say(name)} rules={[{ required: true, message: '' }]}>
      <InputNumber min={min} max={max} precision={0} />
    </Form.Item>
  )
  const time = { required: night, pattern: clock, message: '22:00' }
  return (
    <Form<Entered>
      form={form}
      layout="horizontal"
      labelAlign="left"
      labelWrap
      colon={false}
      requiredMark={false}
      disabled={!mayChange}
      className="policies"
      initialValues={{ ...rest, night: sameSigner !== null, from: sameSigner?.from ?? '22:00', to: sameSigner?.to ?? '06:00' }}
      onFinish={save}
    >
      <div className="night">
        <Form.Item name="night" valuePropName="checked" noStyle>
          <Checkbox>{say('sameSigner')}</Checkbox>
        </Form.Item>
        <span className={night ? '' : 'hidden'}>
          {say('from')}{' '}
          <Form.Item name="from" noStyle rules={[time]}>
            <Input aria-label={say('from')} maxLength={5} />
          </Form.Item>{' '}
          {say('to')}{' '}
          <Form.Item name="to" noStyle rules={[time]}>
            <Input aria-label={say('to')} maxLength={5} />
          </Form.Item>
        </span>
      </div>
      <Form.Item name="tempRelease" valuePropName="checked">
        <Checkbox>{say('tempRelease')}</Checkbox>
      </Form.Item>
      {number('undoSeconds', 0, 600)}
      {number('idleLockMinutes', 1, 480)}
      {number('reserveMinutes', 1, 1_440)}
      {number('careDays', 1, 3_650)}
      <Form.Item label={say('escalation')}>
        <span className="steps">
          {([0, 1, 2] as const).map((step) => (
            <Form.Item key={step} name={['escalationMinutes', step]} noStyle rules={[{ required: true, message: '' }]}>
              <InputNumber min={1} max={1_440} precision={0} aria-label={`${say('escalation')} ${step + 1}`} />
            </Form.Item>
          ))}
        </span>
      </Form.Item>
      {mayChange ? (
        <Button type="primary" htmlType="submit" loading={busy}>
          {say('save')}
        </Button>
      ) : (
        <p className="quiet">{say('readOnly')}</p>
      )}
    </Form>
  )
}
