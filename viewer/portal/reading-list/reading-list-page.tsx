/** The county's reading list: every township's work in one list, with a clock on every row. reading.md §6.1. */
import './reading-list.css'
import { App, Button, Checkbox, Tooltip } from 'antd'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Line } from '../api/events.ts'
import { sentenceOf } from '../api/http.ts'
import type { Account, View, Workitem } from '../api/types.ts'
import { useTakeNext, views } from '../api/workitems.ts'
import { exactTime } from '../clock.ts'
import { raiseChord, raisedOn } from '../critical/raise-button.tsx'
import { useRaiseCritical } from '../critical/raise-dialog.tsx'
import { named, stateWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { has } from '../session/session.ts'
import { Answer } from '../shell/answer.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { navigate, useAddressQuery } from '../shell/router.ts'
import { useKeys } from '../shell/use-keys.ts'
import { type Beside, BesideRow } from './beside-row.tsx'
import { ColumnChooser } from './column-chooser.tsx'
import { Filters } from './filters.tsx'
import { KeyHelp } from './key-help.tsx'
import { rememberList } from './last-list.ts'
import { isFiltered, queryOf } from './list-query.ts'
import { rowHeights } from './list-settings.ts'
import { ReadersPanel } from './readers-panel.tsx'
import { ReadingTable } from './reading-table.tsx'
import type { RowVerbs } from './row-menu.tsx'
import type { Range } from './row-pages.ts'
import { SavedViews } from './saved-views.tsx'
import { useChosen } from './use-chosen.ts'
import { mostAtOnce, useListDeeds } from './use-list-deeds.tsx'
import { useListSettings } from './use-list-settings.ts'
import { useRows } from './use-rows.ts'
import { useSteadyRows } from './use-steady-rows.ts'
import { listWords } from './words.ts'

const emptyKey: Readonly<Record<View, keyof typeof listWords>> = {
  todo: 'emptyTodo',
  mine: 'emptyMine',
  review: 'emptyReview',
  returned: 'emptyReturned',
  overdue: 'emptyOverdue',
  critical: 'emptyCritical',
  final: 'emptyFinal',
  all: 'emptyAll',
}
/** Views of work that waits for somebody: how much there is, is told. */
const waiting: ReadonlySet<View> = new Set(['todo', 'mine', 'review', 'returned', 'overdue', 'critical'])
/** Whoever does not read has no work of their own on this list: nothing waits for them in person. */
const viewsOf = (reads: boolean): readonly View[] => (reads ? views : views.filter((view) => view !== 'mine'))
const viewName = (view: View, reads: boolean): keyof typeof listWords => (view === 'todo' && !reads ? 'waitingToRead' : view)
const emptyOf = (view: View, reviews: boolean): keyof typeof listWords =>
  view === 'review' && !reviews ? 'emptyReviewOfAll' : emptyKey[view]
/** Rows to a page of the keyboard. */
const pageOfRows = 15

export function ReadingListPage({ account, line }: { account: Account; line: Line }) {
  const say = useWords(listWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const [address, change] = useAddressQuery()
  const question = queryText(address)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row in the address asks for nothing else
  const query = useMemo(() => queryOf(address), [question])
  const range = useRef<Range>({ first: 0, end: 40 })
  const { list, rows: fresh, follow } = useRows(query, line, range)
  const { rows, held, onPointerMove, release } = useSteadyRows(fresh, question)
  const [settings, setSettings] = useListSettings()
  const [currentId, setCurrentId] = useState<string | null>(address.get('row'))
  const [menuOf, setMenuOf] = useState<string | null>(null)
  const [help, setHelp] = useState(false)
  const [assigning, setAssigning] = useState(false)
  const search = useRef<HTMLInputElement>(null)
  const deeds = useListDeeds()
  const takeNext = useTakeNext()
  const chosen = useChosen(rows, mostAtOnce)
  const reads = has(account, 'radiologist', 'reviewer', 'chief')
  const coordinates = has(account, 'coordinator', 'chief')

  const at = rows.findIndex(({ id }) => id === currentId)
  // When the current row leaves the list, the keyboard goes on from where it was.
  const lastAt = useRef(0)
  if (at >= 0) lastAt.current = at
  // On a slow line the rows of the view before still stand: no key acts on them.
  const current = list.isPlaceholderData ? undefined : rows[at]
  useEffect(() => rememberList(location.pathname + location.search))

  const open = useCallback(
    (workitem: Pick<Workitem, 'id'>, beside?: string) => {
      change({ row: workitem.id })
      rememberList(location.pathname + location.search)
      if (reads) navigate(`/reading/${encodeURIComponent(workitem.id)}${beside === undefined ? '' : `?beside=${beside}`}`)
      else setMenuOf(workitem.id)
    },
    [change, reads],
  )
  const [shown, setShown] = useState<{ readonly id: string; readonly what: Beside } | null>(null)
  // It stays while its row does; a row that has left the list under it would leave a form without a study.
  const beneath = useRef<Workitem | null>(null)
  if (shown === null) beneath.current = null
  else beneath.current = rows.find(({ id }) => id === shown.id) ?? beneath.current
  const raising = useRaiseCritical()
  const raiseOn = raising.ask
  const { claim, release: giveBack, takeover, cancel, setUrgency, assign } = deeds
  const verbs = useMemo(
    (): RowVerbs => ({
      reads,
      open: (workitem) => open(workitem),
      claim: async (workitem) => {
        if (await claim(workitem)) open(workitem)
      },
      release: giveBack,
      takeover,
      cancel,
      setUrgency,
      assign: (workitem, reader) => void assign([workitem], reader),
      beside: (workitem, what) => (what === 'critical' ? raiseOn(raisedOn(workitem)) : setShown({ id: workitem.id, what })),
    }),
    [reads, open, claim, giveBack, takeover, cancel, setUrgency, assign, raiseOn],
  )
  const claimNext = async () => {
    try {
      const taken = await takeNext('todo')
      if (taken) open(taken)
      else message.info(say('nextNone'))
    } catch (error) {
      message.warning(sentenceOf(error, language))
    }
  }
  const go = (to: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, to))]
    if (!next) return
    setCurrentId(next.id)
    // The row has the keyboard now, not the button that was pressed before: Enter opens the row.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  }
  const move = (by: number) => () => go(currentId === null ? 0 : at >= 0 ? at + by : by > 0 ? lastAt.current : lastAt.current + by)
  const [down, up, pageDown, pageUp] = [move(1), move(-1), move(pageOfRows), move(-pageOfRows)]
  const beside = (what: Beside, verb?: string) => () => {
    if (current === undefined || !reads) return
    if (verb === undefined || current.verbs.includes(verb)) setShown({ id: current.id, what })
    else message.info(say('notNow', { state: named(stateWords, current.state, language) }))
  }
  useKeys({
    KeyJ: down,
    ArrowDown: down,
    KeyK: up,
    ArrowUp: up,
    PageDown: pageDown,
    PageUp: pageUp,
    Home: () => go(0),
    End: () => go(rows.length - 1),
    Enter: () => current && open(current),
    KeyC: () => current?.verbs.some((verb) => verb === 'claim' || verb === 'review') && void claim(current),
    KeyN: () => reads && void claimNext(),
    KeyX: () => current && chosen.choose(current.id, 'toggle'),
    KeyM: () => current && setMenuOf(current.id),
    KeyQ: () => current && reads && open(current, 'grade'),
    KeyR: beside('return', 'return'),
    KeyP: beside('priors'),
    KeyT: beside('thread'),
    [raiseChord]: () => current && reads && raising.ask(raisedOn(current)),
    Escape: chosen.clear,
    Slash: () => search.current?.focus(),
    '?': () => setHelp(true),
  })

  const filtered = isFiltered(query)
  const columns = useMemo(() => settings.columns.filter(({ shown }) => shown).map(({ key }) => key), [settings.columns])
  const choosable = rows
    .filter((row) => row.verbs.includes(coordinates ? 'assign' : 'claim'))
    .slice(0, mostAtOnce)
    .map(({ id }) => id)
  const claimable = chosen.rows.filter(({ verbs: open }) => open.includes('claim'))
  const assignable = (workitems: readonly Workitem[]) => workitems.filter(({ verbs: open }) => open.includes('assign'))
  return (
    <div className="reading-list">
      <div className="list-head">
        <nav className="views">
          {viewsOf(reads).map((view) => (
            <button key={view} type="button" aria-pressed={query.view === view} onClick={() => change({ view, row: undefined })}>
              {say(viewName(view, reads))}
              {waiting.has(view) && <ViewCount view={view} n={list.data?.counts[view]} />}
            </button>
          ))}
        </nav>
        <SavedViews
          line={line}
          username={account.username}
          query={query}
          settings={settings}
          onOpen={(to, kept) => {
            change(to)
            if (kept) setSettings({ columns: kept })
          }}
        />
        <span className="space" />
        {coordinates && (
          <Button type={assigning ? 'primary' : 'default'} aria-pressed={assigning} onClick={() => setAssigning(!assigning)}>
            {say('showReaders')}
          </Button>
        )}
        {reads && (
          <>
            <Tooltip title={say('autoNextHint')}>
              <Checkbox checked={settings.autoNext} onChange={({ target }) => setSettings({ autoNext: target.checked })}>
                {say('autoNext')}
              </Checkbox>
            </Tooltip>
            <Tooltip title="N">
              <Button type="primary" onClick={() => void claimNext()} loading={deeds.busy}>
                {say('next')}
              </Button>
            </Tooltip>
          </>
        )}
        <ColumnChooser settings={settings} onChange={setSettings} />
        <Button type="text" onClick={() => setHelp(true)} aria-label={say('help')} title={`${say('help')} (?)`}>
          ?
        </Button>
        <Filters query={query} items={fresh} onChange={change} search={search} filtered={filtered} />
      </div>
      <Answer query={list}>
        {(page) => (
          <>
            <div className="list-body">
              <ReadingTable
                rows={rows}
                more={moreThan(page.total, rows.length, page.pages.at(-1)?.next ?? null)}
                question={question}
                stale={list.isPlaceholderData}
                columns={columns}
                rowHeight={rowHeights[settings.density]}
                currentId={currentId}
                chosen={chosen.ids}
                menuOf={menuOf}
                username={account.username}
                empty={say(filtered ? 'emptyFiltered' : emptyOf(query.view, has(account, 'reviewer', 'chief')))}
                range={range}
                verbs={verbs}
                onFollow={follow}
                onPointerMove={onPointerMove}
                onCurrent={setCurrentId}
                onChoose={chosen.choose}
                allChosen={choosable.every((id) => chosen.ids.has(id))}
                onChooseAll={() => (chosen.ids.size > 0 ? chosen.clear() : chosen.chooseAll(choosable))}
                onMenu={setMenuOf}
              />
              {assigning && (
                <ReadersPanel
                  chosen={assignable(chosen.rows).length}
                  onAssign={(ids, reader) => {
                    const wanted = ids === 'chosen' ? chosen.rows : rows.filter(({ id }) => ids.includes(id))
                    void assign(assignable(wanted), reader).then(chosen.clear)
                  }}
                />
              )}
            </div>
            <footer className="list-foot">
              <span className="number">
                {page.pages.at(-1)?.next === null || page.total > rows.length
                  ? say('total', { n: Math.max(page.total, rows.length) })
                  : say('totalMore', { n: rows.length })}
              </span>
              {list.isRefetchError && (
                <span className="not-refreshed" role="status">
                  ⚠ {say('notRefreshed', { time: exactTime(new Date(list.dataUpdatedAt).toISOString()) })}
                </span>
              )}
              {held > 0 && (
                <Button size="small" type="primary" onClick={release}>
                  {say('held', { n: held })}
                </Button>
              )}
              {chosen.ids.size > 0 && (
                <span className="chosen-deeds">
                  <b className="number">{say('chosen', { n: chosen.ids.size })}</b>
                  {reads && (
                    <Button
                      size="small"
                      type="primary"
                      disabled={claimable.length === 0}
                      onClick={() => void deeds.claimAll(claimable).then(chosen.clear)}
                    >
                      {say('claimChosen')}
                    </Button>
                  )}
                  <Button size="small" onClick={chosen.clear}>
                    {say('letGo')}
                  </Button>
                </span>
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
      {deeds.dialog}
      {shown !== null && beneath.current?.id === shown.id && (
        <BesideRow key={`${shown.id} ${shown.what}`} workitem={beneath.current} what={shown.what} onClose={() => setShown(null)} />
      )}
      {raising.dialog}
      <KeyHelp open={help} reads={reads} onClose={() => setHelp(false)} />
    </div>
  )
}

function ViewCount({ view, n }: { view: View; n: number | undefined }) {
  const alarming = (view === 'overdue' || view === 'critical') && (n ?? 0) > 0
  return <span className={`number count${alarming ? ` count-${view}` : ''}`}>{n ?? ''}</span>
}

const queryText = (address: URLSearchParams): string => JSON.stringify(queryOf(address))

/** Rows of the list that are not loaded: as many as the server has counted, and where it stopped counting, some. */
function moreThan(total: number, loaded: number, next: string | null): number {
  return next === null ? 0 : Math.max(total - loaded, 20)
}
