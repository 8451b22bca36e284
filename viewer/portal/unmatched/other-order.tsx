/** The order that is not among the candidates: found by name, pinyin or number. */
import { Button, Input } from 'antd'
import { useState } from 'react'
import type { Order } from '../api/order-types.ts'
import { useOrderSearch } from '../api/orders.ts'
import { sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { writtenDate } from '../orders/entry.ts'
import { OrderStateMark } from '../orders/order-state.tsx'
import { useSettled } from '../orders/use-settled.ts'
import { whenOf } from './compared.ts'
import { unmatchedWords } from './words.ts'

const most = 8

export function OtherOrder({ onChoose }: { onChoose: (order: Order) => void }) {
  const say = useWords(unmatchedWords)
  const { language } = useLanguage()
  const [typed, setTyped] = useState('')
  const found = useOrderSearch(useSettled(typed.trim()))
  const orders = (found.data ?? []).filter(({ state }) => state !== 'cancelled').slice(0, most)
  return (
    <div className="other-order">
      <Input
        type="search"
        allowClear
        value={typed}
        placeholder={say('otherOrder')}
        aria-label={say('otherOrder')}
        onChange={({ target }) => setTyped(target.value)}
      />
      {found.data && orders.length === 0 && <p className="quiet">{say('otherNone')}</p>}
      {typed.trim() !== '' && orders.length > 0 && (
        <ul>
          {orders.map((order) => (
            <li key={order.id}>
              <b>{personName(order.patient.PatientName)}</b> {order.patient.sex && sexText(order.patient.sex, language)}{' '}
              <span className="number">{writtenDate(order.patient.birthDate ?? '')}</span> {order.modality} {order.procedure}{' '}
              <span className="quiet number">
                {order.AccessionNumber} · {whenOf(order)}
              </span>{' '}
              <OrderStateMark order={order} />
              <Button onClick={() => onChoose(order)}>{say('match')}</Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
