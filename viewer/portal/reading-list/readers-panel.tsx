/** The coordinator's side of the list: readers and what each has in hand. A study is dropped on one of them. */
import { Empty } from 'antd'
import { useState } from 'react'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { draggedType } from './drag.ts'
import { type Reader, useReaders } from './readers.ts'
import { listWords } from './words.ts'

interface Props {
  /** What was dropped, or chosen when a reader is clicked. */
  readonly onAssign: (ids: readonly string[] | 'chosen', reader: Reader) => void
  readonly chosen: number
}

export function ReadersPanel({ onAssign, chosen }: Props) {
  const say = useWords(listWords)
  const readers = useReaders(true)
  const [over, setOver] = useState<string | null>(null)
  return (
    <aside className="readers">
      <h2>{say('readers')}</h2>
      <p className="quiet">{say('readersText')}</p>
      <Answer query={readers}>
        {(items) =>
          items.length === 0 ? (
            <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say('noReaders')} />
          ) : (
            <ul>
              {items.map((reader) => (
                <li key={reader.username}>
                  <button
                    type="button"
                    className={over === reader.username ? 'reader over' : 'reader'}
                    data-reader={reader.username}
                    aria-disabled={chosen === 0}
                    onClick={() => chosen > 0 && onAssign('chosen', reader)}
                    onDragOver={(event) => {
                      if (!event.dataTransfer.types.includes(draggedType)) return
                      event.preventDefault()
                      setOver(reader.username)
                    }}
                    onDragLeave={() => setOver(null)}
                    onDrop={(event) => {
                      event.preventDefault()
                      setOver(null)
                      const ids = event.dataTransfer.getData(draggedType).split(',').filter(Boolean)
                      if (ids.length > 0) onAssign(ids, reader)
                    }}
                  >
                    <span>
                      <b>{reader.displayName}</b>{' '}
                      <small className={reader.here ? 'here' : 'quiet'}>{say(reader.here ? 'readerHere' : 'readerAway')}</small>
                    </span>
                    <small className="number quiet">
                      {say('readerLoad', { writing: reader.writing, reviewing: reader.reviewing, reserved: reader.reserved })}
                    </small>
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </aside>
  )
}
