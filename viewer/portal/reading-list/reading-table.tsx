/** The rows: only those near the window are in the page, the current one is marked and kept in sight, and the one under the hand does not move. */
import { Empty } from 'antd'
import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Workitem } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import type { ColumnKey } from './list-settings.ts'
import type { RowVerbs } from './row-menu.tsx'
import type { Range } from './row-pages.ts'
import { covers, movedBy, visibleRows } from './steady.ts'
import { Row, SelectAll } from './table-row.tsx'
import { listWords } from './words.ts'

export interface TableProps {
  readonly rows: readonly Workitem[]
  /** Rows that are known of and not loaded yet. */
  readonly more: number
  /** Names what was asked: another question is another list, from its top. */
  readonly question: string
  /** Rows of another question, shown until this one is answered. */
  readonly stale: boolean
  readonly columns: readonly ColumnKey[]
  readonly rowHeight: number
  readonly currentId: string | null
  readonly chosen: ReadonlySet<string>
  readonly menuOf: string | null
  readonly username: string
  readonly empty: ReactNode
  readonly range: RefObject<Range>
  readonly verbs: RowVerbs
  readonly onFollow: () => void
  readonly onPointerMove: () => void
  readonly onCurrent: (id: string) => void
  readonly onChoose: (id: string, how: 'toggle' | 'range') => void
  readonly onChooseAll: () => void
  /** Of the rows that can be chosen none is left. */
  readonly allChosen: boolean
  readonly onMenu: (id: string | null) => void
}

const spare = 12

export function ReadingTable(props: TableProps) {
  const { rows, more, question, stale, columns, rowHeight, currentId, chosen, menuOf, username, empty, range, verbs } = props
  const say = useWords(listWords)
  const frame = useRef<HTMLDivElement>(null)
  const [shown, setShown] = useState<Range>({ first: 0, end: 60 })
  const now = useNow()
  const count = rows.length + more

  const measure = () => {
    const element = frame.current
    if (!element) return
    const { scrollTop, clientHeight } = element
    range.current = visibleRows(count, rowHeight, scrollTop, clientHeight, 0)
    const next = visibleRows(count, rowHeight, scrollTop, clientHeight, spare)
    const needed = visibleRows(count, rowHeight, scrollTop, clientHeight, spare / 2)
    setShown((before) => (covers(before, needed, count) ? before : next))
    props.onFollow()
  }
  const latest = useRef(measure)
  latest.current = measure
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const observer = new ResizeObserver(() => latest.current())
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the window is measured again when there are other rows in it
  useLayoutEffect(() => latest.current(), [count, rowHeight, rows])

  const [above, setAbove] = useAnchor({ frame, rows, question, rowHeight, currentId })
  const at = rows.findIndex(({ id }) => id === currentId)
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that move it are the anchor's affair; the hand that chose it is followed
  useLayoutEffect(() => {
    const element = frame.current
    if (!element || at < 0) return
    const top = at * rowHeight
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + 2 * rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + 2 * rowHeight - element.clientHeight
  }, [currentId, rowHeight])

  const { first, end } = { first: Math.min(shown.first, count), end: Math.min(shown.end, count) }
  return (
    <div className="reading-table-frame">
      <div
        ref={frame}
        className={stale ? 'reading-table stale' : 'reading-table'}
        style={{ '--row': `${rowHeight}px`, '--columns': columns.map((column) => `var(--${column})`).join(' + ') } as React.CSSProperties}
        aria-busy={stale}
        onScroll={({ currentTarget }) => {
          measure()
          if (currentTarget.scrollTop === 0) setAbove(0)
        }}
        onPointerMove={props.onPointerMove}
      >
        <table aria-rowcount={count}>
          <colgroup>
            <col className="col-choose" />
            {columns.map((column) => (
              <col key={column} className={`col-${column}`} />
            ))}
          </colgroup>
          <thead>
            <tr>
              <th className="col-choose">
                <SelectAll chosen={chosen.size} all={props.allChosen} onChooseAll={props.onChooseAll} />
              </th>
              {columns.map((column) => (
                <th key={column} scope="col" className={`col-${column}`} title={say(column)}>
                  {column !== 'deeds' && say(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 && <tr style={{ height: first * rowHeight }} />}
            {rows.slice(first, end).map((workitem) => (
              <Row
                key={workitem.id}
                workitem={workitem}
                columns={columns}
                now={now}
                mine={workitem.assignee?.username === username}
                current={workitem.id === currentId}
                chosen={chosen.has(workitem.id)}
                carried={chosen.size > 1 && chosen.has(workitem.id) ? chosen : null}
                menuOpen={workitem.id === menuOf}
                verbs={verbs}
                onCurrent={props.onCurrent}
                onChoose={props.onChoose}
                onMenu={props.onMenu}
              />
            ))}
            {Array.from({ length: Math.max(0, end - Math.max(first, rows.length)) }, (_, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows that are nobody yet
              <tr key={index} className="not-loaded">
                <td colSpan={columns.length + 1}>{say('loadingRows')}</td>
              </tr>
            ))}
            {end < count && <tr style={{ height: (count - end) * rowHeight }} />}
          </tbody>
        </table>
        {count === 0 && <Empty className="list-empty" image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty} />}
      </div>
      {above > 0 && (
        <button
          type="button"
          className="rows-above"
          onClick={() => {
            if (frame.current) frame.current.scrollTop = 0
            setAbove(0)
          }}
        >
          {say('above', { n: above })}
        </button>
      )}
    </div>
  )
}

interface Anchored extends Pick<TableProps, 'rows' | 'question' | 'rowHeight' | 'currentId'> {
  readonly frame: RefObject<HTMLDivElement | null>
}

/**
 * When rows come or go, the row under the pointer stays where it is on the screen; without a pointer the current row, or the first in the window of a list
 * that was scrolled. Answers how many rows came above it, unseen.
 */
function useAnchor({ frame, rows, question, rowHeight, currentId }: Anchored): [number, (rows: number) => void] {
  const before = useRef({ rows, question })
  const pointed = useRef<string | null>(null)
  const [above, setAbove] = useState(0)
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const over = (event: Event) => {
      pointed.current = (event.target as Element).closest?.('tr[data-workitem]')?.getAttribute('data-workitem') ?? null
    }
    const leave = () => {
      pointed.current = null
    }
    element.addEventListener('pointerover', over)
    element.addEventListener('pointerleave', leave)
    return () => {
      element.removeEventListener('pointerover', over)
      element.removeEventListener('pointerleave', leave)
    }
  }, [frame])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only other rows move anything
  useLayoutEffect(() => {
    const element = frame.current
    const old = before.current
    before.current = { rows, question }
    if (!element || old.rows === rows) return
    if (old.question !== question) {
      element.scrollTop = 0
      setAbove(0)
      return
    }
    const { scrollTop, clientHeight } = element
    const find = (id: string | null) => (id === null ? -1 : old.rows.findIndex((row) => row.id === id))
    const inSight = (at: number) => at >= 0 && at * rowHeight < scrollTop + clientHeight && (at + 1) * rowHeight > scrollTop
    const current = find(currentId)
    const hand = find(pointed.current)
    const anchor = hand >= 0 ? hand : inSight(current) ? current : scrollTop > 0 ? Math.floor(scrollTop / rowHeight) : -1
    const moved = movedBy(old.rows, rows, anchor)
    if (moved === 0) return
    element.scrollTop = Math.max(0, scrollTop + moved * rowHeight)
    if (moved > 0) setAbove((count) => count + moved)
  }, [rows, question])
  return [above, setAbove]
}
