/** 调度大屏: the county on one screen, readable from three metres. No name of a patient stands here. reading.md §6.5. */
import './wallboard.css'
import { Button, Segmented } from 'antd'
import { useState } from 'react'
import type { Line } from '../api/events.ts'
import { usePreference } from '../api/preferences.ts'
import { useWallboard } from '../api/statistics.ts'
import type { Wallboard } from '../api/statistics-types.ts'
import type { Account } from '../api/types.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { useNow } from '../shell/now.ts'
import { useAddressQuery } from '../shell/router.ts'
import { Roster, RosterDialog } from './roster.tsx'
import { SiteMap } from './site-map.tsx'
import { SitePanel } from './site-panel.tsx'
import { Tiles } from './tiles.tsx'
import { wallboardWords } from './words.ts'

interface Props {
  readonly account: Account
  readonly line: Line
}

export function WallboardPage({ account, line }: Props) {
  const wall = useWallboard(line)
  return (
    <Answer query={wall}>
      {(data) => <Wall wall={data} account={account} line={line} heardAt={wall.dataUpdatedAt} failing={wall.isRefetchError} />}
    </Answer>
  )
}

/** Asked again every half minute, or sooner: whatever is older than this is told with its time. */
const staleMs = 90_000

interface WallProps extends Props {
  readonly wall: Wallboard
  readonly heardAt: number
  readonly failing: boolean
}

function Wall({ wall, account, line, heardAt, failing }: WallProps) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  const now = useNow(5_000)
  const [editing, setEditing] = useState(false)
  const [address, change] = useAddressQuery()
  const [kept, keep, pending] = usePreference<{ readonly show: 'map' | 'tiles' }>('wallboard')
  const choose = (id: number) => change({ site: String(id) })
  const { alarms, sites, queue, readers, roster, verbs } = wall
  const overdue = queue.reduce((sum, { late1, late2, late3 }) => sum + late1 + late2 + late3, 0)
  const time = new Date(now).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en-GB', { hour: '2-digit', minute: '2-digit' })
  const show = kept?.show ?? (sites.some(({ place }) => place !== null) ? 'map' : 'tiles')
  const stale = failing || now - heardAt > staleMs
  return (
    <div className={stale ? 'wallboard is-stale' : 'wallboard'}>
      <header className="wall-head">
        <h1>{wall.centre}</h1>
        <Alarm name={say('criticals')} count={alarms.criticalsOpen} meaning="critical">
          {alarms.criticalsEscalated > 0 && say('escalated', { n: alarms.criticalsEscalated })}
        </Alarm>
        <Alarm name={say('overdue')} count={overdue} meaning="late" />
        <Alarm name={say('returned')} count={alarms.returnsOpen} meaning="urgent" />
        <Alarm name={say('questions')} count={alarms.questionsOpen} meaning="urgent" />
        <Alarm name={say('arrived')} count={alarms.arrivedToday} meaning="none" />
        <Alarm name={say('signed')} count={alarms.signedToday} meaning="none" />
        <span className="wall-clock number">
          {time}
          {line !== 'live' && <small>{say('asking')}</small>}
        </span>
        <Segmented
          className="wall-show"
          aria-label={say('show')}
          value={show}
          onChange={(chosen) => keep({ show: chosen })}
          options={(['map', 'tiles'] as const).map((value) => ({ value, label: say(value) }))}
        />
        <Button className="wall-full" onClick={() => void document.documentElement.requestFullscreen?.()}>
          {say('fullScreen')}
        </Button>
      </header>
      {stale && (
        <p className="wall-stale" role="alert">
          ⚠{' '}
          {say('stale', {
            time: exactTime(new Date(heardAt).toISOString()),
            ago: relativeTime(new Date(heardAt).toISOString(), now, language),
          })}
        </p>
      )}
      <div className="wall-body">
        {sites.length === 0 ? (
          <p>{say('noSites')}</p>
        ) : pending ? (
          <div className="loading" role="status" />
        ) : show === 'map' ? (
          <SiteMap wall={wall} now={now} onChoose={choose} />
        ) : (
          <Tiles sites={sites} now={now} onChoose={choose} />
        )}
        <aside className="wall-side">
          <section>
            <h2>{say('queue')}</h2>
            {queue.length === 0 ? (
              <p className="wall-done">✓ {say('emptyQueue')}</p>
            ) : (
              <table className="wall-queue number">
                <thead>
                  <tr>
                    <th>{say('urgency')}</th>
                    <th>{say('ready')}</th>
                    <th>{say('reading')}</th>
                    <th>{say('review')}</th>
                    <th>{say('soon')}</th>
                    <th>{say('late1')}</th>
                    <th>{say('late2')}</th>
                    <th>{say('late3')}</th>
                  </tr>
                </thead>
                <tbody>
                  {queue.map((row) => (
                    <tr key={row.urgency}>
                      <th className={`urgency-${row.urgency}`}>{urgencyText(row.urgency, language)}</th>
                      <td>{row.waiting}</td>
                      <td>{row.reading}</td>
                      <td>{row.review}</td>
                      <td className={row.soon > 0 ? 'wall-urgent' : 'wall-nought'}>{row.soon}</td>
                      {[row.late1, row.late2, row.late3].map((count, at) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: three columns that never move
                        <td key={at} className={count > 0 ? (at === 0 ? 'wall-late' : 'wall-critical') : 'wall-nought'}>
                          {count}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </section>
          <section>
            <h2>{say('readers')}</h2>
            {readers.length === 0 && <p>{say('nobody')}</p>}
            <ul className="wall-readers">
              {readers.map((reader) => (
                <li key={reader.username} className={`presence-${reader.presence}`}>
                  <b>{reader.displayName}</b>
                  <span className="wall-presence">{say(`presence-${reader.presence}`)}</span>
                  <small className="number">{say('done', { written: reader.writtenToday, signed: reader.signedToday })}</small>
                </li>
              ))}
            </ul>
          </section>
          <section>
            <h2>
              {say('roster')}
              {verbs.includes('roster') && (
                <Button size="small" onClick={() => setEditing(true)}>
                  {say('rosterEdit')}
                </Button>
              )}
            </h2>
            <Roster duties={roster} today={wall.at} />
          </section>
        </aside>
      </div>
      <SitePanel wall={wall} chosen={address.get('site') ?? ''} account={account} now={now} onClose={() => change({ site: undefined })} />
      {editing && <RosterDialog from={wall.at} onClose={() => setEditing(false)} />}
    </div>
  )
}

interface AlarmProps {
  readonly name: string
  readonly count: number
  readonly meaning: 'critical' | 'late' | 'urgent' | 'none'
  readonly children?: React.ReactNode
}

function Alarm({ name, count, meaning, children }: AlarmProps) {
  return (
    <div className={`wall-alarm ${count > 0 && meaning !== 'none' ? `wall-${meaning}` : ''}`}>
      <b className="number">{count}</b>
      <span>
        {name}
        {children && <small>{children}</small>}
      </span>
    </div>
  )
}
