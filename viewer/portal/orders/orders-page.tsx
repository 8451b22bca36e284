/** Orders of the institution: the list of the day, the form, one order. The address says which. reading.md §6.3. */
import './orders.css'
import { App } from 'antd'
import { type ReactNode, useState } from 'react'
import type { Line } from '../api/events.ts'
import { sentenceOf } from '../api/http.ts'
import type { Order } from '../api/order-types.ts'
import { cancelOrder, useOrder } from '../api/orders.ts'
import type { Account } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { Answer } from '../shell/answer.tsx'
import { Ask } from '../shell/ask.tsx'
import { navigate } from '../shell/router.ts'
import type { Entry } from './entry.ts'
import { OrderForm } from './order-form.tsx'
import { OrderList, useDayOrders } from './order-list.tsx'
import { OrderPage } from './order-page.tsx'
import { useChanged } from './use-changed.ts'
import { orderWords } from './words.ts'

interface Props {
  readonly account: Account
  readonly line: Line
  /** `/orders/:id`; empty for the list, `new` for the form. */
  readonly id: string
  /** `/orders/:id/edit` */
  readonly deed: string
}

const toList = () => navigate('/orders')
const toNew = () => navigate('/orders/new')
const toOrder = (id: string, deed = '') => navigate(`/orders/${encodeURIComponent(id)}${deed && `/${deed}`}`)

export function OrdersPage({ account, line, id, deed }: Props) {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const changed = useChanged()
  const [carried, setCarried] = useState<Partial<Entry>>({})
  const [cancelling, setCancelling] = useState<Order | null>(null)
  const [busy, setBusy] = useState(false)
  const today = useDayOrders('today', '', line)

  const saved = async (order: Order, { modality, AETitle }: Entry) => {
    setCarried({ modality, AETitle })
    message.success(say('changed', { name: personName(order.patient.PatientName) }))
    await changed()
    toOrder(order.id)
  }
  const cancel = async ({ reason = '' }: { reason?: string }) => {
    if (!cancelling) return
    setBusy(true)
    try {
      await cancelOrder(cancelling.id, reason)
      message.success(say('cancelled', { name: personName(cancelling.patient.PatientName) }))
      setCancelling(null)
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
      await changed()
    }
  }
  const form = { account, orders: today.data?.items ?? [], onSaved: (order: Order, entry: Entry) => void saved(order, entry) }
  return (
    <>
      {id === '' && (
        <OrderList
          account={account}
          line={line}
          onNew={toNew}
          onShow={(order) => toOrder(order.id)}
          onEdit={(order) => toOrder(order.id, 'edit')}
          onCancel={setCancelling}
        />
      )}
      {id === 'new' && <OrderForm {...form} order={null} carried={carried} onBack={toList} />}
      {id !== '' && id !== 'new' && (
        <OneOrder id={id}>
          {(order) =>
            deed === 'edit' ? (
              <OrderForm {...form} order={order} carried={{}} onBack={toList} />
            ) : (
              <OrderPage
                account={account}
                order={order}
                onBack={toList}
                onEdit={() => toOrder(order.id, 'edit')}
                onCancel={() => setCancelling(order)}
                onNext={toNew}
              />
            )
          }
        </OneOrder>
      )}
      <Ask
        open={cancelling !== null}
        title={cancelling ? say('cancelAsk', { name: personName(cancelling.patient.PatientName), exam: cancelling.procedure }) : ''}
        ok={say('cancel')}
        leave={say('leave')}
        danger
        busy={busy}
        fields={[{ name: 'reason', label: say('cancelReason'), required: true }]}
        onOk={cancel}
        onCancel={() => setCancelling(null)}
      >
        <p>{say('cancelText')}</p>
      </Ask>
    </>
  )
}

function OneOrder({ id, children }: { id: string; children: (order: Order) => ReactNode }) {
  return <Answer query={useOrder(id)}>{children}</Answer>
}
