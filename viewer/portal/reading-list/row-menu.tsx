/** All that can be done with one row, in words: opened by its button, by the right mouse button or by M. */
import { Dropdown, type MenuProps } from 'antd'
import type { ReactNode } from 'react'
import type { Workitem } from '../api/types.ts'
import { urgencyText, urgencyWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { mayRearrange } from '../parts/may.ts'
import { partWords } from '../parts/words.ts'
import type { Beside } from './beside-row.tsx'
import { type Reader, useReaders } from './readers.ts'
import type { ListDeeds } from './use-list-deeds.tsx'
import { listWords } from './words.ts'

export interface RowVerbs extends Pick<ListDeeds, 'release' | 'takeover' | 'cancel' | 'setUrgency'> {
  /** Whether the asker reads; a coordinator distributes. */
  readonly reads: boolean
  readonly open: (workitem: Workitem) => void
  readonly claim: (workitem: Workitem) => void
  readonly assign: (workitem: Workitem, reader: Reader | null) => void
  /** What opens over the list. */
  readonly beside: (workitem: Workitem, what: Beside | 'critical') => void
}

interface Props {
  readonly workitem: Workitem
  readonly mine: boolean
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly verbs: RowVerbs
  readonly children: ReactNode
}

export function RowMenu({ workitem, mine, open, onOpenChange, verbs, children }: Props) {
  const say = useWords(listWords)
  const sayPart = useWords(partWords)
  const { language } = useLanguage()
  const may = (verb: string) => workitem.verbs.includes(verb)
  const readers = useReaders(open && may('assign')).data ?? []
  const item = (key: string, label: string, onClick: () => void, danger = false) => ({ key, label, onClick, danger })
  const items: MenuProps['items'] = [
    ...(verbs.reads ? [item('open', say('open'), () => verbs.open(workitem))] : []),
    ...(may('claim') && !mine ? [item('claim', say('claim'), () => verbs.claim(workitem))] : []),
    ...(may('review') && !mine ? [item('review', say('reviewVerb'), () => verbs.claim(workitem))] : []),
    ...(may('release') && mine ? [item('release', say('release'), () => verbs.release(workitem))] : []),
    ...(may('takeover') ? [item('takeover', say('takeover'), () => verbs.takeover(workitem))] : []),
    item('priors', `${say('keyPriors')} (P)`, () => verbs.beside(workitem, 'priors')),
    ...(verbs.reads ? [item('thread', `${say('keyThread')} (T)`, () => verbs.beside(workitem, 'thread'))] : []),
    ...(may('return') ? [item('return', `${say('keyReturn')}… (R)`, () => verbs.beside(workitem, 'return'))] : []),
    ...(mayRearrange(workitem)
      ? (['join', 'split'] as const).map((what) => item(what, `${sayPart(what)}…`, () => verbs.beside(workitem, what)))
      : []),
    ...(may('assign')
      ? [
          {
            key: 'assign',
            label: say('assign'),
            children: [
              ...readers.map((reader) => item(`assign-${reader.username}`, reader.displayName, () => verbs.assign(workitem, reader))),
              ...(workitem.reservedFor ? [item('unassign', say('unassign'), () => verbs.assign(workitem, null))] : []),
              ...(readers.length === 0 ? [{ key: 'none', label: say('noReaders'), disabled: true }] : []),
            ],
          },
        ]
      : []),
    ...(may('urgency')
      ? [
          {
            key: 'urgency',
            label: say('setUrgency'),
            children: urgencyWords.map((_, urgency) => ({
              ...item(`urgency-${urgency}`, urgencyText(urgency, language), () => verbs.setUrgency(workitem, urgency)),
              disabled: urgency === workitem.urgency,
            })),
          },
        ]
      : []),
    ...(may('cancel') ? [item('cancel', say('cancel'), () => verbs.cancel(workitem), true)] : []),
  ]
  return (
    <Dropdown open={open} onOpenChange={onOpenChange} menu={{ items }} trigger={['click']} destroyOnHidden>
      {children}
    </Dropdown>
  )
}
