/** One order: its number, large, for the machine and the patient; what came of it; the slip. */
import { App, Button } from 'antd'
import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import type { Order, OrderStudy } from '../api/order-types.ts'
import { unmatchStudy } from '../api/orders.ts'
import type { Account } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { has, matchRoles } from '../session/session.ts'
import { Ask } from '../shell/ask.tsx'
import { useKeys } from '../shell/use-keys.ts'
import { OrderFacts } from './order-facts.tsx'
import { OrderSlip } from './order-slip.tsx'
import { OrderStateMark } from './order-state.tsx'
import { useChanged } from './use-changed.ts'
import { orderWords } from './words.ts'

interface Props {
  readonly account: Account
  readonly order: Order
  readonly onBack: () => void
  readonly onEdit: () => void
  readonly onCancel: () => void
  readonly onNext: () => void
}

export function OrderPage({ account, order, onBack, onEdit, onCancel, onNext }: Props) {
  const say = useWords(orderWords)
  const { verbs, state } = order
  useKeys({ KeyN: onNext })
  return (
    <div className="order-page">
      <div className="order-shown no-print" data-order={order.id} data-state={state}>
        <header>
          <Button type="text" onClick={onBack}>
            ← {say('back')}
          </Button>
          <OrderStateMark order={order} />
        </header>
        <div className="order-number">
          <span className="quiet">{say('accession')}</span>
          <strong className="number">{order.AccessionNumber}</strong>
          {state === 'scheduled' && (
            <span className="on-worklist">✓ {order.AETitle ? say('onWorklistOf', { machine: order.AETitle }) : say('onWorklistAll')}</span>
          )}
          {order.startedAt && <span className="quiet">{say('startedAt', { time: exactTime(order.startedAt) })}</span>}
        </div>
        {order.ended && (
          <p className="order-ended">
            {say(order.ended.by === null ? 'endedByMachine' : 'endedBy', { name: order.ended.by ?? '', time: exactTime(order.ended.at) })}
            <b>{order.ended.reason || say('noReason')}</b>
          </p>
        )}
        <OrderFacts order={order} />
        {order.studies.length > 0 && (
          <section className="order-studies">
            <h2>{say('received')}</h2>
            <ul>
              {order.studies.map((study) => (
                <StudyLine key={study.StudyInstanceUID} order={order} study={study} mayUnmatch={has(account, ...matchRoles)} />
              ))}
            </ul>
          </section>
        )}
        <footer>
          <Button size="large" type="primary" autoFocus onClick={onNext}>
            {say('next')}
          </Button>
          {state !== 'cancelled' && (
            <Button size="large" onClick={() => print()}>
              {say('slip')}
            </Button>
          )}
          <span className="space" />
          {verbs.includes('edit') && (
            <Button size="large" onClick={onEdit}>
              {say('edit')}
            </Button>
          )}
          {verbs.includes('cancel') && (
            <Button size="large" onClick={onCancel}>
              {say('cancel')}
            </Button>
          )}
        </footer>
      </div>
      <OrderSlip order={order} />
    </div>
  )
}

interface StudyLineProps {
  readonly order: Order
  readonly study: OrderStudy
  readonly mayUnmatch: boolean
}

function StudyLine({ order, study, mayUnmatch }: StudyLineProps) {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const changed = useChanged()
  const [asked, setAsked] = useState(false)
  const [busy, setBusy] = useState(false)
  const unmatch = async ({ reason = '' }: { reason?: string }) => {
    setBusy(true)
    try {
      await unmatchStudy(study.StudyInstanceUID, reason)
      message.success(say('unmatched'))
      setAsked(false)
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
      await changed()
    }
  }
  return (
    <li>
      <span className="number">{exactTime(study.receivedAt)}</span> {say('images', { n: study.instances })}
      {mayUnmatch && <Button onClick={() => setAsked(true)}>{say('unmatch')}</Button>}
      <Ask
        open={asked}
        title={say('unmatchAsk', { name: personName(order.patient.PatientName) })}
        ok={say('unmatch')}
        leave={say('leave')}
        busy={busy}
        fields={[{ name: 'reason', label: say('unmatchReason'), required: true }]}
        onOk={unmatch}
        onCancel={() => setAsked(false)}
      >
        <p>{say('unmatchText')}</p>
      </Ask>
    </li>
  )
}
