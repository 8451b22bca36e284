/** 未匹配检查: studies whose accession number fits no order, each with the orders that may be its own. reading.md §6.3. */
import './unmatched.css'
import { App, Button, Empty } from 'antd'
import { useState } from 'react'
import type { Line } from '../api/events.ts'
import { NotDone, sentenceOf } from '../api/http.ts'
import type { Order, UnmatchedStudy } from '../api/order-types.ts'
import { dismissStudy, matchStudy, unmatchStudy, useUnmatched } from '../api/orders.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useChanged } from '../orders/use-changed.ts'
import { Answer } from '../shell/answer.tsx'
import { Ask } from '../shell/ask.tsx'
import { shellWords } from '../shell/words.ts'
import { MatchDialog } from './match-dialog.tsx'
import { StudyCard } from './study-card.tsx'
import { unmatchedWords } from './words.ts'

/** How long a match offers to be undone at once; later it is undone from its order. */
const undoSeconds = 30

type Asked =
  | { readonly deed: 'match'; readonly study: UnmatchedStudy; readonly order: Order }
  | { readonly deed: 'dismiss' | 'undo'; readonly study: UnmatchedStudy }

export function UnmatchedPage({ line }: { line: Line }) {
  const say = useWords(unmatchedWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const { message, notification } = App.useApp()
  const changed = useChanged()
  const unmatched = useUnmatched(true, line)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [busy, setBusy] = useState(false)
  const [reasonNeeded, setReasonNeeded] = useState(false)
  const nameOf = (study: UnmatchedStudy) => study.patient.name || sayShell('noName')

  const perform = async (deed: () => Promise<unknown>, done: () => void) => {
    setBusy(true)
    try {
      await deed()
      setAsked(null)
      done()
    } catch (error) {
      if (error instanceof NotDone && error.code === 'reason-missing') setReasonNeeded(true)
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
      await changed()
    }
  }
  const match = (study: UnmatchedStudy, order: Order, { correct, reason }: { correct: boolean; reason: string | undefined }) =>
    perform(
      () => matchStudy(study.StudyInstanceUID, { orderId: order.id, correct, ...(reason ? { reason } : {}) }),
      () => {
        const key = study.StudyInstanceUID
        notification.success({
          key,
          title: say('matched', { name: nameOf(study), number: order.AccessionNumber }),
          duration: undoSeconds,
          actions: (
            <Button
              onClick={() => {
                notification.destroy(key)
                setAsked({ deed: 'undo', study })
              }}
            >
              {say('undo')}
            </Button>
          ),
        })
      },
    )
  const name = asked ? nameOf(asked.study) : ''
  return (
    <div className="board unmatched">
      <div className="board-head">
        <h1>{say('title')}</h1>
      </div>
      <Answer query={unmatched}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty description={say('empty')} />
          ) : (
            <>
              <p className="quiet">{say('explain')}</p>
              <ul className="board-rows">
                {items.map((study) => (
                  <StudyCard
                    key={study.StudyInstanceUID}
                    study={study}
                    onMatch={(order) => {
                      setReasonNeeded(false)
                      setAsked({ deed: 'match', study, order })
                    }}
                    onDismiss={() => setAsked({ deed: 'dismiss', study })}
                  />
                ))}
              </ul>
            </>
          )
        }
      </Answer>
      {asked?.deed === 'match' && (
        <MatchDialog
          study={asked.study}
          order={asked.order}
          busy={busy}
          reasonNeeded={reasonNeeded}
          onMatch={(options) => void match(asked.study, asked.order, options)}
          onCancel={() => setAsked(null)}
        />
      )}
      <Ask
        open={asked?.deed === 'dismiss'}
        title={say('noOrderAsk', { name })}
        ok={say('noOrder')}
        busy={busy}
        fields={[{ name: 'reason', label: say('noOrderReason'), required: true }]}
        onOk={({ reason = '' }) =>
          asked &&
          void perform(
            () => dismissStudy(asked.study.StudyInstanceUID, reason),
            () => message.success(say('dismissed', { name })),
          )
        }
        onCancel={() => setAsked(null)}
      >
        <p>{say('noOrderText')}</p>
      </Ask>
      <Ask
        open={asked?.deed === 'undo'}
        title={say('undoAsk', { name })}
        ok={say('undo')}
        busy={busy}
        fields={[{ name: 'reason', label: say('undoReason'), required: true }]}
        onOk={({ reason = '' }) =>
          asked &&
          void perform(
            () => unmatchStudy(asked.study.StudyInstanceUID, reason),
            () => message.success(say('undone')),
          )
        }
        onCancel={() => setAsked(null)}
      />
    </div>
  )
}
