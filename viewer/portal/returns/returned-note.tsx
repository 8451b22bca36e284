/** On the reading page: that the images were returned and how it stands, or that these are the retake, with the picture of what was before. */
import './returns.css'
import { Alert, Button, Image } from 'antd'
import { useState } from 'react'
import type { Return } from '../api/returns.ts'
import { useReturns } from '../api/returns.ts'
import type { WorkitemDetail } from '../api/types.ts'
import { useDeed } from '../api/workitems.ts'
import { relativeTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { listed } from '../language/words.ts'
import { Ask } from '../shell/ask.tsx'
import { useNow } from '../shell/now.ts'
import { WaitingClock } from './return-card.tsx'
import { returnWords } from './words.ts'

type Shown = Pick<WorkitemDetail, 'id' | 'state' | 'verbs' | 'generation' | 'patient' | 'returnCount'>

export function ReturnedNote({ workitem }: { readonly workitem: Shown }) {
  if ((workitem.returnCount ?? 0) === 0 && workitem.state !== 'RETURNED') return null
  return <Notes workitem={workitem} />
}

function Notes({ workitem }: { readonly workitem: Shown }) {
  const say = useWords(returnWords)
  const [asking, setAsking] = useState(false)
  const deed = useDeed()
  const returns = useReturns({ workitem: workitem.id })
  const items = returns.data?.items.filter(({ state }) => state !== 'withdrawn') ?? []
  const open = items.find(({ state }) => state === 'open')
  const retaken = items.filter(({ state }) => state === 'retaken')
  return (
    <>
      {open && (
        <Alert
          type="warning"
          showIcon
          title={
            <>
              {say('waitingRetake')} <WaitingClock card={open} />
            </>
          }
          description={<Facts card={open} />}
          action={
            workitem.verbs.includes('withdraw-return') && (
              <Button size="small" onClick={() => setAsking(true)}>
                {say('withdraw')}
              </Button>
            )
          }
        />
      )}
      {retaken.length > 0 && (
        <details className="retaken">
          <summary>
            <span className="badge badge-done">{say('retaken', { n: retaken.length })}</span>{' '}
            <span className="quiet">{say('retakenText')}</span>
          </summary>
          {retaken.map((card) => (
            <Facts key={card.id} card={card} />
          ))}
        </details>
      )}
      <Ask
        open={asking}
        title={say('withdrawAsk', { name: workitem.patient.name })}
        ok={say('withdraw')}
        busy={deed.isPending}
        fields={[]}
        onOk={() =>
          deed.mutate({ id: workitem.id, verb: 'withdraw-return', generation: workitem.generation }, { onSettled: () => setAsking(false) })
        }
        onCancel={() => setAsking(false)}
      >
        <p>{say('withdrawText')}</p>
      </Ask>
    </>
  )
}

function Facts({ card }: { readonly card: Return }) {
  const say = useWords(returnWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  const time = (at: string) => relativeTime(at, now, language)
  return (
    <div className="returned-facts">
      {card.annotatedImage !== null && (
        <Image src={card.annotatedImage} alt={say('before')} width={96} preview={{ mask: say('enlarge') }} />
      )}
      <div>
        <b>
          {listed(
            card.reasons.map((reason) => reason[language]),
            language,
          )}
        </b>
        {card.comment !== '' && <div>{card.comment}</div>}
        <div className="quiet">
          {say('by', { name: card.by.displayName, time: time(card.at) })} ·{' '}
          {card.seen === null ? say('notSeen') : say('seen', { name: card.seen.by, time: time(card.seen.at) })}
        </div>
      </div>
    </div>
  )
}
