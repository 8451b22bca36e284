/** Joining and splitting on the reading page; on the list both stand in the row's menu. */
import { Dropdown } from 'antd'
import { useState } from 'react'
import type { Workitem, WorkitemDetail } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { JoinDialog } from './join-dialog.tsx'
import { mayRearrange } from './may.ts'
import { SplitDialog } from './split-dialog.tsx'
import { partWords } from './words.ts'

type Asked = 'join' | 'split'

export function PartsOnWorkitem({ workitem }: { readonly workitem: WorkitemDetail }) {
  const say = useWords(partWords)
  const [asked, setAsked] = useState<Asked | null>(null)
  if (!mayRearrange(workitem)) return null
  const items = (['join', 'split'] as const).map((key) => ({ key, label: `${say(key)}…`, onClick: () => setAsked(key) }))
  return (
    <>
      <Dropdown menu={{ items }} trigger={['click']}>
        <button
          type="button"
          className="part-menu"
          aria-label={`${say('join')} / ${say('split')}`}
          title={`${say('join')} / ${say('split')}`}
        >
          ⋯
        </button>
      </Dropdown>
      {asked !== null && <PartDialog workitem={workitem} what={asked} onClose={() => setAsked(null)} />}
    </>
  )
}

interface Props {
  readonly workitem: Pick<Workitem, 'id' | 'generation' | 'patient' | 'StudyInstanceUID' | 'studies'>
  readonly what: Asked
  readonly onClose: () => void
}

export const PartDialog = ({ workitem, what, onClose }: Props) =>
  what === 'join' ? <JoinDialog workitem={workitem} onClose={onClose} /> : <SplitDialog workitem={workitem} onClose={onClose} />
