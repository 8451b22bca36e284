/** An order that has no images yet: who is expected, for what, since when. */
import { Button } from 'antd'
import type { Order } from '../api/order-types.ts'
import { durationText, exactTime, relativeTime } from '../clock.ts'
import { sexText, urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { yearsOn } from '../orders/entry.ts'
import { OrderStateMark } from '../orders/order-state.tsx'
import { navigate } from '../shell/router.ts'
import { boardWords } from './words.ts'

/** Whoever comes a little late is not late. */
const lateMs = 30 * 60_000

export function OrderLine({ order, now }: { readonly order: Order; readonly now: number }) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  const { patient, scheduledAt, startedAt } = order
  const years = yearsOn(patient.birthDate ?? '', new Date(now))
  const late = startedAt === null && now - Date.parse(scheduledAt) > lateMs
  return (
    <li className="board-row board-order" data-order={order.id}>
      <div className="board-patient">
        <strong title={patient.PatientName}>{personName(patient.PatientName)}</strong>
        <span>
          {patient.sex ? sexText(patient.sex, language) : ''} {years === undefined ? '' : language === 'zh' ? `${years}岁` : `${years} y`}
        </span>
        <span className="number quiet">{patient.PatientID}</span>
      </div>
      <div>
        <div>
          <span className="modality">{order.modality}</span> {order.procedure}
        </div>
        <div className="quiet number">{say('accession', { number: order.AccessionNumber })}</div>
        {order.urgency <= 1 && <span className={`urgency-${order.urgency}`}>{urgencyText(order.urgency, language)}</span>}
      </div>
      <div>
        <OrderStateMark order={order} />
        <div className={late ? 'late' : 'quiet'} title={exactTime(startedAt ?? scheduledAt)}>
          {startedAt !== null
            ? say('startedAt', { time: relativeTime(startedAt, now, language) })
            : late
              ? `⚠ ${say('orderLate', { time: durationText(now - Date.parse(scheduledAt), language) })}`
              : say('orderAt', { time: exactTime(scheduledAt).slice(11) })}
        </div>
      </div>
      <div className="board-verbs">
        <Button size="large" onClick={() => navigate(`/orders/${order.id}`)}>
          {say('orderOpen')}
        </Button>
      </div>
    </li>
  )
}
