/** One site's figures, the way to its tasks, and the coordinator's hand on them. No name of a patient here either. */
import { Button, Drawer } from 'antd'
import type { Wallboard, WallSite } from '../api/statistics-types.ts'
import type { Account } from '../api/types.ts'
import { exactTime, relativeTime, sizeText } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { has } from '../session/session.ts'
import { navigate } from '../shell/router.ts'
import { HandOver } from './hand-over.tsx'
import { lineText, meaningText, oldestText } from './site-text.ts'
import { wallboardWords } from './words.ts'

interface Props {
  readonly wall: Wallboard
  /** As the address names it. */
  readonly chosen: string
  readonly account: Account
  readonly now: number
  readonly onClose: () => void
}

export function SitePanel({ wall, chosen, account, now, onClose }: Props) {
  const say = useWords(wallboardWords)
  const site = wall.sites.find(({ id }) => String(id) === chosen)
  const reads = has(account, 'radiologist', 'reviewer', 'chief', 'coordinator')
  return (
    <Drawer open={chosen !== ''} size={440} title={site?.name ?? say('sites')} onClose={onClose} destroyOnHidden>
      {site === undefined ? (
        <p>{say('siteGone')}</p>
      ) : (
        <div className="site-panel">
          <Figures site={site} now={now} />
          {reads && <Button onClick={() => navigate(`/list?view=todo&institution=${site.id}`)}>{say('openList')}</Button>}
          {wall.verbs.includes('assign') && <HandOver key={site.id} site={site} />}
        </div>
      )}
    </Drawer>
  )
}

function Figures({ site, now }: { readonly site: WallSite; readonly now: number }) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  const last = site.lastArrivalAt
  const rows: readonly (readonly [string, string, (string | undefined)?])[] = [
    [say('line'), lineText(site, now, say, language)],
    [say('lastImages'), last === null ? say('neverArrived') : relativeTime(last, now, language), exactTime(last)],
    [say('speed'), site.bytesPerSecond > 0 ? `${sizeText(Math.round(site.bytesPerSecond))}/s` : '—'],
    [say('arrivingCount'), String(site.arriving)],
    [say('todayCount'), String(site.today)],
    [say('waitingCount'), String(site.waiting)],
    [say('readyCount'), String(site.ready)],
    [say('oldestCount'), oldestText(site, now, language) || '—'],
    [say('urgentCount'), String(site.urgent)],
    [say('overdue'), String(site.overdue)],
    [say('criticals'), String(site.criticals)],
    [say('returned'), String(site.returned)],
  ]
  return (
    <>
      <p className="site-meaning">{meaningText(site, say)}</p>
      <dl className="number">
        {rows.map(([name, value, exact]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={exact}>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
