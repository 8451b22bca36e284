/** The county's reading list: every township's work in one list, with a clock on every row. reading.md §6.1. */
import './reading-list.css'
import { App, Button, Modal, Tooltip } from 'antd'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Line } from '../api/events.ts'
import { sentenceOf } from '../api/http.ts'
import type { Account, View, Workitem } from '../api/types.ts'
import { type ListQuery, useDeed, useTakeNext, useWorkitems, views } from '../api/workitems.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { navigate, useAddressQuery } from '../shell/router.ts'
import { useKeys } from '../shell/use-keys.ts'
import { Filters } from './filters.tsx'
import { rememberList } from './last-list.ts'
import { ReadingTable } from './reading-table.tsx'
import { useSteadyRows } from './use-steady-rows.ts'
import { listWords } from './words.ts'

const queryOf = (address: URLSearchParams): ListQuery => ({
  view: views.find((view) => view === address.get('view')) ?? 'todo',
  q: address.get('q') ?? '',
  modality: address.get('modality') ?? '',
  institution: address.get('institution') ?? '',
  urgency: address.get('urgency') ?? '',
  from: address.get('from') ?? '',
  to: address.get('to') ?? '',
})

const emptyKey = {
  todo: 'emptyTodo',
  mine: 'emptyMine',
  review: 'emptyReview',
  returned: 'emptyReturned',
  overdue: 'emptyOverdue',
  critical: 'emptyCritical',
  final: 'emptyFinal',
  all: 'emptyAll',
} as const
/** Views of work that waits for somebody: how much there is, is told. */
const waiting: ReadonlySet<View> = new Set(['todo', 'mine', 'review'])
const none: readonly Workitem[] = []

export function ReadingListPage({ account, line }: { account: Account; line: Line }) {
  const say = useWords(listWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const [address, change] = useAddressQuery()
  const query = queryOf(address)
  const list = useWorkitems(query, line)
  const question = JSON.stringify(query)
  const { rows, held, onPointerMove, release } = useSteadyRows(list.data?.items ?? none, question)
  const [currentId, setCurrentId] = useState<string | null>(address.get('row'))
  const [help, setHelp] = useState(false)
  const search = useRef<HTMLInputElement>(null)
  const deed = useDeed()
  const takeNext = useTakeNext()

  const at = rows.findIndex(({ id }) => id === currentId)
  // On a slow line the rows of the view before still stand: no key acts on them.
  const current = list.isPlaceholderData ? undefined : rows[at]
  useEffect(() => rememberList(location.pathname + location.search))

  const open = useCallback(
    (id: string) => {
      change({ row: id })
      rememberList(location.pathname + location.search)
      navigate(`/reading/${encodeURIComponent(id)}`)
    },
    [change],
  )
  const claim = async (workitem: Workitem, then?: () => void) => {
    const verb = workitem.verbs.includes('claim') ? 'claim' : 'review'
    try {
      await deed.mutateAsync({ id: workitem.id, verb, generation: workitem.generation })
      if (then) then()
      else message.success(say('claimed', { name: workitem.patient.name }))
    } catch (error) {
      message.warning(sentenceOf(error, language))
    }
  }
  const claimNext = async () => {
    try {
      const taken = await takeNext('todo')
      if (taken) open(taken.id)
      else message.info(say('nextNone'))
    } catch (error) {
      message.warning(sentenceOf(error, language))
    }
  }
  const giveBack = (workitem: Workitem) =>
    modal.confirm({
      title: say('releaseAsk', { name: workitem.patient.name }),
      content: say('releaseText'),
      okText: say('release'),
      onOk: async () => {
        try {
          await deed.mutateAsync({ id: workitem.id, verb: 'release', generation: workitem.generation })
          message.success(say('released', { name: workitem.patient.name }))
        } catch (error) {
          message.warning(sentenceOf(error, language))
        }
      },
    })
  const move = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))]
    if (!next) return
    setCurrentId(next.id)
    // The row has the keyboard now, not the button that was pressed before: Enter opens the row.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  }
  const down = () => move(1)
  const up = () => move(-1)
  useKeys({
    KeyJ: down,
    ArrowDown: down,
    KeyK: up,
    ArrowUp: up,
    Enter: () => current && open(current.id),
    KeyC: () => current?.verbs.includes('claim') && void claim(current),
    KeyN: () => void claimNext(),
    Slash: () => search.current?.focus(),
    '?': () => setHelp(true),
  })

  const filtered =
    query.q !== '' || query.modality !== '' || query.institution !== '' || query.urgency !== '' || query.from !== '' || query.to !== ''
  return (
    <div className="reading-list">
      <div className="list-head">
        <nav className="views">
          {views.map((view: View) => (
            <button key={view} type="button" aria-pressed={query.view === view} onClick={() => change({ view, row: undefined })}>
              {say(view)}
              {waiting.has(view) && <span className="number count">{list.data?.counts[view] ?? ''}</span>}
            </button>
          ))}
        </nav>
        <Filters query={query} items={list.data?.items ?? none} onChange={change} search={search} filtered={filtered} />
        <Tooltip title="N">
          <Button type="primary" onClick={() => void claimNext()} loading={deed.isPending}>
            {say('next')}
          </Button>
        </Tooltip>
        <Button type="text" onClick={() => setHelp(true)} aria-label={say('help')}>
          ?
        </Button>
      </div>
      <Answer query={list}>
        {(page) => (
          <>
            <ReadingTable
              rows={rows}
              stale={list.isPlaceholderData}
              currentId={currentId}
              account={account}
              empty={say(filtered ? 'emptyFiltered' : emptyKey[query.view])}
              onPointerMove={onPointerMove}
              onCurrent={setCurrentId}
              onOpen={open}
              onClaim={(workitem) => void claim(workitem, () => open(workitem.id))}
              onRelease={giveBack}
            />
            <footer className="list-foot">
              <span className="number">
                {page.total > page.items.length ? say('shown', { n: page.items.length }) : say('total', { n: page.total })}
              </span>
              {held > 0 && (
                <Button size="small" type="primary" onClick={release}>
                  {say('held', { n: held })}
                </Button>
              )}
              {current && (
                <PatientBanner patient={current.patient} institution={current.institution.name}>
                  <span>
                    {current.modality} {current.StudyDescription}
                  </span>
                  {current.AccessionNumber && <span className="number">{say('numbered', { number: current.AccessionNumber })}</span>}
                  {current.clinicalInformation && <span className="clipped">{current.clinicalInformation}</span>}
                </PatientBanner>
              )}
            </footer>
          </>
        )}
      </Answer>
      <KeyHelp open={help} onClose={() => setHelp(false)} />
    </div>
  )
}

const helpKeys = [
  ['J ↓ / K ↑', 'keyMove'],
  ['Enter', 'keyOpen'],
  ['C', 'keyClaim'],
  ['N', 'keyNext'],
  ['/', 'keySearch'],
  ['?', 'keyHelp'],
  ['Ctrl+S', 'keySave'],
  ['Ctrl+Enter', 'keySubmit'],
  ['Ctrl+Shift+Enter', 'keySign'],
] as const

export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const say = useWords(listWords)
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={say('help')} width={420}>
      <dl className="key-help">
        {helpKeys.map(([keys, what]) => (
          <div key={what}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{say(what)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
