/** The township's board: every study of its own and where it stands; big targets. reading.md §6.3. */
import './board.css'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Empty, Input, Segmented } from 'antd'
import type { NotificationInstance } from 'antd/es/notification/interface'
import { useEffect, useRef, useState } from 'react'
import { type Line, pollMs } from '../api/events.ts'
import { act, request, sentenceOf } from '../api/http.ts'
import type { Account, BoardStudy, Stage } from '../api/types.ts'
import { named, stageWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useReject } from '../rejections/use-reject.tsx'
import { Answer } from '../shell/answer.tsx'
import { navigate, useAddressQuery } from '../shell/router.ts'
import { BoardRow } from './board-row.tsx'
import { OrdersStrip } from './orders-strip.tsx'
import { SupplementForm } from './supplement-form.tsx'
import { boardWords } from './words.ts'

const stages: readonly Stage[] = ['received', 'waiting', 'reading', 'review', 'reported', 'local']
const spans = { today: 0, week: 6, month: 29 } as const
type Span = keyof typeof spans

function fromOf(span: Span): string {
  const day = new Date()
  day.setHours(0, 0, 0, 0)
  day.setDate(day.getDate() - spans[span])
  return day.toISOString()
}

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
  const span = (Object.keys(spans) as Span[]).find((key) => key === address.get('span')) ?? 'week'
  const q = address.get('q') ?? ''
  const stage = stages.find((stage) => stage === address.get('stage'))
  const [typed, setTyped] = useState(q)
  const [editing, setEditing] = useState<BoardStudy | null>(null)
  const rejecting = useReject()
  useEffect(() => {
    if (typed === q) return
    const timer = setTimeout(() => change({ q: typed.trim() }), 250)
    return () => clearTimeout(timer)
  }, [typed, q, change])

  const board = useQuery({
    queryKey: ['board', span, q],
    queryFn: ({ signal }) => {
      const search = new URLSearchParams({ from: fromOf(span), ...(q ? { q } : {}) })
      return request<{ items: readonly BoardStudy[] }>('GET', `/api/board?${search}`, { signal })
    },
    placeholderData: keepPreviousData,
    refetchInterval: line === 'live' ? 30_000 : pollMs,
  })

  // A report is announced once, when the board shows it.
  const announced = useRef<string | null>(null)
  const back = board.data?.items.find((study) => study.StudyInstanceUID === arrived && study.report !== null)
  useEffect(() => {
    if (!back?.report || announced.current === back.report.id) return
    const { id } = back.report
    announced.current = id
    notification.success({
      key: id,
      title: say('arrived', { name: back.patient.name }),
      description: say('arrivedText', { exam: `${back.modality} ${back.StudyDescription}` }),
      duration: 0,
      onClick: () => {
        notification.destroy(id)
        navigate(`/reports/${id}`)
      },
    })
  }, [back, notification, say])

  const send = (study: BoardStudy) =>
    modal.confirm({
      title: say('sendAsk', { name: study.patient.name }),
      content: say('sendText', { images: study.instances }),
      okText: say('send'),
      width: 480,
      onOk: async () => {
        try {
          await act(`/api/studies/${study.StudyInstanceUID}/send`)
          message.success(say('sent', { name: study.patient.name }))
        } catch (error) {
          message.error(sentenceOf(error, language))
        }
        await queries.invalidateQueries({ queryKey: ['board'] })
      },
    })

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
      <OrdersStrip line={line} />
      <Answer query={board}>
        {({ items }) => {
          const shown = items.filter((study) => !stage || study.stage === stage)
          return (
            <>
              <nav className="views">
                <button type="button" aria-pressed={!stage} onClick={() => change({ stage: undefined })}>
                  {say('all')} <span className="number count">{items.length}</span>
                </button>
                {stages.map((each) => {
                  const count = items.filter((study) => study.stage === each).length
                  if (count === 0 && each !== stage) return null
                  return (
                    <button key={each} type="button" aria-pressed={stage === each} onClick={() => change({ stage: each })}>
                      {named(stageWords, each, language)} <span className="number count">{count}</span>
                    </button>
                  )
                })}
              </nav>
              {shown.length === 0 ? (
                <Empty description={say(q || stage ? 'emptyFiltered' : 'empty')} />
              ) : (
                <ul className="board-rows">
                  {shown.map((study) => (
                    <BoardRow key={study.StudyInstanceUID} study={study} onSend={send} onSupplement={setEditing} onReject={rejecting.ask} />
                  ))}
                </ul>
              )}
            </>
          )
        }}
      </Answer>
      {rejecting.dialog}
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
