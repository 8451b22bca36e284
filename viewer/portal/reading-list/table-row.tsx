/** One row of the list; drawn again only when something in it changed. */
import { memo } from 'react'
import type { Workitem } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { shellWords } from '../shell/words.ts'
import { ColumnCell } from './columns.tsx'
import { draggedType } from './drag.ts'
import type { ColumnKey } from './list-settings.ts'
import { RowMenu, type RowVerbs } from './row-menu.tsx'
import { listWords } from './words.ts'

interface RowProps {
  readonly workitem: Workitem
  readonly columns: readonly ColumnKey[]
  readonly now: number
  readonly mine: boolean
  readonly current: boolean
  readonly chosen: boolean
  /** Those that go along when this one is dragged. */
  readonly carried: ReadonlySet<string> | null
  readonly menuOpen: boolean
  readonly verbs: RowVerbs
  readonly onCurrent: (id: string) => void
  readonly onChoose: (id: string, how: 'toggle' | 'range') => void
  readonly onMenu: (id: string | null) => void
}

export const Row = memo(function Row(props: RowProps) {
  const { workitem, columns, now, mine, current, chosen, carried, menuOpen, verbs, onCurrent, onChoose, onMenu } = props
  const say = useWords(listWords)
  const sayShell = useWords(shellWords)
  const { id, patient } = workitem
  return (
    <tr
      data-workitem={id}
      aria-selected={current}
      className={[current ? 'current' : '', chosen ? 'chosen' : ''].join(' ').trim() || undefined}
      draggable={workitem.verbs.includes('assign')}
      onDragStart={({ dataTransfer }) => {
        dataTransfer.setData(draggedType, carried === null ? id : [...carried].join(','))
        dataTransfer.effectAllowed = 'copy'
      }}
      onClick={(event) => {
        onCurrent(id)
        if (event.shiftKey) onChoose(id, 'range')
        else if (event.ctrlKey || event.metaKey) onChoose(id, 'toggle')
      }}
      onDoubleClick={() => verbs.open(workitem)}
      onContextMenu={(event) => {
        event.preventDefault()
        onCurrent(id)
        onMenu(id)
      }}
    >
      <td className="choose">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={chosen}
          aria-label={say('choose', { name: patient.name || sayShell('noName') })}
          onClick={(event) => event.stopPropagation()}
          onDoubleClick={(event) => event.stopPropagation()}
          onChange={() => onChoose(id, 'toggle')}
        />
      </td>
      {columns.map((column) =>
        column === 'deeds' ? (
          <td key={column} className="deeds" onDoubleClick={(event) => event.stopPropagation()}>
            <FirstDeed workitem={workitem} mine={mine} verbs={verbs} />
            <RowMenu workitem={workitem} mine={mine} open={menuOpen} onOpenChange={(open) => onMenu(open ? id : null)} verbs={verbs}>
              <button type="button" className="secondary" aria-label={say('keyMenu')} title={`${say('keyMenu')} (M)`}>
                ⋯
              </button>
            </RowMenu>
          </td>
        ) : (
          <ColumnCell key={column} column={column} workitem={workitem} now={now} />
        ),
      )}
    </tr>
  )
})

function FirstDeed({ workitem, mine, verbs }: Pick<RowProps, 'workitem' | 'mine' | 'verbs'>) {
  const say = useWords(listWords)
  const may = (verb: string) => workitem.verbs.includes(verb)
  if (!verbs.reads) return null
  if (!mine && (may('claim') || may('review')))
    return (
      <button type="button" onClick={() => verbs.claim(workitem)}>
        {say(may('claim') ? 'claim' : 'reviewVerb')}
      </button>
    )
  return (
    <button type="button" className="secondary" onClick={() => verbs.open(workitem)}>
      {say('open')}
    </button>
  )
}

interface SelectAllProps {
  readonly chosen: number
  /** Of those that can be chosen none is left. */
  readonly all: boolean
  readonly onChooseAll: () => void
}

export function SelectAll({ chosen, all, onChooseAll }: SelectAllProps) {
  const say = useWords(listWords)
  return (
    <input
      type="checkbox"
      tabIndex={-1}
      ref={(box) => {
        if (box) box.indeterminate = chosen > 0 && !all
      }}
      checked={chosen > 0 && all}
      aria-label={say(chosen > 0 ? 'letGo' : 'chooseAll')}
      title={say(chosen > 0 ? 'letGo' : 'chooseAll')}
      onChange={onChooseAll}
    />
  )
}
