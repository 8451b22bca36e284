/** The list of the day, with states, spans and the search by name, pinyin or number. */
import { Alert, Button, Empty, Input, type InputRef, Segmented } from 'antd'
import { useEffect, useRef, useState } from 'react'
import type { Line } from '../api/events.ts'
import { type Order, orderStates } from '../api/order-types.ts'
import { useOrders } from '../api/orders.ts'
import type { Account } from '../api/types.ts'
import { named, orderStateWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useSteadyRows } from '../reading-list/use-steady-rows.ts'
import { Answer } from '../shell/answer.tsx'
import { useAddressQuery } from '../shell/router.ts'
import { useKeys } from '../shell/use-keys.ts'
import { OrderRow } from './order-row.tsx'
import { useSettled } from './use-settled.ts'
import { orderWords } from './words.ts'

/** Days before today. */
const spans = { today: 0, week: 6, month: 29 } as const
type Span = keyof typeof spans
const spanNames = Object.keys(spans) as Span[]
/** The most that one answer has. */
const most = 100
const none: readonly Order[] = []

function fromOf(span: Span): string {
  const day = new Date()
  day.setHours(0, 0, 0, 0)
  day.setDate(day.getDate() - spans[span])
  return day.toISOString()
}

export const useDayOrders = (span: Span, q: string, line: Line) => useOrders({ from: fromOf(span), ...(q ? { q } : {}) }, line)

interface Props {
  readonly account: Account
  readonly line: Line
  readonly onNew: () => void
  readonly onShow: (order: Order) => void
  readonly onEdit: (order: Order) => void
  readonly onCancel: (order: Order) => void
}

export function OrderList({ account, line, onNew, onShow, onEdit, onCancel }: Props) {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  const [address, change] = useAddressQuery()
  const span = spanNames.find((each) => each === address.get('span')) ?? 'today'
  const q = address.get('q') ?? ''
  const state = orderStates.find((each) => each === address.get('state'))
  const [typed, setTyped] = useState(q)
  const settled = useSettled(typed.trim())
  useEffect(() => {
    if (settled !== q) change({ q: settled })
  }, [settled, q, change])
  const orders = useDayOrders(span, q, line)
  const search = useRef<InputRef>(null)
  useKeys({ KeyN: onNew, Slash: () => search.current?.focus() })
  const { rows, held, onPointerMove, release } = useSteadyRows(orders.data?.items ?? none, `${span} ${q}`)

  return (
    <div className="board orders">
      <div className="board-head">
        <h1>{say('title', { name: account.institution.name })}</h1>
        <Segmented
          size="large"
          value={span}
          onChange={(span) => change({ span })}
          options={spanNames.map((value) => ({ value, label: say(value) }))}
        />
        <Input
          ref={search}
          size="large"
          type="search"
          className="search"
          allowClear
          value={typed}
          placeholder={say('search')}
          aria-label={say('search')}
          onChange={({ target }) => setTyped(target.value)}
        />
        <Button size="large" type="primary" title={say('newHint')} onClick={onNew}>
          {say('new')}
        </Button>
      </div>
      <Answer query={orders}>
        {({ items }) => {
          const shown = rows.filter((order) => !state || order.state === state)
          return (
            <>
              <nav className="views">
                <button type="button" aria-pressed={!state} onClick={() => change({ state: undefined })}>
                  {say('all')} <span className="number count">{items.length}</span>
                </button>
                {orderStates.map((each) => {
                  const count = items.filter((order) => order.state === each).length
                  if (count === 0 && each !== state) return null
                  return (
                    <button key={each} type="button" aria-pressed={state === each} onClick={() => change({ state: each })}>
                      {named(orderStateWords, each, language)} <span className="number count">{count}</span>
                    </button>
                  )
                })}
                {held > 0 && (
                  <Button type="primary" onClick={release}>
                    {say('held', { n: held })}
                  </Button>
                )}
              </nav>
              {items.length >= most && <Alert type="info" title={say('shown', { n: items.length })} />}
              {shown.length === 0 ? (
                <Empty description={say(q || state || span !== 'today' ? 'emptyFiltered' : 'empty')} />
              ) : (
                <ul onPointerMove={onPointerMove} className={orders.isPlaceholderData ? 'stale board-rows' : 'board-rows'}>
                  {shown.map((order) => (
                    <OrderRow
                      key={order.id}
                      order={order}
                      onShow={() => onShow(order)}
                      onEdit={() => onEdit(order)}
                      onCancel={() => onCancel(order)}
                    />
                  ))}
                </ul>
              )}
            </>
          )
        }}
      </Answer>
    </div>
  )
}
