/** One order in the list: whose, what, when, where it stands. */
import { Button } from 'antd'
import type { Order } from '../api/order-types.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { named, placeText, sexText, urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { useNow } from '../shell/now.ts'
import { shellWords } from '../shell/words.ts'
import { yearsOn } from './entry.ts'
import { OrderStateMark } from './order-state.tsx'
import { modalityWords } from './procedures.ts'
import { orderWords } from './words.ts'

interface Props {
  readonly order: Order
  readonly onShow: () => void
  readonly onEdit: () => void
  readonly onCancel: () => void
}

export function OrderRow({ order, onShow, onEdit, onCancel }: Props) {
  const say = useWords(orderWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  const { patient, state } = order
  const years = yearsOn(patient.birthDate ?? '', new Date(now))
  return (
    <li className={`order-row order-${state}`} data-order={order.id} data-state={state}>
      <div className="order-patient">
        <strong title={patient.PatientName}>{personName(patient.PatientName) || sayShell('noName')}</strong>
        <span>
          {patient.sex && sexText(patient.sex, language)} {years !== undefined && say('years', { n: years })}
        </span>
        <span className="number quiet">{patient.PatientID}</span>
      </div>
      <div>
        <div>
          <span className="modality">{named(modalityWords, order.modality, language)}</span> {order.procedure}
        </div>
        <div className="quiet number" title={exactTime(order.scheduledAt)}>
          {[order.AccessionNumber, relativeTime(order.scheduledAt, now, language) || exactTime(order.scheduledAt), order.AETitle]
            .filter(Boolean)
            .join(' · ')}
        </div>
      </div>
      <div>
        <div>
          <OrderStateMark order={order} />
          {order.urgency < 3 && <span className={`urgency urgency-${order.urgency}`}>{urgencyText(order.urgency, language)}</span>}
        </div>
        <div className="quiet clipped">{[placeText(order, language), order.requester].filter(Boolean).join(' · ')}</div>
      </div>
      <div className="order-verbs">
        {order.verbs.includes('edit') && (
          <Button size="large" onClick={onEdit}>
            {say('edit')}
          </Button>
        )}
        {order.verbs.includes('cancel') && (
          <Button size="large" onClick={onCancel}>
            {say('cancel')}
          </Button>
        )}
        <Button size="large" onClick={onShow}>
          {say('show')}
        </Button>
      </div>
    </li>
  )
}
