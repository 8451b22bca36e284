/** The slip that the patient takes to the imaging room: A5, plain text, on paper only. */
import './order-slip.css'
import type { Order } from '../api/order-types.ts'
import { useWords } from '../language/language.tsx'
import { OrderFacts } from './order-facts.tsx'
import { orderWords } from './words.ts'

export function OrderSlip({ order }: { order: Order }) {
  const say = useWords(orderWords)
  return (
    <article className="order-slip">
      <h1>{say('slipTitle', { name: order.institution.name })}</h1>
      <p className="order-slip-number">
        {say('accession')} <b className="number">{order.AccessionNumber}</b>
      </p>
      <OrderFacts order={order} />
      <p>{say('slipNote')}</p>
    </article>
  )
}
