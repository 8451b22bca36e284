/** 调度大屏: the county on one screen, readable from three metres. No name of a patient stands here. reading.md §6.5. */
import './wallboard.css'
import { Button, Tooltip } from 'antd'
import { useState } from 'react'
import type { Line } from '../api/events.ts'
import { useWallboard } from '../api/statistics.ts'
import type { Wallboard, WallSite } from '../api/statistics-types.ts'
import { durationText, relativeTime } from '../clock.ts'
import { urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { useNow } from '../shell/now.ts'
import { Roster, RosterDialog } from './roster.tsx'
import { wallboardWords } from './words.ts'

export function WallboardPage({ line }: { line: Line }) {
  const wall = useWallboard(line)
  return <Answer query={wall}>{(data) => <Wall wall={data} line={line} />}</Answer>
}

function Wall({ wall, line }: { wall: Wallboard; line: Line }) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  const now = useNow(5_000)
  const [editing, setEditing] = useState(false)
  const { alarms, sites, queue, readers, roster, verbs } = wall
  const overdue = queue.reduce((sum, { late1, late2, late3 }) => sum + late1 + late2 + late3, 0)
  const time = new Date(now).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en-GB', { hour: '2-digit', minute: '2-digit' })
  return (
    <div className="wallboard">
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
        <Button className="wall-full" onClick={() => void document.documentElement.requestFullscreen?.()}>
          {say('fullScreen')}
        </Button>
      </header>
      <div className="wall-body">
        <section className="wall-sites" aria-label={say('sites')}>
          {sites.length === 0 && <p>{say('noSites')}</p>}
          {sites.map((site) => (
            <Tile key={site.id} site={site} now={now} />
          ))}
        </section>
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

const signs = { live: '●', quiet: '◐', silent: '○', never: '–' } as const

function Tile({ site, now }: { site: WallSite; now: number }) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  const { link, lastArrivalAt, oldestReadyAt } = site
  const facts = [
    say('today', { n: site.today }),
    ...(site.arriving > 0 ? [say('arriving', { n: site.arriving })] : []),
    ...(site.returned > 0 ? [`${say('returned')} ${site.returned}`] : []),
  ]
  return (
    <article className={`wall-tile link-${link} ${site.overdue > 0 ? 'is-late' : ''}`} data-site={site.id}>
      <h3 title={site.name}>{site.name}</h3>
      <Tooltip title={say(`${link}Hint`)}>
        <span className="wall-link">
          {signs[link]} {say(link)}
        </span>
      </Tooltip>
      <div className="wall-count">
        <b className="number">{site.waiting}</b> <span>{say('waiting')}</span>
        {site.overdue > 0 && (
          <em className="number">
            ⚠ {site.overdue} {say('overdue')}
          </em>
        )}
      </div>
      <small className="number">
        {oldestReadyAt !== null
          ? say('oldest', { time: durationText(Math.max(0, now - Date.parse(oldestReadyAt)), language) })
          : lastArrivalAt === null
            ? say('neverArrived')
            : say('lastArrival', { time: relativeTime(lastArrivalAt, now, language) })}
      </small>
      <small className="number">{facts.join(' · ')}</small>
    </article>
  )
}
