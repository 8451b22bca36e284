/** The township's board: everybody of the day, from the order to the report; big targets. reading.md §6.3. */
import './board.css'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Empty, Input, Segmented } from 'antd'
import type { NotificationInstance } from 'antd/es/notification/interface'
import { useEffect, useState } from 'react'
import { type Line, pollMs } from '../api/events.ts'
import { act, request, sentenceOf } from '../api/http.ts'
import type { Order } from '../api/order-types.ts'
import { useUnmatched } from '../api/orders.ts'
import type { Account, Board, BoardStudy } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { ThreadsStrip } from '../questions/threads-strip.tsx'
import { useReject } from '../rejections/use-reject.tsx'
import { ReturnsStrip } from '../returns/returns-strip.tsx'
import { Answer } from '../shell/answer.tsx'
import { useNow } from '../shell/now.ts'
import { useAddressQuery } from '../shell/router.ts'
import { useArrival } from './arrival.ts'
import { BoardRow } from './board-row.tsx'
import { BoardTools } from './board-tools.tsx'
import { ClockWarnings } from './clock-warnings.tsx'
import { Figures } from './figures.tsx'
import { Flow, stepOf, stepOfOrder, steps } from './flow.tsx'
import { lockNow } from './lock.ts'
import { OrderLine } from './order-line.tsx'
import { printsReports } from './print-report.ts'
import { SelfCheckForm } from './self-check-form.tsx'
import { SupplementForm } from './supplement-form.tsx'
import { boardWords } from './words.ts'

const spans = { today: 0, week: 6, month: 29 } as const
type Span = keyof typeof spans
const none: readonly Order[] = []

function fromOf(span: Span): string {
  const day = new Date()
  day.setHours(0, 0, 0, 0)
  day.setDate(day.getDate() - spans[span])
  return day.toISOString()
}

/** Orders that wait for their exam or are under way: whoever is expected stands on the board before there is an image. */
const useOrdersAhead = (span: Span, q: string, line: Line) =>
  useQuery({
    queryKey: ['orders', 'ahead', span, q],
    queryFn: async ({ signal }) => {
      const search = new URLSearchParams({ from: fromOf(span), state: 'scheduled,in-progress', limit: '500', ...(q ? { q } : {}) })
      return (await request<{ items: readonly Order[] }>('GET', `/api/orders?${search}`, { signal })).items
    },
    placeholderData: keepPreviousData,
    refetchInterval: line === 'live' ? 60_000 : pollMs,
  })

interface Props {
  readonly account: Account
  readonly line: Line
  /** StudyInstanceUID of the report that came last. */
  readonly arrived: string | null
  readonly notification: NotificationInstance
}

export function BoardPage({ account, line, arrived, notification }: Props) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const queries = useQueryClient()
  const [address, change] = useAddressQuery()
  const span = (Object.keys(spans) as Span[]).find((key) => key === address.get('span')) ?? 'today'
  const q = address.get('q') ?? ''
  const step = steps.find((each) => each === address.get('step'))
  const [typed, setTyped] = useState(q)
  const [editing, setEditing] = useState<BoardStudy | null>(null)
  const [checking, setChecking] = useState<BoardStudy | null>(null)
  const [prints, setPrints] = useState(printsReports)
  const [figures, setFigures] = useState(false)
  const rejecting = useReject()
  const now = useNow(30_000)
  useEffect(() => {
    if (typed.trim() === q) return
    const timer = setTimeout(() => change({ q: typed.trim() }), 250)
    return () => clearTimeout(timer)
  }, [typed, q, change])

  const board = useQuery({
    queryKey: ['board', span, q],
    queryFn: ({ signal }) => {
      const search = new URLSearchParams({ from: fromOf(span), ...(q ? { q } : {}) })
      return request<Board>('GET', `/api/board?${search}`, { signal })
    },
    placeholderData: keepPreviousData,
    // While images arrive their speed is of interest.
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ stage }) => stage === 'received') ? 5_000 : line === 'live' ? 30_000 : pollMs,
  })
  const orders = useOrdersAhead(span, q, line).data ?? none
  const unmatched = useUnmatched(true, line).data?.items.length ?? 0
  useArrival(board.data?.items, arrived, prints, notification)

  const send = async (study: BoardStudy) => {
    try {
      await act(`/api/studies/${study.StudyInstanceUID}/send`)
      message.success(say('sent', { name: study.patient.name }))
    } catch (error) {
      message.error(sentenceOf(error, language))
    }
    await queries.invalidateQueries({ queryKey: ['board'] })
  }
  const askToSend = (study: BoardStudy) =>
    modal.confirm({
      title: say('sendAsk', { name: study.patient.name }),
      content: say('sendText', { images: study.instances }),
      okText: say('send'),
      okButtonProps: { size: 'large' },
      cancelButtonProps: { size: 'large' },
      width: 480,
      onOk: () => send(study),
    })
  const lock = () => lockNow(queries).catch((error) => void message.error(sentenceOf(error, language)))

  return (
    <div className="board">
      <div className="board-head">
        <h1>{say('title', { name: account.institution.name })}</h1>
        <Segmented
          size="large"
          value={span}
          onChange={(span) => change({ span })}
          options={(Object.keys(spans) as Span[]).map((value) => ({ value, label: say(value) }))}
        />
        <Input
          size="large"
          type="search"
          className="search"
          allowClear
          value={typed}
          placeholder={say('search')}
          aria-label={say('search')}
          onChange={({ target }) => setTyped(target.value)}
        />
      </div>
      <ReturnsStrip line={line} />
      <ThreadsStrip line={line} />
      <BoardTools prints={prints} onPrints={setPrints} onFigures={() => setFigures(true)} onLock={() => void lock()} />
      <Answer query={board}>
        {({ items, clocks }) => {
          const shown = items.filter((study) => !step || stepOf(study) === step)
          const ahead = orders.filter((order) => (step ? stepOfOrder(order) === step : true))
          const row = (study: BoardStudy) => (
            <BoardRow
              key={study.StudyInstanceUID}
              study={study}
              onSend={askToSend}
              onSelfCheck={setChecking}
              onSupplement={setEditing}
              onReject={rejecting.ask}
            />
          )
          return (
            <>
              <ClockWarnings clocks={clocks ?? []} />
              <Flow studies={items} orders={orders} unmatched={unmatched} chosen={step} onChoose={(step) => change({ step })} />
              {shown.length + ahead.length === 0 ? (
                <Empty description={say(q || step ? 'emptyFiltered' : 'empty')}>
                  {q !== '' && span !== 'month' && (
                    <Button size="large" onClick={() => change({ span: 'month', step: undefined })}>
                      {say('searchMonth')}
                    </Button>
                  )}
                </Empty>
              ) : (
                <ul className={board.isPlaceholderData ? 'board-rows stale' : 'board-rows'}>
                  {/* What waits for a hand stands above those who are only expected. */}
                  {shown.filter(({ stage }) => stage === 'received').map(row)}
                  {ahead.map((order) => (
                    <OrderLine key={order.id} order={order} now={now} />
                  ))}
                  {shown.filter(({ stage }) => stage !== 'received').map(row)}
                </ul>
              )}
            </>
          )
        }}
      </Answer>
      {rejecting.dialog}
      {figures && <Figures onClose={() => setFigures(false)} />}
      {checking && (
        <SelfCheckForm
          study={checking}
          onClose={() => setChecking(null)}
          onSaved={(andSend) => {
            const study = checking
            setChecking(null)
            if (andSend) void send(study)
            else {
              message.success(say('checkSaved', { name: study.patient.name }))
              void queries.invalidateQueries({ queryKey: ['board'] })
            }
          }}
        />
      )}
      {editing && (
        <SupplementForm
          study={editing}
          onClose={() => setEditing(null)}
          onSaved={() => {
            message.success(say('saved', { name: editing.patient.name }))
            setEditing(null)
            void queries.invalidateQueries({ queryKey: ['board'] })
          }}
        />
      )}
    </div>
  )
}
