/** The talk on the reading page: folded when nothing was said, open when something is unread, waits, or was asked for (T). */
import './questions.css'
import { Button } from 'antd'
import { useEffect, useState } from 'react'
import type { Thread } from '../api/question-types.ts'
import { useThread } from '../api/questions.ts'
import type { WorkitemDetail } from '../api/types.ts'
import { useDeed } from '../api/workitems.ts'
import { useWords } from '../language/language.tsx'
import { useAddressQuery } from '../shell/router.ts'
import { useKeys } from '../shell/use-keys.ts'
import { ThreadOf } from './thread-dialog.tsx'
import { questionWords } from './words.ts'

interface Props {
  readonly workitem: Pick<WorkitemDetail, 'id' | 'verbs' | 'generation'>
}

const needsEyes = (thread: Thread | undefined): boolean => (thread?.unread ?? 0) > 0 || thread?.open === true

export function ReadingThread({ workitem }: Props) {
  const say = useWords(questionWords)
  const thread = useThread(workitem.id).data
  const deed = useDeed()
  const [open, setOpen] = useState(false)
  /** Counts up each time that it is asked for: the field takes the keyboard. */
  const [asked, setAsked] = useState(0)
  const [address, change] = useAddressQuery()
  const beside = address.get('beside') === 'thread'
  useEffect(() => {
    if (!beside) return
    change({ beside: undefined })
    setAsked((count) => count + 1)
  }, [beside, change])
  useKeys({ KeyT: () => setAsked((count) => count + 1) })
  const looked = needsEyes(thread)
  useEffect(() => {
    if (looked || asked > 0) setOpen(true)
  }, [looked, asked])
  const { id, verbs, generation } = workitem
  return (
    <details
      className="reading-thread"
      data-open={thread?.open === true}
      open={open}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <h2>
          {say('title')} <span className="number quiet">{thread?.items.length ?? ''}</span>
        </h2>
        {thread?.waitingFor === 'owner' && <span className="badge badge-late">{say('waitingOwner')}</span>}
        {thread?.waitingFor === 'centre' && <span className="badge badge-late">{say('yourTurn')}</span>}
      </summary>
      {verbs.includes('withdraw-query') && (
        <Button size="small" loading={deed.isPending} onClick={() => deed.mutate({ id, verb: 'withdraw-query', generation })}>
          {say('withdraw')}
        </Button>
      )}
      {open && (
        <ThreadOf
          key={asked}
          workitem={id}
          side="centre"
          mayPause={verbs.includes('query')}
          autoFocus={asked > 0}
          generation={generation}
        />
      )}
    </details>
  )
}
