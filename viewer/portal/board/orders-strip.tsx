/** What comes before the images: orders that wait for their exam, exams under way, studies that found no order. reading.md §6.3. */
import type { Line } from '../api/events.ts'
import { useUnmatched } from '../api/orders.ts'
import { named, orderStateWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useDayOrders } from '../orders/order-list.tsx'
import { navigate } from '../shell/router.ts'
import { boardWords } from './words.ts'

const ahead = ['scheduled', 'in-progress'] as const

export function OrdersStrip({ line }: { line: Line }) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  const orders = useDayOrders('today', '', line).data?.items ?? []
  const unmatched = useUnmatched(true, line).data?.items.length ?? 0
  const counts = ahead.map((state) => ({ state, count: orders.filter((order) => order.state === state).length }))
  if (unmatched === 0 && counts.every(({ count }) => count === 0)) return null
  return (
    <nav className="views orders-strip">
      <span className="quiet">{say('onTheWay')}</span>
      {counts.map(({ state, count }) => (
        <button key={state} type="button" onClick={() => navigate(`/orders?state=${state}`)}>
          {named(orderStateWords, state, language)} <span className="number count">{count}</span>
        </button>
      ))}
      {unmatched > 0 && (
        <button type="button" onClick={() => navigate('/unmatched')}>
          {say('withoutOrder')} <span className="number waiting">{unmatched}</span>
        </button>
      )}
    </nav>
  )
}
