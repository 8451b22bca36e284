/** Which columns, in which order, how dense; each change shows at once and is kept with the account. */
import { Button, Checkbox, Popover, Segmented } from 'antd'
import { useState } from 'react'
import { useWords } from '../language/language.tsx'
import { alwaysShown, type ColumnKey, type ListSettings, moved, usualSettings } from './list-settings.ts'
import { listWords } from './words.ts'

interface Props {
  readonly settings: ListSettings
  readonly onChange: (change: Partial<ListSettings>) => void
}

export function ColumnChooser({ settings, onChange }: Props) {
  const say = useWords(listWords)
  return (
    <Popover trigger="click" placement="bottomRight" content={<Columns settings={settings} onChange={onChange} />}>
      <Button type="text" aria-label={say('columns')} title={say('columns')}>
        ☰
      </Button>
    </Popover>
  )
}

function Columns({ settings: { columns, density }, onChange }: Props) {
  const say = useWords(listWords)
  const [dragged, setDragged] = useState<number | null>(null)
  const show = (key: ColumnKey, shown: boolean) =>
    onChange({ columns: columns.map((column) => (column.key === key ? { key, shown } : column)) })
  const move = (from: number, to: number) => onChange({ columns: moved(columns, from, to) })
  return (
    <div className="column-chooser">
      <p className="quiet">{say('columnsText')}</p>
      <ul>
        {columns.map(({ key, shown }, at) => (
          <li
            key={key}
            draggable
            className={dragged === at ? 'dragged' : undefined}
            data-column={key}
            onDragStart={({ dataTransfer }) => {
              dataTransfer.setData('text/plain', key)
              setDragged(at)
            }}
            onDragOver={(event) => dragged !== null && event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault()
              if (dragged !== null) move(dragged, at)
              setDragged(null)
            }}
            onDragEnd={() => setDragged(null)}
          >
            <Checkbox checked={shown} disabled={alwaysShown.has(key)} onChange={({ target }) => show(key, target.checked)}>
              {say(key)}
            </Checkbox>
            <span>
              <button type="button" disabled={at === 0} aria-label={say('moveUp', { column: say(key) })} onClick={() => move(at, at - 1)}>
                ↑
              </button>
              <button
                type="button"
                disabled={at === columns.length - 1}
                aria-label={say('moveDown', { column: say(key) })}
                onClick={() => move(at, at + 1)}
              >
                ↓
              </button>
            </span>
          </li>
        ))}
      </ul>
      <div className="row-between">
        <Segmented
          aria-label={say('density')}
          value={density}
          options={(['dense', 'comfortable'] as const).map((value) => ({ value, label: say(value) }))}
          onChange={(density) => onChange({ density })}
        />
        <Button type="link" onClick={() => onChange({ columns: usualSettings.columns, density: usualSettings.density })}>
          {say('usual')}
        </Button>
      </div>
    </div>
  )
}
