/** Where an order stands: a sign, a word and a colour. */
import type { Order, OrderState } from '../api/order-types.ts'
import { exactTime } from '../clock.ts'
import { named, orderStateWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { orderWords } from './words.ts'

const signs: Readonly<Record<OrderState, string>> = {
  scheduled: '○',
  'in-progress': '▶',
  completed: '✓',
  discontinued: '■',
  cancelled: '×',
}

export function OrderStateMark({ order }: { order: Pick<Order, 'state' | 'startedAt'> }) {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  const { state, startedAt } = order
  return (
    <span className={`order-state order-state-${state}`} title={startedAt ? say('startedAt', { time: exactTime(startedAt) }) : undefined}>
      <span aria-hidden="true">{signs[state] ?? ''}</span> {named(orderStateWords, state, language)}
    </span>
  )
}
