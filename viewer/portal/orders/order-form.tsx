/** The form of an order, for a registration desk: big targets, Enter to the next field, nothing typed is lost. reading.md §6.3. */
import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Form } from 'antd'
import { type KeyboardEvent, useState } from 'react'
import { isConflict, NotDone, sentenceOf } from '../api/http.ts'
import type { Order } from '../api/order-types.ts'
import { changeOrder, createOrder, oneOrder } from '../api/orders.ts'
import type { Account } from '../api/types.ts'
import { forgetOrderEntry } from '../drafts/order-entry.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useKeys } from '../shell/use-keys.ts'
import { type Entry, emptyEntry, entryOf, inputOf, mergedEntry } from './entry.ts'
import { useEntryCopy } from './entry-copy.ts'
import { ExamFields } from './exam-fields.tsx'
import { nextField } from './next-field.ts'
import { PatientFields } from './patient-fields.tsx'
import { orderWords } from './words.ts'

interface Props {
  readonly account: Account
  /** Null for a new one. */
  readonly order: Order | null
  /** What the order before leaves for the next: the machine. */
  readonly carried: Partial<Entry>
  readonly orders: readonly Order[]
  readonly onSaved: (order: Order, entry: Entry) => void
  readonly onBack: () => void
}

export function OrderForm({ account, order, carried, orders, onSaved, onBack }: Props) {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  const { modal } = App.useApp()
  const queries = useQueryClient()
  const [form] = Form.useForm<Entry>()
  /** The order these fields show. The page may have read a newer one meanwhile: what nobody has seen is not overwritten. */
  const [shown, setShown] = useState(order)
  const [base] = useState(() => (order ? entryOf(order) : { ...emptyEntry, ...carried }))
  const restored = useEntryCopy(form, order === null ? account.username : null, base)
  const [failure, setFailure] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const fresh = order === null
  const settled = order !== null && order.state !== 'scheduled'

  const save = async (entered: Entry) => {
    setBusy(true)
    setFailure(null)
    try {
      const entry = { ...emptyEntry, ...entered }
      const saved = shown === null ? await createOrder(inputOf(entry)) : await changeOrder(shown, inputOf(entry))
      if (fresh) await forgetOrderEntry(account.username)
      onSaved(saved, entry)
    } catch (error) {
      setFailure(error)
      if (shown && isConflict(error)) await takeOver(shown, error)
    } finally {
      setBusy(false)
    }
  }
  /** What somebody else changed comes into the fields that were not touched here; saved again, what stands here counts. */
  const takeOver = async (before: Order, conflict: NotDone) => {
    const now = await queries.fetchQuery({ ...oneOrder(before.id), staleTime: 0 }).catch(() => undefined)
    if (now !== undefined && conflict.code === 'order-changed') {
      form.setFieldsValue(mergedEntry(entryOf(before), { ...emptyEntry, ...form.getFieldsValue() }, entryOf(now)))
      setShown(now)
    }
  }
  const submit = () => {
    if (!busy) form.submit()
  }
  useKeys({ 'Ctrl+Enter': submit, 'Ctrl+KeyS': submit })
  const clear = () =>
    modal.confirm({
      title: say('clearAsk'),
      okText: say('clear'),
      onOk: () => {
        form.setFieldsValue(base)
        form.focusField('idCardNumber')
      },
    })
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    const { target } = event
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || !(target instanceof HTMLInputElement))
      return
    // A list of suggestions with one of them marked, and the calendar, have Enter to themselves; `_-1`: none is marked.
    if (/_\d+$/.test(target.getAttribute('aria-activedescendant') ?? '') && target.getAttribute('aria-expanded') === 'true') return
    if (target.closest('.ant-picker, .ant-select:not(.ant-select-auto-complete)')) return
    event.preventDefault()
    nextField(event.currentTarget, target)?.focus()
  }

  return (
    <Form<Entry>
      form={form}
      className="order-form"
      layout="vertical"
      size="large"
      requiredMark={false}
      autoComplete="off"
      scrollToFirstError={{ focus: true }}
      initialValues={base}
      onFinish={save}
      onKeyDown={onKeyDown}
    >
      <header className="order-form-head">
        <Button type="text" onClick={onBack}>
          ← {say('back')}
        </Button>
        <h1>{order ? say('editTitle', { number: order.AccessionNumber }) : say('newTitle')}</h1>
        <span className="quiet">{say('enterNext')}</span>
      </header>
      {settled && <Alert type="info" showIcon title={say('settled')} />}
      {restored && <Alert type="info" showIcon closable title={say('restored')} />}
      <div className="order-form-parts">
        <PatientFields onFile={order?.patient.idCardNumber ?? null} settled={settled} />
        <ExamFields orders={orders} settled={settled} />
      </div>
      <footer className="order-form-foot">
        {failure !== null && (
          <Alert
            type="error"
            showIcon
            title={failure instanceof NotDone && failure.code === 'order-changed' ? say('changedElsewhere') : sentenceOf(failure, language)}
          />
        )}
        <span className="space" />
        {fresh && (
          <Button size="large" onClick={clear}>
            {say('clear')}
          </Button>
        )}
        <Button size="large" type="primary" htmlType="submit" loading={busy}>
          {say(fresh ? 'saveNew' : 'save')}
        </Button>
      </footer>
    </Form>
  )
}
